internal import CVMSystem
internal import Glibc

/// A pipe: what is written to one end comes out of the other. Its end is seen when nobody has the writing end any more.
public struct Pipe: ~Copyable, Sendable {
    public let reader: FileDescriptor
    private var writing: FileDescriptor?

    public init() throws(VMError) {
        var ends: (Int32, Int32) = (-1, -1)
        guard vms_pipe(&ends.0, &ends.1) == 0 else { throw .system("cannot make a pipe", errno: errno) }
        reader = FileDescriptor(owning: ends.0)
        writing = .some(FileDescriptor(owning: ends.1))
    }

    /// The writing end, to be given to a child; -1 once it is closed here.
    public var writer: Int32 {
        switch writing {
        case .some(let end): end.raw
        case .none: -1
        }
    }

    /// Closes this process' writing end.
    public mutating func closeWriter() { writing = nil }

    /// Reads to the end, at most `limit` bytes; nil when the deadline passed first.
    public borrowing func readToEnd(limit: Int, deadline: Deadline) -> [UInt8]? {
        var bytes: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 4096)
        while bytes.count < limit {
            guard Poll.isReadable(reader.raw, by: deadline) else { return nil }
            let count = Glibc.read(reader.raw, &room, room.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            bytes += room[..<count]
        }
        return bytes
    }

    /// Reads a line, or to the end when that comes first; at most some 4,096 bytes more than `limit`.
    ///
    /// - Returns: the line without what ends it; nil when the deadline passed first.
    public borrowing func readLine(limit: Int, deadline: Deadline) -> [UInt8]? {
        var line = PipeLine(limit: limit)
        while !line.isComplete {
            guard Poll.isReadable(reader.raw, by: deadline) else { return nil }
            line.read(reader.raw)
        }
        return line.bytes
    }
}

/// A line that comes through a pipe in pieces. What writes it may hold its end open longer than that.
public struct PipeLine {
    public private(set) var bytes: [UInt8] = []
    public private(set) var isComplete = false
    private let limit: Int
    private var room = [UInt8](repeating: 0, count: 4096)

    public init(limit: Int) { self.limit = limit }

    /// Takes what is there of a descriptor that is readable.
    public mutating func read(_ descriptor: Int32) {
        let count = Glibc.read(descriptor, &room, room.count)
        if count < 0, errno == EINTR { return }
        guard count > 0 else { return isComplete = true }
        let end = room[..<count].firstIndex(of: UInt8(ascii: "\n"))
        bytes += room[..<(end ?? count)]
        isComplete = end != nil || bytes.count >= limit
    }
}
