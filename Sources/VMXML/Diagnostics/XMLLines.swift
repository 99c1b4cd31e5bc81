internal import VMCore

/// Where the lines of a text begin, for whoever asks for many places.
struct XMLLines: Sendable {
    private let starts: [Int]

    init(_ bytes: [UInt8]) {
        var starts = [0]
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(index + 1) }
        self.starts = starts
    }

    /// The line and column (in characters) of a byte offset.
    func place(at offset: Int, in source: XMLSource) -> SourcePlace {
        let end = max(0, min(offset, source.bytes.count))
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= end { low = middle } else { high = middle }
        }
        let column = source.bytes[starts[low]..<end].reduce(1) { $1 & 0xc0 == 0x80 ? $0 : $0 + 1 }
        return SourcePlace(file: source.file, line: low + 1, column: column, offset: end)
    }
}
