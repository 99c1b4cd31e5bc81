import Foundation
import TestBench
import Testing
import VMCore
import VMDomain
import VMManager
import VMTestSupport

/// Commands for a guest's agent, as the supervisor takes them: a scripted agent listens at the channel's socket.
@Suite(
    "The agent's queue", .enabled(if: Bench.hasQEMU && access("/usr/bin/python3", X_OK) == 0, "needs QEMU and python3"),
    .timeLimit(.minutes(40)))
struct AgentQueueTests {
    @Test("A machine without the channel, one that is paused, and one that is off say which they are")
    func states() throws {
        let bench = try DomainBench()
        try bench.define("none", "")
        try bench.manager.start("none")
        let none = #expect(throws: VMError.self) {
            try bench.manager.agentCommand("none", "guest-ping", patience: .forever)
        }
        #expect(none?.code == .unsupported && none?.libvirt.number == .argumentUnsupported)
        let channel = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
        try bench.define("quiet", channel)
        let off = #expect(throws: VMError.self) {
            try bench.manager.agentCommand("quiet", "guest-ping", patience: .forever)
        }
        #expect(off?.code == .wrongState)
        try bench.manager.start("quiet")
        try bench.manager.suspend("quiet")
        let paused = #expect(throws: VMError.self) {
            try bench.manager.agentCommand("quiet", "guest-ping", patience: .forever)
        }
        #expect(paused?.code == .wrongState && paused?.message.contains("paused") == true)
        #expect(paused?.remedy?.text.contains("resume") == true)
    }

    @Test("Many who ask an agent that isn't there are all told so, and the machine goes on")
    func many() throws {
        let bench = try DomainBench()
        try bench.define(
            "quiet", "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>")
        try bench.manager.start("quiet")
        let manager = bench.manager
        let threads = (0..<20).map { _ in
            Background { () -> VMError.Code? in
                do throws(VMError) {
                    _ = try manager.agentCommand("quiet", "guest-ping", patience: .forever)
                    return nil
                } catch { return error.code }
            }
        }
        for thread in threads { #expect(thread.wait() == .agentUnresponsive) }
        #expect(try manager.status("quiet").state == .running)
    }
}
