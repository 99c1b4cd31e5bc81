internal import Synchronization

/// Where the lines of a text are. The text is scanned once, when the first place is asked for, and each question then
/// looks at one block of it, however many lines there are and however long they are.
final class XMLLines: Sendable {
    /// What comes before a block.
    private struct Block: Sendable {
        /// Lines that end before it.
        var lines = 0
        /// The offset at which the line begins that it begins in.
        var lineStart = 0
        var characters = 0
    }

    private static let blockSize = 1024
    private let blocks = Mutex<[Block]>([])
    /// How many bytes were looked at to find the lines, for tests.
    private let work = Mutex(0)

    var bytesScanned: Int { work.withLock { $0 } }

    /// The number of the line that holds an offset, from 0, the column in characters, from 0, and where the line begins.
    func position(of offset: Int, in bytes: [UInt8]) -> (line: Int, column: Int, lineStart: Int) {
        let end = max(0, min(offset, bytes.count))
        var state = block(before: end, in: bytes)
        Self.scan(bytes, from: end / Self.blockSize * Self.blockSize, to: end, &state)
        return (state.lines, state.characters - characters(before: state.lineStart, in: bytes), state.lineStart)
    }

    /// The offset at which a line begins, counted from 0; nil for one behind the last.
    func start(ofLine line: Int, in bytes: [UInt8]) -> Int? {
        guard line > 0 else { return line == 0 ? 0 : nil }
        let blocks = known(bytes)
        // The last block that begins before the end of the line above.
        var low = 0
        var high = blocks.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if blocks[middle].lines < line { low = middle } else { high = middle }
        }
        guard low < blocks.count else { return nil }
        var lines = blocks[low].lines
        for index in low * Self.blockSize..<bytes.count where bytes[index] == UInt8(ascii: "\n") {
            lines += 1
            if lines == line { return index + 1 }
        }
        return nil
    }

    private func characters(before offset: Int, in bytes: [UInt8]) -> Int {
        var state = block(before: offset, in: bytes)
        Self.scan(bytes, from: offset / Self.blockSize * Self.blockSize, to: offset, &state)
        return state.characters
    }

    private func block(before offset: Int, in bytes: [UInt8]) -> Block {
        let blocks = known(bytes)
        let index = offset / Self.blockSize
        return index < blocks.count ? blocks[index] : Block()
    }

    private func known(_ bytes: [UInt8]) -> [Block] {
        blocks.withLock { blocks in
            if blocks.isEmpty {
                var state = Block()
                for start in stride(from: 0, through: bytes.count, by: Self.blockSize) {
                    blocks.append(state)
                    Self.scan(bytes, from: start, to: min(start + Self.blockSize, bytes.count), &state)
                }
                work.withLock { $0 += bytes.count }
            }
            return blocks
        }
    }

    private static func scan(_ bytes: [UInt8], from start: Int, to end: Int, _ state: inout Block) {
        guard start < end else { return }
        for index in start..<end {
            let byte = bytes[index]
            if byte & 0xc0 != 0x80 { state.characters += 1 }
            if byte == UInt8(ascii: "\n") {
                state.lines += 1
                state.lineStart = index + 1
            }
        }
    }
}
