import SupervisorProtocol
import Testing
import VMJSON

@testable import VMSupervisor

@Suite("The bitmaps of a checkpoint in a disk's images")
struct BackupBitmapsTests {
    private func layer(_ node: String, _ bitmaps: [BlockGraph.Bitmap]) -> BlockGraph.Layer {
        BlockGraph.Layer(node: node, storage: node, format: "qcow2", file: nil, backingName: nil, bitmaps: bitmaps)
    }

    private func bitmap(
        _ name: String, count: UInt64 = 65_536, recording: Bool = true, inconsistent: Bool = false
    ) -> BlockGraph.Bitmap {
        .init(
            name: name, granularity: 65_536, isPersistent: true, isRecording: recording, isInconsistent: inconsistent,
            count: count)
    }

    @Test("all images that have it without a gap count")
    func whole() {
        let found = BackupBitmaps(
            "a", in: [layer("top", [bitmap("a"), bitmap("b")]), layer("middle", [bitmap("a")]), layer("base", [])])
        #expect(found.flaw == nil && found.layers.map(\.node) == ["top", "middle"] && found.dirtyBytes == 131_072)
    }

    @Test("whatever isn't sure is a flaw")
    func flaws() {
        let cases: [[BlockGraph.Layer]] = [
            [layer("top", [])], [layer("top", [bitmap("b")])],
            [layer("top", []), layer("base", [bitmap("a")])],
            [layer("top", [bitmap("a")]), layer("middle", []), layer("base", [bitmap("a")])],
            [layer("top", [bitmap("a", inconsistent: true)])],
            [layer("top", [bitmap("a")]), layer("base", [bitmap("a", inconsistent: true)])],
            [layer("top", [bitmap("a", recording: false)])],
        ]
        for layers in cases { #expect(BackupBitmaps("a", in: layers).flaw != nil, "\(layers)") }
    }

    @Test("what is written down of a backup is read again")
    func records() throws {
        var job = MachineJob(id: "x", kind: .backup, path: "/p", wasRunning: true)
        var backup = BackupJob()
        backup.isPull = true
        backup.hasBegun = true
        backup.hasSocket = true
        backup.socket = "/s"
        backup.checkpoint = "c"
        backup.outcome = .failed
        var disk = BackupJob.Disk(target: "vda", path: "/p")
        disk.isIncremental = true
        disk.incremental = "a"
        disk.whyWhole = "why"
        disk.index = 4
        disk.frontEnd = "/machine/peripheral/virtio-disk0/virtio-backend"
        disk.root = "libvirt-1-format"
        disk.nodes = ["libvirt-4-format", "libvirt-4-storage"]
        disk.source = "libvirt-1-format"
        disk.exportName = "vda"
        disk.bitmap = "backup-vda"
        disk.isMade = false
        disk.ownFile = BlockJob.FileMark("/")
        disk.job = "backup-vda-x"
        disk.failure = "full"
        backup.disks = [disk]
        job.backup = backup
        #expect(MachineJob(json: .object(job.json))?.backup == backup)
        var order = BackupOrder(id: "x", xml: "<domainbackup/>")
        order.disks = [BackupOrder.Disk(target: "vda", path: "/p", format: "qcow2")]
        order.server = .tcp(host: "localhost", port: 10_809)
        order.checkpoint = "c"
        order.checkpointDisks = ["vda"]
        #expect(try BackupOrder(json: order.json) == order)
        order.server = .unix("/s")
        #expect(try BackupOrder(json: order.json) == order)
        var wanted = CheckpointOrder(.delete, "c", disks: ["vda"])
        wanted.quiesces = true
        #expect(try CheckpointOrder(json: wanted.json) == wanted)
    }
}
