import Foundation
import TestBench
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager

@Suite(
    "Jobs of disks", .enabled(if: Bench.hasQEMU && ChainBench.hasTools, "needs QEMU and its tools"),
    .timeLimit(.minutes(40)))
struct BlockJobTests {
    static let emulators = LiveBench.emulators

    private func commit(_ change: (inout BlockJobOrder.Commit) -> Void) -> BlockJobOrder {
        var commit = BlockJobOrder.Commit()
        change(&commit)
        return BlockJobOrder("vda", .commit(commit))
    }

    private func copy(_ xml: String, _ change: (inout BlockJobOrder.Copy) -> Void = { _ in }) -> BlockJobOrder {
        var copy = BlockJobOrder.Copy(destination: xml)
        copy.isTransient = true
        change(&copy)
        return BlockJobOrder("vda", .copy(copy))
    }

    private func destination(_ path: String, _ format: String) -> String {
        "<disk type='file'><driver type='\(format)'/><source file='\(path)'/></disk>"
    }

    @Test("the active image is written down into the lowest one, and the disk goes over", arguments: emulators)
    func activeCommit(emulator: String) throws {
        let bench = try ChainBench("a", emulator: emulator, base: "raw")
        try bench.write(9, at: "3M")
        let job = try bench.manager.startBlockJob("a", commit { $0.isActive = true })
        #expect(job.disk == "vda" && job.block?.kind == .activeCommit)
        try bench.waitUntilReady()
        let mirror = try #require(try bench.disk.mirror)
        #expect(mirror.job == .activeCommit && mirror.ready == .yes && mirror.source?.file == bench.images[2])
        #expect(mirror.format?.type == .raw)
        try bench.write(10, at: "4M")
        try bench.manager.endBlockJob("a", disk: "vda", pivot: true)
        #expect(try bench.job() == nil)
        #expect(try bench.manager.status("a").state == .running)
        #expect(try bench.chain() == [bench.images[2]])
        #expect(try bench.disk.driver?.type == .raw)
        #expect(try bench.disk.mirror == nil)
        #expect(try bench.stored.source.file == bench.images[2])
        #expect(try bench.stored.driver?.type == .raw)
        try bench.checkPatterns()
        try bench.check(9, at: "3M")
        try bench.check(10, at: "4M")
        // Nothing of the old chain is open any more.
        let nodes = try bench.live.run("a", "query-named-block-nodes", ["flat": true]).array ?? []
        #expect(!nodes.contains { $0["file"]?.string == bench.images[0] || $0["file"]?.string == bench.images[1] })
        try bench.write(11, at: "5M")
        _ = try bench.manager.destroy("a")
        try bench.checkRaw(
            bench.images[2], [(1, "0", "1M"), (2, "1M", "1M"), (3, "2M", "1M"), (9, "3M", "64k"), (11, "5M", "64k")])
        // It starts from there.
        _ = try bench.manager.start("a")
        try bench.check(11, at: "5M")
    }

    @Test("an image in the middle is written down into the one below", arguments: emulators, [false, true])
    func commitMiddle(emulator: String, names: Bool) throws {
        let bench = try ChainBench("m", emulator: emulator, names: names)
        let order = commit {
            $0.top = bench.images[1]
            $0.base = bench.images[2]
            $0.deletes = true
        }
        try bench.manager.startBlockJob("m", order)
        let job = try #require(try bench.waitForEnd())
        #expect(job.phase == .completed, "\(job.error.map { "\($0)" } ?? "")")
        #expect(try bench.chain() == [bench.images[0], bench.images[2]])
        #expect(try bench.stored.backingStore?.source?.file == (names ? bench.images[2] : nil))
        try bench.checkPatterns()
        try eventually("the file is removed", within: .seconds(20)) { access(bench.images[1], F_OK) != 0 }
        _ = try bench.manager.destroy("m")
        try bench.checkImage(bench.images[2], [(1, "0", "1M"), (2, "1M", "1M"), (2, "7M", "64k")])
        let info = try ChainBench.run("/usr/bin/qemu-img", ["info", bench.images[0]])
        #expect(info.contains("backing file: \(bench.images[2])"))
        _ = try bench.manager.start("m")
        try bench.checkPatterns()
    }

    @Test("everything below is pulled up, or down to a base", arguments: emulators, [false, true])
    func pull(emulator: String, hasBase: Bool) throws {
        let bench = try ChainBench("p", emulator: emulator, names: hasBase)
        var pull = BlockJobOrder.Pull()
        if hasBase { pull.base = bench.images[2] }
        try bench.manager.startBlockJob("p", BlockJobOrder("vda", .pull(pull)))
        let job = try #require(try bench.waitForEnd())
        #expect(job.phase == .completed && job.block?.kind == .pull)
        #expect(try bench.chain() == (hasBase ? [bench.images[0], bench.images[2]] : [bench.images[0]]))
        try bench.checkPatterns()
        _ = try bench.manager.destroy("p")
        if !hasBase {
            try bench.checkImage(bench.images[0], [(1, "0", "1M"), (2, "1M", "1M"), (3, "2M", "1M"), (3, "7M", "64k")])
        }
        _ = try bench.manager.start("p")
        try bench.checkPatterns()
    }

