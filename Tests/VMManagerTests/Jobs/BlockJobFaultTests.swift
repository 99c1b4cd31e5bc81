import Foundation
import TestBench
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager

/// Ends of processes in the middle of jobs of disks. Whatever ends when: the disk has what the guest wrote, and the definition
/// names an image that has it.
@Suite(
    "Jobs of disks whose processes end", .enabled(if: Bench.hasQEMU && ChainBench.hasTools, "needs QEMU and its tools"),
    .timeLimit(.minutes(40)))
struct BlockJobFaultTests {
    private func commit() -> BlockJobOrder {
        var commit = BlockJobOrder.Commit()
        commit.isActive = true
        return BlockJobOrder("vda", .commit(commit))
    }

    private func copy(_ path: String) -> BlockJobOrder {
        var copy = BlockJobOrder.Copy(
            destination: "<disk type='file'><driver type='qcow2'/><source file='\(path)'/></disk>")
        copy.isTransient = true
        return BlockJobOrder("vda", .copy(copy))
    }

    /// Begins a job, again if it came to nothing with the supervisor that was killed.
    private func begin(_ order: BlockJobOrder, _ bench: ChainBench) throws {
        do { try bench.manager.startBlockJob(bench.name, order) } catch {
            try eventually("what was begun is taken back", within: .seconds(60)) { try bench.job() == nil }
            try bench.manager.startBlockJob(bench.name, order)
        }
    }

    private func pivot(_ bench: ChainBench) throws {
        do { try bench.manager.endBlockJob(bench.name, disk: "vda", pivot: true) } catch {
            // It was not begun: the job is as it was.
            try eventually("it is known what became of it", within: .seconds(60)) {
                let job = try bench.job()
                return job == nil || job?.step == "ready"
            }
            if try bench.job() != nil { try bench.manager.endBlockJob(bench.name, disk: "vda", pivot: true) }
        }
    }

    @Test(
        "a supervisor that is killed at any step of a commit",
        arguments: [
            "blockjob.journal", "blockjob.begun", "blockjob.noted", "blockjob.pivot", "blockjob.stopped",
            "blockjob.completing", "blockjob.stored", "blockjob.live", "blockjob.dismissed", "blockjob.cont",
        ])
    func supervisorOfCommit(point: String) throws {
        let bench = try ChainBench("k", layers: 2, failpoint: point)
        let first = try #require(try bench.manager.status("k").supervisor)
        try begin(commit(), bench)
        try bench.waitUntilReady()
        try bench.write(21, at: "3M")
        try pivot(bench)
        #expect(!first.isAlive)
        #expect(try bench.live.run("k", "query-status")["running"]?.bool == true)
        // The supervisor asks QEMU when the disk has gone over.
        try eventually("it is known to run", within: .seconds(30)) {
            try bench.manager.status("k").state == .running
        }
        #expect(try bench.chain() == [bench.images[1]])
        #expect(try bench.disk.mirror == nil)
        #expect(try bench.stored.source.file == bench.images[1])
        try bench.write(22, at: "4M")
        try bench.check(21, at: "3M")
        _ = try bench.manager.destroy("k")
        try bench.checkImage(bench.images[1], [(21, "3M", "64k"), (22, "4M", "64k"), (1, "0", "1M")])
    }

    @Test(
        "a supervisor that is killed at any step of a copy",
        arguments: [
            "blockjob.journal", "blockjob.file", "blockjob.nodes", "blockjob.begun", "blockjob.noted",
            "blockjob.completing", "blockjob.stored",
        ])
    func supervisorOfCopy(point: String) throws {
        let bench = try ChainBench("y", layers: 2, failpoint: point)
        let path = bench.path("copy.img")
        let nodes = try bench.live.nodes("y").count
        let first = try #require(try bench.manager.status("y").supervisor)
        try begin(copy(path), bench)
        try bench.waitUntilReady()
        try pivot(bench)
        #expect(!first.isAlive)
        #expect(try bench.chain() == [path])
        #expect(try bench.stored.source.file == path)
        #expect(try bench.live.nodes("y").count == nodes)
        try bench.write(22, at: "4M")
        _ = try bench.manager.destroy("y")
        try bench.checkImage(path, [(1, "0", "1M"), (2, "1M", "1M"), (22, "4M", "64k")])
    }

