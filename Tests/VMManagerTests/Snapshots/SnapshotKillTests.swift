import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMDomain
import VMManager
import VMSnapshot

/// Processes killed at each step of a snapshot. Whatever was begun is brought to its end or taken back by whoever comes
/// next; images, definitions and snapshots agree then, and nothing that was written is lost.
@Suite("Snapshots and processes that are killed", .serialized, .needs(.qemu, .qemuImg), .timeLimit(.minutes(40)))
struct SnapshotKillTests {
    /// Kills the command at its first step, its second, and so on until it gets through.
    private func walk(
        _ bench: SnapshotBench, _ domain: String, _ arguments: (Int) -> [String], _ check: (Int) throws -> Void
    ) throws -> Int {
        for number in 1...80 {
            let wasKilled = try KilledCommand.run(bench.folder, arguments(number), killedAt: "#\(number)")
            try bench.manager.mend(domain)
            try bench.checkWhole(domain, "step \(number) of \(arguments(number)[0])")
            try check(number)
            if !wasKilled { return number - 1 }
        }
        Issue.record("it never gets through")
        return 0
    }

    @Test("a file that somebody has made since under the name of a snapshot's memory stays")
    func othersFile() throws {
        let bench = try SnapshotBench()
        try bench.define("m", bench.disk(try bench.image("a.qcow2"), "vda", format: "qcow2"))
        try bench.manager.start("m")
        let memory = bench.folder + "/memory"
        for number in 1...4 {
            let wasKilled = try KilledCommand.run(
                bench.folder,
                [
                    "snapshot-create-as", "m", "s", "--memspec", "file=\(memory)", "--diskspec",
                    "vda,file=\(bench.folder)/o",
                ],
                killedAt: "#\(number)")
            guard wasKilled, !Files.exists(memory) else { break }
            try Files.write([7], to: memory)
            _ = try? bench.manager.mend("m")
            #expect(try Files.read(memory) == [7], "step \(number)")
            #expect(unlink(memory) == 0)
            try bench.manager.mend("m")
        }
    }

    @Test("the command is killed: internal snapshots of a machine that doesn't run")
    func insideOffline() throws {
        let bench = try SnapshotBench()
        let (a, b) = (try bench.image("a.qcow2"), try bench.image("b.qcow2"))
        try bench.define("kill", bench.disk(a, "vda") + bench.disk(b, "vdb"))
        try bench.write(1, to: a)
        let count = try walk(bench, "kill", { ["snapshot-create-as", "kill", "s\($0)"] }) { (number: Int) throws in
            // In both images or in none.
            let inside = try [a, b].map {
                try bench.tool("qemu-img", ["snapshot", "-l", $0]).text.contains("s\(number) ")
            }
            #expect(inside[0] == inside[1])
            #expect(try inside[0] == bench.names("kill").contains("s\(number)"))
            if inside[0] { try bench.manager.deleteSnapshot("kill", "s\(number)") }
        }
        #expect(count >= 5)
        let name = "kept"
        try bench.snapshot("kill", name)
        try bench.write(2, to: a)
        _ = try walk(bench, "kill", { _ in ["snapshot-revert", "kill", name] }) { (_: Int) throws in
            #expect(try any(bench.holds(1, a), bench.holds(2, a)))
        }
        #expect(try bench.holds(1, a))
        _ = try walk(bench, "kill", { _ in ["snapshot-delete", "kill", name] }) { (_: Int) throws in
            #expect(try bench.holds(1, a))
        }
        #expect(try !bench.names("kill").contains(name))
    }

