internal import Glibc
package import VMCore
internal import VMImage

/// What is done with volumes that are there. Who calls this has made sure that nobody uses them.
extension FolderPool {
    // MARK: Deleting

    /// Removes a volume: a file, a link itself, or an empty folder.
    package func delete(_ volume: VolumeEntry) throws(VMError) {
        let isFolder = volume.kind == .dir && !volume.isLink
        // A machine that starts between the look and the deletion is refused the file, or this is.
        let held = try hold(volume)
        let code = (isFolder ? rmdir(volume.path) : unlink(volume.path)) == 0 ? 0 : errno
        _ = consume held
        if code == 0 || code == ENOENT { return }
        throw .storageFailure(
            "cannot \(isFolder ? "remove directory" : "unlink file") '\(volume.path)': \(errnoText(code))")
    }

    // MARK: Resizing

    /// `virStorageVolResizeFlags`.
    package struct ResizeFlags: OptionSet, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Space for the new part is reserved.
        package static let allocate = Self(rawValue: 1)
        /// The size is a change of the one there is.
        package static let delta = Self(rawValue: 2)
        /// It may become smaller.
        package static let shrink = Self(rawValue: 4)
    }

    /// The size that a volume is to get.
    package func newCapacity(
        _ volume: VolumeEntry, _ size: UInt64, _ flags: ResizeFlags
    ) throws(VMError) -> (old: UInt64, new: UInt64) {
        let probe = probe(volume)
        var wanted = size
        if flags.contains(.delta) {
            let (sum, overflow) = probe.capacity.addingReportingOverflow(size)
            wanted = flags.contains(.shrink) ? probe.capacity - min(size, probe.capacity) : overflow ? .max : sum
        }
        if wanted < probe.capacity, !flags.contains(.shrink) {
            throw .invalidVolume(
                "Can't shrink capacity below current capacity unless shrink flag explicitly specified",
                remedy: "\(option: "shrink") cuts the end off, with whatever is there")
        }
        if wanted < probe.capacity, wanted < allocation(volume.facts, probe) {
            throw .invalidVolume("can't shrink capacity below existing allocation")
        }
        return (probe.capacity, wanted)
    }

    /// Gives a volume another size.
    package func resize(
        _ volume: VolumeEntry, to capacity: UInt64, _ flags: ResizeFlags, _ work: Work = Work()
    ) throws(VMError) {
        guard volume.kind == .file else {
            throw .notForVolume("only volumes that are files can be resized, and '\(volume.name)' is none")
        }
        let probe = probe(volume)
        if probe.isEncrypted { throw .noSecrets() }
        switch probe.format {
        case .raw, .iso:
            let file = try opened(volume, flags: O_RDWR)
            if flags.contains(.allocate), capacity > volume.facts.size {
                switch file.allocate(volume.facts.size..<capacity) {
                case 0, EOPNOTSUPP, ENOSYS: break
                case let code:
                    throw .storageFailure("Failed to pre-allocate space for file '\(volume.path)': \(errnoText(code))")
                }
            }
            do throws(VMError) {
                try file.truncate(to: capacity, volume.path)
            } catch {
                throw .storageFailure(error.message)
            }
        default:
            if flags.contains(.allocate) {
                throw .notForVolume("preallocate is only supported for raw volumes")
            }
            try checkChangeable(volume)
            let format = try Self.toolFormat(probe.format)
            let shrink = capacity < probe.capacity ? ["--shrink"] : []
            let rounded = ScaledSizeRounding.up(capacity)
            try ImageTool.qemuImg().run(["resize", "-q", "-f", format] + shrink + [volume.path, "\(rounded)"], work)
        }
    }

    // MARK: Wiping

    /// `virStorageVolWipeAlgorithm`.
    package enum WipeAlgorithm: UInt32, CaseIterable, Sendable {
        case zero, nnsa, dod, bsi, gutmann, schneier, pfitzner7, pfitzner33, random, trim

        package var word: String { "\(self)" }
    }

    /// Overwrites all that is in a volume.
    package func wipe(
        _ volume: VolumeEntry, _ algorithm: WipeAlgorithm, _ work: Work = Work()
    ) throws(VMError) {
        guard volume.kind == .file || volume.facts.kind == .blockDevice else {
            throw .notForVolume("volume '\(volume.name)' has nothing that could be wiped")
        }
        switch algorithm {
        case .zero: try wipeWithZeros(volume, work)
        case .trim:
            throw .argumentUnsupported(
                "'trim' algorithm not supported", remedy: "use 'zero', which gives the space back where it can")
        default:
            try checkChangeable(volume)
            let held = try hold(volume)
            try ImageTool("scrub").run(["-f", "-p", algorithm.word, volume.path], work)
            _ = consume held
        }
    }

    private func wipeWithZeros(_ volume: VolumeEntry, _ work: Work) throws(VMError) {
        let file = try opened(volume, flags: O_RDWR)
        let facts = try file.facts()
        if facts.kind == .file, facts.allocation < facts.size {
            // A file with holes: all of it becomes one.
            try file.truncate(to: 0, volume.path)
            Failpoint.reached("wipe.empty")
            try file.truncate(to: facts.size, volume.path)
            return
        }
        let end = facts.kind == .file ? facts.size : UInt64(clamping: lseek(file.raw, 0, SEEK_END))
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        var place: UInt64 = 0
        while place < end {
            try work.check("wiping volume '\(volume.name)'")
            let count = Int(min(UInt64(zeros.count), end - place))
            try file.write(count == zeros.count ? zeros : Array(zeros[..<count]), at: place, volume.path)
            place += UInt64(count)
        }
        try file.sync(volume.path)
    }

    // MARK: Opening

    /// Keeps programs that respect QEMU's locks from a volume; nil for what can't be opened, which they can't either.
    private func hold(_ volume: VolumeEntry) throws(VMError) -> FileDescriptor? {
        guard volume.kind == .file, !volume.isLink,
            let file = try? FileDescriptor.open(volume.path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW)
        else { return nil }
        guard ImageLocks.takeAlone(file) else { throw .volumeInUse(volume.name) }
        return file
    }

    /// Opens a volume. To be written it must be no link: that leads to what is none of the pool's; and as long as it is open
    /// for that, no machine can start with it.
    func opened(_ volume: VolumeEntry, flags: Int32) throws(VMError) -> FileDescriptor {
        let writes = flags & O_ACCMODE != O_RDONLY
        if writes { try checkChangeable(volume) }
        // Opening a FIFO would wake its writer up.
        guard let facts = FileFacts(volume.path) else { throw .noVolume(named: volume.name, in: volume.pool) }
        guard facts.kind == .file || facts.kind == .blockDevice else {
            throw .notForVolume("volume '\(volume.name)' is \(facts.kind.phrase)")
        }
        let follows = writes && facts.kind == .file ? O_NOFOLLOW : 0
        do throws(VMError) {
            let file = try FileDescriptor.open(volume.path, flags: flags | O_NONBLOCK | O_NOCTTY | follows)
            if !writes || facts.kind != .file || ImageLocks.takeAlone(file) { return file }
        } catch {
            throw .storageFailure("cannot open volume '\(volume.path)'" + Self.reason(error))
        }
        throw .volumeInUse(volume.name)
    }

    private func checkChangeable(_ volume: VolumeEntry) throws(VMError) {
        guard volume.isLink, volume.kind == .file else { return }
        throw .wrongPoolState(
            "volume '\(volume.name)' is a link to '\(Files.resolved(volume.path) ?? "")', which may be none of the pool's",
            remedy: "change that file itself")
    }
}

/// Sizes of images are whole sectors.
enum ScaledSizeRounding {
    static func up(_ size: UInt64) -> UInt64 {
        let (sum, overflow) = size.addingReportingOverflow(511)
        return overflow ? size : sum / 512 * 512
    }
}
