internal import Glibc
package import VMCore
internal import VMImage
internal import VMXML

/// Making volumes.
extension FolderPool {
    /// What is asked for besides the document.
    package struct CreationFlags: OptionSet, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        /// The image's own tables are made at once.
        package static let preallocateMetadata = Self(rawValue: 1)
        /// A copy shares its blocks with what it is a copy of, or fails.
        package static let reflink = Self(rawValue: 2)
    }

    /// What volumes are allowed to whom that say nothing about it.
    private static let mode: UInt32 = 0o600

    /// Makes a volume.
    ///
    /// It comes to be under a hidden name, and gets its own when it is whole.
    /// - Parameter key: the value of its secret, for a volume that is to be encrypted.
    package func create(
        _ volume: StorageVolume, flags: CreationFlags = [], key: [UInt8]? = nil, _ work: Work = Work()
    ) throws(VMError) -> VolumeEntry {
        let name = volume.name ?? ""
        if Files.exists(path(of: name)) { throw .volumeExists(name) }
        let format = volume.target.format?.type ?? .raw
        if volume.target.encryption != nil {
            if key == nil { throw .noSecrets() }
            try EncryptedVolume.check(volume, format)
        }
        removeLeftovers()
        let staging = try Staging(in: path, for: name)
        switch format {
        case .dir: try makeFolder(staging.file)
        case .raw where volume.target.encryption != nil:
            try makeImage(volume, format, flags, key, staging.file, work)
        case .raw:
            if flags.contains(.preallocateMetadata) {
                throw .invalidVolume("metadata preallocation is not supported for raw volumes")
            }
            if volume.backingStore?.path?.isEmpty == false {
                throw .unsupportedSettings(
                    "a raw volume cannot be built on another one", remedy: "make it <format type='qcow2'/>")
            }
            try makeRaw(volume, staging.file, work)
        default: try makeImage(volume, format, flags, key, staging.file, work)
        }
        try setRights(volume, staging.file, format)
        guard try staging.publish() else { throw .volumeExists(name) }
        _ = consume staging
        return try self.volume(named: name)
    }

    private func makeFolder(_ file: String) throws(VMError) { try Folders.make(file, mode: 0o711) }

    private func makeRaw(_ volume: StorageVolume, _ file: String, _ work: Work) throws(VMError) {
        let capacity = volume.capacity?.bytes ?? 0
        let allocation = min(volume.allocation?.bytes ?? capacity, capacity)
        let open = try FileDescriptor.open(file, flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
        try open.truncate(to: capacity, path(of: volume.name ?? ""))
        try reserve(allocation, of: open, volume.name ?? "")
    }

    /// Reserves space for the beginning of a file, where the file system can.
    func reserve(_ count: UInt64, of file: borrowing FileDescriptor, _ name: String) throws(VMError) {
        switch file.allocate(0..<count) {
        case 0, EOPNOTSUPP, ENOSYS: return
        case let code:
            throw .storageFailure("cannot allocate \(count) bytes in file '\(path(of: name))': \(errnoText(code))")
        }
    }

    // MARK: Images

    private func makeImage(
        _ volume: StorageVolume, _ format: VolumeFormat, _ flags: CreationFlags, _ key: [UInt8]?, _ file: String,
        _ work: Work
    ) throws(VMError) {
        let encrypted = volume.target.encryption.map { EncryptedVolume($0, format) }
        var arguments = [
            "create", "-q", "-f", format == .raw && encrypted != nil ? "luks" : try Self.toolFormat(format),
        ]
        var options = encrypted?.options ?? []
        if encrypted != nil { arguments += EncryptedVolume.object }
        if let (base, baseFormat) = try backing(volume, format) {
            arguments += ["-b", base]
            options.append("backing_fmt=\(baseFormat.rawValue)")
        }
        if flags.contains(.preallocateMetadata) {
            guard format == .qcow2, encrypted == nil else {
                throw .invalidVolume("metadata preallocation only available with qcow2")
            }
            let isWhole = volume.allocation.map { $0 >= volume.capacity ?? $0 } ?? true
            options.append("preallocation=" + (isWhole ? "falloc" : "metadata"))
        }
        options += try Self.options(volume, format)
        if !options.isEmpty { arguments += ["-o", options.joined(separator: ",")] }
        arguments.append(file)
        if let capacity = volume.capacity { arguments.append("\(capacity.kibibytes)K") }
        try Self.run(arguments, key: encrypted == nil ? nil : key, work)
    }

    /// Has `qemu-img` make an image. For an encrypted one it measures how quick the processor is, which on a busy host comes
    /// to nothing now and then.
    private static func run(_ arguments: [String], key: [UInt8]?, _ work: Work) throws(VMError) {
        var attempts = key == nil ? 1 : 8
        while true {
            attempts -= 1
            do throws(VMError) {
                try ImageTool.qemuImg().run(arguments, key: key, work)
                return
            } catch {
                guard attempts > 0, error.message.contains("accurate CPU usage") else { throw error }
            }
        }
    }

    /// `qemu-img`'s word for a format that it can make.
    static func toolFormat(_ format: VolumeFormat) throws(VMError) -> String {
        guard format.isMadeByTool, let driver = format.image else {
            throw .unsupportedSettings(
                "volumes in \(format.rawValue) format can't be made",
                remedy: "make it in one of raw, qcow2, qcow, qed, vmdk, vdi, vpc, dir")
        }
        return driver.rawValue
    }

    /// The options of an image's format.
    static func options(_ volume: StorageVolume, _ format: VolumeFormat) throws(VMError) -> [String] {
        guard format == .qcow2 else { return [] }
        let target = volume.target
        let compat = target.compat ?? (target.features == nil ? "0.10" : "1.1")
        guard compat == "0.10" || compat == "1.1" else {
            throw .unsupportedSettings("qcow2 has no version '\(compat)'", remedy: "<compat> can be 0.10 or 1.1")
        }
        var options = ["compat=\(compat)"]
        if let size = target.clusterSize?.bytes { options.append("cluster_size=\(size)") }
        let features = [
            ("lazy_refcounts", target.features?.lazyRefcounts == true),
            ("extended_l2=on", target.features?.extendedL2 == true),
        ].filter(\.1).map(\.0)
        if compat == "0.10", let feature = features.first {
            throw .unsupportedSettings(
                "Feature \(feature.prefix { $0 != "=" }) not supported with compat level 0.10",
                remedy: "write <compat>1.1</compat>")
        }
        return options + features
    }

    /// The image below, absolute, and its format.
    private func backing(
        _ volume: StorageVolume, _ format: VolumeFormat
    ) throws(VMError) -> (path: String, format: VMImage.ImageFormat)? {
        guard let element = volume.backingStore, let given = element.path, !given.isEmpty else { return nil }
        let base = given.utf8.first == UInt8(ascii: "/") ? given : path(of: given)
        if let code = Files.obstacle(base, writing: false) {
            throw .storageFailure("inaccessible backing store volume \(given): \(errnoText(code))")
        }
        guard let facts = FileFacts(base), facts.kind == .file || facts.kind == .blockDevice else {
            throw .storageFailure("inaccessible backing store volume \(given): it is no image")
        }
        if let declared = element.format?.type {
            guard let driver = declared.image else {
                throw .unsupportedSettings("no image can be built on one in \(declared.rawValue) format")
            }
            return (base, driver)
        }
        // A guest may have written the beginning of a raw image, so it isn't for that to say what it is.
        let shown = ImageProbe(base, facts).format
        guard shown == .raw || shown == .iso else {
            throw .invalidVolume(
                "the format of the backing store volume \(given) is not declared",
                remedy:
                    "it is in \(shown.rawValue) format: write <format type='\(shown.rawValue)'/> into <backingStore>")
        }
        return (base, .raw)
    }

    // MARK: Rights

    /// Gives a new volume the rights that its document names.
    func setRights(_ volume: StorageVolume, _ file: String, _ format: VolumeFormat) throws(VMError) {
        let wanted = volume.target.permissions
        let mode = wanted?.mode?.bits ?? (format == .dir ? nil : Self.mode)
        let open = try FileDescriptor.open(file, flags: O_RDONLY | O_NOFOLLOW)
        do throws(VMError) {
            let owners = wanted?.owners(for: geteuid())
            try open.setRights(
                path(of: volume.name ?? ""), mode: mode, owner: owners?.owner, group: owners?.group)
        } catch {
            throw .storageFailure(error.message)
        }
    }
}