    @Test("the command is killed: external snapshots of a machine that doesn't run")
    func outsideOffline() throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("kill", bench.disk(a, "vda"))
        try bench.write(1, to: a)
        let count = try walk(bench, "kill", { ["snapshot-create-as", "kill", "s\($0)", "--disk-only"] }) {
            (number: Int) throws in
            #expect(try bench.holds(1, bench.top("kill")))
            let isThere = try bench.names("kill").contains("s\(number)")
            #expect(isThere == Files.exists(bench.folder + "/a.s\(number)"))
            if isThere { try bench.manager.deleteSnapshot("kill", "s\(number)") }
        }
        #expect(count >= 5)
        let first = "first"
        try bench.snapshot("kill", first, .diskOnly)
        try bench.write(2, to: bench.top("kill"))
        try bench.snapshot("kill", "second", .diskOnly)
        _ = try walk(bench, "kill", { _ in ["snapshot-revert", "kill", first] }) { (_: Int) throws in
            #expect(try any(bench.holds(1, bench.top("kill")), bench.holds(2, bench.top("kill"))))
        }
        #expect(try bench.holds(1, bench.top("kill")))
        try bench.write(3, to: bench.top("kill"))
        // Those that branched off go first; each is deleted under fire.
        for name in try bench.manager.snapshots("kill").descendants(of: first).reversed().map(\.name) {
            _ = try walk(bench, "kill", { _ in ["snapshot-delete", "kill", name] }) { (_: Int) throws in
                #expect(try bench.holds(3, bench.top("kill")))
            }
        }
    }

    @Test("the command is killed: deleting what a chain is made of")
    func merging() throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("kill", bench.disk(a, "vda"))
        for number in 1...3 {
            try bench.write(number, to: bench.top("kill"))
            try bench.snapshot("kill", "s\(number)", .diskOnly)
        }
        try bench.write(4, to: bench.top("kill"))
        for name in ["s2", "s3", "s1"] {
            _ = try walk(bench, "kill", { _ in ["snapshot-delete", "kill", name] }) { (_: Int) throws in
                #expect(try bench.holds(4, bench.top("kill")))
            }
            #expect(try !bench.names("kill").contains(name))
        }
        #expect(try bench.top("kill") == a)
    }

    @Test("the command is killed while the machine runs")
    func commandLive() throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("kill", bench.disk(a, "vda"))
        try bench.manager.start("kill")
        let points = [
            "snapshot.journal", "snapshot.overlay", "snapshot.live", "snapshot.defined", "snapshot.stored",
            "snapshot.current", "snapshot.ending",
        ]
        for (number, point) in points.enumerated() {
            let words = ["snapshot-create-as", "kill", "s\(number)", "--disk-only"]
            #expect(try KilledCommand.run(bench.folder, words, killedAt: point), "\(point)")
            #expect(try bench.manager.mend("kill").state == .running)
            try bench.checkWhole("kill", point)
            #expect(try bench.names("kill").contains("s\(number)") == Files.exists(bench.folder + "/a.s\(number)"))
            try bench.write(number + 1, live: "kill")
        }
        try bench.manager.destroy("kill")
        try bench.checkWhole("kill", "ended")
        try bench.manager.start("kill")
    }

    @Test(
        "a way back that was interrupted takes the managed save along: newer memory never meets older disks",
        arguments: ["snapshot.applied", "snapshot.defined"])
    func managedSave(point: String) throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("kill", bench.disk(a, "vda"))
        try bench.snapshot("kill", "old")
        try bench.manager.start("kill")
        _ = try bench.manager.managedSave("kill")
        let saved = bench.manager.managedSavePath(try bench.manager.find("kill").uuid)
        #expect(Files.exists(saved))
        #expect(throws: VMError.self) { try bench.manager.revert("kill", to: "old", []) }
        #expect(try KilledCommand.run(bench.folder, ["snapshot-revert", "kill", "old", "--force"], killedAt: point))
        // It boots: the state that was saved is gone with what the disks were.
        #expect(try bench.manager.start("kill").reason == .booted)
        #expect(!Files.exists(saved))
    }

    @Test(
        "the command is killed before a running machine is ended to go back: it runs on, and the next command works",
        arguments: ["snapshot.journal", "snapshot.overlay"])
    func revertOfRunning(point: String) throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("kill", bench.disk(a, "vda"))
        try bench.manager.start("kill")
        try bench.snapshot("kill", "one", .diskOnly)
        try bench.write(1, live: "kill")
        #expect(try KilledCommand.run(bench.folder, ["snapshot-revert", "kill", "one"], killedAt: point))
        #expect(try bench.manager.mend("kill").state == .running)
        try bench.checkWhole("kill", point)
        #expect(try bench.top("kill") == bench.folder + "/a.one")
        try bench.snapshot("kill", "two", .diskOnly)
        try bench.manager.destroy("kill")
        #expect(try bench.holds(1, bench.folder + "/a.one"))
        #expect(try Folders.list(bench.folder).filter { $0.hasPrefix("a.") }.sorted() == ["a.one", "a.qcow2", "a.two"])
    }

    static let points = [
        "job.journal", "change.journal", "change.step.0", "change.step.1", "change.step.2", "change.done",
        "change.published", "snapshot.switched", "snapshot.resumed",
    ]

    @Test("the supervisor is killed while disks get new images", arguments: points)
    func supervisorSwitching(point: String) throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("kill", bench.disk(a, "vda"))
        try bench.live.failing(at: point).start("kill")
        try bench.write(1, live: "kill")
        let isMade = (try? bench.snapshot("kill", "one", .diskOnly)) != nil
        try eventually("the machine runs", within: .seconds(30)) { try bench.manager.mend("kill").state == .running }
        try bench.checkWhole("kill", point)
        #expect(try bench.names("kill").contains("one") == isMade, "\(point)")
        try bench.write(2, live: "kill")
        try bench.manager.destroy("kill")
        try bench.checkWhole("kill", point)
        #expect(try bench.holds(2, bench.top("kill")))
        if isMade { #expect(try bench.holds(1, a)) }
    }

    static let memoryPoints = [
        "job.journal", "snapshot.paused", "snapshot.migrating", "snapshot.memory", "change.step.2", "snapshot.switched",
        "snapshot.resumed",
    ]

    @Test("the supervisor is killed while memory goes into a file", arguments: memoryPoints)
    func supervisorMemory(point: String) throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("kill", bench.disk(a, "vda"))
        try bench.live.failing(at: point).start("kill")
        let body = "<memory snapshot='external' file='\(bench.folder)/memory'/>"
        let isMade = (try? bench.snapshot("kill", "one", [], body)) != nil
        try eventually("the machine runs at \(point)", within: .seconds(30)) {
            try bench.manager.mend("kill").state == .running
        }
        try bench.checkWhole("kill", point)
        #expect(try bench.names("kill").contains("one") == isMade, "\(point)")
        #expect(Files.exists(bench.folder + "/memory") == isMade, "\(point)")
        #expect(!Files.exists(bench.folder + "/memory.part"), "\(point)")
        try bench.manager.destroy("kill")
        try bench.checkWhole("kill", point)
    }

    static let insidePoints = [
        "job.journal", "snapshot.begun", "snapshot.concluded", "snapshot.written", "snapshot.resumed",
    ]

    @Test("the supervisor is killed while memory goes into an image", arguments: insidePoints)
    func supervisorInside(point: String) throws {
        let bench = try SnapshotBench()
        let (a, b) = (try bench.image("a.qcow2"), try bench.image("b.qcow2"))
        try bench.define("kill", bench.disk(a, "vda") + bench.disk(b, "vdb"))
        try bench.live.failing(at: point).start("kill")
        let isMade = (try? bench.snapshot("kill", "one")) != nil
        try eventually("the machine runs at \(point)", within: .seconds(30)) {
            try bench.manager.mend("kill").state == .running
        }
        try bench.checkWhole("kill", point)
        #expect(try bench.names("kill").contains("one") == isMade, "\(point)")
        try bench.manager.destroy("kill")
        let inside = try [a, b].map { try bench.tool("qemu-img", ["snapshot", "-l", $0]).text.contains("one") }
        #expect(inside == [isMade, isMade], "\(point)")
    }

    @Test("QEMU is killed with its supervisor after the disks have new images: they stay the machine's")
    func everythingKilled() throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("kill", bench.disk(a, "vda"))
        try bench.manager.start("kill")
        try bench.write(1, live: "kill")
        // The command is killed when the machine has done its part, and nothing stored knows of it.
        #expect(
            try KilledCommand.run(
                bench.folder, ["snapshot-create-as", "kill", "one", "--disk-only"], killedAt: "snapshot.live"))
        try bench.write(2, live: "kill")
        let state = try bench.manager.status("kill")
        if let supervisor = state.supervisor { killForGood(supervisor: supervisor.pid) }
        if let qemu = state.qemu { kill(qemu.pid, SIGKILL) }
        #expect(try bench.top("kill") == a)
        try eventually("its end is seen", within: .seconds(30)) { try bench.manager.status("kill").state == .shutOff }
        // A start from the old image would write behind the snapshot's back.
        try bench.manager.start("kill")
        #expect(try bench.top("kill") == bench.folder + "/a.one")
        #expect(try bench.names("kill") == ["one"])
        try bench.manager.destroy("kill")
        #expect(try all(bench.holds(1, a), bench.holds(2, bench.top("kill"))))
        try bench.checkWhole("kill")
    }
}