    @Test("a disk is copied and goes over to the copy", arguments: emulators, ["raw", "qcow2"])
    func copyAndPivot(emulator: String, format: String) throws {
        let bench = try ChainBench("c", emulator: emulator)
        let path = bench.path("copy.img")
        try bench.manager.startBlockJob("c", copy(destination(path, format)))
        try bench.waitUntilReady()
        #expect(try bench.disk.mirror?.source?.file == path)
        #expect(try bench.disk.mirror?.job == .copy)
        try bench.write(12, at: "6M")
        try bench.manager.endBlockJob("c", disk: "vda", pivot: true)
        #expect(try bench.chain() == [path])
        #expect(try bench.stored.source.file == path)
        #expect(try bench.stored.driver?.type?.rawValue == format)
        try bench.checkPatterns()
        try bench.check(12, at: "6M")
        let nodes = try bench.live.run("c", "query-named-block-nodes", ["flat": true]).array ?? []
        #expect(!nodes.contains { node in bench.images.contains { $0 == node["file"]?.string } })
        _ = try bench.manager.destroy("c")
        _ = try bench.manager.start("c")
        try bench.check(12, at: "6M")
    }

    @Test("a copy that is ended is whole, and the disk stays", arguments: emulators)
    func copyAndFinish(emulator: String) throws {
        let bench = try ChainBench("f", emulator: emulator)
        let path = bench.path("copy.img")
        try bench.manager.startBlockJob("f", copy(destination(path, "qcow2")) { $0.isShallow = true })
        try bench.waitUntilReady()
        try bench.write(13, at: "6M")
        try bench.manager.endBlockJob("f", disk: "vda", pivot: false)
        #expect(try bench.manager.lastBlockJob("f", disk: "vda")?.phase == .cancelled)
        #expect(try bench.disk.source.file == bench.images[0])
        #expect(try bench.disk.mirror == nil)
        #expect(try bench.stored.source.file == bench.images[0])
        try bench.write(14, at: "6M")
        let info = try ChainBench.run("/usr/bin/qemu-img", ["info", path])
        #expect(info.contains("backing file: \(bench.images[1])"))
        _ = try bench.manager.destroy("f")
        try bench.checkImage(path, [(13, "6M", "64k"), (1, "0", "1M"), (3, "2M", "1M")])
        try bench.checkImage(bench.images[0], [(14, "6M", "64k")])
    }

    @Test("a shallow copy shares what is below")
    func shallowPivot() throws {
        let bench = try ChainBench("s")
        let path = bench.path("copy.img")
        try bench.manager.startBlockJob("s", copy(destination(path, "qcow2")) { $0.isShallow = true })
        try bench.waitUntilReady()
        try bench.manager.endBlockJob("s", disk: "vda", pivot: true)
        #expect(try bench.chain() == [path, bench.images[1], bench.images[2]])
        try bench.checkPatterns()
        _ = try bench.manager.destroy("s")
        _ = try bench.manager.start("s")
        try bench.checkPatterns()
    }

