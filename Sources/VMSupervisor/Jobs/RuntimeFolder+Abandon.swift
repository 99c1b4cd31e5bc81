internal import Glibc
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

extension RuntimeFolder {
    /// Ends the machine's job whose QEMU and supervisor have both ended: what it was writing is of no use to anybody and goes.
    /// What was whole by then stays.
    ///
    /// - Returns: how it ended; nil when none was running.
    @discardableResult
    func abandonJob() -> MachineJob? {
        guard var job = readJob(), job.phase == .running else { return nil }
        if job.isWhole {
            (job.phase, job.step, job.ended) = (.completed, nil, WallClock.now)
        } else {
            job.removeUnfinished()
            job.fail(VMError(.connection, "QEMU ended meanwhile"))
        }
        try? Files.write(Array(job.json.description.utf8), to: self.job, durable: false)
        return job
    }
}

extension MachineJob {
    /// Whether all was written that it is for: a file that has its name, copies of which QEMU has said that they are complete.
    fileprivate var isWhole: Bool {
        // The memory of a snapshot is but a part of that.
        guard let backup else { return (kind == .save || kind == .dump) && hasItsName }
        guard !backup.isPull, backup.outcome == .completed else { return false }
        return (try? backup.disks.forEach { disk throws(VMError) in try BackupWork.secure(disk.path) }) != nil
    }

    fileprivate func removeUnfinished() {
        if let backup { return backup.removeFiles(keepsCopies: false) }
        if let part, part.isThere(as: temporary) { unlink(temporary) }
    }
}
