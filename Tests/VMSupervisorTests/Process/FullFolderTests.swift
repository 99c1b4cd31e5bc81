import Foundation
import TestBench
import Testing
import VMCore
import VMJSON

@testable import VMManager

/// A runtime folder without space: what is told about machines stays true.
@Suite(
    .serialized, .enabled(if: Bench.hasQEMU && SmallDisk.isPossible, "needs qemu-system-x86_64, and root to mount"),
    .timeLimit(.minutes(40)))
struct FullFolderTests {
    /// A small file system in place of a manager's runtime folder.
    private func small(_ bench: Bench) throws -> SmallDisk {
        try Folders.make(Files.folder(of: bench.manager.paths.runtime))
        let disk = try SmallDisk(bench.manager.paths.runtime, size: "512k")
        chmod(bench.manager.paths.runtime, 0o700)
        return disk
    }

    @Test("a state that can't be published is published as soon as there is space")
    func publishedLater() throws {
        let bench = try Bench()
        let small = try small(bench)
        defer {
            for summary in (try? bench.manager.list(.active)) ?? [] { _ = try? bench.manager.destroy(summary.name) }
        }
        try bench.define("stale")
        try bench.manager.start("stale")
        small.fill()
        // The supervisor answers truly, though it can't write it down.
        #expect(try bench.manager.suspend("stale").state == .paused)
        #expect(try bench.manager.status("stale").state == .running)
        small.empty()
        try eventually("the state is published") { try bench.manager.status("stale").state == .paused }
    }

    @Test("a full folder: a start fails and says so, or the machine runs and is told to")
    func start() throws {
        let bench = try Bench()
        let small = try small(bench)
        defer {
            for summary in (try? bench.manager.list(.active)) ?? [] { _ = try? bench.manager.destroy(summary.name) }
        }
        try bench.define("full")
        small.fill()
        let error = #expect(throws: VMError.self) { try bench.manager.start("full") }
        #expect(error.map { "\($0)" }?.contains("No space left") == true)
        small.empty()
        #expect(try bench.manager.mend("full").state == .shutOff)
        #expect(!FileLock.isHeld(try bench.runtime("full").path + "/qemu.lock"))
        #expect(try bench.manager.start("full").state == .running)
    }

    @Test("a stale state of a start isn't believed: a guest that runs is taken over, not ended")
    func staleStart() throws {
        let bench = try Bench()
        try bench.define("runs")
        let before = try bench.manager.start("runs")
        let folder = try bench.runtime("runs")
        killForGood(supervisor: try #require(before.supervisor?.pid))
        try eventually("the supervisor is gone") { before.supervisor?.isAlive == false }
        // As a supervisor leaves it that couldn't publish since its start began.
        var stale = before
        (stale.state, stale.reason, stale.qemu) = (.paused, .startingUp, nil)
        try Files.write(Array(stale.json.description.utf8), to: folder.state, durable: false)
        let after = try bench.manager.mend("runs")
        #expect(after.state == .running && after.qemu == before.qemu)
        #expect(try bench.manager.suspend("runs").state == .paused)
    }

    @Test("a planted plan or state has nobody killed and nothing run")
    func planted() throws {
        let bench = try Bench()
        try bench.define("bait")
        let before = try bench.manager.start("bait")
        let folder = try bench.runtime("bait")
        killForGood(supervisor: try #require(before.supervisor?.pid))
        try eventually("the supervisor is gone") { before.supervisor?.isAlive == false }
        let bystander = try SpawnedProcess.spawn(.init(executable: "/bin/sleep", arguments: ["600"]))
        defer { kill(bystander.identity.pid, SIGKILL) }
        // QEMU has ended, and the state names a stranger as a helper.
        kill(try #require(before.qemu?.pid), SIGKILL)
        try eventually("QEMU is gone") { before.qemu?.isAlive == false }
        var state = before
        state.helpers = [.init(program: "swtpm", device: "tpm0", process: bystander.identity)]
        try Files.write(Array(state.json.description.utf8), to: folder.state, durable: false)
        var plan = try #require(JSONParser.parse(Files.read(folder.path + "/plan.json")).object)
        let ran = bench.folder + "/ran"
        let hooks = bench.folder + "/their-hooks"
        try Folders.make(hooks)
        for name in ["state", "shut-off", "supervisor", "running"] {
            try "#!/bin/sh\necho > '\(ran)'\n".write(toFile: hooks + "/" + name, atomically: true, encoding: .utf8)
            chmod(hooks + "/" + name, 0o700)
        }
        plan["hooks"] = .string(hooks)
        plan["name"] = "../../other"
        try Files.write(Array(plan.description.utf8), to: folder.path + "/plan.json", durable: false)
        #expect(try bench.manager.mend("bait").state == .shutOff)
        #expect(bystander.identity.isAlive)
        #expect(!FileManager.default.fileExists(atPath: ran))
    }
}
