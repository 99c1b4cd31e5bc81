import Foundation
import LibvirtWire
import TestBench
import TestNeeds
import Testing
import VMCore
import VMManager

@testable import LibvirtServer

struct ServerTests {
    @Test
    func `A server without clients ends at its time`() async throws {
        let bench = try Bench()
        var configuration = LibvirtServer.Configuration()
        configuration.idleTime = .milliseconds(50)
        let server = try LibvirtServer(bench.manager, configuration)
        try server.listen(at: bench.folder + "/sock")
        await server.run()
        #expect(!Socket.isListening(bench.folder + "/sock"))
    }

    @Test
    func `A second server on the same socket is refused, and an abandoned one is taken over`() throws {
        let bench = try ServerBench()
        let second = try LibvirtServer(bench.manager)
        #expect(throws: VMError.self) { try second.listen(at: bench.socket) }
    }

    @Test
    func `Events are those that the journal's kinds stand for`() throws {
        let bench = try Bench()
        let kinds: [HostEvent.Kind] = [
            .defined(.added), .undefined(.removed), .lifecycle(.init(.running, .booted)), .reboot(byGuest: true),
            .rtcChange(offset: 3), .watchdog(action: "reset"), .power(.suspended), .power(.suspendedToDisk),
            .power(.wokeUp), .ioError(.init(action: "stop", reason: "x")), .error("x"),
            .blockJob(.init(id: "vda", type: "commit", status: .ready)),
            .diskChange(.init(target: "sda", before: "a", after: nil, reason: .missingOnStart)),
            .trayChange(alias: "ide0", isOpen: true), .balloonChange(bytes: 1024), .deviceAdded(alias: "net0"),
            .deviceRemoved(alias: "net0"), .deviceRemovalFailed(alias: "net0"), .agentLifecycle(isConnected: true),
            .job(.init(id: "1", operation: "save", phase: "completed", elapsed: 3)),
            .metadataChanged(.title, uri: nil), .blockThreshold(node: "n", threshold: 1, excess: 2),
            .memoryFailure(.init(recipient: "guest", action: "inject")),
            .pool(.init(name: "images", uuid: .random(), change: .started)),
            .memoryDeviceSizeChange(alias: "virtiomem0", bytes: 4096), .changed(edit: "memory", scope: .live), .gap,
        ]
        for kind in kinds {
            let event = HostEvent(domain: "web", uuid: .random(), kind: kind)
            let messages = EventMessages(event, bench.manager)
            #expect(messages.events.map(\.id.rawValue) == event.libvirtEvents, "\(kind)")
        }
    }

    @Test
    func `Flags that aren't known are refused by number and function`() throws {
        #expect(throws: Never.self) { try checkFlags(3, 3, "f") }
        let error = #expect(throws: VMError.self) { try checkFlags(0x105, 1, "qemuDomainReset") }
        #expect(error?.message == "unsupported flags (0x104) in function qemuDomainReset")
        #expect(error?.libvirt == LibvirtError(.invalidArgument))
    }
}