    @Test("what can't be is refused in libvirt's numbers, and leaves nothing behind")
    func refusals() throws {
        let bench = try ChainBench("r")
        func refused(_ order: BlockJobOrder, _ number: Int32, _ words: String) {
            do {
                try bench.manager.startBlockJob("r", order)
                Issue.record("\(order) isn't refused")
            } catch {
                #expect(error.libvirt.number.rawValue == number, "\(error)")
                #expect("\(error)".contains(words), "\(error)")
            }
        }
        refused(commit { _ in }, 8, "requires active flag")
        refused(commit { $0.top = bench.images[2] }, 8, "has no backing file")
        refused(commit { $0.top = "/nothing" }, 8, "could not find image")
        refused(
            commit {
                $0.top = bench.images[1]
                $0.isActive = true
            }, 8, "is not active")
        refused(
            commit {
                $0.isActive = true
                $0.isShallow = true
                $0.base = bench.images[2]
            }, 8, "is not immediately below")
        refused(BlockJobOrder("vdz", .pull(.init())), 8, "not found")
        let there = try bench.live.image("there.img")
        refused(copy(destination(there, "raw")), 67, "already exists")
        refused(copy(destination(bench.path("none"), "raw")) { $0.reusesFile = true }, 38, "missing destination file")
        refused(copy(destination(bench.path("x.vdi"), "vdi")), 84, "isn't made")
        refused(copy(destination(bench.images[2], "qcow2")) { $0.reusesFile = true }, 87, "itself")
        #expect(throws: VMError.self) { try bench.manager.endBlockJob("r", disk: "vda", pivot: false) }
        let nodes = try bench.live.nodes("r")
        try bench.manager.startBlockJob("r", commit { $0.isActive = true })
        refused(commit { $0.isActive = true }, 83, "already in active block job")
        #expect { try bench.manager.managedSave("r") } throws: { "\($0)".contains("active block job") }
        #expect {
            try bench.manager.detachDevice("r", bench.live.disk(bench.images[0], "vda"), scope: .live)
        } throws: { "\($0)".contains("block job") }
        try bench.waitUntilReady()
        try bench.manager.endBlockJob("r", disk: "vda", pivot: false)
        #expect(try bench.live.nodes("r") == nodes)
        #expect(try bench.disk.source.file == bench.images[0])
        try bench.checkPatterns()
    }

    @Test("an image that somebody else needs isn't written")
    func sharedBase() throws {
        let bench = try ChainBench("u")
        let other = bench.path("other.img")
        try ChainBench.run(
            "/usr/bin/qemu-img", ["create", "-q", "-f", "qcow2", "-b", bench.images[1], "-F", "qcow2", other])
        let order = commit { $0.isActive = true }
        #expect {
            try bench.manager.startBlockJob("u", order)
        } throws: { "\($0)".contains("'\(other)', which builds on it") }
        let plan = try bench.manager.commitPlan("u", disk: "vda", .init())
        #expect(plan.user?.contains(other) == true && plan.base == bench.images[2] && plan.merged.count == 2)
        unlink(other)
        // A definition that starts from the base.
        let xml = """
            <domain type='qemu'><name>neighbour</name><memory>65536</memory><os><type arch='x86_64'>hvm</type></os>
            <devices><disk type='file'><driver name='qemu' type='qcow2'/><source file='\(bench.images[2])'/>
            <target dev='vda' bus='virtio'/></disk></devices></domain>
            """
        _ = try bench.manager.define(Array(xml.utf8), file: "n.xml")
        #expect {
            try bench.manager.startBlockJob("u", order)
        } throws: { "\($0)".contains("the domain 'neighbour'") }
        try bench.checkPatterns()
    }

    @Test("what a commit has left behind is nobody's, until somebody writes to it")
    func leftovers() throws {
        let bench = try ChainBench("z")
        try bench.manager.startBlockJob(
            "z",
            commit {
                $0.top = bench.images[1]
                $0.base = bench.images[2]
            })
        #expect(try bench.waitForEnd()?.phase == .completed)
        func plan() throws -> CommitPlan { try bench.manager.commitPlan("z", disk: "vda", .init()) }
        try eventually("it is known to be of no use", within: .seconds(20)) { try plan().user == nil }
        try ChainBench.run("/usr/bin/qemu-io", ["-c", "write -P 9 5M 64k", bench.images[1]])
        #expect(try plan().user?.contains(bench.images[1]) == true)
        unlink(bench.images[1])
        #expect(try plan().user == nil)
        try bench.manager.startBlockJob("z", commit { $0.isActive = true })
        try bench.waitUntilReady()
        try bench.manager.endBlockJob("z", disk: "vda", pivot: true)
        try bench.checkPatterns()
    }

    @Test("the speed of a job is limited and changed, and it tells how far it is")
    func speed() throws {
        let bench = try ChainBench("v")
        var order = BlockJobOrder("vda", .pull(.init()))
        order.bandwidth = 65_536
        try bench.manager.startBlockJob("v", order)
        let job = try #require(try bench.job())
        #expect(job.block?.bandwidth == 65_536 && job.bytesTotal > 0)
        try bench.manager.setBlockJobSpeed("v", disk: "vda", bytes: 0)
        #expect(try bench.waitForEnd()?.phase == .completed)
        try bench.checkPatterns()
    }

    @Test("a job that is stopped leaves the disk as it was")
    func abort() throws {
        let bench = try ChainBench("x")
        var order = BlockJobOrder("vda", .pull(.init()))
        order.bandwidth = 65_536
        try bench.manager.startBlockJob("x", order)
        try bench.manager.endBlockJob("x", disk: "vda", pivot: false)
        #expect(try bench.manager.lastBlockJob("x", disk: "vda")?.phase == .cancelled)
        #expect(try bench.job() == nil)
        try bench.checkPatterns()
        #expect {
            try bench.manager.endBlockJob("x", disk: "vda", pivot: true)
        } throws: { "\($0)".contains("does not have an active block job") }
    }

    @Test("events tell of a job by its target and its path")
    func events() throws {
        let bench = try ChainBench("e")
        try bench.manager.startBlockJob("e", commit { $0.isActive = true })
        try bench.waitUntilReady()
        try bench.manager.endBlockJob("e", disk: "vda", pivot: true)
        let text = try bench.manager.journalText("e")
        #expect(text.contains("active-commit") && text.contains("ready") && text.contains("completed"))
        #expect(text.contains(bench.images[2]))
    }
}
