import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMDomain
import VMManager
import VMSnapshot

/// Processes killed at each step of deleting an external snapshot of a machine that runs: images are whole, what the guest
/// wrote is there, other snapshots keep what they keep, and the next command works.
@Suite(
    "Snapshots deleted while the machine runs, and processes that are killed", .serialized, .needs(.qemu, .qemuImg),
    .timeLimit(.minutes(40)))
struct LiveDeletionKillTests {
    /// Deletes a snapshot, once more when the first time came to nothing.
    private func delete(_ bench: SnapshotBench, _ domain: String, _ name: String) throws {
        if (try? bench.manager.deleteSnapshot(domain, name)) == nil {
            try eventually("it is known what became of it", within: .seconds(60)) {
                (try? bench.manager.mend(domain)) != nil
            }
            if try bench.names(domain).contains(name) { try bench.manager.deleteSnapshot(domain, name) }
        }
        #expect(try !bench.names(domain).contains(name))
    }

    @Test("the command is killed at each step: two disks, the newest and one in the middle", arguments: [true, false])
    func command(isNewest: Bool) throws {
        let bench = try SnapshotBench()
        let (a, b) = (try bench.image("a.qcow2"), try bench.image("b.qcow2"))
        try bench.define("kill", bench.disk(a, "vda") + bench.disk(b, "vdb"))
        try bench.manager.start("kill")
        func write(_ epoch: Int) throws {
            try bench.epoch(epoch, live: "kill")
            try bench.epoch(epoch, live: "kill", disk: "virtio-disk1")
        }
        var (step, count) = (0, 0)
        for number in 1...60 {
            step = number
            try write(2 * number - 1)
            try bench.snapshot("kill", "s\(number)", .diskOnly)
            if !isNewest { try bench.snapshot("kill", "t\(number)", .diskOnly) }
            try write(2 * number)
            let wasKilled = try KilledCommand.run(
                bench.folder, ["snapshot-delete", "kill", "s\(number)"], killedAt: "#\(number)")
            #expect(try bench.manager.mend("kill").state == .running)
            // One that is deleted in part says so; everything else is as it should be.
            let isLeft = try bench.names("kill").contains("s\(number)")
            if isLeft { try bench.manager.deleteSnapshot("kill", "s\(number)") }
            if !isNewest { try bench.manager.deleteSnapshot("kill", "t\(number)") }
            try bench.checkWhole("kill", "step \(number)")
            #expect(try bench.images("kill") == [a], "step \(number)")
            #expect(try bench.top("kill", "vdb") == b, "step \(number)")
            if !wasKilled { break }
            count += 1
        }
        #expect(count >= 12)
        try bench.manager.destroy("kill")
        let epochs = Array(1...2 * step)
        #expect(try all(bench.has(epochs, a), bench.has(epochs, b)))
    }

    @Test(
        "the command is killed, then QEMU and its supervisor: a start goes on from what the guest wrote",
        arguments: ["snapshot.journal", "snapshot.merging", "snapshot.ready", "snapshot.merged", "snapshot.defined"],
        [true, false])
    func everything(point: String, isNewest: Bool) throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("kill", bench.disk(a, "vda"))
        try bench.manager.start("kill")
        try bench.epoch(1, live: "kill")
        try bench.snapshot("kill", "one", .diskOnly)
        try bench.epoch(2, live: "kill")
        if !isNewest {
            try bench.snapshot("kill", "two", .diskOnly)
            try bench.epoch(3, live: "kill")
        }
        let wasKilled = try KilledCommand.run(bench.folder, ["snapshot-delete", "kill", "one"], killedAt: point)
        #expect(wasKilled || !isNewest && point == "snapshot.ready")
        try bench.epoch(4, live: "kill")
        let state = try bench.manager.status("kill")
        if let supervisor = state.supervisor { killForGood(supervisor: supervisor.pid) }
        if let qemu = state.qemu { kill(qemu.pid, SIGKILL) }
        try eventually("its end is seen", within: .seconds(30)) { try bench.manager.status("kill").state == .shutOff }
        // What the guest wrote after the disk had gone over isn't overwritten by what the upper image holds.
        try bench.manager.mend("kill")
        #expect(try bench.has(isNewest ? [1, 2, 4] : [1, 2, 3, 4], bench.top("kill")))
        try bench.manager.start("kill")
        try bench.epoch(5, live: "kill")
        if try bench.names("kill").contains("one") { try bench.manager.deleteSnapshot("kill", "one") }
        try bench.checkWhole("kill", point)
        try bench.manager.destroy("kill")
        try bench.checkWhole("kill", point)
        #expect(try bench.has(isNewest ? [1, 2, 4, 5] : [1, 2, 3, 4, 5], bench.top("kill")))
        if !isNewest { #expect(try bench.has([1, 2], a)) }
    }

    static let activePoints = [
        "blockjob.journal", "blockjob.begun", "blockjob.noted", "blockjob.pivot", "blockjob.stopped",
        "blockjob.completing", "blockjob.merged", "blockjob.stored", "blockjob.live", "blockjob.dismissed",
        "blockjob.cont",
    ]

