import Foundation
import LibvirtWire
import TestBench
import TestNeeds
import Testing
import VMCore
import VMManager

@testable import LibvirtServer

/// Many connections that do what no client should: those of others go on.
@Suite(.serialized, .timeLimit(.minutes(40)))
struct CrowdTests {
    private static let count = 1000

    /// A server with a machine, and a client that was there before.
    private struct Scene {
        let bench: Bench
        let server: ServerProcess
        let early: WireClient

        init() throws {
            ProcessLimits.raiseOpenFiles(to: 4096)
            bench = try Bench()
            try bench.define("web")
            server = try ServerProcess(bench.folder)
            early = try WireClient.opened(server.socket)
        }
    }

    /// Everybody else is served: who was there before, who comes now.
    private func expectService(_ scene: Scene) throws {
        let (server, early) = (scene.server, scene.early)
        for client in [early, try WireClient.opened(server.socket), try WireClient.opened(server.readOnlySocket)] {
            #expect(try client.call(Remote.domainLookupByName, "web").name == "web")
        }
    }

    @Test(arguments: [false, true])
    func `A thousand who do nothing`(_ haveOpened: Bool) throws {
        let scene = try Scene()
        let server = scene.server
        let crowd = try (0..<Self.count).map { _ in
            haveOpened ? try WireClient.opened(server.socket) : try WireClient(server.socket)
        }
        try expectService(scene)
        #expect(server.threads < 16)
        #expect(server.resident < 65_536, "\(server.resident) KiB")
        withExtendedLifetime(crowd) {}
    }

    @Test
    func `A thousand who have sent half a packet, and said that it is long`() throws {
        let scene = try Scene()
        let server = scene.server
        let crowd = try (0..<Self.count).map { number in
            // Two thirds haven't opened their connection: those may say less.
            let client = number % 3 == 0 ? try WireClient.opened(server.socket) : try WireClient(server.socket)
            try client.send([number % 3 == 1 ? 0 : 1, 0, 0xff, 0] + Array(repeating: 0x20, count: 20_000))
            return client
        }
        try expectService(scene)
        #expect(server.resident < 131_072, "\(server.resident) KiB")
        withExtendedLifetime(crowd) {}
    }

    @Test
    func `Those who keep most are hung up when it is too much for all`() throws {
        let scene = try Scene()
        let server = scene.server
        // 20 times 12 MiB, of which the last is never sent.
        let part = [UInt8](repeating: 0x20, count: 12_582_912)
        let crowd = try (0..<20).map { _ in
            let client = try WireClient.opened(server.socket)
            try client.send([1, 0x80, 0, 0] + part)
            return client
        }
        try expectService(scene)
        #expect(server.resident < 262_144, "\(server.resident) KiB")
        withExtendedLifetime(crowd) {}
    }

    @Test
    func `A thousand who never read`() throws {
        let scene = try Scene()
        let server = scene.server
        let crowd = try (0..<Self.count).map { _ in
            let client = try WireClient.opened(server.socket)
            for _ in 0..<20 { try client.begin(Remote.connectListAllDomains, ListArguments()) }
            for id: Int32 in 0..<10 {
                try client.begin(Remote.connectDomainEventCallbackRegisterAny, registration(id))
            }
            return client
        }
        try expectService(scene)
        #expect(server.resident < 131_072, "\(server.resident) KiB")
        #expect(server.threads < 16)
        withExtendedLifetime(crowd) {}
    }

    @Test
    func `A thousand who send what is no packet, one of them 32 MiB of it`() throws {
        let scene = try Scene()
        let server = scene.server
        for number in 0..<Self.count {
            let client = number % 2 == 0 ? try WireClient.opened(server.socket) : try WireClient(server.socket)
            try client.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
            if number < 10 { #expect(try client.isHungUp()) }
        }
        let client = try WireClient.opened(server.socket)
        try client.send([UInt8](repeating: 0xa5, count: 33_554_432))
        #expect(try client.isHungUp())
        try expectService(scene)
        #expect(server.resident < 65_536, "\(server.resident) KiB")
    }

    @Test
    func `Descriptors that come unasked are closed`() throws {
        let scene = try Scene()
        let server = scene.server
        let path = (Files.resolved(scene.bench.folder) ?? scene.bench.folder) + "/sent"
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        let file = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        for _ in 0..<50 {
            let client = try WireClient.opened(server.socket)
            let bytes = WireClient.bytes(Remote.connectGetType.id, [], serial: 5)
            let sent = Array(repeating: file, count: 16)
            _ = Socket.send(bytes, 0..<bytes.count, descriptors: sent, to: client.socket.raw)
            _ = try? client.packet()
        }
        try eventually("they are closed") { !server.openPaths.contains(path) }
        try expectService(scene)
    }

    @Test
    func `Where all places are taken, those who have opened keep theirs, and who comes is told`() throws {
        let bench = try ServerBench(clientLimit: 5)
        let opened = try (0..<3).map { _ in try WireClient.opened(bench.socket) }
        // Two say nothing: they make room.
        let strangers = try (0..<2).map { _ in try WireClient(bench.socket) }
        let later = try (0..<2).map { _ in try WireClient.opened(bench.socket) }
        for stranger in strangers { #expect(try stranger.isHungUp()) }
        let tooMany = try WireClient(bench.socket)
        let refusal = try tooMany.refusal(of: Remote.authList.id)
        #expect(refusal?.message == "operation failed: the server has 5 clients already, which is all that it takes")
        for client in opened + later { #expect(try client.call(Remote.connectGetType, Nothing()) == "QEMU") }
        // As soon as one has gone there is room.
        _ = try opened[0].call(Remote.connectClose, Nothing())
        try eventually("there is room") { (try? WireClient.opened(bench.socket)) != nil }
    }
}

/// Registers for an event of all domains.
private func registration(_ id: Int32) -> EventRegistration<DomainReference> {
    EventRegistration<DomainReference> { $0.eventID = id }
}
