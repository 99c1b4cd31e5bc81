internal import VMCore
internal import VMDomain
internal import VMStorage

/// Disks of type `volume`, which name a pool and a volume instead of a path.
extension HostStorage {
    /// Gives the disks whose sources are volumes the volumes' paths, for a machine that is to run.
    ///
    /// - Throws: when a pool isn't there or isn't active, or a volume isn't there that has to be.
    func resolveVolumes(_ disks: inout [Disk]) throws(VMError) {
        for index in disks.indices { try resolve(&disks[index].source) }
    }

    private func resolve(_ source: inout DiskSource) throws(VMError) {
        guard source.type == .volume, let pool = source.pool, let volume = source.volume else { return }
        let mayBeAbsent = source.startupPolicy == .optional || source.startupPolicy == .requisite
        let record = try store.find(pool)
        guard record.isActive else {
            // A drive whose medium may be missing is left empty.
            if mayBeAbsent { return }
            throw VMError(
                .wrongState,
                "unsupported configuration: storage pool '\(record.name)' containing volume '\(volume)' is not active",
                remedy: "start it with \(command: "pool-start", record.name)",
                libvirt: LibvirtError(.configurationUnsupported, in: .storage))
        }
        let folder = try store.folder(record)
        guard let found = folder.find(volume) else {
            guard mayBeAbsent else { throw .noVolume(named: volume, in: record.name) }
            // The policy decides about a path that leads nowhere.
            return source.take(.file(folder.path(of: volume)))
        }
        switch found.kind {
        case .block: source.take(.block(found.path))
        case .dir:
            throw VMError(
                .unsupported, "unsupported configuration: volume '\(volume)' of pool '\(record.name)' is a folder",
                libvirt: LibvirtError(.configurationUnsupported, in: .storage))
        default: source.take(.file(found.path))
        }
    }
}

extension DiskSource {
    /// Becomes another place, and keeps what was said besides.
    fileprivate mutating func take(_ place: DiskSource) {
        type = place.type
        file = place.file
        dev = place.dev
        pool = nil
        volume = nil
        mode = nil
    }
}

extension DomainEdit {
    /// The edit for a running machine, with the paths of volumes.
    func resolvingVolumes(_ storage: HostStorage) throws(VMError) -> DomainEdit {
        switch self {
        case .attach(var devices):
            try storage.resolveVolumes(&devices.disks)
            return .attach(devices)
        case .update(var devices, let force):
            try storage.resolveVolumes(&devices.disks)
            return .update(devices, force: force)
        default: return self
        }
    }

    /// Whether it brings a volume in.
    var namesVolumes: Bool {
        switch self {
        case .attach(let devices), .update(let devices, _): devices.disks.contains { $0.source.type == .volume }
        default: false
        }
    }
}
