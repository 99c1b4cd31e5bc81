internal import Glibc
internal import MonitorJSON
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON

/// The end of a backup: what it has come to is written down, then everything is taken away that was put between the disks and
/// their front ends. Each step can be done again.
extension LiveMachine {
    /// Finds out what has become of a backup, and does what follows.
    ///
    /// - Returns: the job as it is then; its outcome is nil while it goes on.
    func settleBackup() throws(VMError) -> MachineJob {
        let info = try amendBackup { _ in }
        guard let backup = info.backup else { return info }
        guard backup.hasBegun else {
            // Its supervisor was killed before anybody was told that it runs.
            try amendBackup { $0.backup?.outcome = .failed }
            return try takeBack()
        }
        if backup.outcome == nil {
            guard let outcome = backup.isPull ? try pulled(backup) : try pushed(backup) else {
                return backup.isPull ? try measureScratch(backup) : info
            }
            try amendBackup { $0.backup?.outcome = outcome }
        }
        Failpoint.reached("backup.settled")
        return try takeBack()
    }

    /// Ends a backup that runs. A pulled one is complete then: only its clients know what they wanted of it.
    func endBackup() throws(VMError) -> MachineJob {
        let info = try amendBackup { info in
            guard let backup = info.backup, backup.outcome == nil else { return }
            info.backup?.outcome = backup.isPull ? .completed : .cancelled
        }
        guard let backup = info.backup else { return info }
        if backup.isPull, backup.outcome == .completed, try pulled(backup) != nil {
            try amendBackup { $0.backup?.outcome = .failed }
        }
        Failpoint.reached("backup.ending")
        return try takeBack()
    }

    /// What a pushed backup has come to; nil while disks are being copied.
    private func pushed(_ backup: BackupJob) throws(VMError) -> BackupJob.Outcome? {
        let jobs = try QueryJobs.decode(run(QueryJobs.name))
        var isOver = true
        var hasFailed = false
        for (index, disk) in backup.disks.enumerated() {
            guard let job = jobs.first(where: { $0.id == disk.job }) else {
                hasFailed = true
                if disk.failure == nil { try fail(index, "QEMU doesn't know of its job any more") }
                continue
            }
            guard job.status == "concluded" else {
                isOver = false
                continue
            }
            guard let words = job.error else { continue }
            hasFailed = true
            try fail(index, try isBroken(disk) ? Self.broken(disk) : words)
        }
        // One that has failed makes the others useless.
        if hasFailed { return .failed }
        return isOver ? .completed : nil
    }

    private func fail(_ index: Int, _ words: String) throws(VMError) {
        try amendBackup { info in
            guard info.backup?.disks.indices.contains(index) == true else { return }
            info.backup?.disks[index].failure = words
        }
    }

    /// Whether a pulled backup is broken: what the guest overwrites can't be kept any more.
    private func pulled(_ backup: BackupJob) throws(VMError) -> BackupJob.Outcome? {
        for (index, disk) in backup.disks.enumerated() where try isBroken(disk) {
            try fail(index, Self.broken(disk))
            return .failed
        }
        return nil
    }

    private static func broken(_ disk: BackupJob.Disk) -> String {
        "what the guest overwrites could not be kept in '\(disk.path)': is its disk full?"
    }

    /// How much the guest has overwritten meanwhile.
    private func measureScratch(_ backup: BackupJob) throws(VMError) -> MachineJob {
        let facts = try nodeFacts()
        var (total, used) = (UInt64(0), UInt64(0))
        for fact in backup.disks.compactMap({ $0.nodes.first.flatMap { facts[$0] } }) {
            total = total.addingReportingOverflow(fact.size).partialValue
            used = used.addingReportingOverflow(fact.allocated).partialValue
        }
        let (size, taken) = (total, used)
        return try amendBackup { info in
            (info.bytesTotal, info.bytesProcessed, info.bytesRemaining) = (size, taken, size > taken ? size - taken : 0)
        }
    }

