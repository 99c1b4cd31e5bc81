internal import VMCore
internal import VMDomain
internal import VMImage
internal import VMSnapshot
internal import VMXML

/// A new snapshot as it is asked for, worked out against the machine's disks.
///
/// The rules are libvirt's: a machine that runs has its memory and its disks written inside the images unless something
/// else is said, one that doesn't its disks; with `diskOnly` disks write to new images from then on.
struct SnapshotDraft {
    /// A disk with a place in the snapshot.
    struct Part {
        /// Its place among the domain's disks.
        var index: Int
        var target: String
        /// The image that it has now.
        var path: String
        var format: VMDomain.ImageFormat
    }

    var snapshot: DomainSnapshot
    var inside: [Part] = []
    var overlays: [SnapshotWork.Overlay] = []
    let flags: SnapshotCreation
    private let isActive: Bool

    /// - Parameters:
    ///   - domain: the live definition of a machine that runs, the stored one of another.
    ///   - path: where a source is on this host.
    init(
        _ document: DomainSnapshot, _ domain: Domain, _ flags: SnapshotCreation, isActive: Bool,
        path: (DiskSource) -> String?
    ) throws(VMError) {
        snapshot = document
        self.flags = flags
        self.isActive = isActive
        try fillMemory()
        try checkNames(domain)
        var disks: [SnapshotDisk] = []
        for (index, disk) in domain.devices.disks.enumerated() {
            guard let target = disk.target?.dev else { continue }
            disks.append(try align(disk, target, index, path(disk.source)))
        }
        snapshot.disks = disks
        try checkModes()
    }

    // MARK: Memory

    private mutating func fillMemory() throws(VMError) {
        let wanted = snapshot.memory?.snapshot
        if !isActive || flags.contains(.diskOnly) {
            if let wanted, wanted != .no {
                throw VMError(
                    .invalidXML, "XML error: memory state cannot be saved with offline or disk-only snapshot",
                    libvirt: LibvirtError(.xmlError, in: .domainSnapshot))
            }
            snapshot.memory = SnapshotMemory(.no)
            return
        }
        snapshot.memory = SnapshotMemory(wanted ?? .internal, file: snapshot.memory?.file)
    }

    private var defaultMode: Disk.Snapshot {
        flags.contains(.diskOnly) || snapshot.memory?.snapshot == .external ? .external : .internal
    }

    // MARK: Disks

    private func checkNames(_ domain: Domain) throws(VMError) {
        var seen: Set<String> = []
        for entry in snapshot.disks {
            let name = entry.name ?? ""
            let disk = domain.devices.disks.first {
                $0.target?.dev == name || $0.source.file == name || $0.source.dev == name
            }
            guard let target = disk?.target?.dev else {
                let targets = domain.devices.disks.compactMap { $0.target?.dev }
                throw .snapshotUnsupported(
                    "no disk named '\(name)'",
                    remedy: NearMatch.best(for: name, among: targets).map { "did you mean '\($0)'?" },
                    in: .domainSnapshot)
            }
            guard seen.insert(target).inserted else {
                throw .snapshotUnsupported("disk '\(target)' specified twice", in: .domainSnapshot)
            }
        }
    }

    private mutating func align(
        _ disk: Disk, _ target: String, _ index: Int, _ path: String?
    ) throws(VMError) -> SnapshotDisk {
        let entry = snapshot.disks.first {
            $0.name == target || ($0.name != nil && ($0.name == disk.source.file || $0.name == disk.source.dev))
        }
        let isIncluded = disk.device ?? .disk == .disk && !disk.readonly && path != nil
        let mode = entry?.mode ?? (isIncluded ? disk.snapshot ?? defaultMode : .no)
        var result = SnapshotDisk(target, mode)
        guard mode != .no else { return result }
        guard mode != .manual else {
            throw .snapshotUnsupported(
                "disk '\(target)' has snapshots of its own (manual), which aren't supported",
                remedy: "leave it out with snapshot='no'")
        }
        guard isIncluded, let path else {
            throw .snapshotUnsupported(
                "\(mode.rawValue) snapshot for disk '\(target)' unsupported: it is no disk that is written to")
        }
        let format = disk.driver?.type ?? .raw
        let part = Part(index: index, target: target, path: path, format: format)
        if mode == .internal {
            guard disk.source.type == .file || disk.source.type == .volume, format == .qcow2 else {
                throw .snapshotUnsupported(
                    "internal snapshot for disk \(target) unsupported for storage type \(format.rawValue)",
                    remedy: "\(option: "disk-only") makes an external one, whatever the format")
            }
            inside.append(part)
            return result
        }
        try checkPlain(disk, target)
        let overlay = try overlay(for: part, entry)
        result.source = .file(overlay.path)
        result.driver = entry?.driver ?? SnapshotDiskDriver(.qcow2)
        result.driver?.type = .qcow2
        overlays.append(overlay)
        return result
    }

