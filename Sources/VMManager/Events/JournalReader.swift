internal import Glibc
internal import VMCore
internal import VMJSON

/// Reads one machine's journal as it grows, from the files alone: the machine may run, have ended or not be there yet.
struct JournalReader {
    /// What comes next.
    enum Found: Hashable {
        case event(MachineEvent)
        /// Events that the journal no longer has; nil when it can't be told how many.
        case gap(UInt64?)
    }

    /// The most bytes that are read at once, so that memory stays bounded however far behind a reader is.
    static let portion = 64 << 10

    private let path: String
    /// What tells a file from all others: its inode, and its first bytes, because inodes are used again.
    private struct Identity: Equatable {
        var inode: UInt64
        /// Number and time of the first event; shorter while the file was nearly empty.
        var head: [UInt8]

        /// Whether a file that was this one is `later` now: it can only have grown.
        func isStill(_ later: Identity) -> Bool { inode == later.inode && later.head.starts(with: head) }
    }

    /// The file that was read last and how far.
    private var identity = Identity(inode: 0, head: [])
    private var offset: Int64 = 0
    private var hasBegunAnew = false
    /// The number of the last event that was given out; nil before the first, when the beginning is unknown.
    private(set) var last: UInt64?

    /// - Parameter last: goes on behind that event; nil begins with the oldest that there is.
    init(path: String, after last: UInt64?) {
        self.path = path
        self.last = last
    }

    /// Passes over everything there is.
    mutating func skipToEnd() {
        let stamp = Self.stamp(path)
        last = newest ?? 0
        // What comes between the two is read again and known by its number.
        identity = stamp?.identity ?? Identity(inode: 0, head: [])
        offset = stamp?.size ?? 0
    }

    /// The number of the newest event.
    private var newest: UInt64? {
        let lines = Files.tail(path, last: 8192).split(separator: 0x0a)
        return lines.reversed().lazy.compactMap { Self.event($0)?.sequence }.first
    }

    /// What has come since, a portion of it; empty when there is nothing new.
    mutating func next() -> [Found] {
        while true {
            let before = identity
            let (file, isOld) = place()
            guard let file else { return [] }
            if !before.isStill(identity), let last, let newest, newest < last {
                // The numbers began anew: the machine was removed and defined again, or the host was restarted.
                self.last = nil
                hasBegunAnew = true
            }
            let (events, read) = events(in: file)
            offset += read
            let found = events.flatMap { take($0) }
            if !found.isEmpty { return found }
            if read == 0 {
                guard isOld, let current = Self.stamp(path) else { return [] }
                identity = current.identity
                offset = 0
            }
        }
    }

    /// The file to go on in: the one read last, which may have become the older one; at first, and when both are others,
    /// the older one from its beginning.
    private mutating func place() -> (file: String?, isOld: Bool) {
        let old = path + ".1"
        guard let current = Self.stamp(path) else { return (nil, false) }
        if identity.isStill(current.identity), current.size >= offset {
            identity = current.identity
            return (path, false)
        }
        if let former = Self.stamp(old) {
            if !identity.isStill(former.identity) || former.size < offset { offset = 0 }
            identity = former.identity
            return (old, true)
        }
        identity = current.identity
        offset = 0
        return (path, false)
    }

    /// The events in whole lines from the offset on, and how many bytes they take.
    private func events(in path: String) -> (events: [MachineEvent], count: Int64) {
        guard let file = try? FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK) else { return ([], 0) }
        var room = [UInt8](repeating: 0, count: Self.portion)
        let length = pread(file.raw, &room, room.count, off_t(offset))
        guard length > 0 else { return ([], 0) }
        let bytes = room[..<length]
        guard let end = bytes.lastIndex(of: 0x0a) else {
            // A line that fills the whole portion is damage; one that is being written grows.
            return ([], length == Self.portion ? Int64(length) : 0)
        }
        return (bytes[..<end].split(separator: 0x0a).compactMap(Self.event), Int64(end + 1))
    }

    private mutating func take(_ event: MachineEvent) -> [Found] {
        guard let last else {
            self.last = event.sequence
            if hasBegunAnew {
                hasBegunAnew = false
                return [.gap(nil), .event(event)]
            }
            return event.sequence > 1 ? [.gap(event.sequence - 1), .event(event)] : [.event(event)]
        }
        if event.sequence == last + 1 {
            self.last = event.sequence
            return [.event(event)]
        }
        if event.sequence > last {
            self.last = event.sequence
            return [.gap(event.sequence - last - 1), .event(event)]
        }
        return []
    }

    private static func event(_ line: ArraySlice<UInt8>) -> MachineEvent? {
        (try? JSONParser.parse(Array(line))).flatMap { MachineEvent(json: $0) }
    }

    private static func stamp(_ path: String) -> (identity: Identity, size: Int64)? {
        var status = stat()
        guard let file = try? FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK), fstat(file.raw, &status) == 0
        else { return nil }
        var head = [UInt8](repeating: 0, count: 40)
        let length = pread(file.raw, &head, head.count, 0)
        return (Identity(inode: UInt64(status.st_ino), head: Array(head.prefix(max(0, length)))), Int64(status.st_size))
    }
}