    // MARK: Taking away

    /// Takes everything away that a backup has put up, however far that got.
    @discardableResult
    func takeBack() throws(VMError) -> MachineJob {
        deadline = max(deadline, .after(.seconds(60)))
        let info = try amendBackup { _ in }
        guard let backup = info.backup else { return info }
        try endJobs(backup)
        Failpoint.reached("backup.dismissed")
        if backup.isPull { try endServing(backup) }
        Failpoint.reached("backup.served")
        for disk in backup.disks { try removeFilter(disk) }
        Failpoint.reached("backup.unfiltered")
        for disk in backup.disks { removeNodes(disk.nodes + ["backup-\(disk.target)-all"]) }
        if !backup.hasBegun {
            if let name = backup.checkpoint { try removeBitmaps(name) }
            if info.step == "switching", info.wasRunning, try run("query-status")["running"]?.bool != true {
                try run("cont")
            }
        }
        Failpoint.reached("backup.cleared")
        let result = try amendBackup { $0.step = "ending" }
        port.tell { $0.askState() }
        return result
    }

    private func endJobs(_ backup: BackupJob) throws(VMError) {
        for disk in backup.disks {
            try endProbe(disk)
            guard let job = try jobOfQEMU(disk.job) else { continue }
            if job.status != "concluded" {
                let cancel = BlockJobCancel(disk.job, force: true)
                // It may be over by now.
                _ = try? run(BlockJobCancel.name, cancel.arguments)
            }
        }
        for disk in backup.disks {
            guard try wait(for: disk.job, { $0.status == "concluded" }) != nil else { continue }
            try run("job-dismiss", ["id": .string(disk.job)])
        }
    }

    /// Has QEMU's server end, which serves nothing else, and waits until its clients are gone.
    private func endServing(_ backup: BackupJob) throws(VMError) {
        _ = try? run("nbd-server-stop")
        _ = try? run("closefd", ["fdname": .string(Self.serverFile)])
        let ids = Set(backup.disks.map(\.job))
        var pause = Duration.milliseconds(2)
        while true {
            let exports = try run("query-block-exports").array ?? []
            let left = exports.compactMap { $0["id"]?.string }.filter { ids.contains($0) }
            if left.isEmpty { return }
            for id in left { _ = try? run("block-export-del", ["id": .string(id), "mode": "hard"]) }
            guard !deadline.hasPassed else {
                throw VMError(.timeout, "clients of the backup of domain '\(plan.name)' don't leave")
            }
            Poll.sleep(pause)
            pause = min(pause * 2, .milliseconds(100))
        }
    }

    /// Has a disk's front end use the disk's own node again.
    private func removeFilter(_ disk: BackupJob.Disk) throws(VMError) {
        let graph = try blockGraph()
        if graph.has(disk.view) { try run("blockdev-del", ["node-name": .string(disk.view)]) }
        guard graph.has(disk.filter) else { return }
        // A disk that has left meanwhile has no front end any more.
        if let index = try? domain.disk(disk.target) {
            let alias = domain.devices.disks[index].alias?.name ?? ""
            if try drive(alias).node == disk.filter { try setFrontEnd(disk, to: disk.root) }
        }
        try run("blockdev-del", ["node-name": .string(disk.filter)])
    }
}

extension BackupJob {
    /// Removes what was made for it and is of no use any more.
    ///
    /// - Parameter keepsCopies: it was completed, and what was pushed is on the disk.
    func removeFiles(keepsCopies: Bool) {
        if let socket, hasSocket, Files.kind(socket) == .socket { unlink(socket) }
        if keepsCopies, !isPull { return }
        for disk in disks where disk.isMade {
            if let file = disk.ownFile {
                if file.isThere { unlink(file.path) }
            } else if Files.length(disk.path) == 0, Files.kind(disk.path) == .file {
                // Made, and not written down yet; its supervisor was killed in between.
                unlink(disk.path)
            }
        }
    }
}
