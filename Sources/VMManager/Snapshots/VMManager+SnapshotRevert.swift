internal import Glibc
internal import QEMULauncher
public import VMCore
internal import VMDomain
internal import VMImage
internal import VMSnapshot
internal import VMXML

/// Going back to a snapshot. The snapshot's own files stay as they are: a machine that goes back to an external one writes
/// to new images on top of them.
extension VMManager {
    /// What going back to a snapshot would do; nothing is done.
    public func revertPlan(
        _ key: String, to name: String, _ flags: SnapshotReversion = []
    ) throws(VMError) -> SnapshotPlan {
        let machine = try find(key)
        return try reversion(snapshotStore(machine), machine, name, flags).plan
    }

    /// Brings a domain back to what it was when a snapshot was made. A machine that runs is ended for it.
    @discardableResult
    public func revert(
        _ key: String, to name: String, _ flags: SnapshotReversion = [], timeout: Duration = .seconds(60)
    ) throws(VMError) -> SnapshotPlan {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.revert(machine, to: name, flags, timeout: timeout)
        }
    }

    func revert(
        _ machine: Machine, to name: String, _ flags: SnapshotReversion, timeout: Duration
    ) async throws(VMError) -> SnapshotPlan {
        let begun = WallClock.now
        var way = try await withSnapshots(machine) { (store) async throws(VMError) in
            var way = try reversion(store, machine, name, flags)
            way.work.removesSave = flags.contains(.force)
            try way.work.write(to: store)
            do throws(VMError) {
                let made = way.work.overlays
                try await labor(until: .after(.seconds(600))) { labor throws(VMError) in
                    let images = try SnapshotImages(labor)
                    for overlay in made { try images.make(overlay) }
                }
                if observe(machine).state.isActive { try await destroy(machine) }
                Failpoint.reached("snapshot.ended")
                try await whileShutOff(machine, "it can't go back") { () async throws(VMError) in
                    try await applyReversion(way.work, store, machine)
                }
            } catch {
                // As far as nothing has been changed it is taken back; otherwise whoever comes next goes on.
                _ = try? await settle(store, machine)
                throw error
            }
            return way
        }
        way.plan.note(trash.all(), since: begun)
        try await start(machine, after: way, flags, timeout)
        return way.plan
    }

    /// A way back.
    private struct Reversion {
        var plan: SnapshotPlan
        var work: SnapshotWork
        /// The machine's state in a file or inside its images, with what it was like then.
        var live: Domain?
        var memoryFile: String?
        var load: SnapshotLoad?
        /// nil leaves it shut off.
        var isPaused: Bool?
    }

    // MARK: Planning

    private func reversion(
        _ store: SnapshotStore, _ machine: Machine, _ name: String, _ flags: SnapshotReversion
    ) throws(VMError) -> Reversion {
        let record = try store.get(name)
        let snapshot = record.snapshot
        guard machine.isPersistent else {
            throw .snapshotInvalid("a transient domain has no definition that could go back to a snapshot")
        }
        guard snapshot.deleteInProgress ?? 0 == 0 else {
            throw .snapshotInvalid("snapshot '\(name)' is being deleted, and what it was is gone")
        }
        guard var definition = snapshot.storedDefinition, let then = snapshot.domain else {
            throw .revertRisky(
                "snapshot '\(name)' lacks domain '\(machine.name)' rollback info",
                remedy: "store its document with a <domain> in it, with \(option: "redefine")")
        }
        if hasManagedSave(machine), !flags.contains(.force) {
            throw .revertRisky(
                "snapshot without memory state, removal of existing managed saved state strongly recommended")
        }
        definition.name = machine.name
        definition.uuid = machine.uuid
        definition = Planner.inactiveForm(of: definition)
        var way = Reversion(plan: SnapshotPlan(), work: SnapshotWork(.revert, name))
        way.plan.snapshots = [name]
        way.plan.endsMachine = observe(machine).state.isActive
        var live = then
        try planInside(snapshot, then, &way)
        try planOverlays(snapshot, then, &definition, &live, &way)
        try planVariables(snapshot, definition, &way)
        planTPM(snapshot, definition, machine, &way)
        try planState(snapshot, &live, machine, flags, &way)
        way.work.definition = definition.xml
        planDiscards(store, machine, definition, &way)
        return way
    }

    private func image(of entry: SnapshotDisk, in domain: Domain) throws(VMError) -> (path: String, disk: Disk) {
        let disk = domain.devices.disks.first { $0.target?.dev == entry.name }
        guard let disk, let path = storage.path(of: disk.source) else {
            throw .snapshotInvalid("disk '\(entry.name ?? "")' of the snapshot isn't in the definition that it keeps")
        }
        guard Files.exists(path) else {
            throw VMError(.io, "the image '\(path)' of disk '\(entry.name ?? "")' isn't there")
        }
        return (path, disk)
    }

    private func planInside(_ snapshot: DomainSnapshot, _ domain: Domain, _ way: inout Reversion) throws(VMError) {
        let disks = snapshot.disks(.internal)
        guard !disks.isEmpty else { return }
        let name = snapshot.name ?? ""
        for entry in disks {
            let (path, _) = try image(of: entry, in: domain)
            guard try SnapshotImages.list(path)[name] != nil else {
                throw VMError(.notFound, "image '\(path)' has no snapshot '\(name)' inside")
            }
            way.work.images.append(path)
        }
        // Other images build on what this one holds now.
        let folders = Set(way.work.images.map { Files.folder(of: $0) })
        let references = ImageReferences(self, folders: folders)
        for path in way.work.images {
            let owner = domain.uuid
            let strangers = references.users(of: path).filter { user in
                user.domain == nil || user.domain != owner
            }
            if !strangers.isEmpty {
                throw .snapshotInUse(
                    "image '\(path)' can't go back to snapshot '\(name)'", by: strangers.map(\.text),
                    remedy: "they would be ruined: remove them first, or have them hold everything themselves")
            }
            if snapshot.hasMemory, try SnapshotImages.isMistakable(name, in: path) {
                throw .snapshotOperation(
                    unsupported: "going back to snapshot '\(name)', whose name is another one's number in '\(path)'",
                    remedy: "delete the other one first")
            }
            way.plan.add(.change, path, "goes back to its snapshot '\(name)'")
        }
        if snapshot.nvram?.snapshot == .internal, let path = snapshot.nvram?.file {
            way.work.images.append(path)
            way.plan.add(.change, path, "goes back to its snapshot '\(name)'")
        }
    }

    private func planOverlays(
        _ snapshot: DomainSnapshot, _ then: Domain, _ definition: inout Domain, _ live: inout Domain,
        _ way: inout Reversion
    ) throws(VMError) {
        let second = WallClock.now / 1_000_000_000
        for entry in snapshot.disks(.external) {
            let (base, disk) = try image(of: entry, in: then)
            let format = disk.driver?.type ?? .raw
            guard let known = VMImage.ImageFormat(rawValue: format.rawValue),
                let size = ImageSizes(base, format: known)?.capacity
            else { throw VMError(.io, "the size of image '\(base)' can't be found out") }
            var path = Files.isBlockDevice(base) ? entry.source?.file ?? base : base
            path += ".\(second)"
            var count = 0
            while Files.exists(path) || way.work.overlays.contains(where: { $0.path == path }) {
                count += 1
                path = "\(base).\(second)-\(count)"
            }
            way.work.overlays.append(
                SnapshotWork.Overlay(
                    target: entry.name ?? "", path: path, base: base, baseFormat: known.rawValue, isMade: true,
                    size: size, clusterSize: nil))
            way.plan.add(.make, path, "a new image for disk '\(entry.name ?? "")', on top of '\(base)'")
            way.plan.add(.keep, base, "snapshot '\(snapshot.name ?? "")' keeps the disk in it")
            // Whatever the definition had there, the disk is the snapshot's.
            for index in definition.devices.disks.indices
            where definition.devices.disks[index].target?.dev == entry.name {
                definition.devices.disks[index].source = disk.source
                definition.devices.disks[index].source.index = nil
                definition.devices.disks[index].backingStore = disk.backingStore
                definition.devices.disks[index].driver = disk.driver
                definition.devices.disks[index].stack(path, on: base)
            }
            for index in live.devices.disks.indices where live.devices.disks[index].target?.dev == entry.name {
                live.devices.disks[index].stack(path, on: base)
            }
        }
        definition = Planner.inactiveForm(of: definition)
    }

    private func planVariables(
        _ snapshot: DomainSnapshot, _ definition: Domain, _ way: inout Reversion
    ) throws(VMError) {
        guard snapshot.nvram?.snapshot == .copy, let copy = snapshot.nvram?.file, Files.exists(copy),
            let path = definition.os.nvram?.file
        else { return }
        way.work.variables = (copy, path)
        way.plan.add(.change, path, "firmware variables come back from '\(copy)'")
    }

    private func planTPM(
        _ snapshot: DomainSnapshot, _ definition: Domain, _ machine: Machine, _ way: inout Reversion
    ) {
        guard let path = tpmState(of: definition, machine), !snapshot.hasMemory else { return }
        guard let copy = snapshot.tpm?.file, Files.exists(copy) else {
            return way.plan.add(.keep, path, "the snapshot is without the state of the TPM")
        }
        way.work.tpm = (copy, path)
        way.plan.add(.change, path, "the state of the TPM comes back from '\(copy)'")
    }

    private func planState(
        _ snapshot: DomainSnapshot, _ live: inout Domain, _ machine: Machine, _ flags: SnapshotReversion,
        _ way: inout Reversion
    ) throws(VMError) {
        let name = snapshot.name ?? ""
        switch snapshot.state {
        case .running, .blocked: way.isPaused = false
        case .paused, .pmsuspended, .crashed, .shutdown, .nostate: way.isPaused = snapshot.hasMemory ? true : nil
        case .shutoff, .diskSnapshot, nil: way.isPaused = nil
        }
        if flags.contains(.running) { way.isPaused = false }
        if flags.contains(.paused) { way.isPaused = true }
        way.plan.stateAfter = way.isPaused.map { $0 ? "paused" : "running" } ?? "shut off"
        guard way.isPaused != nil, snapshot.hasMemory else { return }
        live.name = machine.name
        live.uuid = machine.uuid
        for index in live.devices.disks.indices { live.devices.disks[index].forgetNumbers() }
        way.live = live
        if snapshot.memory?.snapshot == .external {
            let file = snapshot.memory?.file ?? ""
            _ = try SaveImage.read(file)
            way.memoryFile = file
            way.plan.add(.keep, file, "snapshot '\(name)' keeps the memory in it")
        } else {
            let aliases = snapshot.disks(.internal).compactMap { entry in
                live.devices.disks.first { $0.target?.dev == entry.name }?.alias?.name
            }
            way.load = SnapshotLoad(
                name: name, aliases: aliases, includesVariables: snapshot.nvram?.snapshot == .internal)
        }
    }

    /// Images that the domain leaves, and what becomes of them.
    private func planDiscards(
        _ store: SnapshotStore, _ machine: Machine, _ definition: Domain, _ way: inout Reversion
    ) {
        var left: [String] = []
        let after = Set(definition.devices.disks.compactMap { storage.path(of: $0.source) })
        let now = [try? liveDomain(machine), try? storedDomain(machine)].compactMap { $0 ?? nil }
        for path in now.flatMap({ $0.devices.disks }).compactMap({ storage.path(of: $0.source) })
        where !after.contains(path) && !left.contains(path) && !way.work.overlays.contains(where: { $0.base == path }) {
            left.append(path)
        }
        let references = ImageReferences(self, folders: Set(left.map { Files.folder(of: $0) }))
        let made = store.made()
        for path in left where Files.exists(path) {
            let others = references.users(of: path).filter { user in
                switch user {
                case .definition, .running, .save: user.domain != machine.uuid
                default: true
                }
            }
            if !others.isEmpty {
                way.plan.add(.keep, path, "used by " + others.map(\.text).joined(separator: ", "))
            } else if made.contains(path) {
                way.work.discarded.append(path)
                way.plan.add(.unlink, path, "what the domain has written since; nobody else uses it")
            } else {
                way.plan.add(.keep, path, "nobody uses it then, and it was not made for a snapshot")
            }
        }
    }

    // MARK: Doing

    /// Refuses to change images from which a managed save would go on. The machine doesn't run, and can't be started.
    func checkNoManagedSave(_ machine: Machine, _ what: String) throws(VMError) {
        guard hasManagedSave(machine) else { return }
        throw VMError(
            .wrongState,
            "\(what): domain '\(machine.name)' has a managed save, which goes on from its images as they are",
            remedy: "start it, or remove the state with \(command: "managedsave-remove", machine.name)",
            libvirt: LibvirtError(.operationInvalid))
    }

    /// What is no image: the firmware's variables, what the TPM keeps, the definition.
    private func storeReversion(_ work: SnapshotWork, _ store: SnapshotStore, _ machine: Machine) throws(VMError) {
        if let (from, to) = work.variables, Files.exists(from) { try copyVariables(from: from, to: to) }
        if let (from, to) = work.tpm, Files.exists(from) {
            try FolderCopy.copy(from, to: to)
            Failpoint.reached("snapshot.tpm")
        }
        try store.note(made: work.overlays.map(\.path))
        guard let text = work.definition else { return }
        let domain = try Domain.read(Array(text.utf8), file: store.work, options: .lenient).checked()
        try changeDefinition(machine) { stored in
            let name = stored.name
            stored = domain
            stored.name = name
        }
    }

    /// Changes images and definition, but for what is done already. The machine doesn't run.
    private func applyReversion(
        _ asked: SnapshotWork, _ store: SnapshotStore, _ machine: Machine
    ) async throws(VMError) {
        var work = asked
        // A save that is older than what the images become would go on with them: it goes first, or nothing is done.
        if !work.removesSave, !work.isApplied { try checkNoManagedSave(machine, "it can't go back") }
        // From here on it is brought to its end.
        work.isApplied = true
        try work.write(to: store)
        if work.removesSave, let path = managedSave(of: machine) { try Files.remove(path, durable: true) }
        let name = work.name
        for path in work.images where !work.doneImages.contains(path) {
            try await labor(until: .after(.seconds(86_400))) { labor throws(VMError) in
                try SnapshotImages(labor).apply(name, to: path)
            }
            Failpoint.reached("snapshot.applied")
            work.doneImages.append(path)
            try work.write(to: store)
        }
        if !work.isStored {
            try storeReversion(work, store, machine)
            work.isStored = true
            try work.write(to: store)
        }
        Failpoint.reached("snapshot.defined")
        try store.setCurrent(store.contains(name) ? name : nil)
        removeUnused(work.discarded, store, machine, "the domain went back to snapshot '\(name)'")
        try SnapshotWork.end(store)
        record(.defined(.updated), machine.name, machine.uuid)
    }

    /// Moves images that were made for snapshots into the trash, those alone that nobody uses by now. One that can't be moved
    /// stays where it is.
    func removeUnused(_ paths: [String], _ store: SnapshotStore, _ machine: Machine, _ reason: String) {
        guard !paths.isEmpty else { return }
        let references = ImageReferences(self, folders: Set(paths.map { Files.folder(of: $0) }))
        let made = store.made()
        for path in paths where made.contains(path) && Files.exists(path) {
            guard references.users(of: path).isEmpty, !ImageLocks(path).isTaken(forWriting: true) else { continue }
            try? discard(path, machine, reason)
            Failpoint.reached("snapshot.unlinked")
        }
        try? store.note(made: [])
    }

    /// Goes on with a way back that somebody was killed on, or takes back what was only prepared.
    func settleReversion(
        _ work: SnapshotWork, _ store: SnapshotStore, _ machine: Machine
    ) async throws(VMError) -> SettledWork {
        guard work.isApplied else {
            try await takeBack(work.onlyOverlays, store, machine)
            return .takenBack
        }
        try await applyReversion(work, store, machine)
        return .completed
    }

    private func start(
        _ machine: Machine, after way: Reversion, _ flags: SnapshotReversion, _ timeout: Duration
    ) async throws(VMError) {
        guard let isPaused = way.isPaused else { return }
        let resetNVRAM = flags.contains(.resetNVRAM)
        guard let live = way.live else {
            _ = try await start(machine, paused: isPaused, timeout: timeout, resetNVRAM: resetNVRAM)
            return
        }
        var saved: SavedStart
        if let file = way.memoryFile {
            saved = try SavedStart(file, xml: Array(live.xml.utf8), paused: isPaused)
        } else {
            saved = SavedStart(live, paused: isPaused)
            saved.snapshot = way.load
        }
        var attempt: LaunchPlan?
        do throws(VMError) {
            _ = try await start(
                machine, paused: isPaused, timeout: timeout, leash: nil, saved: saved, resetNVRAM: resetNVRAM,
                attempt: &attempt)
            notePending(machine)
        } catch {
            recordFailure(machine, error, attempt)
            throw error.wrapped(
                "domain '\(machine.name)' went back to snapshot '\(way.work.name)', but could not be started")
        }
    }
}

extension SnapshotWork {
    /// The same without images that have their snapshots for good.
    fileprivate var onlyOverlays: SnapshotWork {
        var work = self
        work.images = []
        work.files = []
        return work
    }
}

extension Disk {
    /// Numbers are those of one run.
    mutating func forgetNumbers() {
        source.index = nil
        var stores: [DiskBackingStore] = []
        var next = backingStore
        while let store = next {
            stores.append(store)
            next = store.backingStore
        }
        var below: DiskBackingStore?
        for var store in stores.reversed() {
            store.index = nil
            store.source?.index = nil
            store.backingStore = below
            below = store
        }
        backingStore = below
    }
}
