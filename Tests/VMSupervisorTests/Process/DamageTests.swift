import Foundation
import TestBench
import Testing
import VMCore
import VMManager

/// What others do to the files of running machines, and that no QEMU is forgotten over it.
@Suite(.enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64")) struct DamageTests {
    private func spoil(_ path: String, _ how: String) throws {
        switch how {
        case "garbage": try Files.write(Array("garbage".utf8), to: path)
        case "truncated": try Files.write(Array(try Files.read(path).prefix(40)), to: path)
        case "empty": try Files.write([], to: path)
        default:
            unlink(path)
            switch how {
            case "FIFO": mkfifo(path, 0o600)
            case "folder": mkdir(path, 0o700)
            case "link loop": symlink(path, path)
            default: break
            }
        }
    }

    @Test(
        "a damaged published state is shown as such by readers, and published anew by whoever mends",
        arguments: ["garbage", "truncated", "empty", "FIFO", "link loop", "removed"])
    func damagedState(how: String) throws {
        let bench = try Bench()
        try bench.define("damaged")
        let before = try bench.manager.start("damaged", paused: true)
        try spoil(bench.runtime("damaged").state, how)
        let seen = try bench.manager.status("damaged")
        #expect(seen.state == .noState && seen.detail?.contains("state.json") == true)
        #expect(try bench.manager.list().map(\.state) == [.noState])
        let after = try bench.manager.mend("damaged")
        #expect(after.state == .paused)
        #expect(after.qemu == before.qemu)
        #expect(try bench.manager.list().map(\.name) == ["damaged"])
        #expect(try bench.manager.destroy("damaged").reason == .destroyed)
    }

    @Test(
        "a damaged published state without a supervisor: QEMU is found by the lock it holds",
        arguments: ["garbage", "removed"])
    func damagedStateWithoutSupervisor(how: String) throws {
        let bench = try Bench()
        try bench.define("lost")
        let before = try bench.manager.start("lost", paused: true)
        kill(try #require(before.supervisor?.pid), SIGKILL)
        try eventually("the supervisor is gone") { before.supervisor?.isAlive == false }
        try spoil(bench.runtime("lost").state, how)
        let after = try bench.manager.mend("lost")
        #expect(after.qemu == before.qemu)
        #expect(after.state == .paused)
        #expect(throws: VMError.self) { try bench.manager.start("lost") }
        #expect(try bench.manager.destroy("lost").reason == .destroyed)
    }

    @Test(
        "a damaged live definition is written anew by the supervisor",
        arguments: ["garbage", "truncated", "empty", "FIFO", "link loop", "removed"])
    func damagedDefinition(how: String) throws {
        let bench = try Bench()
        try bench.define("live")
        try bench.manager.start("live", paused: true)
        let before = try bench.manager.xml("live")
        try spoil(bench.runtime("live").domain, how)
        #expect(try bench.manager.xml("live") == before)
    }

    @Test("a runtime folder that is wiped while machines run is put back")
    func wipedFolder() throws {
        let bench = try Bench()
        try bench.define("wiped")
        let before = try bench.manager.start("wiped")
        // The supervisor puts things back as soon as they go.
        Folders.removeTree(bench.manager.paths.runtime)
        try eventually("the machine is seen again") {
            (try? bench.manager.list())?.map(\.name) == ["wiped"] && (try? bench.manager.monitor("wiped")) != nil
        }
        #expect(try bench.manager.status("wiped").qemu == before.qemu)
        #expect(try bench.manager.xml("wiped").contains("<name>wiped</name>"))
        #expect(try bench.manager.suspend("wiped").state == .paused)
        #expect(throws: VMError.self) { try bench.manager.start("wiped") }
        #expect(try bench.manager.destroy("wiped").reason == .destroyed)
    }

    @Test("a QEMU whose folder and supervisor are both gone keeps its machine from being started twice")
    func stray() throws {
        let bench = try Bench()
        try bench.define("stray")
        let before = try bench.manager.start("stray")
        // With its keeper, which would make another one, and that one files in the folder.
        killForGood(supervisor: try #require(before.supervisor?.pid))
        try eventually("the supervisor is gone") { before.supervisor?.isAlive == false }
        try FileManager.default.removeItem(atPath: bench.manager.paths.runtime)
        let error = #expect(throws: VMError.self) { try bench.manager.start("stray") }
        let pid = try #require(before.qemu?.pid)
        #expect(error?.message.contains("as process \(pid)") == true)
        kill(pid, SIGKILL)
        try eventually("QEMU is gone") { !isAlive(pid) }
        #expect(try bench.manager.start("stray").state == .running)
    }

    @Test("a damaged definition keeps nobody from a running machine")
    func damagedDefinition() throws {
        let bench = try Bench()
        try bench.define("running")
        try bench.manager.start("running")
        try Files.write(Array("<domain".utf8), to: bench.manager.paths.domains + "/running.xml")
        #expect(try bench.manager.status("running").state == .running)
        #expect(try bench.manager.suspend("running").state == .paused)
        #expect(try bench.manager.destroy("running").reason == .destroyed)
    }
}
