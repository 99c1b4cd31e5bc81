internal import Glibc
package import VMCore
internal import VMImage
internal import VMXML

/// Volumes made from others.
extension FolderPool {
    /// Makes a volume with the contents of another one, which may be in another pool.
    ///
    /// - Parameters:
    ///   - volume: the new one; what is smaller than the source gets its size.
    ///   - source: the other one, and the pool in which it is.
    package func create(
        _ volume: StorageVolume, from source: VolumeEntry, in pool: FolderPool, flags: CreationFlags = [],
        _ work: Work = Work()
    ) throws(VMError) -> VolumeEntry {
        let name = volume.name ?? ""
        if Files.exists(path(of: name)) { throw .volumeNameTaken(name) }
        if volume.target.encryption != nil { throw .noSecrets() }
        guard source.kind != .dir else {
            throw .notForVolume("volume '\(source.name)' is a folder, which can't be copied")
        }
        let probe = pool.probe(source)
        if probe.isEncrypted { throw .noSecrets() }
        var volume = volume
        volume.capacity = .bytes(max(volume.capacity?.bytes ?? 0, probe.capacity))
        let format = volume.target.format?.type ?? .raw
        removeLeftovers()
        let staging = try Staging(in: path, for: name)
        let copy = VolumeCopy(
            source: source, probe: probe, volume: volume, format: format, file: staging.file, flags: flags, work: work)
        try copy.run()
        try setRights(volume, staging.file, format)
        guard try staging.publish() else { throw .volumeNameTaken(name) }
        _ = consume staging
        return try self.volume(named: name)
    }
}

/// One copy that is being made.
private struct VolumeCopy {
    let source: VolumeEntry
    let probe: ImageProbe
    let volume: StorageVolume
    let format: VolumeFormat
    let file: String
    let flags: FolderPool.CreationFlags
    let work: Work

    private var capacity: UInt64 { volume.capacity?.bytes ?? 0 }
    private var sourceIsRaw: Bool { probe.format == .raw || probe.format == .iso }
    /// Whether the copy is byte for byte what the source is.
    private var isPlain: Bool { sourceIsRaw && (format == .raw || format == .iso) }

    /// Whether a copy of the file is as good as a conversion: nothing is below it, and nothing is asked for that it hasn't.
    private var isSameImage: Bool {
        guard format == probe.format, probe.backing == nil, (volume.backingStore?.path ?? "").isEmpty,
            probe.capacity == capacity
        else { return false }
        let target = volume.target
        guard let own = probe.qcow2 else {
            return target.features == nil && target.compat == nil && target.clusterSize == nil
        }
        let features = target.features
        return target.compat.map { ($0 == "1.1") == own.isNew } ?? true
            && target.clusterSize.map { $0.bytes == own.clusterSize } ?? true
            && features.map { $0.lazyRefcounts == own.lazyRefcounts && $0.extendedL2 == own.extendedL2 } ?? true
    }

    /// The image below the source, where the copy is to build on it, too; what isn't in the source comes from there.
    private func sharedBacking() throws(VMError) -> (path: String, format: String)? {
        guard let wanted = volume.backingStore?.path, !wanted.isEmpty else { return nil }
        guard format == .qcow2 || format == .qed, let own = probe.backingPath(of: source.path),
            let identity = Files.identity(own), Files.identity(wanted) == identity
        else {
            throw .unsupportedSettings(
                "a copy can be built on the image below its source only, or stand by itself",
                remedy: "leave <backingStore> out")
        }
        let declared = probe.backing?.format ?? volume.backingStore?.format?.type?.image?.rawValue
        guard let declared else {
            throw .unsupportedSettings("the format of the image below '\(source.name)' is not declared")
        }
        return (own, declared)
    }

    func run() throws(VMError) {
        if isPlain { return try copyBytes() }
        if isSameImage, try shareBlocks() { return }
        if flags.contains(.reflink) {
            throw VMError.storageFailure("failed to clone file from '\(source.path)': \(errnoText(EOPNOTSUPP))")
        }
        try convert()
    }

    // MARK: Bytes

