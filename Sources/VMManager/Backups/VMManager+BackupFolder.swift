internal import Glibc
internal import SupervisorProtocol
public import VMCore
internal import VMDomain
internal import VMImage
internal import VMSnapshot
internal import VMStorage
internal import VMXML

/// Backups of running machines in folders of their own.
extension VMManager {
    /// How long a copy of one disk may take.
    private static let copyPatience = Duration.seconds(86_400)

    /// The backups in a folder, the oldest first.
    public func backups(in folder: String) throws(VMError) -> [StoredBackup] { try BackupFolder(path: folder).all() }

    /// Backs a running machine's disks up into a folder, which is made where it isn't there, and waits for the end.
    ///
    /// - Parameters:
    ///   - isIncremental: only what was written since the newest backup there; a disk of which that isn't known, and every disk of
    ///     a first backup, is written whole.
    ///   - progress: is told how far it is; true ends it, and nothing is left of it.
    /// - Returns: the backup, checked; disks that are no part of it are missing.
    @discardableResult
    public func backUp(
        _ key: String, to folder: String, isIncremental: Bool = false,
        progress: (MachineJob) -> Bool = { _ in false }
    ) throws(VMError) -> StoredBackup {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.backUp(machine, BackupFolder(path: folder), isIncremental, progress)
        }
    }

    private func backUp(
        _ machine: Machine, _ folder: BackupFolder, _ isIncremental: Bool, _ progress: (MachineJob) -> Bool
    ) async throws(VMError) -> StoredBackup {
        _ = try resolve(.live, machine)
        guard machine.isPersistent else {
            throw .snapshotInvalid(
                "cannot create checkpoint for transient domain",
                remedy: "store its definition first, with \(command: "define")")
        }
        try Folders.make(folder.path)
        guard let lock = try FileLock.take(folder.lock) else {
            throw VMError(
                .busy, "another program makes a backup in '\(folder.path)'", remedy: "try again when it is done")
        }
        defer { withExtendedLifetime(lock) {} }
        let older = try folder.all()
        if let other = older.last, other.uuid != machine.uuid {
            throw VMError(
                .invalidArgument, "'\(folder.path)' has backups of domain '\(other.domain)'",
                remedy: "name another folder")
        }
        try await settleBackups(folder, machine)
        guard let live = try liveDomain(machine) else { throw VMManager.notRunning(machine) }
        var made = try draft(live, machine, older.last?.number ?? 0)
        let order = try document(&made, folder, older.last, isIncremental, machine)
        try folder.write(made, to: folder.part(made.number))
        Failpoint.reached("backup.part")
        do throws(VMError) {
            try await carryOut(order, &made, live, folder, machine, progress)
        } catch {
            try? await discard(made, folder, machine)
            throw error
        }
        try folder.write(made, to: folder.document(made.number))
        Failpoint.reached("backup.written")
        try Files.remove(folder.part(made.number), durable: true)
        try await forgetOlder(than: made, folder, machine)
        return made
    }

    // MARK: What there is to do

    private func draft(_ live: Domain, _ machine: Machine, _ last: Int) throws(VMError) -> StoredBackup {
        let (number, overflow) = last.addingReportingOverflow(1)
        guard !overflow else { throw VMError(.invalidArgument, "there are too many backups") }
        var made = StoredBackup(
            number: number, domain: machine.name, uuid: machine.uuid, created: WallClock.now / 1_000_000_000, disks: [])
        for disk in live.devices.disks {
            guard let target = disk.target?.dev, BackupFolder.isTarget(target), disk.device ?? .disk == .disk,
                !disk.readonly,
                storage.path(of: disk.source) != nil
            else { continue }
            let format = disk.driver?.type == .qcow2 ? "qcow2" : "raw"
            made.disks.append(.init(target: target, file: BackupFolder.image(number, target), format: format))
        }
        guard !made.disks.isEmpty else { throw .snapshotUnsupported("no disks selected for backup", in: .domain) }
        if made.disks.contains(where: { $0.format == "qcow2" }) {
            made.checkpoint = Self.checkpointPrefix + VMManager.newJobID()
        }
        return made
    }

    private static var checkpointPrefix: String { "backup-" }

    private func document(
        _ made: inout StoredBackup, _ folder: BackupFolder, _ last: StoredBackup?, _ isIncremental: Bool,
        _ machine: Machine
    ) throws(VMError) -> DomainBackup {
        let store = checkpointStore(machine)
        var document = DomainBackup()
        for index in made.disks.indices {
            let disk = made.disks[index]
            var entry = BackupDisk(disk.target)
            entry.driver = SnapshotDiskDriver(.qcow2)
            entry.target = .file(folder.file(disk.file))
            entry.backupMode = .full
            if isIncremental, let last {
                let base = last.disks.first { $0.target == disk.target }
                if base == nil {
                    made.disks[index].whyWhole = "the backup before has no such disk"
                } else if let checkpoint = last.checkpoint, store.contains(checkpoint) {
                    entry.backupMode = .incremental
                    entry.incremental = checkpoint
                    made.disks[index].base = last.number
                } else {
                    made.disks[index].whyWhole = "the checkpoint of the backup before is gone"
                }
            }
            document.disks.append(entry)
        }
        return document
    }

    private func checkpoint(_ made: StoredBackup) -> DomainCheckpoint? {
        guard let name = made.checkpoint else { return nil }
        var checkpoint = DomainCheckpoint()
        checkpoint.name = name
        checkpoint.disks = made.disks.filter { $0.format == "qcow2" }.map { CheckpointDisk($0.target, .bitmap) }
        return checkpoint
    }

    // MARK: Doing it

    private func carryOut(
        _ document: DomainBackup, _ made: inout StoredBackup, _ live: Domain, _ folder: BackupFolder,
        _ machine: Machine,
        _ progress: (MachineJob) -> Bool
    ) async throws(VMError) {
        // They are written as a whole, now and then, and not while the CPUs stand still.
        var copies: [SnapshotOrder.Copy] = []
        if let path = live.os.nvram?.file, live.os.nvram?.format != .qcow2, Files.exists(path) {
            copies.append(.init(source: path, path: folder.variables(made.number)))
        }
        if let path = tpmState(of: live, machine), Files.exists(path) {
            copies.append(.init(source: path, path: folder.tpm(made.number)))
        }
        let job = try await beginBackup(
            machine, document, checkpoint: checkpoint(made), reusesFiles: false, copies: copies)
        Failpoint.reached("backup.pushing")
        for part in job.backup?.disks ?? [] where part.whyWhole != nil {
            guard let index = made.disks.firstIndex(where: { $0.target == part.target }) else { continue }
            made.disks[index].base = nil
            made.disks[index].whyWhole = part.whyWhole
        }
        var definition = live.withoutSecrets
        definition.id = nil
        try Files.write(Array(definition.xml.utf8), to: folder.definition(made.number), durable: true)
        made.hasVariables = Files.exists(folder.variables(made.number))
        made.hasTPM = Files.exists(folder.tpm(made.number))
        try await waitForEnd(of: job.id, machine, progress)
        let disks = made.disks
        try await labor(until: .after(Self.copyPatience)) { (work) throws(VMError) in
            let images = try SnapshotImages(work)
            for disk in disks {
                if let base = disk.base {
                    try images.rebase(
                        folder.file(disk.file), on: BackupFolder.image(base, disk.target), format: "qcow2")
                }
                try images.check(folder.file(disk.file))
                try SnapshotImages.sync(folder.file(disk.file))
            }
        }
        let all = try folder.all() + [made]
        for disk in made.disks { _ = try folder.chain(disk, all) }
    }

    private func waitForEnd(of id: String, _ machine: Machine, _ progress: (MachineJob) -> Bool) async throws(VMError) {
        var isStopped = false
        while true {
            guard let job = machine.runtime.readJob(), job.id == id else {
                throw VMError(.connection, "QEMU ended meanwhile")
            }
            guard job.phase == .running else {
                if let error = job.error { throw error }
                return
            }
            if !isStopped, progress(job) {
                isStopped = true
                try await request(.abortJob, of: machine)
            }
            try await pause(.milliseconds(100))
            // A supervisor that was killed is replaced, and the next one goes on.
            try await mend(machine)
        }
    }

    // MARK: What was interrupted

    /// Removes what is left of backups that weren't completed.
    private func settleBackups(_ folder: BackupFolder, _ machine: Machine) async throws(VMError) {
        for number in try folder.unfinished() {
            if Files.exists(folder.document(number)) {
                try Files.remove(folder.part(number), durable: true)
                continue
            }
            try await discard(try folder.readPart(number), folder, machine)
        }
    }

    private func discard(_ made: StoredBackup, _ folder: BackupFolder, _ machine: Machine) async throws(VMError) {
        try await mend(machine)
        let files = Set(made.disks.map { folder.file($0.file) })
        if let job = machine.runtime.readJob(), job.phase == .running, observe(machine).state.isActive,
            job.backup?.disks.contains(where: { files.contains($0.path) }) == true
        {
            // Whoever began it was killed, and nobody would write down what it comes to.
            do throws(VMError) { try await request(.abortJob, of: machine, timeout: .seconds(60)) } catch {
                // It may be about to come to its end by itself, or have done so.
                let deadline = Deadline.after(.seconds(30))
                while let now = machine.runtime.readJob(), now.id == job.id, now.phase == .running {
                    if deadline.hasPassed { throw error }
                    try await pause(.milliseconds(10))
                }
            }
        }
        try folder.discard(made)
        guard let name = made.checkpoint else { return }
        // One that was interrupted while it was made comes to its end first.
        let isThere = try await withCheckpoints(machine) { (store) async throws(VMError) in store.contains(name) }
        if isThere { _ = try await deleteCheckpoint(machine, name, []) }
    }

    /// The next backup goes on from the newest one: what older checkpoints note nobody asks for any more.
    private func forgetOlder(
        than made: StoredBackup, _ folder: BackupFolder, _ machine: Machine
    ) async throws(VMError) {
        let older = try folder.all().filter { $0.number < made.number }.compactMap(\.checkpoint)
        let store = checkpointStore(machine)
        for name in older where name.hasPrefix(Self.checkpointPrefix) && store.contains(name) {
            _ = try await deleteCheckpoint(machine, name, [])
        }
    }
}
