internal import Glibc
internal import VMCore

/// A file that is written from its beginning to its end, with holes for zeros, as long as the file system has space.
struct SparseOutput: ~Copyable {
    private let file: FileDescriptor
    private let path: String
    private let room: String
    private var place: UInt64 = 0
    private var unchecked: UInt64 = 0
    /// The most bytes that come one after the other, zeros included: a small file can unpack to zeros without end.
    private let longest: UInt64
    /// Bytes that don't fill a block yet.
    private var pending: [UInt8] = []

    /// Zeros become holes in pieces of this size.
    private static let block = 1 << 16
    /// After so many bytes it is looked how much space there is.
    private static let interval: UInt64 = 8 << 20
    /// Sixteen times what the file system has left is long enough, or a TiB, and never more than any of them takes.
    private static let least: UInt64 = 1 << 40
    private static let longest: UInt64 = 1 << 62
    /// What is left of the space to others.
    private static let reserve: UInt64 = 16 << 20

    init(_ file: consuming FileDescriptor, _ path: String, _ room: String) {
        self.file = file
        self.path = path
        self.room = room
        let (times, overflow) = (FileSystemSpace(room)?.available ?? 0).multipliedReportingOverflow(by: 16)
        longest = overflow ? Self.longest : max(Self.least, min(times, Self.longest))
        pending.reserveCapacity(Self.block)
    }

    /// Refuses what there is no space for.
    func checkRoom(_ wanted: UInt64) throws(VMError) {
        guard let space = FileSystemSpace(room) else { return }
        guard space.available >= Self.reserve, space.available - Self.reserve >= wanted else {
            throw .storageFailure(
                "there is no space for the image: the pool's file system has \(space.available) bytes left",
                remedy: "make space, or import it into another pool")
        }
    }

    mutating func append(_ bytes: [UInt8]) throws(VMError) {
        var rest = bytes[...]
        if !pending.isEmpty {
            let part = rest.prefix(Self.block - pending.count)
            pending += part
            rest = rest.dropFirst(part.count)
            guard pending.count == Self.block else { return }
            try flush()
        }
        while rest.count >= Self.block {
            try put(Array(rest.prefix(Self.block)))
            rest = rest.dropFirst(Self.block)
        }
        pending += rest
    }

    /// Leaves a hole up to an offset.
    mutating func skip(to offset: UInt64) throws(VMError) {
        try flush()
        place = max(place, offset)
    }

    /// Ends the file where the last byte or hole ends.
    mutating func finish() throws(VMError) {
        try flush()
        try file.truncate(to: place, path)
    }

    private mutating func flush() throws(VMError) {
        try put(pending)
        pending.removeAll(keepingCapacity: true)
    }

    private mutating func put(_ bytes: [UInt8]) throws(VMError) {
        let (end, overflow) = place.addingReportingOverflow(UInt64(bytes.count))
        guard !overflow, end <= longest else {
            throw .storageFailure(
                "the image is longer than \(longest) bytes, more than the pool's file system could ever hold of it",
                remedy: "make space, or import it into another pool")
        }
        if !bytes.isAllZero(Self.zeros) {
            unchecked += UInt64(bytes.count)
            if unchecked >= Self.interval {
                unchecked = 0
                try checkRoom(0)
            }
            do throws(VMError) {
                try file.write(bytes, at: place, path)
            } catch {
                throw .storageFailure(error.message)
            }
        }
        place = end
    }

    private static let zeros = [UInt8](repeating: 0, count: block)
}