    @Test(
        "a QEMU that is killed as soon as a job has ended: what builds on nothing any more has all of it",
        arguments: [true, false])
    func killedAfter(isPull: Bool) throws {
        let bench = try ChainBench("w")
        var commit = BlockJobOrder.Commit()
        commit.top = bench.images[1]
        commit.deletes = true
        try bench.manager.startBlockJob("w", BlockJobOrder("vda", isPull ? .pull(.init()) : .commit(commit)))
        #expect(try bench.waitForEnd()?.phase == .completed)
        #expect(try bench.manager.status("w").state == .running)
        kill(try #require(bench.manager.status("w").qemu).pid, SIGKILL)
        try eventually("the machine has ended", within: .seconds(30)) {
            try bench.manager.status("w").state.isActive == false
        }
        try bench.checkImage(bench.images[0], [(1, "0", "1M"), (2, "1M", "1M"), (3, "2M", "1M"), (3, "7M", "64k")])
    }

    @Test(
        "a supervisor that is killed while a pull runs",
        arguments: [
            "blockjob.begun", "blockjob.pending", "blockjob.flushed", "blockjob.finalizing", "blockjob.dismissed",
            "blockjob.cont",
        ])
    func supervisorOfPull(point: String) throws {
        let bench = try ChainBench("l", failpoint: point)
        _ = try? bench.manager.startBlockJob("l", BlockJobOrder("vda", .pull(.init())))
        #expect(try bench.waitForEnd()?.phase == .completed)
        #expect(try bench.chain() == [bench.images[0]])
        try eventually("the CPUs run", within: .seconds(30)) {
            try bench.live.run("l", "query-status")["running"]?.bool == true
        }
        #expect(try bench.manager.status("l").state == .running)
        try bench.checkPatterns()
    }

    @Test(
        "a supervisor that is killed while it ends a job without a pivot",
        arguments: ["blockjob.abort", "blockjob.cancelling", "blockjob.dismissed"])
    func supervisorOfAbort(point: String) throws {
        let bench = try ChainBench("g", failpoint: point)
        try bench.manager.startBlockJob("g", commit())
        try bench.waitUntilReady()
        _ = try? bench.manager.endBlockJob("g", disk: "vda", pivot: false)
        if try bench.job() != nil {
            // It may not have come to QEMU.
            _ = try? bench.manager.endBlockJob("g", disk: "vda", pivot: false)
        }
        #expect(try bench.waitForEnd()?.phase == .cancelled)
        #expect(try bench.chain().first == bench.images[0])
        #expect(try bench.disk.mirror == nil)
        #expect(try bench.stored.source.file == bench.images[0])
        try bench.checkPatterns()
    }

    @Test("a disk that was plugged in: what its QEMU may not write is refused, and everything stays")
    func pluggedIn() throws {
        let bench = try ChainBench("h", layers: 1)
        let (below, top) = (bench.path("below.img"), bench.path("above.img"))
        try ChainBench.run("/usr/bin/qemu-img", ["create", "-q", "-f", "qcow2", below, "4M"])
        try ChainBench.run("/usr/bin/qemu-io", ["-c", "write -P 31 0 1M", below])
        try ChainBench.run("/usr/bin/qemu-img", ["create", "-q", "-f", "qcow2", "-b", below, "-F", "qcow2", top])
        let disk = try bench.live.device(
            "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='\(top)'/>"
                + "<target dev='vdb' bus='virtio'/></disk>")
        try bench.manager.attachDevice("h", disk, scope: .live)
        var order = commit()
        order.disk = "vdb"
        if (try? bench.manager.startBlockJob("h", order)) != nil {
            try eventually("the job is ready", within: .seconds(60)) {
                try bench.manager.blockJob("h", disk: "vdb")?.block?.isReady == true
            }
            try bench.manager.endBlockJob("h", disk: "vdb", pivot: false)
        }
        #expect(try bench.manager.blockJob("h", disk: "vdb") == nil)
        try bench.manager.startBlockJob("h", BlockJobOrder("vdb", .pull(.init())))
        try eventually("it is pulled", within: .seconds(60)) {
            try bench.manager.lastBlockJob("h", disk: "vdb")?.phase == .completed
        }
        _ = try bench.manager.destroy("h")
        try bench.checkImage(top, [(31, "0", "1M")])
        let info = try ChainBench.run("/usr/bin/qemu-img", ["info", top])
        #expect(!info.contains("backing file"))
    }

    @Test("a job outlives its supervisor, and goes on with the next one")
    func takeOver() throws {
        let bench = try ChainBench("t")
        try bench.manager.startBlockJob("t", copy(bench.path("copy.img")))
        try bench.waitUntilReady()
        try bench.killSupervisor()
        try bench.write(23, at: "5M")
        try bench.waitUntilReady()
        #expect(try bench.disk.mirror?.ready == .yes)
        try bench.manager.endBlockJob("t", disk: "vda", pivot: true)
        try bench.check(23, at: "5M")
        #expect(try bench.stored.source.file == bench.path("copy.img"))
    }

    @Test(
        "QEMU and its supervisor end at once in the middle of a pivot: a start goes on from what the guest wrote",
        arguments: [
            "blockjob.pivot", "blockjob.stopped", "blockjob.completing", "blockjob.merged", "blockjob.stored",
            "blockjob.live", "blockjob.dismissed", "blockjob.cont",
        ])
    func bothEnd(point: String) throws {
        let bench = try ChainBench("b", layers: 2, failpoint: point)
        let state = try bench.manager.status("b")
        let (supervisor, qemu) = (try #require(state.supervisor), try #require(state.qemu))
        try begin(commit(), bench)
        try bench.waitUntilReady()
        try bench.write(24, at: "3M")
        let killer = Thread {
            while supervisor.isAlive { Poll.sleep(.microseconds(100)) }
            kill(qemu.pid, SIGKILL)
        }
        killer.start()
        _ = try? bench.manager.endBlockJob("b", disk: "vda", pivot: true, timeout: .seconds(20))
        try eventually("it has ended", within: .seconds(60)) { try !bench.manager.status("b").state.isActive }
        #expect(!qemu.isAlive)
        _ = try bench.manager.start("b")
        try bench.check(24, at: "3M")
        try bench.check(1, at: "0", "1M")
        try bench.check(2, at: "1M", "1M")
        #expect(try bench.job() == nil)
    }

    @Test("QEMU ends while a job runs: the disk is where it was")
    func qemuEnds() throws {
        let bench = try ChainBench("q")
        try bench.manager.startBlockJob("q", commit())
        try bench.waitUntilReady()
        try bench.write(25, at: "3M")
        kill(try #require(try bench.manager.status("q").qemu?.pid), SIGKILL)
        try eventually("it has ended", within: .seconds(60)) { try !bench.manager.status("q").state.isActive }
        #expect(try bench.stored.source.file == bench.images[0])
        _ = try bench.manager.start("q")
        try bench.check(25, at: "3M")
        try bench.checkPatterns()
    }

    @Test("a definition that can't be written keeps the machine standing still until it can be")
    func unwritableDefinition() throws {
        let bench = try ChainBench("w", layers: 2, failpoint: "fail:blockjob.store")
        try bench.manager.startBlockJob("w", commit())
        try bench.waitUntilReady()
        #expect(throws: VMError.self) {
            try bench.manager.endBlockJob("w", disk: "vda", pivot: true, timeout: .seconds(5))
        }
        #expect(try bench.stored.source.file == bench.images[0])
        #expect(try bench.live.run("w", "query-status")["running"]?.bool == false)
        // The next supervisor can write it.
        try bench.killSupervisor()
        #expect(try bench.waitForEnd()?.phase == .completed)
        #expect(try bench.stored.source.file == bench.images[1])
        try eventually("it runs", within: .seconds(60)) { try bench.manager.status("w").state == .running }
    }

    @Test("a pivot that QEMU refuses leaves the job and the guest as they were")
    func refusedPivot() throws {
        let bench = try ChainBench("o", layers: 2, failpoint: "fail:blockjob.complete")
        try bench.manager.startBlockJob("o", commit())
        try bench.waitUntilReady()
        #expect(throws: VMError.self) { try bench.manager.endBlockJob("o", disk: "vda", pivot: true) }
        #expect(try bench.live.run("o", "query-status")["running"]?.bool == true)
        #expect(try bench.manager.status("o").state == .running)
        #expect(try bench.job()?.block?.isReady == true)
        try bench.write(32, at: "3M")
        try bench.manager.endBlockJob("o", disk: "vda", pivot: false)
        try bench.check(32, at: "3M")
        #expect(try bench.stored.source.file == bench.images[0])
    }

    @Test("what bitmaps noted of the guest's writes is kept by an active commit", arguments: LiveBench.emulators)
    func bitmaps(emulator: String) throws {
        let bench = try ChainBench("d", layers: 2, emulator: emulator)
        let top = try #require(
            try bench.live.run("d", "query-block").array?
                .first { $0["qdev"]?.string?.contains("virtio-disk0") == true }?["inserted"]?["node-name"])
        _ = try bench.live.run(
            "d", "block-dirty-bitmap-add", ["node": top, "name": "point", "persistent": true, "granularity": 65536])
        try bench.write(26, at: "3M")
        try bench.manager.startBlockJob("d", commit())
        try bench.waitUntilReady()
        try bench.write(27, at: "4M", "128k")
        try bench.manager.endBlockJob("d", disk: "vda", pivot: true)
        try bench.write(28, at: "5M")
        let nodes = try bench.live.run("d", "query-block").array ?? []
        let inserted = nodes.first { $0["qdev"]?.string?.contains("virtio-disk0") == true }?["inserted"]
        let bitmap = inserted?["dirty-bitmaps"]?.array?.first { $0["name"]?.string == "point" }
        #expect(bitmap?["count"]?.int == 4 * 65536 && bitmap?["persistent"]?.bool == true)
        _ = try bench.manager.destroy("d")
    }
}
