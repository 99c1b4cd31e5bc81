internal import Glibc
internal import VMCore
internal import VMJSON

/// Reads the host's journal as it grows, for one thread, from the files alone.
///
/// Damage, and what the journal no longer has, is given as ``HostEvent/Kind/gap``; nothing that stands in a file stops it.
package final class JournalReader {
    /// Where to begin.
    package enum Begin {
        /// Behind the event of that number; 0 is the oldest that there is.
        case after(UInt64)
        /// With what is written from now on.
        case now
    }

    /// The most bytes that are read at once, so that memory stays bounded however far behind a reader is; two of the longest
    /// lines.
    package static let portion = 2 * HostJournal.lineLimit

    private let journal: HostJournal
    private var segment: HostJournal.Segment?
    private var file: FileDescriptor?
    private var offset: UInt64 = 0
    /// The seal of the segment has been read, or nothing in it is to be read any more.
    private var isSealed = false
    /// That events are missing before the next segment has been told.
    private var isLossTold = false
    /// There was a newer segment already when this one was opened.
    private var hasSuccessor = false
    /// In the middle of a line that is longer than any that is believed.
    private var isSkipping = false
    private var nextLook = Deadline.after(.seconds(1))
    private lazy var room = [UInt8](repeating: 0, count: JournalReader.portion)
    /// How far it has come: the number of the last event that was given out, or more.
    package private(set) var position: UInt64

    package init(_ journal: HostJournal, _ begin: Begin) {
        self.journal = journal
        switch begin {
        case .after(let number): position = number
        case .now:
            position = 0
            skipToEnd()
        }
    }

    /// What has come since, a portion of it; empty when there is nothing new.
    package func next() -> [HostEvent] {
        // Bounded by the number of segments; what there may be more comes with the next call.
        for _ in 0..<4 * journal.kept {
            var found: [HostEvent] = []
            guard file != nil || attach(&found) else { return found }
            if !isSealed { read(&found) }
            if !found.isEmpty { return found }
            guard moveOn(&found) else { return found }
            if !found.isEmpty { return found }
        }
        return []
    }

    // MARK: Beginning

    private var raw: Int32? {
        switch file {
        case .some(let file): file.raw
        case .none: nil
        }
    }

    /// Passes over everything there is.
    private func skipToEnd() {
        guard let newest = journal.segments().last else { return }
        file = journal.open(newest, flags: O_RDONLY)
        guard let file = raw else { return }
        let size = JournalReader.size(of: file)
        if size >= journal.limit, let end = journal.sealEnd(file) {
            offset = end
            isSealed = true
        } else {
            offset = JournalReader.lineStart(file, before: size)
        }
        segment = newest
        position = newest.base + offset
    }

    /// Where the line begins that is being written at the end of a file.
    private static func lineStart(_ file: Int32, before size: UInt64) -> UInt64 {
        let begin = size - min(size, UInt64(portion))
        guard let place = off_t(exactly: begin) else { return size }
        var room = [UInt8](repeating: 0, count: Int(size - begin))
        let count = pread(file, &room, room.count, place)
        guard count > 0, let end = room[..<count].lastIndex(of: 0x0a) else { return begin == 0 ? 0 : size }
        return begin + UInt64(end + 1)
    }

    /// Opens the segment in which the position lies.
    ///
    /// - Returns: false when there is none to read.
    private func attach(_ found: inout [HostEvent]) -> Bool {
        let segments = journal.segments()
        guard let oldest = segments.first, let newest = segments.last else { return false }
        if position == 0 { return open(oldest, at: oldest.base, newest) }
        guard let segment = segments.last(where: { $0.base <= position }) else {
            addGap(&found, oldest.base)
            return open(oldest, at: oldest.base, newest)
        }
        guard open(segment, at: position, newest) else { return false }
        let place = place()
        if place == .sealEnd { isSealed = true }
        if place == .line || place == .sealEnd { return true }
        if place == .beyond, segment == newest, segment.boot == journal.boot {
            // The numbers began anew: all that there is may be news.
            addGap(&found, oldest.base)
            return open(oldest, at: oldest.base, newest)
        }
        addGap(&found, position)
        if place == .inside {
            isSkipping = true
        } else {
            isSealed = true
            isLossTold = true
        }
        return true
    }

    private enum Place {
        /// Where a line begins.
        case line
        case sealEnd
        /// In the seal or behind it.
        case sealed
        /// In the middle of a line.
        case inside
        /// Behind the end of the file.
        case beyond
    }

    /// What is at the offset of the open segment.
    private func place() -> Place {
        guard let file = raw else { return .beyond }
        if offset == 0 { return .line }
        if offset > JournalReader.size(of: file) { return .beyond }
        if offset > journal.limit, let end = journal.sealEnd(file), end - UInt64(HostJournal.seal.count) < offset {
            return end == offset ? .sealEnd : .sealed
        }
        var byte: UInt8 = 0
        guard let before = off_t(exactly: offset - 1), pread(file, &byte, 1, before) == 1 else { return .beyond }
        return byte == 0x0a ? .line : .inside
    }

    private func open(
        _ segment: HostJournal.Segment, at position: UInt64, _ newest: HostJournal.Segment?
    ) -> Bool {
        file = journal.open(segment, flags: O_RDONLY)
        guard file != nil else { return false }
        self.segment = segment
        offset = position - min(position, segment.base)
        isSealed = false
        isLossTold = false
        isSkipping = false
        hasSuccessor = newest.map { $0.base > segment.base } ?? false
        self.position = position
        return true
    }

    private static func size(of file: Int32) -> UInt64 {
        var status = stat()
        return fstat(file, &status) == 0 ? UInt64(clamping: status.st_size) : 0
    }

    // MARK: Lines

    /// Reads whole lines from the offset on.
    private func read(_ found: inout [HostEvent]) {
        guard let file = raw, let place = off_t(exactly: offset) else { return }
        let count = pread(file, &room, room.count, place)
        guard count > 0 else { return }
        var start = 0
        while !isSealed, start < count, let end = room[start..<count].firstIndex(of: 0x0a) {
            take(room[start...end], &found)
            start = end + 1
        }
        guard start == 0, count == room.count else { return }
        // A line that fills the whole portion is damage.
        if !isSkipping { addGap(&found, position) }
        isSkipping = true
        offset += UInt64(count)
    }

    /// Takes a line with its end.
    private func take(_ line: ArraySlice<UInt8>, _ found: inout [HostEvent]) {
        let begin = offset
        offset += UInt64(line.count)
        position = (segment?.base ?? 0) + offset
        if isSkipping { return isSkipping = false }
        if line.elementsEqual(HostJournal.seal), begin >= journal.limit { return isSealed = true }
        let value = try? JSONParser.parse(Array(line.dropLast()))
        if let event = value.flatMap({ HostEvent(record: $0, number: position) }) {
            found.append(event)
        } else if line.count > 1 {
            addGap(&found, position)
        }
    }

    /// One gap, however much is missing in one place.
    private func addGap(_ found: inout [HostEvent], _ number: UInt64) {
        if found.last?.kind == .gap { found.removeLast() }
        found.append(HostEvent(number: number, domain: "", uuid: nil, kind: .gap))
    }

    // MARK: The next segment

    /// At the end of what can be read: goes on in the next segment, where there is one.
    ///
    /// - Returns: false when there is nothing to do but to wait.
    private func moveOn(_ found: inout [HostEvent]) -> Bool {
        guard let file = raw, let current = segment else { return false }
        var status = stat()
        guard fstat(file, &status) == 0 else { return false }
        let size = UInt64(clamping: status.st_size)
        if !isSealed, size < offset {
            // Somebody has emptied the file: what is in it now is news.
            addGap(&found, current.base)
            return open(current, at: current.base, nil)
        }
        let mayHaveEnded =
            isSealed || hasSuccessor || current.boot != journal.boot || size >= journal.limit || status.st_nlink == 0
        guard mayHaveEnded || isTimeToLook else { return false }
        let segments = journal.segments()
        guard let next = segments.first(where: { $0.base > current.base }) else {
            guard status.st_nlink == 0, !segments.contains(current) else { return false }
            return beginAnew(&found)
        }
        if !isSealed {
            // The next one is made when this one is complete: whatever is not read yet is there now.
            let before = offset
            read(&found)
            if offset != before { return true }
        }
        let isWhole = isSealed ? next.base == current.base &+ offset : follows(next, current) && size == offset
        let wasTold = isLossTold
        guard open(next, at: next.base, segments.last) else { return false }
        if !isWhole, !wasTold { addGap(&found, next.base) }
        return true
    }

    /// Whether a segment is the first one of the next boot.
    private func follows(_ next: HostJournal.Segment, _ last: HostJournal.Segment) -> Bool {
        next.boot != last.boot && next.base == last.base + HostJournal.bootStep
    }

    /// The journal was removed, and is begun anew one day.
    private func beginAnew(_ found: inout [HostEvent]) -> Bool {
        file = nil
        segment = nil
        position = 0
        addGap(&found, 0)
        return true
    }

    /// Looking at the folder is for damage only, where nothing else tells that another segment was begun.
    private var isTimeToLook: Bool {
        guard nextLook.hasPassed else { return false }
        nextLook = .after(.seconds(1))
        return true
    }
}
