import Foundation
import MonitorJSON
import TestBench
import Testing
import VMCore
import VMJSON
import VMManager

/// What the death of a supervisor, or of QEMU, does.
@Suite(.enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64")) struct TakeOverTests {
    @Test("a killed supervisor leaves QEMU running, and the next command brings a new one")
    func killedSupervisor() throws {
        let bench = try Bench()
        try bench.define("lasting")
        let before = try bench.manager.start("lasting")
        let supervisor = try #require(before.supervisor?.pid)
        kill(supervisor, SIGKILL)
        try eventually("the supervisor is gone") { !isAlive(supervisor) }
        let after = try bench.manager.mend("lasting")
        #expect(after.state == .running)
        #expect(after.reason == .booted)
        #expect(after.qemu == before.qemu)
        #expect(after.id == before.id)
        #expect(after.supervisor?.pid != supervisor)
        #expect(try bench.manager.suspend("lasting").state == .paused)
        #expect(try bench.manager.destroy("lasting").reason == .destroyed)
    }

    @Test("what another program did to QEMU meanwhile is found out")
    func truthRebuilt() throws {
        let bench = try Bench()
        try bench.define("changed")
        let before = try bench.manager.start("changed")
        kill(try #require(before.supervisor?.pid), SIGKILL)
        try eventually("the supervisor is gone") { before.supervisor?.isAlive == false }
        // QEMU's own monitor is free now.
        let direct = try BlockingMonitorFor(try bench.runtime("changed").path + "/monitor.sock")
        try direct.run("stop")
        direct.monitor.close()
        #expect(try bench.manager.mend("changed").state == .paused)
    }

    @Test("a stale state refuses nothing: what QEMU has done since the supervisor was killed decides")
    func staleState() throws {
        let bench = try Bench()
        try bench.define("stale")
        let before = try bench.manager.start("stale")
        killForGood(supervisor: try #require(before.supervisor?.pid))
        try eventually("the supervisor is gone") { before.supervisor?.isAlive == false }
        let direct = try BlockingMonitorFor(try bench.runtime("stale").path + "/monitor.sock")
        try direct.run("stop")
        direct.monitor.close()
        // The file says that it runs.
        #expect(try bench.manager.status("stale").state == .running)
        #expect(try bench.manager.resume("stale").state == .running)
        #expect(try bench.manager.status("stale").reason == .unpaused)
        let error = #expect(throws: VMError.self) { try bench.manager.resume("stale") }
        #expect(error?.code == .wrongState)
    }

    @Test("a stranger at QEMU's monitor holds nothing up, and when he goes all is well")
    func occupiedMonitor() throws {
        let bench = try Bench()
        try bench.define("occupied")
        let before = try bench.manager.start("occupied")
        kill(try #require(before.supervisor?.pid), SIGKILL)
        try eventually("the supervisor is gone") { before.supervisor?.isAlive == false }
        let stranger = try BlockingMonitorFor(try bench.runtime("occupied").path + "/monitor.sock")
        // QEMU takes one at a time: others fill the queue of its socket, and the next one would wait to be let in.
        let waiting = try Self.fillQueue(of: try bench.runtime("occupied").path + "/monitor.sock")
        defer { for raw in waiting { close(raw) } }
        #expect(try bench.manager.mend("occupied").notAnsweringSince != nil)
        // The new supervisor answers meanwhile.
        let asked = try BlockingMonitorFor(try bench.runtime("occupied").monitor)
        #expect(try asked.run("x-vmctl-status")["ok"]?["state"]?.string == "running")
        asked.monitor.close()
        #expect(throws: VMError.self) { try bench.manager.suspend("occupied") }
        stranger.monitor.close()
        for raw in waiting { shutdown(raw, Int32(SHUT_RDWR)) }
        try eventually("the monitor is ours again") { try bench.manager.status("occupied").notAnsweringSince == nil }
        #expect(try bench.manager.suspend("occupied").state == .paused)
    }

    @Test("many who mend at once bring up one new supervisor only")
    func manyReaders() async throws {
        let bench = try Bench()
        try bench.define("popular")
        let before = try bench.manager.start("popular")
        kill(try #require(before.supervisor?.pid), SIGKILL)
        let supervisors = await withTaskGroup(of: Int32.self, returning: [Int32].self) { group in
            for _ in 0..<8 {
                group.addTask { [manager = bench.manager] in
                    ((try? manager.mend("popular"))?.supervisor?.pid) ?? -1
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let final = try bench.manager.status("popular")
        #expect(final.qemu == before.qemu)
        let known = [before.supervisor?.pid, final.supervisor?.pid].compactMap(\.self)
        #expect(supervisors.allSatisfy { known.contains($0) })
    }

    @Test("a killed QEMU is shut off (crashed), with the signal")
    func killedQEMU() throws {
        let bench = try Bench()
        try bench.define("victim")
        let state = try bench.manager.start("victim")
        kill(try #require(state.qemu?.pid), SIGSEGV)
        try eventually("the end is noticed") { try bench.manager.status("victim").state == .shutOff }
        let ended = try bench.manager.status("victim")
        #expect(ended.reason == .crashed)
        #expect(ended.detail == "QEMU was killed by SIGSEGV")
        #expect(try bench.manager.start("victim").state == .running)
    }

    @Test("QEMU ended by SIGTERM or by quit is shut off (shutdown)")
    func orderlyEnds() throws {
        let bench = try Bench()
        try bench.define("orderly")
        let state = try bench.manager.start("orderly")
        kill(try #require(state.qemu?.pid), SIGTERM)
        try eventually("the end is noticed") { try bench.manager.status("orderly").state == .shutOff }
        #expect(try bench.manager.status("orderly").reason == .shutdown)
        try bench.manager.start("orderly")
        try bench.manager.monitor("orderly").execute("quit", deadline: .after(.seconds(10)))
        try eventually("the end is noticed") { try bench.manager.status("orderly").state == .shutOff }
        #expect(try bench.manager.status("orderly").reason == .shutdown)
    }

    @Test("both killed: shut off (crashed), and it starts again")
    func bothKilled() throws {
        let bench = try Bench()
        try bench.define("both")
        let state = try bench.manager.start("both")
        kill(try #require(state.supervisor?.pid), SIGKILL)
        kill(try #require(state.qemu?.pid), SIGKILL)
        try eventually("both are gone") { state.supervisor?.isAlive == false && state.qemu?.isAlive == false }
        let ended = try bench.manager.status("both")
        #expect(ended.state == .shutOff)
        #expect(ended.reason == .crashed)
        #expect(try bench.manager.list().isEmpty)
        #expect(try bench.manager.start("both").state == .running)
    }

    @Test("a stopped QEMU: readers answer, requests end at their deadline, destroy works")
    func stoppedQEMU() throws {
        let bench = try Bench()
        try bench.define("frozen")
        let state = try bench.manager.start("frozen")
        let pid = try #require(state.qemu?.pid)
        kill(pid, SIGSTOP)
        #expect(try bench.manager.status("frozen").state == .running)
        let error = #expect(throws: VMError.self) {
            try bench.manager.suspend("frozen", timeout: .milliseconds(300))
        }
        #expect(error?.code == .timeout)
        #expect(error?.code == .timeout)
        #expect(try bench.manager.status("frozen").notAnsweringSince != nil)
        // A new supervisor gets no greeting, and says so.
        kill(try #require(state.supervisor?.pid), SIGKILL)
        try eventually("the supervisor is gone") { state.supervisor?.isAlive == false }
        let after = try bench.manager.mend("frozen")
        #expect(after.state == .running)
        #expect(after.supervisor != state.supervisor)
        #expect(after.notAnsweringSince != nil)
        #expect(try bench.manager.destroy("frozen").reason == .destroyed)
        #expect(!isAlive(pid))
    }

    @Test("a stopped QEMU that goes on is found to answer again")
    func thawed() throws {
        let bench = try Bench()
        try bench.define("thawed")
        let state = try bench.manager.start("thawed")
        let pid = try #require(state.qemu?.pid)
        kill(pid, SIGSTOP)
        #expect(throws: VMError.self) { try bench.manager.suspend("thawed", timeout: .milliseconds(100)) }
        kill(pid, SIGCONT)
        try eventually("it answers again") { try bench.manager.status("thawed").notAnsweringSince == nil }
        // The command that nobody waited for was carried out.
        #expect(try bench.manager.status("thawed").state == .paused)
    }

    /// Connects to a socket until its queue is full.
    private static func fillQueue(of path: String) throws -> [Int32] {
        var waiting: [Int32] = []
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        for _ in 0..<64 {
            let raw = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            let isIn = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(raw, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
                }
            }
            guard isIn else {
                close(raw)
                return waiting
            }
            waiting.append(raw)
        }
        Issue.record("the queue takes more than 64")
        return waiting
    }
}
