internal import MonitorJSON
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// Whether the disk as it was can still be read. QEMU tells nobody but a reader, so a little of it is copied to nowhere: by a job
/// that ends in an error then.
extension LiveMachine {
    /// Whether a backup of a disk is broken: what the guest overwrote could not be kept.
    func isBroken(_ disk: BackupJob.Disk) throws(VMError) -> Bool {
        try endProbe(disk)
        guard try blockGraph().has(disk.view) else { return false }
        try run(
            "blockdev-add",
            [
                "driver": "raw", "node-name": .string(disk.probe), "file": .string(disk.view), "read-only": true,
                "offset": 0, "size": 512,
            ])
        try run("blockdev-add", ["driver": "null-co", "node-name": .string(disk.probe + "-end"), "size": 512])
        let mirror = BlockdevMirror(
            jobID: disk.probe, device: disk.probe, target: disk.probe + "-end", autoDismiss: false)
        try run(BlockdevMirror.name, mirror.arguments)
        let job = try wait(for: disk.probe, { $0.status == "ready" || $0.status == "concluded" })
        let isBroken = job?.status == "concluded" && job?.error != nil
        Failpoint.reached("backup.probed")
        try endProbe(disk)
        return isBroken
    }

    /// Takes away what a look at the disk has put up.
    func endProbe(_ disk: BackupJob.Disk) throws(VMError) {
        if let job = try jobOfQEMU(disk.probe) {
            if job.status != "concluded" {
                // It may be over by now.
                _ = try? run(BlockJobCancel.name, BlockJobCancel(disk.probe, force: true).arguments)
            }
            if try wait(for: disk.probe, { $0.status == "concluded" }) != nil {
                try run("job-dismiss", ["id": .string(disk.probe)])
            }
        }
        for node in [disk.probe, disk.probe + "-end"] {
            _ = try? run("blockdev-del", ["node-name": .string(node)])
        }
    }
}
