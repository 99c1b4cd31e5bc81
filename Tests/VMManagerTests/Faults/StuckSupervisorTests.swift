import Foundation
import TestBench
import Testing
import VMCore
import VMManager

/// A machine can be ended whatever has become of its supervisor.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"), .timeLimit(.minutes(40)))
struct StuckSupervisorTests {
    @Test("a supervisor that is stopped is passed by; the machine has been destroyed", arguments: [false, true])
    func stopped(qemuToo: Bool) throws {
        let bench = try Bench()
        try bench.define("stuck")
        let before = try bench.manager.start("stuck")
        let (supervisor, qemu) = (try #require(before.supervisor), try #require(before.qemu))
        kill(supervisor.pid, SIGSTOP)
        if qemuToo { kill(qemu.pid, SIGSTOP) }
        defer { kill(supervisor.pid, SIGKILL) }
        let state = try bench.manager.destroy("stuck")
        #expect(state.state == .shutOff && state.reason == .destroyed)
        #expect(!qemu.isAlive && !supervisor.isAlive)
        #expect(try bench.manager.lastFailure("stuck") == nil)
        #expect(try bench.manager.list().isEmpty)
        #expect(try bench.manager.start("stuck").state == .running)
    }

    @Test("one that is gone with its keeper is replaced, or not needed")
    func gone() throws {
        let bench = try Bench()
        try bench.define("gone")
        let before = try bench.manager.start("gone")
        killForGood(supervisor: try #require(before.supervisor?.pid))
        #expect(try bench.manager.destroy("gone").reason == .destroyed)
        #expect(before.qemu?.isAlive == false)
    }

    @Test("a transient machine's folder goes with it")
    func transient() throws {
        let bench = try Bench()
        let before = try bench.manager.create(Array("<domain type='qemu'><name>brief</name></domain>".utf8))
        kill(try #require(before.supervisor?.pid), SIGSTOP)
        #expect(try bench.manager.destroy("brief").reason == .destroyed)
        #expect(throws: VMError.self) { try bench.manager.status("brief") }
        #expect(before.qemu?.isAlive == false)
    }
}
