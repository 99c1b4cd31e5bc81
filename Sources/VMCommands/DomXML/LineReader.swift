internal import Glibc
internal import VMCore

/// Reads lines from a descriptor, none longer than a limit.
struct LineReader {
    private let descriptor: Int32
    private let limit: Int
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false

    init(descriptor: Int32, limit: Int) {
        self.descriptor = descriptor
        self.limit = limit
    }

    /// The next line without its end; nil when the input has ended.
    mutating func next() throws(VMError) -> [UInt8]? {
        var scanned = start
        while true {
            if let end = buffer[scanned...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return Array(buffer[start..<end])
            }
            if isAtEnd {
                guard start < buffer.count else { return nil }
                defer { start = buffer.count }
                return Array(buffer[start...])
            }
            buffer.removeFirst(start)
            start = 0
            scanned = buffer.count
            guard buffer.count <= limit else {
                throw VMError(.invalidArgument, "a line of the input is longer than \(limit) bytes")
            }
            try fill()
        }
    }

    private mutating func fill() throws(VMError) {
        var failure: Int32 = 0
        let old = buffer.count
        buffer.append(contentsOf: [UInt8](repeating: 0, count: 1 << 16))
        let count = buffer.withUnsafeMutableBytes { bytes -> Int in
            // SAFETY: the slice behind `old` lies within the buffer and is as long as read(2) is told.
            let target = UnsafeMutableRawBufferPointer(rebasing: bytes[old...])
            var result = read(descriptor, target.baseAddress, target.count)
            while result < 0, errno == EINTR { result = read(descriptor, target.baseAddress, target.count) }
            if result < 0 { failure = errno }
            return result
        }
        buffer.removeLast(buffer.count - old - max(0, count))
        if count < 0 { throw .system("cannot read standard input", errno: failure) }
        if count == 0 { isAtEnd = true }
    }
}
