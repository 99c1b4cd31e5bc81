internal import Glibc
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

extension RuntimeFolder {
    /// Ends the machine's job whose QEMU and supervisor have both ended: what it was writing is of no use to anybody and goes.
    /// A file that was whole by then has its name already, and stays.
    ///
    /// - Returns: how it ended; nil when none was running.
    @discardableResult
    func abandonJob() -> MachineJob? {
        guard var job = readJob(), job.phase == .running else { return nil }
        if job.backup == nil, !Files.exists(job.temporary), Files.exists(job.path) {
            (job.phase, job.step, job.ended) = (.completed, nil, WallClock.now)
        } else {
            if let backup = job.backup { backup.removeFiles(keepsCopies: false) } else { unlink(job.temporary) }
            job.fail(VMError(.connection, "QEMU ended meanwhile"))
        }
        try? Files.write(Array(job.json.description.utf8), to: self.job, durable: false)
        return job
    }
}
