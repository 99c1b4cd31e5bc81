import LibvirtWire
import Testing
import VMCore

@Suite("Events and keepalive")
struct EventTests {
    private func event(_ name: String = "web") throws -> RPCEvent {
        try RPCEvent(
            Remote.domainEventCallbackLifecycle,
            Callback(
                3,
                LifecycleMessage {
                    $0.object = DomainReference(name: name, uuid: UUID(), id: 1)
                    $0.event = 2
                }))
    }

    @Test("an event goes to a connection that is open")
    func event() throws {
        var client = try TestClient.opened()
        client.session.send(try event())
        let packet = try client.takePacket()
        #expect(packet.header.kind == .message && packet.header.procedure == 318 && packet.header.serial == 1)
        let message = try packet.decode(Callback<LifecycleMessage<DomainReference>>.self)
        #expect(message.callbackID == 3 && message.event.object.name == "web" && message.event.event == 2)
        var closed = TestClient()
        closed.session.send(try event())
        #expect(try closed.isQuiet())
    }

    @Test("a client that doesn't read its events is given up before they make a heap")
    func slowClient() throws {
        var client = try TestClient.opened { $0.outputLimit = 1000 }
        for _ in 0..<20 { client.session.send(try event()) }
        #expect(try client.takeEnd() == .slow)
        #expect(try client.isQuiet())
    }

    // MARK: Keepalive

    @Test("PING is answered before anything else, also to who isn't known")
    func pong() throws {
        var client = TestClient { $0.authentication = .polkit }
        try client.ping()
        let packet = try client.takePacket()
        #expect(
            packet.bytes == [
                0, 0, 0, 28, 0x6b, 0x65, 0x65, 0x70, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0,
            ])
    }

    @Test("PING after PING without reading has one PONG")
    func pingFlood() throws {
        var client = TestClient()
        for _ in 0..<1000 { try client.ping() }
        #expect(client.session.nextOutput() != nil)
        #expect(client.session.nextOutput() == nil)
        try client.ping()
        #expect(client.session.nextOutput() != nil)
    }

    @Test("words that keepalive doesn't have are ignored")
    func otherWords() throws {
        var client = TestClient()
        for (procedure, kind) in [(2, 2), (9, 2), (1, 0), (1, 3)] as [(Int32, Int32)] {
            try client.send {
                $0.program = .keepalive
                $0.procedure = procedure
                $0.kind = .init(rawValue: kind)
            }
        }
        #expect(try client.isQuiet())
    }

    @Test("a silent client is asked five times, five seconds apart, and then is gone")
    func silence() throws {
        var client = try TestClient.opened()
        try client.call(Remote.connectSupportsFeature, 10)
        _ = try client.takePacket()
        for _ in 0..<5 {
            client.wait(.milliseconds(4999))
            #expect(try client.isQuiet())
            #expect(client.session.deadline == client.now.advanced(by: .milliseconds(1)))
            client.wait(.milliseconds(1))
            let ping = try client.takePacket()
            #expect(ping.header.program == .keepalive && ping.header.procedure == 1 && ping.header.kind == .message)
        }
        client.wait(.seconds(5))
        #expect(try client.takeEnd() == .silence)
        #expect(try client.isQuiet())
    }

    @Test("whatever comes is a sign of life")
    func life() throws {
        var client = try TestClient.opened()
        try client.call(Remote.connectSupportsFeature, 10)
        _ = try client.takePacket()
        for _ in 0..<20 {
            client.wait(.seconds(5))
            #expect(try client.takePacket().header.procedure == 1)
            try client.send {
                $0.program = .keepalive
                $0.procedure = 2
                $0.kind = .message
            }
            client.wait(.seconds(4))
            #expect(try client.isQuiet())
            client.wait(.seconds(1))
            #expect(try client.takePacket().header.procedure == 1)
            client.send([0])
            client.send(try Array(Packet.bytes(PacketHeader { $0.kind = .reply }, Nothing()).dropFirst()))
        }
    }

    @Test("who hasn't asked for keepalive isn't asked")
    func notStarted() throws {
        var client = try TestClient.opened()
        client.wait(.seconds(10_000))
        #expect(try client.isQuiet())
        var without = TestClient { $0.features.remove(.keepalive) }
        try without.call(Remote.connectSupportsFeature, 10)
        #expect(try without.takePacket().decode(Int32.self) == 0)
    }
}
