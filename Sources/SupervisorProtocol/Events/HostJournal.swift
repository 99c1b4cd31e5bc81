internal import Glibc
package import VMCore

/// The journal of everything that happens to this user's domains: a folder of files, its segments, to which every process
/// that makes events appends, and which anybody reads without asking one of them.
///
/// A segment is named by its place in the whole sequence and by the boot of the host in which it was begun,
/// `events-<base>-<boot>.jsonl`, and holds one JSON object a line. An event's number is the place where its line ends: the
/// segment's base and the offset in the file.
///
/// - A line is appended by one `write` to a file that is open with `O_APPEND`. On a local file system the kernel lets
///   nobody write in between, so that no lock is needed: a writer that is stopped or killed holds nobody up. One that is
///   killed within the call may leave half a line; the next writer finds it in front of its own line and writes that again.
/// - Who brings a segment to ``limit`` appends the ``seal``. The first seal behind ``limit`` ends the segment, and its end
///   is the base of the next one: so everybody finds the same name for it, and whoever needs it first makes it. A line
///   that another writer appends behind the seal counts for nobody; the writer, who finds the seal when it looks back,
///   writes it again into the next segment.
/// - In another boot of the host a new segment is begun, ``bootStep`` further on: should the power have failed before the
///   end of the last segment was on the disk, no number is given out twice.
///
/// Nothing is flushed to the disk. A line that can't be written, on a full disk, is lost, and nothing else.
package struct HostJournal: Sendable, Hashable {
    package let folder: String
    /// The size at which a segment is sealed; part of the format, for no seal counts before it.
    package let limit: UInt64
    /// How many segments are kept.
    package let kept: Int
    /// Names the boot of the host.
    let boot: String

    /// The longest line, with its end.
    package static let lineLimit = 64 << 10
    /// By how much numbers grow from one boot to the next: more than a host can have written and not brought to its disk.
    package static let bootStep: UInt64 = 1 << 30
    /// The line that ends a segment.
    package static let seal = Array("{\"event\":\"seal\"}\n".utf8)
    /// The largest number that is believed; JSON's readers count exactly up to it.
    static let numberLimit: UInt64 = 1 << 53

    /// - Parameters:
    ///   - limit: another size than all others have is for tests, as are other numbers of segments.
    ///   - bootID: the host's boot id.
    package init(folder: String, limit: UInt64 = 1 << 20, kept: Int = 8, bootID: String = hostBootID()) {
        self.folder = folder
        self.limit = limit
        self.kept = kept
        let digits = bootID.lazy.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        boot = digits.isEmpty ? "0" : String(digits.prefix(8))
    }

    package init(_ paths: UserPaths) { self.init(folder: paths.state + "/events") }

    /// A file of the journal.
    struct Segment: Hashable {
        var base: UInt64
        var boot: String

        var name: String { "events-\(base)-\(boot).jsonl" }

        init(base: UInt64, boot: String) {
            self.base = base
            self.boot = boot
        }

        /// Nil for the name of any other file.
        init?(name: String) {
            let parts = name.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "events", parts[2].hasSuffix(".jsonl"), let base = UInt64(parts[1]),
                base <= HostJournal.numberLimit
            else { return nil }
            self.init(base: base, boot: String(parts[2].dropLast(6)))
            // One spelling a segment.
            guard self.name == name else { return nil }
        }
    }

    func path(of segment: Segment) -> String { folder + "/" + segment.name }

    /// The segments that there are, the oldest first. Anything else in the folder is left alone.
    func segments() -> [Segment] {
        ((try? Folders.list(folder)) ?? []).compactMap { Segment(name: $0) }.sorted {
            ($0.base, $0.boot) < ($1.base, $1.boot)
        }
    }

    /// The segment that follows the last one of another boot; the journal's first one when there is none.
    func first(after last: Segment?) -> Segment {
        guard let last else { return Segment(base: 0, boot: boot) }
        return Segment(base: last.base + HostJournal.bootStep, boot: boot)
    }

    /// Opens a segment that is a file of our own.
    ///
    /// - Parameter flags: besides `O_APPEND`, for writers.
    func open(_ segment: Segment, flags: Int32) -> FileDescriptor? {
        try? OwnFiles.open(path(of: segment), flags: flags)
    }

    /// The offset behind the seal of an open segment; nil when it has none before `end`.
    ///
    /// Between the limit and the seal there is what writers appended who came at the same time as the one who sealed.
    func sealEnd(_ file: Int32, before end: UInt64 = .max) -> UInt64? {
        // A seal begins a line: the end of the line before belongs to what is looked for.
        let pattern = [0x0a] + HostJournal.seal
        var begin = limit == 0 ? 0 : limit - 1
        let last = begin &+ HostJournal.tailLimit
        var room = [UInt8](repeating: 0, count: HostJournal.lineLimit)
        while begin < last {
            guard let offset = off_t(exactly: begin) else { return nil }
            let count = pread(file, &room, room.count, offset)
            guard count >= pattern.count else { return nil }
            if let place = HostJournal.first(pattern, in: room[..<count]) {
                let sealEnd = begin + UInt64(place + pattern.count)
                return sealEnd <= end ? sealEnd : nil
            }
            guard count == room.count else { return nil }
            // What is looked for may lie across the border of two portions.
            begin += UInt64(count - pattern.count + 1)
        }
        return nil
    }

    /// How far behind the limit a seal is looked for.
    static let tailLimit: UInt64 = 64 << 20

    private static func first(_ pattern: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        var from = bytes.startIndex
        while let start = bytes[from...].firstIndex(of: 0x0a), start + pattern.count <= bytes.endIndex {
            if bytes[start..<start + pattern.count].elementsEqual(pattern) { return start }
            from = start + 1
        }
        return nil
    }

    /// Removes all but the newest segments.
    func prune() {
        for segment in segments().dropLast(kept) { unlink(path(of: segment)) }
    }
}
