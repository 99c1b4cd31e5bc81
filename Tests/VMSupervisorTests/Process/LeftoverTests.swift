import Glibc
import SupervisorProtocol
import TestBench
import Testing
import VMCore
import VMJSON
import VMManager

/// What is left of a machine's run, and what grows during it.
@Suite("Leftovers", .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64")) struct LeftoverTests {
    @Test("a log that grows quickly is cut at once, and its end is kept")
    func log() throws {
        let bench = try Bench()
        try bench.define("chatty")
        try bench.manager.start("chatty", paused: true)
        let path = try bench.manager.logPath(of: "chatty")
        let file = try FileDescriptor.open(path, flags: O_WRONLY | O_APPEND)
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        for _ in 0..<24 { try file.writeAll(piece, path) }
        // Well before the quarter of a minute after which it is looked at anyway.
        try eventually("the log is short") { try #require(Files.stamp(path)).size < 4 << 20 }
        try eventually("its end is kept") { Files.tail(path, last: 100_000).allSatisfy { $0 == UInt8(ascii: "x") } }
        try eventually("its end is kept") { Files.tail(path, last: 100_000).count == 100_000 }
        // Cut once, it is cut again.
        for _ in 0..<24 { try file.writeAll(piece, path) }
        try eventually("the log is short again") { try #require(Files.stamp(path)).size < 4 << 20 }
    }

    /// A save that is under way, as its supervisor writes it down.
    private func job(_ path: String, kind: String = "save", part: String? = nil) throws -> JSONObject {
        [
            "id": "1", "kind": .string(kind), "phase": "running", "path": .string(path), "started": 1,
            "wasRunning": true,
            "part": .object(try #require(BlockJob.FileMark(part ?? path + ".part")).json),
        ]
    }

    /// Kills a machine with its supervisor, so that nobody is left who looks after it.
    private func killBoth(_ state: PublishedState) throws {
        killForGood(supervisor: try #require(state.supervisor?.pid))
        kill(try #require(state.qemu?.pid), SIGKILL)
        try eventually("both are gone") { state.qemu?.isAlive == false && state.supervisor?.isAlive == false }
    }

    @Test("what a machine was saving when it was killed with its supervisor is removed, and nothing else")
    func parts() throws {
        let bench = try Bench()
        try bench.define("cut")
        let state = try bench.manager.start("cut", paused: true)
        try killBoth(state)
        let (file, older) = (bench.folder + "/cut.save", bench.folder + "/older.save")
        for path in [file, file + ".part", older, older + ".part"] { try Files.write(Array("x".utf8), to: path) }
        func write(_ name: String, _ path: String, _ more: JSONObject) throws {
            let text = JSONValue.object(try job(path).merging(more)).description
            try Files.write(Array(text.utf8), to: bench.runtime("cut").path + "/" + name)
        }
        try write("job.json", file, [:])
        try write("job-vda.json", older, ["phase": "failed", "ended": 2])
        let mended = try bench.manager.mend("cut")
        #expect(mended.reason == .crashed, "\(mended)")
        #expect([file, file + ".part", older, older + ".part"].map { Files.exists($0) } == [true, false, true, true])
    }

    @Test(
        "who clears away after a machine's end may be killed at it", arguments: ["end.published", "mending.published"])
    func interruptedEnd(point: String) throws {
        let bench = try Bench()
        try bench.define("cut")
        let runtime = try bench.runtime("cut")
        let live = try LiveBench()
        let failing = VMManager(
            paths: bench.manager.paths, supervisorExecutable: try live.failing(at: point).supervisorExecutable,
            planner: { Bench.emptyMachine($0) })
        let id = try #require(try failing.start("cut", paused: true).id)
        try Files.write([1], to: bench.folder + "/cut.save.part")
        let text = JSONValue.object(try job(bench.folder + "/cut.save")).description
        try Files.write(Array(text.utf8), to: runtime.path + "/job.json")
        if point == "end.published" {
            _ = try? failing.destroy("cut")
        } else {
            let state = try bench.manager.status("cut")
            try killBoth(state)
            _ = try? failing.mend("cut")
            #expect(Files.exists(runtime.path + "/plan.json"))
        }
        try eventually("all is cleared away") {
            try bench.manager.mend("cut").state == .shutOff && !Files.exists(runtime.path + "/plan.json")
        }
        #expect(!Files.exists(bench.folder + "/cut.save.part") && !Files.exists(runtime.path + "/domain.xml"))
        #expect(Files.linkTarget("\(runtime.base)/active/\(id)") == nil)
        #expect(try bench.manager.job("cut")?.phase == .failed)
        try bench.manager.start("cut", paused: true)
        try bench.manager.destroy("cut")
    }

    @Test(
        "a file that has the name of what was written is it only when it is the same file, and only of a save or a dump",
        arguments: [("save", true, "completed"), ("save", false, "failed"), ("snapshot", true, "failed")])
    func nameAlone(kind: String, isSame: Bool, phase: String) throws {
        let bench = try Bench()
        try bench.define("cut")
        let state = try bench.manager.start("cut", paused: true)
        try killBoth(state)
        let path = bench.folder + "/kept"
        for file in [path, path + ".gone"] { try Files.write([1], to: file) }
        let text = JSONValue.object(try job(path, kind: kind, part: isSame ? path : path + ".gone")).description
        try Files.write(Array(text.utf8), to: bench.runtime("cut").path + "/job.json")
        try bench.manager.mend("cut")
        #expect(try bench.manager.job("cut")?.phase.rawValue == phase)
        #expect(Files.exists(path))
    }

    @Test("a machine isn't taken for transient because its definitions can't be found just now")
    func definitionsAway() throws {
        let bench = try Bench()
        try bench.define("kept")
        try bench.manager.start("kept", paused: true)
        let runtime = try bench.runtime("kept")
        let folder = bench.manager.paths.domains
        #expect(rename(folder, folder + ".away") == 0)
        let state = try #require(try runtime.readState())
        kill(try #require(state.qemu?.pid), SIGKILL)
        try eventually("it has ended") { try runtime.readState()?.state == .shutOff && !runtime.hasLeftovers }
        #expect(rename(folder + ".away", folder) == 0)
        #expect(try bench.manager.status("kept").reason == .crashed)
    }

    @Test("a name that belonged to another machine leads to its new owner, with nothing left beside it")
    func links() throws {
        let bench = try Bench()
        try bench.define("first")
        let runtime = try bench.runtime("first")
        try bench.manager.start("first", paused: true)
        try bench.manager.destroy("first")
        let names = runtime.base + "/names"
        // Of a process that was killed between two steps, and of a machine that is no more.
        symlink("../\(UUID.random())", names + "/.new-\(runtime.uuid)")
        unlink(names + "/first")
        symlink("../\(UUID.random())", names + "/first")
        try bench.manager.start("first", paused: true)
        #expect(Files.linkTarget(names + "/first") == "../\(runtime.uuid)")
        #expect(try Folders.list(names) == ["first"])
        try bench.manager.destroy("first")
    }
}
