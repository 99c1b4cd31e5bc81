import TestBench
import Testing
import VMCore

@testable import VMManager

@Suite(
    "A guest agent that isn't there", .enabled(if: Bench.hasQEMU, "needs QEMU"), .timeLimit(.minutes(40)))
struct AgentConnectionTests {
    private let channel = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"

    @Test("Nobody in the guest has the channel open: that is said at once, however long the agent could take")
    func notConnected() throws {
        let bench = try DomainBench()
        try bench.define("g", channel)
        try bench.manager.start("g")
        let error = #expect(throws: VMError.self) { try bench.manager.guestHostName("g", timeout: .seconds(3000)) }
        #expect(error?.code == .agentUnresponsive)
        #expect(error?.message == "Guest agent is not responding: QEMU guest agent is not connected")
        let command = #expect(throws: VMError.self) {
            try bench.manager.agentCommand("g", "guest-ping", patience: .forever)
        }
        #expect(command?.code == .agentUnresponsive)
        // The agent alone can't be had; libvirt's choice takes the button.
        #expect(throws: VMError.self) { try bench.manager.shutdown("g", modes: .agent) }
        #expect(try bench.manager.shutdown("g", modes: []).state.isActive)
        #expect(try bench.manager.shutdown("g", modes: [.agent, .acpi]).state.isActive)
        let none = #expect(throws: VMError.self) { try bench.manager.shutdown("g", modes: .signal) }
        #expect(none?.code == .unsupported)
    }

    @Test("A machine without the channel, and one that doesn't run, say which it is")
    func noChannel() throws {
        let bench = try DomainBench()
        try bench.define("g", "")
        let off = #expect(throws: VMError.self) { try bench.manager.guestTime("g") }
        #expect(off?.code == .wrongState)
        try bench.manager.start("g")
        let bare = #expect(throws: VMError.self) { try bench.manager.guestTime("g") }
        #expect(bare?.code == .unsupported)
        #expect(bare?.message.contains("QEMU guest agent is not configured") == true)
    }
}
