internal import Glibc
internal import MonitorJSON
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// A backup of the machine's disks: QEMU does it, this looks after it. What changes the machine is done as a change, one at a
/// time with all others, by ``LiveMachine``.
final class BackupWork: JobWork {
    /// How often it is looked how far it is.
    private static let interval = Duration.seconds(1)
    /// One that is pulled tells nothing of itself: whether it is still whole is looked at with a job of its own.
    private static let servingInterval = Duration.seconds(2)

    private var isSettling = false

    func prepare(_ info: inout MachineJob) throws(VMError) {}

    func begin(_ job: JobRun) { job.look(after: .milliseconds(100)) }

    func hear(_ event: String, _ data: JSONValue, _ job: JobRun) {
        guard let backup = job.info.backup else { return }
        guard event == "JOB_STATUS_CHANGE", data["status"] == "concluded",
            backup.disks.contains(where: { $0.job == data["id"]?.string })
        else { return }
        settle(job)
    }

    /// Events may be lost with a supervisor, and of a pulled backup none comes, so it is looked from time to time, too.
    func look(_ job: JobRun) {
        guard let backup = job.info.backup, let link = job.supervisor.link, !link.hasEnded else { return }
        if backup.isPull || backup.outcome != nil { return settle(job) }
        link.execute(QueryBlockJobs.name, deadline: .after(.seconds(10))) { [weak self, weak job] result in
            guard let self, let job, job.info.phase == .running else { return }
            if case .success(let value) = result, let all = try? QueryBlockJobs.decode(value) {
                let own = all.filter { entry in backup.disks.contains { $0.job == entry.id } }
                job.progress(own)
                if own.allSatisfy({ $0.status == "concluded" }) { return settle(job) }
            }
            job.look(after: Self.interval)
        }
    }

    func goOn(_ job: JobRun) { settle(job) }

    func cancel(_ job: JobRun, _ reply: @escaping (Result<Void, VMError>) -> Void) {
        job.isCancelled = true
        change(job) { machine throws(VMError) in
            try machine.endBackup()
        } _: {
            reply($0.map { _ in })
        }
    }

    /// The images that nobody has any use for go.
    func undo(_ job: JobRun) { job.info.backup?.removeFiles(keepsCopies: false) }

    func conclude(_ job: JobRun) { job.info.backup?.removeFiles(keepsCopies: true) }

    /// Finds out what has become of it, when no other change is under way.
    private func settle(_ job: JobRun) {
        guard !isSettling else { return }
        isSettling = true
        change(job) { machine throws(VMError) in
            try machine.settleBackup()
        } _: { [weak self, weak job] result in
            guard let self, let job else { return }
            isSettling = false
            guard job.info.phase == .running, !job.isCompleting else { return }
            if case .failure(let error) = result {
                job.supervisor.log.note("the backup: \(error)")
            }
            job.look(after: job.info.backup?.isPull == true ? Self.servingInterval : Self.interval)
        }
    }

    private func change(
        _ job: JobRun, _ body: @escaping @Sendable (LiveMachine) throws(VMError) -> MachineJob,
        _ finish: @escaping (Result<Void, VMError>) -> Void
    ) {
        let supervisor = job.supervisor
        supervisor.whenUnchanging { [weak job] in
            guard let job, job.info.phase == .running, supervisor.machineJob === job, !job.isCompleting else {
                return finish(.success(()))
            }
            let outcome = Handoff<MachineJob>()
            supervisor.beginChange(
                until: .after(.seconds(60)),
                { machine throws(VMError) in
                    outcome.fulfil(try body(machine))
                    return .edited(.done)
                }
            ) { [weak job] result in
                if let job, let info = outcome.wait(until: .now), info.backup?.outcome != nil { Self.end(job) }
                finish(result.map { _ in })
            }
        }
    }

    /// Everything is taken away, and what it has come to is known.
    private static func end(_ job: JobRun) {
        guard job.info.phase == .running, !job.isCompleting, let backup = job.info.backup else { return }
        switch backup.outcome {
        case nil: return
        case .completed where backup.isPull: job.succeed()
        case .completed:
            let paths = backup.disks.map(\.path)
            job.complete { () throws(VMError) in
                for path in paths { try Self.secure(path) }
            }
        case .cancelled: job.fail(FileJob.aborted)
        case .failed: job.fail(failure(backup))
        }
    }

    private static func failure(_ backup: BackupJob) -> VMError {
        guard backup.hasBegun else { return VMError(.cancelled, "the backup was interrupted before it had begun") }
        let failed = backup.disks.first { $0.failure != nil }
        return VMError(
            .io,
            "the backup of disk '\(failed?.target ?? "")' failed: \(failed?.failure ?? "QEMU doesn't say why")")
    }

    /// Has a copy be on the disk.
    static func secure(_ path: String) throws(VMError) {
        let file = try FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
        guard fsync(file.raw) == 0 else { throw .system("cannot write '\(path)'", errno: errno) }
        try Files.syncFolder(of: path)
    }
}

extension JobRun {
    /// How far the jobs of its disks are.
    fileprivate func progress(_ jobs: [QueryBlockJobs.Job]) {
        var (total, done) = (UInt64(0), UInt64(0))
        for job in jobs {
            total = total.addingReportingOverflow(job.length).partialValue
            done = done.addingReportingOverflow(min(job.offset, job.length)).partialValue
        }
        progress(total: total, remaining: total > done ? total - done : 0, processed: done)
    }
}
