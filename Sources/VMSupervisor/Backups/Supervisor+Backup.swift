internal import Glibc
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON

/// Backups of the machine's disks, and its checkpoints.
extension Supervisor {
    /// How long a guest that has powered off waits for a backup: its QEMU has what is still to be copied.
    static let backupPatience = Duration.seconds(3600)

    func startBackup(_ wanted: BackupOrder, _ order: Order) {
        guard hasMonitor(order.reply) else { return }
        let client = order.client
        beginChange(
            until: order.deadline, { machine throws(VMError) in try machine.startBackup(wanted, for: client) }
        ) { [unowned self] result in
            if case .success(.job) = result, let job = machineJob, job.info.id == wanted.id {
                record(.job(.init(job.info)))
                job.work.begin(job)
            }
            order.reply(result)
        }
    }

    func checkpoint(_ wanted: CheckpointOrder, _ order: Order) {
        guard hasMonitor(order.reply) else { return }
        beginChange(
            until: order.deadline, { machine throws(VMError) in try machine.carryOut(wanted) }
        ) { result in order.reply(result) }
    }

    /// Writes a backup down that is about to be begun, for the thread that begins it.
    func acceptBackup(_ order: BackupOrder, _ backup: BackupJob, for client: pid_t) throws(VMError) {
        guard machineJob == nil else {
            throw VMError(.busy, "another job of domain '\(plan.name)' is running")
        }
        var info = MachineJob(id: order.id, kind: .backup, path: backup.disks.first?.path ?? "", wasRunning: false)
        info.owner = ProcessTable.name(of: client).map { "\($0) (process \(client))" }
        info.order = order.json
        info.step = "preparing"
        info.backup = backup
        let job = JobRun(info, BackupWork(), of: self)
        try job.publish()
        jobs[nil] = job
    }

    /// A backup that could not be begun; what it had put up is taken away.
    func forgetBackup(id: String) {
        guard let job = machineJob, job.info.id == id, job.info.backup?.hasBegun == false else { return }
        job.info.backup?.removeFiles(keepsCopies: false)
        job.drop()
    }

    /// A backup that could not be begun, and of which something is still there: it is looked after until that is gone.
    func takeBackLater(id: String) {
        guard let job = machineJob, job.info.id == id else { return }
        job.work.begin(job)
    }

    /// Tells of each disk's end.
    func recordBackup(_ info: MachineJob) {
        guard let backup = info.backup, backup.hasBegun else { return }
        for disk in backup.disks {
            let status: HostEvent.BlockJobChange.Status =
                switch info.phase {
                case .completed: backup.isPull ? .canceled : .completed
                case .cancelled: .canceled
                default: .failed
                }
            let path = live?.devices.disks.first { $0.target?.dev == disk.target }
                .flatMap { $0.source.file ?? $0.source.dev }
            record(
                .blockJob(
                    .init(
                        id: disk.job, type: "backup", status: status, error: disk.failure, target: disk.target,
                        path: path)))
        }
    }

    /// Whether a disk has part in a backup, so that it must stay what it is.
    func isBackedUp(_ target: String?) -> Bool {
        machineJob?.info.backup?.disks.contains { $0.target == target } ?? false
    }

    func checkNotBackedUp(_ target: String) throws(VMError) {
        guard isBackedUp(target) else { return }
        throw VMError(
            .busy, "Requested operation is not valid: disk '\(target)' is being backed up",
            remedy: "wait for the end, or end it with \(command: "domjobabort")",
            libvirt: LibvirtError(.operationUnsupported))
    }

    /// QEMU has ended. A backup that was being written out is whole, and nobody waits for that any more.
    func finishBackup() {
        guard let job = machineJob, job.isCompleting, let backup = job.info.backup else { return }
        do throws(VMError) {
            for disk in backup.disks { try BackupWork.secure(disk.path) }
            job.succeed()
        } catch {
            job.fail(error)
        }
    }

    // MARK: A guest that powers off

    /// Whether a backup still needs QEMU, also one that a supervisor before began.
    private var hasBackup: Bool {
        if let job = machineJob { return job.info.kind == .backup }
        guard isStarting, plan.adopts, let job = folder.readJob() else { return false }
        return job.kind == .backup && job.phase == .running
    }

    /// Ends QEMU because the guest has powered off; when a backup runs, as soon as that is over.
    func endOrHold() {
        guard hasBackup else { return endQEMU() }
        guard holdTimer == nil else { return }
        log.note("the guest has powered off; its QEMU is kept until the backup is over")
        holdTimer = reactor.schedule(at: .after(Self.backupPatience)) { [unowned self] in
            log.note("the backup takes too long for a guest that has powered off")
            endQEMU()
        }
        happened(.held)
    }

    /// A job is over: QEMU ends that was kept for it.
    func releaseHeld() {
        guard holdTimer != nil else { return }
        reactor.cancel(holdTimer)
        holdTimer = nil
        endQEMU()
    }
}