    private func checkPlain(_ disk: Disk, _ target: String) throws(VMError) {
        let reasons: [(Bool, String)] = [
            (disk.source.encryption != nil || disk.encryption != nil, "it is encrypted"),
            (!disk.source.slices.isEmpty, "it is a part of an image"),
            (disk.source.dataStore != nil, "its data are in a file of their own"),
            (!disk.throttlefilters.isEmpty, "it has throttle filters"),
            (disk.driver?.copyOnRead == .on, "it copies on reading"), (disk.transient != nil, "it is transient"),
            (disk.shareable, "it is shared"),
        ]
        let why = reasons.first { $0.0 }?.1
        if let why { throw .snapshotUnsupported("external snapshot for disk '\(target)' unsupported: \(why)") }
    }

    private func overlay(for part: Part, _ entry: SnapshotDisk?) throws(VMError) -> SnapshotWork.Overlay {
        if let format = entry?.driver?.type, format != .qcow2 {
            throw .snapshotUnsupported(
                "external snapshot format for disk \(part.target) is unsupported: \(format.rawValue)",
                remedy: "use qcow2")
        }
        if let type = entry?.source?.type, type != .file {
            throw .snapshotUnsupported(
                "external snapshots in images of type '\(type.rawValue)' aren't supported", remedy: "use a file")
        }
        let path: String
        if let file = entry?.source?.file {
            path = file
        } else {
            path = try Self.defaultPath(part, snapshot.name ?? "")
        }
        guard let format = VMImage.ImageFormat(rawValue: part.format.rawValue),
            let size = ImageSizes(part.path, format: format)?.capacity
        else {
            throw VMError(.io, "the size of image '\(part.path)' can't be found out")
        }
        let header = format == .qcow2 ? try? ImageHeader(ImageFile(part.path), as: .qcow2) : nil
        return SnapshotWork.Overlay(
            target: part.target, path: path, base: part.path, baseFormat: format.rawValue,
            isMade: !flags.contains(.reuseExternal), size: size,
            clusterSize: (header?.qcow2?.clusterBits).map { 1 << UInt64($0) })
    }

    /// The image's path to the last dot of its name, and the snapshot's name.
    private static func defaultPath(_ part: Part, _ name: String) throws(VMError) -> String {
        guard !Files.isBlockDevice(part.path) else {
            throw .snapshotUnsupported(
                "cannot generate external snapshot name for disk '\(part.target)' with source on a block device",
                remedy: "name a <source file='…'/>")
        }
        let folder = Files.folder(of: part.path)
        var file = String(part.path.dropFirst(folder == "/" ? 1 : folder.utf8.count + 1))
        if let dot = file.lastIndex(of: "."), dot != file.startIndex { file = String(file[..<dot]) }
        return (folder == "/" ? "" : folder) + "/\(file).\(name)"
    }

    // MARK: As a whole

    private func checkModes() throws(VMError) {
        let memory = snapshot.memory?.snapshot ?? .no
        if flags.contains(.diskOnly), !inside.isEmpty {
            throw .snapshotUnsupported(
                "disk '\(inside[0].target)' must use snapshot mode 'external'", in: .domainSnapshot)
        }
        if !inside.isEmpty, !overlays.isEmpty || memory == .external || memory == .internal && !overlays.isEmpty {
            throw .snapshotUnsupported(
                "mixing internal and external targets for a snapshot is not yet supported", in: .domainSnapshot)
        }
        if memory == .internal, !overlays.isEmpty {
            throw .snapshotUnsupported(
                "mixing internal and external targets for a snapshot is not yet supported", in: .domainSnapshot)
        }
        if isActive, !inside.isEmpty, memory == .no {
            throw .snapshotUnsupported("internal snapshot of a running VM must include the memory state")
        }
        if inside.isEmpty, overlays.isEmpty {
            if memory == .external {
                throw .snapshotUnsupported("a snapshot of the memory alone could not be gone back to")
            }
            throw .snapshotUnsupported("nothing selected for snapshot")
        }
        if flags.contains(.quiesce), overlays.isEmpty || memory != .no || !isActive {
            throw .snapshotUnsupported(
                "quiesce requires a disk-only snapshot of a machine that runs", remedy: "\(option: "disk-only")")
        }
        if flags.contains(.live), memory != .external {
            throw VMError(
                .unsupported, "live snapshot creation is supported only with external checkpoints",
                remedy: "give a file for the memory", libvirt: LibvirtError(.operationUnsupported))
        }
        if flags.contains(.reuseExternal), overlays.isEmpty {
            throw .snapshotInvalid("reusing images goes with external snapshots alone")
        }
        var paths: Set<String> = []
        for overlay in overlays {
            guard paths.insert(overlay.path).inserted, overlay.path != snapshot.memory?.file else {
                throw .snapshotUnsupported("two files of the snapshot would be one: '\(overlay.path)'")
            }
        }
    }
}

extension SnapshotDisk {
    /// How the disk is asked to have part: a new image means an external snapshot.
    var mode: Disk.Snapshot? {
        snapshot ?? (source?.file != nil || source?.dev != nil || driver?.type != nil ? .external : nil)
    }
}
