internal import Glibc
package import VMCore

/// A part of a volume that is read or written piece by piece.
package final class VolumeTransfer: Sendable {
    package let volume: VolumeEntry
    /// The part's end; nil where an upload may go on for ever.
    private let end: UInt64?
    private let isWriting: Bool
    private let state: TransferState

    /// - Parameters:
    ///   - length: bytes; 0 for all.
    ///   - hold: the hold on the pool.
    ///   - taken: the hold on the volume.
    package init(
        _ pool: FolderPool, _ volume: VolumeEntry, offset: UInt64, length: UInt64, writing: Bool,
        hold: consuming RangeLock, taken: consuming RangeLock
    ) throws(VMError) {
        let file = try pool.opened(volume, flags: writing ? O_RDWR : O_RDONLY)
        let size = UInt64(clamping: lseek(file.raw, 0, SEEK_END))
        let (stop, overflow) = offset.addingReportingOverflow(length)
        if overflow || stop > UInt64(Int64.max) {
            throw .invalidVolume("offset and length are beyond the end of any volume")
        }
        if !writing, offset > size {
            throw .storageFailure("Unable to seek \(volume.path) to \(offset): it ends at \(size)")
        }
        end = writing ? (length == 0 ? nil : stop) : length == 0 ? size : min(stop, size)
        isWriting = writing
        self.volume = volume
        state = TransferState(offset, OpenVolume(file, pool: hold, volume: taken))
    }

    /// Where the next piece goes to or comes from.
    package var place: UInt64 { state.place }

    /// Whether an upload has all that was announced.
    package var isComplete: Bool { isWriting && end == state.place }

    package var isOver: Bool { state.open == nil }

    /// Lets others have the volume, be the transfer at its end or not.
    package func close() { state.open = nil }

    private func open() throws(VMError) -> OpenVolume {
        guard let open = state.open else { throw .storageFailure("the transfer of volume '\(volume.name)' is over") }
        return open
    }

    // MARK: Reading

    /// What comes next of a volume that is read.
    package enum Piece: Sendable {
        case data([UInt8])
        /// So many zeros that the volume has no space for.
        case hole(UInt64)
        case end
    }

    /// Reads on.
    ///
    /// - Parameter sparsely: holes are told as such.
    package func next(limit: Int, sparsely: Bool) throws(VMError) -> Piece {
        let place = state.place
        guard let end, place < end else { return .end }
        let open = try open()
        var stop = min(end, place + UInt64(limit))
        if sparsely {
            guard let data = open.file.data(from: place, end: end) else {
                state.place = end
                return .hole(end - place)
            }
            if data.lowerBound > place {
                state.place = data.lowerBound
                return .hole(data.lowerBound - place)
            }
            stop = min(stop, data.upperBound)
        }
        let bytes = try open.file.read(at: place, count: Int(stop - place), volume.path)
        if bytes.isEmpty { return .end }
        state.place = place + UInt64(bytes.count)
        return .data(bytes)
    }

    // MARK: Writing

    /// Writes on.
    package func write(_ bytes: [UInt8]) throws(VMError) {
        let place = try room(for: UInt64(bytes.count))
        let open = try open()
        do throws(VMError) {
            try open.file.write(bytes, at: place, volume.path)
        } catch {
            throw .storageFailure(error.message)
        }
        state.place = place + UInt64(bytes.count)
    }

    /// Leaves a hole.
    package func skip(_ length: UInt64) throws(VMError) {
        let place = try room(for: length)
        let open = try open()
        if !open.file.makeHole(place..<place + length) {
            // What lies behind the end is a hole already.
            let size = UInt64(clamping: lseek(open.file.raw, 0, SEEK_END))
            try fill(place..<min(place + length, max(place, size)), open)
        }
        state.place = place + length
    }

    private func fill(_ range: Range<UInt64>, _ open: OpenVolume) throws(VMError) {
        var place = range.lowerBound
        while place < range.upperBound {
            let count = Int(min(1 << 20, range.upperBound - place))
            try open.file.write([UInt8](repeating: 0, count: count), at: place, volume.path)
            place += UInt64(count)
        }
    }

    private func room(for count: UInt64) throws(VMError) -> UInt64 {
        let place = state.place
        let (stop, overflow) = place.addingReportingOverflow(count)
        if overflow || stop > end ?? UInt64(Int64.max) {
            throw .storageFailure("cannot write to volume '\(volume.name)': \(errnoText(ENOSPC))")
        }
        return place
    }

    /// Ends an upload: a hole at its end counts, too. From then on others may have the volume.
    package func finish() throws(VMError) {
        guard let open = state.open else { return }
        defer { close() }
        guard isWriting, volume.facts.kind == .file else { return }
        let size = UInt64(clamping: lseek(open.file.raw, 0, SEEK_END))
        if state.place > size { try open.file.truncate(to: state.place, volume.path) }
        try open.file.sync(volume.path)
    }
}

/// A volume's open file. Until it is closed nobody else changes the volume, and its pool isn't stopped.
private final class OpenVolume: Sendable {
    let file: FileDescriptor
    private let pool: RangeLock
    private let volume: RangeLock

    init(_ file: consuming FileDescriptor, pool: consuming RangeLock, volume: consuming RangeLock) {
        self.file = file
        self.pool = pool
        self.volume = volume
    }
}

/// How far a transfer is.
private final class TransferState: @unchecked Sendable {
    // SAFETY: a transfer is driven by one task; pieces follow each other.
    var place: UInt64
    var open: OpenVolume?

    init(_ place: UInt64, _ open: OpenVolume) {
        self.place = place
        self.open = open
    }
}
