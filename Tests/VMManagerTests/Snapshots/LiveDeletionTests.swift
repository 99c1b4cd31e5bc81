import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager
import VMSnapshot

/// Deleting external snapshots of machines that run: what is committed into what, what goes, and what is refused.
@Suite(
    "External snapshots deleted while the machine runs", .serialized, .needs(.qemu, .qemuImg), .timeLimit(.minutes(40)))
struct LiveDeletionTests {
    /// A running machine with external snapshots `s1`, `s2` and so on of a disk; what was written before each is in a place of
    /// its own, and in the first place of all.
    private func chain(_ bench: SnapshotBench, _ name: String, _ count: Int, emulator: String = Bench.qemu) throws
        -> String
    {
        let a = try bench.image("a.qcow2")
        try bench.define(name, bench.disk(a, "vda"), emulator: emulator)
        try bench.manager.start(name)
        for number in 1...count {
            try bench.epoch(number, live: name)
            try bench.snapshot(name, "s\(number)", .diskOnly)
        }
        try bench.epoch(count + 1, live: name)
        return a
    }

    @Test("the newest: the disks go over to what is below, qcow2 and raw", arguments: LiveBench.emulators)
    func newest(emulator: String) throws {
        let bench = try SnapshotBench()
        let manager = bench.manager
        let (a, b) = (try bench.image("a.qcow2"), try bench.image("b.img", format: "raw"))
        try bench.define("new", bench.disk(a, "vda") + bench.disk(b, "vdb", format: "raw"), emulator: emulator)
        try manager.start("new")
        try bench.epoch(1, live: "new")
        try bench.epoch(1, live: "new", disk: "virtio-disk1")
        let nodes = try bench.live.nodes("new").count
        try bench.snapshot("new", "one", .diskOnly)
        try bench.epoch(2, live: "new")
        try bench.epoch(2, live: "new", disk: "virtio-disk1")
        let follower = try EventFollower(manager, machine: "new", since: nil)
        let plan = try manager.deletionPlan("new", "one")
        #expect(plan.steps.map(\.change) == [.merge, .unlink, .merge, .unlink])
        #expect(try bench.names("new") == ["one"])
        #expect(try manager.deleteSnapshot("new", "one").steps == plan.steps)
        #expect(try bench.names("new").isEmpty)
        #expect(try bench.top("new") == a)
        #expect(try bench.top("new", "vdb") == b)
        #expect(!Files.exists(bench.folder + "/a.one") && !Files.exists(bench.folder + "/b.one"))
        try bench.checkWhole("new", "running")
        #expect(try bench.live.nodes("new").count == nodes)
        let words = bench.blockEvents(follower)
        #expect(
            words == [
                "vda active-commit ready", "vdb active-commit ready", "vda active-commit completed",
                "vdb active-commit completed",
            ])
        // It goes on, and so do snapshots.
        try bench.epoch(3, live: "new")
        try bench.snapshot("new", "two", .diskOnly)
        try bench.epoch(4, live: "new")
        try manager.destroy("new")
        try bench.checkWhole("new", "ended")
        #expect(try bench.has([1, 2, 3], a))
        #expect(try bench.has([1, 2], b, format: "raw"))
        #expect(try bench.has([1, 2, 3, 4], bench.top("new")))
        try manager.revert("new", to: "two")
        #expect(try bench.has([1, 2, 3], bench.top("new")))
    }

    @Test("one in the middle, then the oldest: the others keep what they keep", arguments: LiveBench.emulators)
    func middle(emulator: String) throws {
        let bench = try SnapshotBench()
        let manager = bench.manager
        let a = try chain(bench, "mid", 3, emulator: emulator)
        let (s1, s2, s3) = (bench.folder + "/a.s1", bench.folder + "/a.s2", bench.folder + "/a.s3")
        let follower = try EventFollower(manager, machine: "mid", since: nil)
        try manager.deleteSnapshot("mid", "s2")
        #expect(bench.blockEvents(follower) == ["vda commit completed"])
        #expect(try bench.names("mid") == ["s1", "s3"])
        #expect(try manager.parentSnapshot("mid", of: "s3").name == "s1")
        #expect(!Files.exists(s2))
        #expect(try bench.images("mid") == [s3, s1, a])
        #expect(try manager.snapshot("mid", "s3").snapshot.domain?.devices.disks[0].source.file == s1)
        try bench.checkWhole("mid", "without the middle one")
        try manager.deleteSnapshot("mid", "s1")
        #expect(try bench.images("mid") == [s3, a])
        #expect(!Files.exists(s1))
        try bench.checkWhole("mid", "without the oldest")
        try bench.epoch(5, live: "mid")
        try manager.destroy("mid")
        #expect(try bench.has([1, 2, 3, 4, 5], s3))
        #expect(try bench.has([1, 2, 3], a))
        try manager.revert("mid", to: "s3")
        #expect(try bench.has([1, 2, 3], bench.top("mid")))
        try bench.checkWhole("mid", "gone back")
    }

    @Test("with all that follow from it, only those, and the documents alone")
    func children() throws {
        let bench = try SnapshotBench()
        let manager = bench.manager
        let a = try chain(bench, "tree", 3)
        try manager.deleteSnapshot("tree", "s3", .metadataOnly)
        #expect(try bench.images("tree").count == 4)
        let plan = try manager.deletionPlan("tree", "s1", .childrenOnly)
        #expect(plan.snapshots == ["s2"])
        #expect(try manager.deleteSnapshot("tree", "s1", .childrenOnly).steps == plan.steps)
        #expect(try bench.names("tree") == ["s1"])
        try bench.checkWhole("tree", "children")
        try bench.snapshot("tree", "s4", .diskOnly)
        try bench.epoch(5, live: "tree")
        try bench.snapshot("tree", "s5", .diskOnly)
        try bench.epoch(6, live: "tree")
        let whole = try manager.deletionPlan("tree", "s1", .children)
        #expect(whole.snapshots == ["s5", "s4", "s1"])
        let done = try manager.deleteSnapshot("tree", "s1", .children)
        #expect(done.steps.filter { $0.change != .merge } == whole.steps.filter { $0.change != .merge })
        #expect(try bench.names("tree").isEmpty)
        try bench.checkWhole("tree", "all")
        try manager.destroy("tree")
        #expect(try bench.has([1, 2, 3, 4, 5, 6], bench.top("tree")))
        #expect(try bench.images("tree").last == a)
    }

    @Test("the file of its memory goes, too; one that is being deleted in part can't be gone back to")
    func memory() throws {
        let bench = try SnapshotBench()
        let manager = bench.manager
        let a = try bench.image("a.qcow2")
        try bench.define("mem", bench.disk(a, "vda"))
        try manager.start("mem")
        try bench.epoch(1, live: "mem")
        let file = bench.folder + "/memory"
        try bench.snapshot("mem", "one", [], "<memory snapshot='external' file='\(file)'/>")
        try bench.epoch(2, live: "mem")
        // Paused before, and after.
        try manager.suspend("mem")
        #expect(try manager.deletionPlan("mem", "one").steps.contains { $0.change == .unlink && $0.path == file })
        try manager.deleteSnapshot("mem", "one")
        #expect(!Files.exists(file))
        #expect(try manager.status("mem").state == .paused)
        try manager.resume("mem")
        try bench.checkWhole("mem")
        try manager.destroy("mem")
        #expect(try bench.has([1, 2], a))
    }

    @Test("a branch that the machine isn't on is merged beside it; where it branched off nothing is")
    func branches() throws {
        let bench = try SnapshotBench()
        let manager = bench.manager
        let a = try chain(bench, "fork", 2)
        try bench.snapshot("fork", "s3", .diskOnly)
        try manager.revert("fork", to: "s1", .running)
        try bench.epoch(9, live: "fork")
        let top = try bench.top("fork")
        // Two images build on s1's.
        let error = #expect(throws: VMError.self) { try manager.deleteSnapshot("fork", "s1") }
        #expect(error?.message.contains("a.s1'") == true && error?.message.contains(top) == true)
        #expect(error?.libvirt.number == .operationUnsupported)
        #expect(throws: VMError.self) { try manager.deletionPlan("fork", "s1") }
        #expect(try manager.snapshot("fork", "s1").snapshot.deleteInProgress == nil)
        // Those of the other branch the machine hasn't got open.
        #expect(try manager.deletionPlan("fork", "s2").steps.first?.detail.contains("job") == false)
        try manager.deleteSnapshot("fork", "s2")
        #expect(try bench.names("fork") == ["s1", "s3"])
        try bench.checkWhole("fork", "the other branch")
        // With it the branch is gone, and the rest can be merged while the machine runs.
        let plan = try manager.deletionPlan("fork", "s1", .children)
        #expect(plan.snapshots == ["s3", "s1"])
        try manager.deleteSnapshot("fork", "s1", .children)
        #expect(try bench.images("fork") == [a])
        try bench.checkWhole("fork", "all")
        try manager.destroy("fork")
        #expect(try bench.has([1, 9], a))
    }

    @Test("refused with names: another domain's image, a job of the disk, a checkpoint that a raw image can't keep")
    func refused() throws {
        let bench = try SnapshotBench()
        let manager = bench.manager
        let a = try chain(bench, "no", 2)
        let other = bench.folder + "/other.qcow2"
        try bench.tool("qemu-img", ["create", "-q", "-f", "qcow2", "-b", bench.folder + "/a.s1", "-F", "qcow2", other])
        try bench.define("beside", bench.disk(other, "vda"))
        func refusal(_ name: String) -> VMError? {
            #expect(throws: VMError.self) { try manager.deleteSnapshot("no", name) }
        }
        #expect(refusal("s2")?.message.contains(other) == true)
        #expect(refusal("s1")?.message.contains("beside") == true)
        try manager.undefine("beside")
        #expect(refusal("s2")?.message.contains(other) == true)
        unlink(other)
        var commit = BlockJobOrder.Copy(
            destination: "<disk type='file'><driver type='qcow2'/><source file='\(other)'/></disk>")
        commit.isTransient = true
        try manager.startBlockJob("no", BlockJobOrder("vda", .copy(commit)))
        let busy = refusal("s2")
        #expect(busy?.code == .busy && busy?.message.contains("vda") == true && busy?.message.contains("copy") == true)
        try manager.endBlockJob("no", disk: "vda", pivot: false)
        #expect(try manager.snapshots("no").records.allSatisfy { $0.snapshot.deleteInProgress == nil })
        #expect(try bench.images("no").last == a)
        try bench.checkWhole("no")
        try manager.deleteSnapshot("no", "s1", .children)
        try bench.checkWhole("no", "deleted")

        let raw = try bench.image("raw.img", format: "raw")
        try bench.define("bits", bench.disk(raw, "vda", format: "raw"))
        try manager.start("bits")
        try bench.snapshot("bits", "one", .diskOnly)
        try manager.createCheckpoint(
            "bits", try DomainCheckpoint.checked(Array("<domaincheckpoint><name>c</name></domaincheckpoint>".utf8)))
        #expect(
            #expect(throws: VMError.self) { try manager.deleteSnapshot("bits", "one") }?.message.contains("'c'") == true
        )
        try manager.deleteCheckpoint("bits", "c")
        try manager.deleteSnapshot("bits", "one")
        #expect(try bench.top("bits") == raw)
    }

    @Test("incremental backups go on from where they were", arguments: [true, false])
    func bitmaps(isNewest: Bool) throws {
        let bench = try SnapshotBench()
        let manager = bench.manager
        let (a, folder) = (try bench.image("a.qcow2"), bench.folder + "/bk")
        try bench.define("bits", bench.disk(a, "vda"))
        try manager.start("bits")
        try bench.epoch(1, live: "bits")
        try manager.backUp("bits", to: folder)
        try bench.epoch(2, live: "bits")
        try bench.snapshot("bits", "one", .diskOnly)
        try bench.epoch(3, live: "bits")
        if !isNewest { try bench.snapshot("bits", "two", .diskOnly) }
        try bench.epoch(4, live: "bits")
        try manager.deleteSnapshot("bits", "one")
        try bench.epoch(5, live: "bits")
        let made = try manager.backUp("bits", to: folder, isIncremental: true)
        #expect(made.disks[0].base == 1 && made.disks[0].whyWhole == nil)
        try manager.destroy("bits")
        let restored = try manager.restoreBackup(from: folder, to: bench.folder + "/again")
        #expect(try bench.has([1, 2, 3, 4, 5], try #require(restored.images["vda"])))
    }

    @Test(
        "a disk that is full: the machine goes on with all it has, and deleting once more does the rest",
        .enabled(if: SmallDisk.isPossible, "needs mounting"))
    func fullDisk() throws {
        let bench = try SnapshotBench()
        let manager = bench.manager
        let small = try SmallDisk(bench.folder + "/small", size: "700k")
        let (a, b) = (try bench.image("a.qcow2"), try bench.image("small/b.qcow2"))
        try bench.define("full", bench.disk(a, "vda") + bench.disk(b, "vdb"))
        try manager.start("full")
        let body = "<disks><disk name='vdb' snapshot='external'><source file='\(bench.folder)/b.one'/></disk></disks>"
        try bench.snapshot("full", "one", .diskOnly, body)
        try bench.epoch(1, live: "full")
        try bench.epoch(1, live: "full", disk: "virtio-disk1")
        small.fill()
        let error = #expect(throws: VMError.self) { try manager.deleteSnapshot("full", "one") }
        #expect(error?.description.contains("No space") == true && error?.description.contains("once more") == true)
        #expect(try bench.names("full") == ["one"])
        #expect(try bench.top("full") == a)
        #expect(try bench.top("full", "vdb") == bench.folder + "/b.one")
        #expect(try manager.status("full").state == .running)
        #expect(throws: VMError.self) { try manager.revert("full", to: "one") }
        unlink(bench.folder + "/small/filler")
        try bench.epoch(2, live: "full", disk: "virtio-disk1")
        // A start in between doesn't mind: the first disk's image is the machine's again.
        try manager.destroy("full")
        try manager.start("full")
        try manager.deleteSnapshot("full", "one")
        #expect(try bench.names("full").isEmpty)
        #expect(try bench.top("full", "vdb") == b)
        try bench.checkWhole("full")
        try manager.destroy("full")
        #expect(try all(bench.has([1], a), bench.has([1, 2], b)))
        withExtendedLifetime(small) {}
    }
}
