internal import Glibc
internal import QEMULauncher
public import VMCore
internal import VMDomain
internal import VMImage
public import VMSnapshot
internal import VMXML

/// Making snapshots.
extension VMManager {
    /// Makes a snapshot of a domain, or stores the document of one.
    ///
    /// - Parameters:
    ///   - document: what is left open of it is filled in.
    ///   - progress: is told how far it is when memory is written; true stops it, and the machine runs on.
    /// - Throws: `exists`, `invalid-xml`, `unsupported` in libvirt's terms; nothing has changed then.
    @discardableResult
    public func createSnapshot(
        _ key: String, _ document: DomainSnapshot, _ flags: SnapshotCreation = [],
        progress: (MachineJob) -> Bool = { _ in false }
    ) throws(VMError) -> SnapshotRecord {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.createSnapshot(machine, document, flags, progress: progress)
        }
    }

    func createSnapshot(
        _ machine: Machine, _ document: DomainSnapshot, _ flags: SnapshotCreation,
        progress: (MachineJob) -> Bool = { _ in false }
    ) async throws(VMError) -> SnapshotRecord {
        guard machine.isPersistent else {
            throw .snapshotInvalid(
                "snapshots of a transient domain would be lost with it",
                remedy: "store its definition first, with \(command: "define")")
        }
        return try await withSnapshots(machine) { (store) async throws(VMError) in
            if flags.contains(.redefine) { return try redefine(store, machine, document, flags) }
            let job = try snapshotJob(store, machine, document, flags)
            try await job.isActive
                ? takeLive(job, store, machine, progress)
                : whileShutOff(machine, "its images can't be changed") { () async throws(VMError) in
                    try await takeOffline(job, store, machine)
                }
            return try record(of: job, store)
        }
    }

    private func record(of job: NewSnapshot, _ store: SnapshotStore) throws(VMError) -> SnapshotRecord {
        let name = job.draft.snapshot.name ?? ""
        if job.work.keepsDocument { return try store.get(name) }
        return SnapshotRecord(
            name: name, snapshot: job.draft.snapshot, parent: job.draft.snapshot.parent?.name, isCurrent: false,
            generation: 0)
    }

    /// A snapshot that is about to be made.
    private struct NewSnapshot {
        var draft: SnapshotDraft
        var work: SnapshotWork
        var isActive: Bool
        /// Where the firmware keeps its variables, and how.
        var variables: (path: String, isInside: Bool)?
        /// Where the TPM has its state.
        var tpm: String?
    }

    /// The document that a new snapshot would have, and nothing is done.
    public func snapshotDraft(
        _ key: String, _ document: DomainSnapshot, _ flags: SnapshotCreation = []
    ) throws(VMError) -> DomainSnapshot {
        let machine = try find(key)
        return try snapshotJob(snapshotStore(machine), machine, document, flags).draft.snapshot
    }

    /// Works out what is to be done, and refuses what can't be.
    private func snapshotJob(
        _ store: SnapshotStore, _ machine: Machine, _ document: DomainSnapshot, _ flags: SnapshotCreation
    ) throws(VMError) -> NewSnapshot {
        var document = document
        let now = WallClock.now / 1_000_000_000
        document.creationTime = Int(now)
        let name = document.name ?? "\(now)"
        document.name = name
        try store.documents.check(name)
        if store.contains(name) { throw .snapshotExists(name) }
        document.parent = store.current.map { SnapshotParent($0) }
        document.active = nil
        document.deleteInProgress = nil
        document.nvram = nil
        document.tpm = nil
        let stored = try storedDomain(machine)
        let live = try liveDomain(machine)
        let state = observe(machine).state
        if flags.contains(.halt), live == nil { throw .snapshotInvalid("cannot halt a domain that is not running") }
        document.domain = live ?? stored
        document.domain?.id = nil
        document.inactiveDomain = live == nil ? nil : stored
        document.state = live == nil ? .shutoff : SnapshotState(rawValue: state.rawValue) ?? .paused
        let draft = try SnapshotDraft(document, live ?? stored, flags, isActive: live != nil) { storage.path(of: $0) }
        var job = NewSnapshot(draft: draft, work: SnapshotWork(.create, name), isActive: live != nil)
        if !job.draft.overlays.isEmpty, job.draft.snapshot.memory?.snapshot == .no {
            job.draft.snapshot.state = .diskSnapshot
        }
        try checkOneKind(job.draft, store)
        try checkFiles(&job, machine)
        fillVariables(&job, live ?? stored, store)
        fillTPM(&job, live ?? stored, store, machine)
        return job
    }

    /// One machine has snapshots of one kind: what is inside an image is lost when the image is merged into another one, and
    /// going back inside an image that others build on ruins those.
    private func checkOneKind(_ draft: SnapshotDraft, _ store: SnapshotStore) throws(VMError) {
        let isExternal = !draft.overlays.isEmpty
        let others = try store.all().filter { isExternal ? $0.snapshot.isInternal : $0.snapshot.isExternal }
        guard let other = others.first else { return }
        throw .snapshotOperation(
            unsupported: "domain has \(isExternal ? "internal" : "external") snapshots ('\(other.name)'"
                + "\(others.count > 1 ? " and \(others.count - 1) more" : "")), with which an "
                + "\(isExternal ? "external" : "internal") one can't be mixed",
            remedy: isExternal
                ? "make an internal one, or delete those first"
                : "make an external one with \(option: "disk-only"), or delete those first")
    }

    private func checkFiles(_ job: inout NewSnapshot, _ machine: Machine) throws(VMError) {
        job.work.overlays = job.draft.overlays
        job.work.images = job.draft.inside.map(\.path)
        job.work.hasMemory = job.draft.snapshot.memory?.snapshot == .internal
        job.work.keepsDocument = !job.draft.flags.contains(.noMetadata)
        let name = job.draft.snapshot.name ?? ""
        for path in job.work.images where try SnapshotImages.list(path)[name] != nil {
            throw VMError(
                .exists, "image '\(path)' has a snapshot '\(name)' inside already", remedy: "choose another name",
                libvirt: LibvirtError(.operationFailed, in: .domain))
        }
        for overlay in job.work.overlays { try check(overlay) }
        if let file = job.draft.snapshot.memory?.file, job.draft.snapshot.memory?.snapshot == .external {
            guard !Files.exists(file) else {
                throw .snapshotUnsupported(
                    "the file '\(file)' for the memory exists already", remedy: "name another file")
            }
            job.work.files.append(file)
        }
        if !job.draft.overlays.isEmpty, !job.isActive, hasManagedSave(machine) {
            throw .snapshotInvalid(
                "its managed save goes on from the images of now, which nobody may write to any more",
                remedy: "start it, or remove the state with \(command: "managedsave-remove", machine.name)")
        }
    }

    private func check(_ overlay: SnapshotWork.Overlay) throws(VMError) {
        guard overlay.isMade else {
            guard Files.exists(overlay.path) else {
                throw VMError(.io, "the image '\(overlay.path)' that is to be used isn't there")
            }
            if let odd = Files.oddKind(overlay.path) { throw VMError(.io, "'\(overlay.path)' is \(odd)") }
            let header = try ImageHeader(ImageFile(overlay.path), as: .qcow2)
            let below = SnapshotImages.backing(of: overlay.path)
            guard let below, let identity = Files.identity(below), identity == Files.identity(overlay.base) else {
                throw .snapshotUnsupported(
                    "the image '\(overlay.path)' builds on '\(below ?? "nothing")', not on '\(overlay.base)'",
                    remedy: "make it with 'qemu-img create -f qcow2 -b \(overlay.base) -F \(overlay.baseFormat) "
                        + "\(overlay.path)'")
            }
            guard header.virtualSize ?? 0 >= overlay.size else {
                throw .snapshotUnsupported("the image '\(overlay.path)' is smaller than '\(overlay.base)'")
            }
            // Whoever has it would find this machine's data in it.
            let users = ImageReferences(self, folders: [Files.folder(of: overlay.path)]).users(of: overlay.path)
            guard users.isEmpty else {
                throw .snapshotInUse(
                    "the image '\(overlay.path)' can't be written to by another disk", by: users.map(\.text),
                    remedy: "name another file")
            }
            return
        }
        guard !Files.exists(overlay.path) else {
            throw .snapshotUnsupported(
                "external snapshot file for disk \(overlay.target) already exists and is not a block device: "
                    + overlay.path, remedy: "name another file, or use it as it is with \(option: "reuse-external")")
        }
    }

    /// The firmware's variables are part of the machine's state: inside their image where that can have snapshots and the
    /// memory is inside, too, and as a copy otherwise.
    private func fillVariables(_ job: inout NewSnapshot, _ domain: Domain, _ store: SnapshotStore) {
        guard let path = domain.os.nvram?.file, Files.exists(path) else { return }
        let isInside = domain.os.nvram?.format == .qcow2 && !job.draft.inside.isEmpty
        job.variables = (path, isInside)
        if isInside {
            job.work.images.append(path)
            job.draft.snapshot.nvram = SnapshotVariables(.internal, file: path)
        } else {
            let copy = store.variables(of: job.draft.snapshot.name ?? "")
            job.work.files.append(copy)
            job.draft.snapshot.nvram = SnapshotVariables(.copy, file: copy)
        }
    }

    private func fillTPM(_ job: inout NewSnapshot, _ domain: Domain, _ store: SnapshotStore, _ machine: Machine) {
        guard !job.draft.snapshot.hasMemory, let path = tpmState(of: domain, machine), Files.exists(path) else {
            return
        }
        let copy = store.tpm(of: job.draft.snapshot.name ?? "")
        job.tpm = path
        job.work.files.append(copy)
        job.draft.snapshot.tpm = SnapshotVariables(.copy, file: copy)
    }

    // MARK: A machine that doesn't run

    private func takeOffline(_ job: NewSnapshot, _ store: SnapshotStore, _ machine: Machine) async throws(VMError) {
        var work = job.work
        work.document = job.draft.snapshot.xml
        try work.write(to: store)
        do throws(VMError) {
            if let variables = job.variables, !variables.isInside {
                try copyVariables(from: variables.path, to: store.variables(of: work.name))
            }
            if let path = job.tpm { try FolderCopy.copy(path, to: store.tpm(of: work.name)) }
            let made = work
            try await labor(until: .after(.seconds(86_400))) { labor throws(VMError) in
                let images = try SnapshotImages(labor)
                for path in made.images {
                    try images.create(made.name, in: path)
                    Failpoint.reached("snapshot.image")
                }
                for overlay in made.overlays where overlay.isMade { try images.make(overlay, goesOn: true) }
            }
        } catch {
            try? await takeBack(work, store, machine)
            throw error
        }
        try complete(work, store, machine)
    }

    func copyVariables(from path: String, to copy: String) throws(VMError) {
        let file = try FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
        let bytes = try file.readToEnd(path, limit: 256 << 20)
        try Folders.make(Files.folder(of: copy))
        try Files.write(bytes, to: copy, durable: true)
        Failpoint.reached("snapshot.variables")
    }

    // MARK: A machine that runs

    private func takeLive(
        _ job: NewSnapshot, _ store: SnapshotStore, _ machine: Machine, _ progress: (MachineJob) -> Bool
    ) async throws(VMError) {
        var work = job.work
        let id = VMManager.newJobID()
        work.isLive = true
        work.job = id
        work.document = job.draft.snapshot.xml
        var order = SnapshotOrder(id: id, action: work.overlays.isEmpty ? .save : .overlay, name: work.name)
        order.disks = job.draft.inside.map(\.target)
        order.includesVariables = job.variables?.isInside ?? false
        order.overlays = work.overlays.map { .init(target: $0.target, path: $0.path) }
        order.memory = job.draft.snapshot.memory?.snapshot == .external ? job.draft.snapshot.memory?.file : nil
        if let variables = job.variables, !variables.isInside {
            order.copies = [.init(source: variables.path, path: store.variables(of: work.name))]
        }
        if let path = job.tpm { order.copies.append(.init(source: path, path: store.tpm(of: work.name))) }
        order.quiesces = job.draft.flags.contains(.quiesce)
        order.halts = job.draft.flags.contains(.halt)
        order.isLive = job.draft.flags.contains(.live)
        try work.write(to: store)
        do throws(VMError) {
            let made = work.overlays.filter(\.isMade)
            if !made.isEmpty {
                try await labor(until: .after(.seconds(600))) { labor throws(VMError) in
                    let images = try SnapshotImages(labor)
                    for overlay in made { try images.make(overlay) }
                }
            }
            try await runJob(
                .snapshot(order), id, of: machine, path: order.memory ?? machine.runtime.state, progress: progress)
            Failpoint.reached("snapshot.live")
        } catch {
            // What became of it is asked of the machine and its images, not of the error.
            guard (try? await settle(store, machine)) == .completed else { throw error }
            return
        }
        try complete(work, store, machine)
    }

    // MARK: Documents alone

    /// Stores a document that was dumped before, `redefine`.
    private func redefine(
        _ store: SnapshotStore, _ machine: Machine, _ document: DomainSnapshot, _ flags: SnapshotCreation
    ) throws(VMError) -> SnapshotRecord {
        func missing(_ what: String) -> VMError {
            VMError(
                .invalidXML, "XML error: \(what) from existing snapshot",
                libvirt: LibvirtError(.xmlError, in: .domainSnapshot))
        }
        guard let name = document.name else { throw missing("a redefined snapshot must have a name: missing <name>") }
        try store.documents.check(name)
        guard document.creationTime != nil else { throw missing("missing creationTime") }
        guard document.state != nil else { throw missing("missing state") }
        if let parent = document.parent?.name {
            if parent == name { throw .snapshotArgument("cannot set snapshot \(name) as its own parent") }
            guard store.contains(parent) else {
                throw .snapshotArgument("parent \(parent) for snapshot \(name) not found")
            }
            if SnapshotTree(try store.all()).wouldLoop(name, below: parent) {
                throw .snapshotArgument("parent \(parent) would create cycle to \(name)")
            }
        }
        for uuid in [document.domain?.uuid, document.inactiveDomain?.uuid] {
            guard let uuid, uuid != machine.uuid else { continue }
            throw .snapshotArgument("definition for snapshot \(name) must use uuid \(machine.uuid)")
        }
        var snapshot = document
        snapshot.active = nil
        if store.contains(name) {
            let old = try store.get(name).snapshot
            if snapshot.domain == nil { snapshot.domain = old.domain }
            if snapshot.inactiveDomain == nil { snapshot.inactiveDomain = old.inactiveDomain }
            if snapshot.nvram == nil { snapshot.nvram = old.nvram }
            if snapshot.tpm == nil { snapshot.tpm = old.tpm }
        }
        try store.put(snapshot)
        if flags.contains(.current) { try store.setCurrent(name) }
        return try store.get(name)
    }
}