    @Test("the supervisor is killed while the disk goes over", arguments: activePoints, LiveBench.emulators)
    func supervisorOfNewest(point: String, emulator: String) throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("kill", bench.disk(a, "vda"), emulator: emulator)
        try bench.live.failing(at: point).start("kill")
        let first = try #require(try bench.manager.status("kill").supervisor)
        try bench.epoch(1, live: "kill")
        try bench.snapshot("kill", "one", .diskOnly)
        try bench.epoch(2, live: "kill")
        try delete(bench, "kill", "one")
        #expect(!first.isAlive, "\(point)")
        try eventually("it runs at \(point)", within: .seconds(30)) {
            try bench.manager.mend("kill").state == .running
        }
        try bench.checkWhole("kill", point)
        #expect(try bench.images("kill") == [a])
        #expect(!Files.exists(bench.folder + "/a.one"))
        try bench.epoch(3, live: "kill")
        try bench.manager.destroy("kill")
        #expect(try bench.has([1, 2, 3], a))
    }

    static let middlePoints = [
        "blockjob.journal", "blockjob.begun", "blockjob.pending", "blockjob.flushed", "blockjob.finalizing",
        "blockjob.dismissed", "blockjob.cont",
    ]

    @Test("the supervisor is killed while a chain gets shorter", arguments: middlePoints, LiveBench.emulators)
    func supervisorOfMiddle(point: String, emulator: String) throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("kill", bench.disk(a, "vda"), emulator: emulator)
        try bench.live.failing(at: point).start("kill")
        let first = try #require(try bench.manager.status("kill").supervisor)
        for number in 1...2 {
            try bench.epoch(number, live: "kill")
            try bench.snapshot("kill", "s\(number)", .diskOnly)
        }
        try bench.epoch(3, live: "kill")
        try delete(bench, "kill", "s1")
        #expect(!first.isAlive, "\(point)")
        try eventually("it runs at \(point)", within: .seconds(30)) {
            try bench.manager.mend("kill").state == .running
        }
        try bench.checkWhole("kill", point)
        #expect(try bench.images("kill") == [bench.folder + "/a.s2", a])
        try bench.epoch(4, live: "kill")
        try bench.manager.destroy("kill")
        #expect(try all(bench.has([1, 2, 3, 4], bench.top("kill")), bench.has([1, 2], a)))
    }

    @Test(
        "QEMU ends with its supervisor while the disk goes over: what comes next goes on from the right image",
        arguments: activePoints)
    func bothEnd(point: String) throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("kill", bench.disk(a, "vda"))
        try bench.live.failing(at: point).start("kill")
        let state = try bench.manager.status("kill")
        let (supervisor, qemu) = (try #require(state.supervisor), try #require(state.qemu))
        try bench.epoch(1, live: "kill")
        try bench.snapshot("kill", "one", .diskOnly)
        try bench.epoch(2, live: "kill")
        let killer = Thread {
            while supervisor.isAlive { Poll.sleep(.microseconds(100)) }
            kill(qemu.pid, SIGKILL)
        }
        killer.start()
        _ = try? bench.manager.deleteSnapshot("kill", "one")
        try eventually("it has ended", within: .seconds(60)) { try !bench.manager.status("kill").state.isActive }
        #expect(!qemu.isAlive)
        try bench.manager.start("kill")
        try bench.epoch(3, live: "kill")
        if try bench.names("kill").contains("one") { try bench.manager.deleteSnapshot("kill", "one") }
        try bench.checkWhole("kill", point)
        try bench.manager.destroy("kill")
        #expect(try bench.top("kill") == a)
        #expect(try bench.has([1, 2, 3], a))
    }

    @Test("an older definition that is stored meanwhile has no image written down that the guest has left")
    func olderDefinition() throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("kill", bench.disk(a, "vda"))
        try bench.manager.start("kill")
        try bench.epoch(1, live: "kill")
        try bench.snapshot("kill", "one", .diskOnly)
        try bench.epoch(2, live: "kill")
        let older = try bench.manager.xml("kill", inactive: true)
        #expect(try KilledCommand.run(bench.folder, ["snapshot-delete", "kill", "one"], killedAt: "snapshot.merged"))
        try bench.epoch(3, live: "kill")
        let state = try bench.manager.status("kill")
        if let supervisor = state.supervisor { killForGood(supervisor: supervisor.pid) }
        if let qemu = state.qemu { kill(qemu.pid, SIGKILL) }
        try eventually("its end is seen", within: .seconds(30)) { try bench.manager.status("kill").state == .shutOff }
        _ = try bench.manager.define(Array(older.utf8), file: "older.xml")
        #expect(try bench.top("kill") == bench.folder + "/a.one")
        try bench.manager.start("kill")
        #expect(try bench.top("kill") == a)
        try bench.manager.destroy("kill")
        #expect(try bench.has([1, 2, 3], a))
    }

    @Test("a job that somebody else ends, either way, is no harm")
    func endedByOthers() throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("kill", bench.disk(a, "vda"))
        try bench.manager.start("kill")
        for (number, pivot) in [(1, true), (2, false)] {
            let name = "s\(number)"
            try bench.epoch(2 * number - 1, live: "kill")
            try bench.snapshot("kill", name, .diskOnly)
            try bench.epoch(2 * number, live: "kill")
            #expect(try KilledCommand.run(bench.folder, ["snapshot-delete", "kill", name], killedAt: "snapshot.ready"))
            try bench.manager.endBlockJob("kill", disk: "vda", pivot: pivot)
            #expect(try bench.manager.mend("kill").state == .running)
            #expect(try bench.names("kill").contains(name) == !pivot)
            if !pivot {
                // What it kept is overwritten in part.
                #expect(throws: VMError.self) { try bench.manager.revert("kill", to: name) }
                try bench.manager.deleteSnapshot("kill", name)
            }
            try bench.checkWhole("kill", name)
            #expect(try bench.images("kill") == [a])
        }
        try bench.manager.destroy("kill")
        #expect(try bench.has([1, 2, 3, 4], a))
    }
}