    private func openSource() throws(VMError) -> FileDescriptor {
        do throws(VMError) {
            return try FileDescriptor.open(source.path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
        } catch {
            throw .storageFailure("could not open input path '\(source.path)'" + FolderPool.reason(error))
        }
    }

    /// Makes the new file share its blocks with the source; false where the file system can't.
    private func shareBlocks() throws(VMError) -> Bool {
        let input = try openSource()
        let output = try FileDescriptor.open(file, flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
        if source.kind == .file, output.shareContents(of: input) { return true }
        unlink(file)
        return false
    }

    private func copyBytes() throws(VMError) {
        let input = try openSource()
        let output = try FileDescriptor.open(file, flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
        let isShared = source.kind == .file && output.shareContents(of: input)
        if !isShared, flags.contains(.reflink) {
            throw .storageFailure("failed to clone file from '\(source.path)': \(errnoText(EOPNOTSUPP))")
        }
        if !isShared { try copyData(input, output) }
        try output.truncate(to: capacity, file)
        // An allocation that is asked for is reserved; one that isn't mentioned is that of the source.
        if let allocation = volume.allocation?.bytes, allocation >= capacity {
            switch output.allocate(0..<capacity) {
            case 0, EOPNOTSUPP, ENOSYS: break
            case let code: throw .storageFailure("cannot allocate \(capacity) bytes: \(errnoText(code))")
            }
        }
    }

    /// What is copied at a time.
    private static let portion: UInt64 = 1 << 20

    /// Copies what the source has data for, and leaves holes where it has holes or zeros.
    private func copyData(_ input: borrowing FileDescriptor, _ output: borrowing FileDescriptor) throws(VMError) {
        let end = probe.capacity
        var place: UInt64 = 0
        let zeros = [UInt8](repeating: 0, count: Int(Self.portion))
        while let data = input.data(from: place, end: end) {
            place = data.lowerBound
            while place < data.upperBound {
                try work.check("copying volume '\(source.name)'")
                let count = Int(min(Self.portion, data.upperBound - place))
                let bytes = try input.read(at: place, count: count, source.path)
                if bytes.isEmpty { return }
                if !bytes.isAllZero(zeros) { try output.write(bytes, at: place, file) }
                place += UInt64(bytes.count)
            }
        }
    }

    // MARK: Images

    private func convert() throws(VMError) {
        try checkChain()
        let tool = try ImageTool.qemuImg()
        let inputFormat = probe.format.image ?? .raw
        let outputFormat = format == .raw || format == .iso ? "raw" : try FolderPool.toolFormat(format)
        var arguments = ["convert", "-q", "-f", inputFormat.rawValue, "-O", outputFormat]
        let options = try FolderPool.options(volume, format)
        if !options.isEmpty { arguments += ["-o", options.joined(separator: ",")] }
        if let (base, baseFormat) = try sharedBacking() { arguments += ["-B", base, "-F", baseFormat] }
        try tool.run(arguments + [source.path, file], work)
        guard capacity > probe.capacity else { return }
        try tool.run(["resize", "-q", "-f", outputFormat, file, "\(capacity)"], work)
    }

    /// An image doesn't choose what is read: one that builds on what is no image of this host, or of an undeclared format,
    /// isn't converted.
    private func checkChain() throws(VMError) {
        guard let driver = probe.format.image, driver != .raw else { return }
        guard let problem = BackingChain(source.path, format: driver).obstacles.first else { return }
        let error = problem.error
        throw .storageFailure("cannot copy volume '\(source.name)': \(error.message)", remedy: error.remedy)
    }
}

extension [UInt8] {
    /// Whether there is nothing but zeros in it.
    ///
    /// - Parameter zeros: at least as many of them.
    func isAllZero(_ zeros: [UInt8]) -> Bool {
        guard count <= zeros.count else { return false }
        return withUnsafeBytes { bytes in
            zeros.withUnsafeBytes { others in
                guard let first = bytes.baseAddress, let second = others.baseAddress else { return true }
                // SAFETY: both have at least as many bytes as this array.
                return memcmp(first, second, bytes.count) == 0
            }
        }
    }
}
