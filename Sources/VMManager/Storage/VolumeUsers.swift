internal import VMCore
internal import VMDomain
internal import VMImage
internal import VMSnapshot
internal import VMStorage
internal import VMXML

/// Finds out who would notice if a volume became another one: running machines, images that build on it, programs.
///
/// A machine that doesn't run isn't one of them: whoever removes a machine's disk before its definition knows what they do.
/// Images on which its disk builds are another matter, for those are often many machines'.
struct VolumeUsers: Sendable {
    private let storage: HostStorage
    private let volume: VolumeEntry
    private var manager: VMManager { storage.manager }
    private var identity: FileIdentity { volume.facts.identity }

    init(_ storage: HostStorage, _ volume: VolumeEntry) {
        self.storage = storage
        self.volume = volume
    }

    // MARK: Answers

    /// Refuses to change or remove what is in a volume that somebody uses.
    func checkChangeable() throws(VMError) {
        if let name = runningMachine() { throw inUse("running domain '\(name)'") }
        try checkOpen(writing: true)
        if let name = definition() { throw inUse("domain '\(name)', whose disk builds on it", Self.builtOn) }
        if let name = snapshot() { throw inUse("snapshot \(name)", "delete that one first") }
        if let name = managedSave() {
            throw inUse("the managed save of domain '\(name)'", "start that one, or remove its save")
        }
        if let other = try volumeAbove() { throw inUse("volume '\(other)', which builds on it", Self.builtOn) }
    }

    /// Refuses a volume that some program has open in a way that doesn't go with it.
    func checkOpen(writing: Bool) throws(VMError) {
        guard volume.kind != .dir else { return }
        let locks = ImageLocks(volume.path)
        guard locks.isTaken(forWriting: writing) else { return }
        if let name = runningMachine() { throw inUse("running domain '\(name)'") }
        let pid = ProcessTable.all.first { ProcessTable.hasOpen(identity, $0) }
        throw inUse(pid.map { "process \($0)\(ImageUse.command($0))" } ?? "another program")
    }

    /// Refuses to copy what is being written.
    func checkReadable() throws(VMError) { try checkOpen(writing: false) }

    private func inUse(_ user: String, _ remedy: Remedy = "end that one first") -> VMError {
        .volumeInUse(
            volume.name, by: user,
            remedy: remedy + "; \(command: "domblklist") and \(command: "vol-dumpxml") show who uses what")
    }

    private static let builtOn: Remedy =
        "remove that one first, or have it hold everything itself with 'qemu-img rebase -b \"\"'"

    // MARK: Users

    private func uses(_ path: String?) -> Bool { path.flatMap { Files.identity($0) } == identity }

    /// A machine that runs, with the volume as a disk or below one.
    private func runningMachine() -> String? {
        for state in (try? manager.activeStates()) ?? [] {
            guard let domain = try? manager.liveDomain(of: state) else {
                if OwnFiles.mentions(manager.folder(state.uuid).domain, volume.path) { return state.name }
                continue
            }
            let isUsed = domain.devices.disks.contains { disk in
                guard let path = storage.path(of: disk.source) else { return false }
                return uses(path) || BackingChain(walking: path).images.contains(where: uses)
            }
            if isUsed || uses(domain.os.nvram?.file) { return state.name }
        }
        return nil
    }

    /// A stored definition one of whose disks builds on the volume.
    private func definition() -> String? {
        for name in (try? manager.store.names()) ?? [] {
            guard let stored = try? manager.store.read(name),
                let domain = try? Domain.read(stored.xml, options: .lenient).checked()
            else { continue }
            let isUsed = domain.devices.disks.contains { disk in
                guard let path = storage.path(of: disk.source) else { return false }
                return BackingChain(walking: path).images.contains(where: uses)
            }
            if isUsed { return name }
        }
        return nil
    }

    /// A domain whose managed save goes on with the volume.
    private func managedSave() -> String? {
        ((try? manager.store.names()) ?? []).first { name in
            guard let stored = try? manager.store.read(name),
                let image = try? SaveImage.read(manager.managedSavePath(stored.uuid)),
                let domain = try? Domain.read(image.xml, options: .lenient).checked()
            else { return false }
            return domain.devices.disks.contains { disk in
                guard let path = storage.path(of: disk.source) else { return false }
                return uses(path) || BackingChain(walking: path).images.contains(where: uses)
            }
        }
    }

    /// A snapshot that has its state in the volume, or in an image that builds on it.
    private func snapshot() -> String? {
        for uuid in SnapshotStore.domains(manager.paths) {
            for record in (try? SnapshotStore(manager.paths, uuid).all()) ?? [] {
                let snapshot = record.snapshot
                let disks = (snapshot.domain?.devices.disks ?? []) + (snapshot.inactiveDomain?.devices.disks ?? [])
                let isUsed = disks.contains { disk in
                    guard let path = storage.path(of: disk.source) else { return false }
                    return uses(path) || BackingChain(walking: path).images.contains(where: uses)
                }
                guard isUsed || uses(snapshot.memory?.file) else { continue }
                let name = (try? manager.store.name(of: uuid)) ?? nil
                return "'\(record.name)' of domain '\(name ?? "\(uuid)")'"
            }
        }
        return nil
    }

    /// A volume of an active pool that builds directly on this one.
    private func volumeAbove() throws(VMError) -> String? {
        for folder in try storage.activeFolders() {
            let names = (try? folder.volumes(on: identity, cache: manager.paths.cache)) ?? []
            if let name = names.first(where: { $0 != volume.name || folder.name != volume.pool }) {
                return folder.name == volume.pool ? name : "\(folder.name)/\(name)"
            }
        }
        return nil
    }
}

extension HostStorage {
    /// Where a disk's source is on this host, that of a volume included; nil when it is nowhere.
    func path(of source: DiskSource) -> String? {
        switch source.type {
        case .volume:
            guard let pool = source.pool, let volume = source.volume else { return nil }
            return (try? self.volume(volume, pool: pool))?.path
        default: return source.file ?? source.dev
        }
    }
}
