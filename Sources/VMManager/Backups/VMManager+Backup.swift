public import SupervisorProtocol
public import VMCore
internal import VMDomain
internal import VMJSON
public import VMSnapshot
internal import VMXML

/// Backups of running machines.
extension VMManager {
    /// Begins a backup of a running machine's disks, perhaps with a checkpoint of the same moment. It goes on by itself until it is
    /// complete or, if it is pulled, until it is ended.
    ///
    /// - Parameter reusesFiles: the images that are written are there already.
    /// - Returns: the job; what became of each disk is in its ``MachineJob/backup``. A disk of which isn't known what was written
    ///   since the checkpoint is backed up whole, and its `whyWhole` says so.
    /// - Throws: `busy` beside another job, `not-found` without the checkpoint; nothing has changed then.
    @discardableResult
    public func beginBackup(
        _ key: String, _ document: DomainBackup, checkpoint: DomainCheckpoint? = nil, reusesFiles: Bool = false
    ) throws(VMError) -> MachineJob {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.beginBackup(machine, document, checkpoint: checkpoint, reusesFiles: reusesFiles)
        }
    }

    /// - Parameter copies: files that are copied at the same moment.
    func beginBackup(
        _ machine: Machine, _ document: DomainBackup, checkpoint: DomainCheckpoint?, reusesFiles: Bool,
        copies: [SnapshotOrder.Copy] = []
    ) async throws(VMError) -> MachineJob {
        _ = try resolve(.live, machine)
        return try await withCheckpoints(machine) { (store) async throws(VMError) in
            guard let live = try liveDomain(machine) else { throw VMManager.notRunning(machine) }
            try await checkNoJob(machine)
            let id = VMManager.newJobID()
            let suffix = checkpoint?.name ?? "\(WallClock.now / 1_000_000_000)"
            var draft = try BackupDraft(document, live, id: id, suffix: suffix) { storage.path(of: $0) }
            for name in Set(draft.order.disks.compactMap(\.incremental)) { _ = try store.get(name) }
            try checkImages(draft, live, machine)
            if reusesFiles { draft.reuseFiles() }
            draft.add(copies: copies)
            guard let checkpoint else { return try await begin(draft.order, machine) }
            guard machine.isPersistent else {
                throw .snapshotInvalid(
                    "cannot create checkpoint for transient domain",
                    remedy: "store its definition first, with \(command: "define")")
            }
            let made = try checkpointDraft(store, checkpoint, live)
            draft.add(checkpoint: made)
            var work = CheckpointWork(.create, made.name ?? "")
            work.document = made.xml
            work.isLive = true
            work.job = id
            work.disks = made.noted.compactMap(\.name)
            try work.write(to: store)
            let job: MachineJob
            do throws(VMError) {
                job = try await begin(draft.order, machine)
            } catch {
                _ = try? await settle(store, machine)
                throw error
            }
            try complete(work, store)
            return job
        }
    }

    private func begin(_ order: BackupOrder, _ machine: Machine) async throws(VMError) -> MachineJob {
        do throws(VMError) {
            let reply = try await request(.backup(order), of: machine, timeout: .seconds(60))
            guard case .job(let job) = reply else { throw VMManager.unreadableAnswer }
            Failpoint.reached("backup.live")
            return job
        } catch {
            // A supervisor that ended may have begun it, and the one that takes over says so.
            guard error.code == .connection else { throw error }
            try await mend(machine)
            let deadline = Deadline.after(.seconds(30))
            while let job = machine.runtime.readJob(), job.id == order.id {
                if job.backup?.hasBegun == true, job.phase == .running || job.phase == .completed { return job }
                if job.phase != .running { throw job.error ?? error }
                if deadline.hasPassed { throw error }
                try await pause(.milliseconds(20))
            }
            throw error
        }
    }

    private func checkNoJob(_ machine: Machine) async throws(VMError) {
        guard machine.runtime.readJob()?.phase == .running, observe(machine).state.isActive else { return }
        // Its supervisor may have been killed; the one that takes over says what became of it.
        try await mend(machine)
        guard let job = machine.runtime.readJob(), job.phase == .running else { return }
        let what = job.kind == .backup ? "another backup job is already running" : "another job is already running"
        throw VMError(
            .busy, "Requested operation is not valid: \(what)",
            remedy: "\(command: "domjobinfo") shows it, \(command: "domjobabort") ends it",
            libvirt: LibvirtError(.operationInvalid))
    }

    /// Nobody else's image is written.
    private func checkImages(_ draft: BackupDraft, _ live: Domain, _ machine: Machine) throws(VMError) {
        for wanted in draft.order.disks where Files.exists(wanted.path) {
            let disk = live.devices.disks[try live.disk(wanted.target)]
            let users = ImageUsers(
                paths, machine: machine.uuid, target: wanted.target, chain: Self.images(of: disk))
            try users.check([wanted.path], "backing up to")
        }
    }

    /// The document of the backup that runs.
    ///
    /// - Throws: `not-found` when none does.
    public func backupXML(_ key: String) throws(VMError) -> String {
        let machine = try find(key)
        guard observe(machine).state.isActive, let job = machine.runtime.readJob(), job.phase == .running,
            let backup = job.backup, let text = job.order?["xml"]?.string
        else { throw .noBackup }
        return try DomainBackup.read(Array(text.utf8), options: .lenient).checked().tell(backup).xml
    }
}
