internal import Glibc
internal import VMCore
package import VMJSON

/// Appends events to the host's journal, for one thread. See ``HostJournal`` for how writers get on with each other.
package final class JournalWriter {
    private let journal: HostJournal
    private var segment: HostJournal.Segment?
    private var file: FileDescriptor?
    /// The number of the last event that this writer has written; 0 before the first.
    package private(set) var last: UInt64 = 0

    /// How often one line is written again before it is given up.
    private static let attempts = 100

    package init(_ journal: HostJournal) { self.journal = journal }

    /// Opens the journal ahead of the first event, when there is time for it.
    package func prepare() {
        if file == nil { openNewest() }
    }

    /// Appends an event.
    ///
    /// - Returns: its number; nil when it couldn't be written, because the disk is full for instance.
    @discardableResult
    package func append(_ event: HostEvent) -> UInt64? { append(record: event.record) }

    /// Appends a record, cut to the longest line.
    @discardableResult
    package func append(record: JSONObject) -> UInt64? {
        var writer = JSONWriter()
        writer.append(record)
        if writer.bytes.count >= HostJournal.lineLimit {
            writer.removeAll()
            writer.append(JournalWriter.shortened(record))
        }
        writer.append(raw: "\n")
        return append(line: writer.bytes)
    }

    private func append(line: [UInt8]) -> UInt64? {
        for _ in 0..<JournalWriter.attempts {
            if file == nil { openNewest() }
            guard let segment, let place = write(line) else { return nil }
            // Behind half a line of a writer that was killed it is part of that one's damage.
            if place.start > 0, byte(at: place.start - 1) != 0x0a { continue }
            if place.start >= journal.limit, let end = sealEnd(before: place.start) {
                moveOn(to: segment.base + end)
                continue
            }
            // Removed by hand, and not because others have begun so many segments since.
            guard isLinked || sealEnd() != nil else {
                file = nil
                continue
            }
            last = segment.base + place.end
            if place.end >= journal.limit { seal() }
            return last
        }
        return nil
    }

    // MARK: The open file

    private var raw: Int32? {
        switch file {
        case .some(let file): file.raw
        case .none: nil
        }
    }

    /// Where a line came to lie; nil when it isn't there whole.
    private func write(_ line: [UInt8]) -> (start: UInt64, end: UInt64)? {
        guard let file = raw else { return nil }
        var count = 0
        repeat { count = Glibc.write(file, line, line.count) } while count < 0 && errno == EINTR
        Failpoint.reached("journal.written")
        guard count == line.count else { return nil }
        // The position of an open file is behind what was written through it, wherever others have written since.
        let end = lseek(file, 0, SEEK_CUR)
        guard end >= count else { return nil }
        return (UInt64(end - count), UInt64(end))
    }

    private func byte(at offset: UInt64) -> UInt8? {
        guard let file = raw, let place = off_t(exactly: offset) else { return nil }
        var byte: UInt8 = 0
        return pread(file, &byte, 1, place) == 1 ? byte : nil
    }

    private var isLinked: Bool {
        guard let file = raw else { return false }
        var status = stat()
        return fstat(file, &status) == 0 && status.st_nlink > 0
    }

    private func sealEnd(before end: UInt64 = .max) -> UInt64? {
        guard let file = raw else { return nil }
        return journal.sealEnd(file, before: end)
    }

    private var size: UInt64 {
        guard let file = raw else { return 0 }
        var status = stat()
        return fstat(file, &status) == 0 ? UInt64(clamping: status.st_size) : 0
    }

    // MARK: Segments

    /// Opens the newest segment of this boot, or begins one.
    private func openNewest() {
        let newest = journal.segments().last
        guard let newest, newest.boot == journal.boot else { return open(journal.first(after: newest)) }
        open(newest)
        if size >= journal.limit { seal() }
    }

    /// Seals the open segment, if nobody has, and goes on in the next one.
    private func seal() {
        var end = sealEnd()
        // Behind half a line a seal is none.
        for _ in 0..<3 where end == nil {
            guard write(HostJournal.seal) != nil else { return }
            Failpoint.reached("journal.sealed")
            end = sealEnd()
        }
        if let end, let segment { moveOn(to: segment.base + end) }
    }

    private func moveOn(to base: UInt64) {
        guard base <= HostJournal.numberLimit else { return file = nil }
        open(HostJournal.Segment(base: base, boot: journal.boot))
    }

    /// Opens a segment, which is made where it is missing, or whatever has become the newest one meanwhile.
    ///
    /// A writer that was stopped for long may come to make a segment that others have made, filled and removed since; so
    /// it looks for a newer one once the file is open, and before it writes.
    private func open(_ segment: HostJournal.Segment) {
        file = nil
        var wanted = segment
        for _ in 0..<JournalWriter.attempts {
            let isFresh = makeOrOpen(wanted)
            guard file != nil else { return }
            Failpoint.reached("journal.begun")
            guard let newest = journal.segments().last else { continue }
            guard newest.base > wanted.base else {
                self.segment = wanted
                if isFresh { journal.prune() }
                return
            }
            // A segment that others have followed up has at least its seal.
            if isFresh, size == 0 { unlink(journal.path(of: wanted)) }
            wanted = newest
        }
        file = nil
    }

    /// - Returns: whether it was made.
    private func makeOrOpen(_ segment: HostJournal.Segment) -> Bool {
        let flags = O_RDWR | O_APPEND | O_CREAT
        if !Files.exists(journal.folder) { try? Folders.make(journal.folder) }
        file = journal.open(segment, flags: flags | O_EXCL)
        if file != nil { return true }
        file = journal.open(segment, flags: flags)
        return false
    }

    // MARK: Long events

    /// How much of a text is kept that is too long.
    private static let textKept = 1024

    /// A record whose longest members are cut until it fits, with their names in `cut`.
    static func shortened(_ record: JSONObject) -> JSONObject {
        var record = record
        var cut: [JSONValue] = []
        let lengths = record.map { ($0.key, $0.value.description.utf8.count) }.sorted { $0.1 > $1.1 }
        var length = record.description.utf8.count
        // Room for the names of what was cut.
        let limit = HostJournal.lineLimit - 1024
        for (key, size) in lengths where length >= limit && !["time", "uuid", "event"].contains(key) {
            // A character takes at most six bytes in JSON, and three times four in UTF-8.
            let text = record[key]?.string.map { String($0.unicodeScalars.prefix(textKept)) + "…" }
            record[key] = text.map { .string($0) } ?? .null
            length -= size - (record[key]?.description.utf8.count ?? 0)
            cut.append(.string(key))
        }
        record["cut"] = .array(cut)
        return record
    }
}
