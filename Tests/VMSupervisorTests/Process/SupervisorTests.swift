import Foundation
import MonitorJSON
import QEMULauncher
import TestBench
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager

@Suite(.enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64")) struct SupervisorTests {
    @Test("a machine starts, is seen by readers, pauses, resumes and is destroyed")
    func wholeLife() throws {
        let bench = try Bench()
        try bench.define("demo")
        #expect(try bench.manager.status("demo").state == .shutOff)
        let started = try bench.manager.start("demo")
        #expect(started.state == .running)
        #expect(started.reason == .booted)
        #expect(started.qemuVersion?.isEmpty == false)
        let pid = try #require(started.qemu?.pid)
        #expect(try bench.manager.status("demo").qemu?.pid == pid)
        #expect(try bench.manager.list().map(\.name) == ["demo"])
        #expect(try bench.manager.suspend("demo").state == .paused)
        #expect(try bench.manager.status("demo").reason == .user)
        #expect(try bench.manager.suspend("demo").state == .paused)
        #expect(try bench.manager.resume("demo").state == .running)
        #expect(try bench.manager.status("demo").reason == .unpaused)
        let ended = try bench.manager.destroy("demo")
        #expect(ended.state == .shutOff)
        #expect(ended.reason == .destroyed)
        #expect(!isAlive(pid))
        #expect(try bench.manager.status("demo").reason == .destroyed)
        #expect(try bench.manager.list().isEmpty)
        #expect(
            try Folders.list(bench.runtime("demo").path).sorted() == [
                "qemu.lock", "state.json", "supervisor.lock",
            ])
        // And again, at once.
        #expect(try bench.manager.start("demo", paused: true).state == .paused)
        try bench.manager.destroy("demo")
    }
}
