import Foundation
import LibvirtServer
import TestBench
import TestNeeds
import Testing
import VMCore
import VMDomain
import VMManager

/// Clients that are gone while something is done for them.
@Suite(.needs(.pythonLibvirt, .qemu), .timeLimit(.minutes(40)))
struct VanishedClientTests {
    @Test
    func `A question that nobody answers is given up when its client is gone`() async throws {
        let bench = try LiveBench()
        try bench.start(
            "web", "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>")
        // In the agent's place, somebody who never says a word.
        let path = try #require(try bench.manager.domain("web").devices.channels.first?.backend.source.path)
        unlink(path)
        let silence = try Socket.listen(at: .unix(path: path))
        var configuration = LibvirtServer.Configuration()
        configuration.idleTime = .seconds(1)
        let server = try LibvirtServer(bench.manager, configuration)
        let socket = bench.bench.folder + "/sock"
        try server.listen(at: socket)
        let run = Task(executorPreference: VMManager.executor) { await server.run() }
        // Keeps the server from ending before the other one has come.
        let first = try WireClient.opened(socket)
        let outcome = try ServerBench.run(
            "/usr/bin/python3",
            [
                "-c",
                """
                import libvirt, libvirt_qemu, os, threading
                d = libvirt.open("qemu:///session?socket=\(socket)").lookupByName("web")
                threading.Timer(1, lambda: os._exit(7)).start()
                libvirt_qemu.qemuAgentCommand(d, '{"execute":"guest-ping"}', -2, 0)
                """,
            ])
        #expect(outcome.status == 7, "\(outcome.text)")
        // Without clients it ends: a call that goes on would count as one.
        shutdown(first.socket.raw, Int32(SHUT_RDWR))
        await run.value
        #expect(silence.raw >= 0)
    }

    @Test
    func `A change that has begun is finished`() throws {
        let bench = try ServerBench()
        try bench.bench.define("web")
        try bench.manager.start("web")
        let outcome = try bench.python(
            """
            import os, socket, struct
            d = c.lookupByName("web")
            threading.Timer(0.3, lambda: os._exit(0)).start()
            for i in range(100000): d.setMetadata(0, "it went", None, None, 1 | 2)
            """)
        #expect(outcome.status == 0, "\(outcome.text)")
        // Both descriptions say the same, whichever call was the last.
        try eventually("the change is whole") {
            try bench.manager.domain("web").description == "it went"
                && bench.manager.domain("web", inactive: true).description == "it went"
        }
    }
}
