import LibvirtWire
import Testing
import VMCore

@Suite("Opening and closing a connection")
struct ConnectionTests {
    private func ask(_ feature: Int32, _ client: inout TestClient) throws -> Int32 {
        try client.call(Remote.connectSupportsFeature, feature)
        return try client.takePacket().decode()
    }

    @Test("virsh's beginning: AUTH_LIST, keepalive, open, features")
    func virsh() throws {
        var client = TestClient()
        try client.call(Remote.authList, Nothing(), serial: 0)
        let list = try client.takePacket()
        #expect(list.header.kind == .reply && list.header.serial == 0)
        #expect(try list.decode(AuthTypes.self).types == [0])
        #expect(try ask(10, &client) == 1)
        try client.call(
            Remote.connectOpen,
            ConnectOpenArguments {
                $0.name = "qemu:///system"
            })
        let call = try client.takeCall()
        #expect(try call.arguments(of: Remote.connectOpen).name == "qemu:///system")
        #expect(!call.isReadOnly)
        client.session.answer(call.id, .success(try RPCReply(Nothing())))
        #expect(try client.takePacket().header.status == .ok)
        #expect(try ask(14, &client) == 1)
        #expect(try ask(4, &client) == 0)
        #expect(try ask(99, &client) == 0)
        #expect(try client.isQuiet())
    }

    @Test("go-libvirt's open, whose flag is another one than 1")
    func goLibvirt() throws {
        var client = TestClient()
        let name = "qemu:///system"
        let payload = [1, 0, 0, 0] + (try name.xdr()) + [0, 0, 0, 0]
        var bytes = try Packet.bytes(PacketHeader { $0.procedure = 1 }, Nothing()) + payload
        bytes[3] = UInt8(bytes.count)
        client.send(bytes)
        #expect(try client.takeCall().arguments(of: Remote.connectOpen).name == name)
    }

    @Test("what comes before opening is refused in libvirt's words")
    func notOpen() throws {
        var client = TestClient()
        try client.call(Remote.domainLookupByName, "web")
        let error = try client.takeError()
        #expect(error.number == 1 && error.domain == 7)
        #expect(error.message == "internal error: hypervisor connection not open")
        #expect(error.format == "internal error: %s" && error.detail == "hypervisor connection not open")
        try client.call(Remote.connectSupportsFeature, 14)
        #expect(try client.takeError().detail == "hypervisor connection not open")
    }

    @Test("opening twice is refused")
    func twice() throws {
        var client = try TestClient.opened()
        try client.call(Remote.connectOpen, ConnectOpenArguments(), serial: 3)
        #expect(try client.takeError().message == "internal error: connection already open")
    }

    @Test("what comes behind CONNECT_OPEN waits for its answer", arguments: [true, false])
    func pipelined(_ success: Bool) throws {
        var client = TestClient()
        try client.call(Remote.connectOpen, ConnectOpenArguments(), serial: 1)
        try client.call(Remote.domainLookupByName, "web", serial: 2)
        try client.call(Remote.connectOpen, ConnectOpenArguments(), serial: 3)
        let opening = try client.takeCall()
        #expect(try client.isQuiet())
        let refused = RemoteError(.init(.internalError), "no")
        client.session.answer(opening.id, success ? .success(try RPCReply(Nothing())) : .failure(refused))
        #expect(try client.takePacket().header.serial == 1)
        if success {
            #expect(try client.takeCall().arguments(of: Remote.domainLookupByName) == "web")
            #expect(try client.takeError().message == "internal error: connection already open")
        } else {
            #expect(try client.takeError().message == "internal error: hypervisor connection not open")
            #expect(try client.takeCall().procedure == Remote.connectOpen.id)
        }
    }

    @Test("an opening that failed can be tried again, otherwise")
    func failedOpening() throws {
        var client = TestClient()
        try client.call(Remote.connectOpen, ConnectOpenArguments { $0.flags = 1 })
        let first = try client.takeCall()
        #expect(first.isReadOnly)
        client.session.answer(first.id, .failure(RemoteError(.init(.internalError), "no such URI")))
        #expect(try client.takeError().message == "no such URI")
        try client.call(Remote.connectOpen, ConnectOpenArguments())
        let second = try client.takeCall()
        #expect(!second.isReadOnly)
        client.session.answer(second.id, .success(try RPCReply(Nothing())))
        #expect(try client.takePacket().header.status == .ok)
    }

    @Test("CONNECT_CLOSE is answered, and then all is over")
    func close() throws {
        var client = try TestClient.opened()
        try client.call(Remote.domainLookupByName, "slow", serial: 3)
        let pending = try client.takeCall()
        try client.call(Remote.connectClose, Nothing(), serial: 4)
        #expect(try client.takeEnd() == .closed)
        client.session.answer(pending.id, .success(try RPCReply(DomainReference())))
        #expect(try client.takePacket().header.serial == 4)
        #expect(!client.session.wantsBytes && client.session.deadline == nil)
        try client.call(Remote.domainLookupByName, "late")
        #expect(try client.isQuiet())
    }

    @Test(
        "each end is told once, whatever it comes of",
        arguments: [
            RPCEnd.endOfStream, .broken(104), .local,
        ])
    func ends(_ end: RPCEnd) throws {
        var client = try TestClient.opened()
        client.session.end(end)
        client.session.end(.local)
        #expect(try client.takeEnd() == end)
        #expect(try client.isQuiet())
    }

    @Test("garbage ends the connection")
    func garbage() throws {
        var client = try TestClient.opened()
        client.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        #expect(try client.takeEnd() == .violation(.tooLong(length: 0x4745_5420, limit: Packet.maximalLength)))
        #expect(try client.isQuiet())
    }

    @Test("a client that never opens is given up; one that waits for polkit isn't")
    func greeting() throws {
        var idle = TestClient()
        idle.wait(.seconds(59))
        #expect(try idle.isQuiet())
        idle.wait(.seconds(1))
        #expect(try idle.takeEnd() == .notOpened)

        var waiting = TestClient { $0.authentication = .polkit }
        try waiting.call(Remote.authPolkit, Nothing())
        _ = try waiting.takeAction()
        waiting.wait(.seconds(90))
        #expect(try waiting.isQuiet())

        var open = try TestClient.opened()
        open.wait(.seconds(100_000))
        #expect(try open.isQuiet())
        #expect(open.session.deadline == nil)
    }
}

@Suite("Authentication")
struct AuthenticationTests {
    @Test("before it, nothing else is answered")
    func required() throws {
        var client = TestClient { $0.authentication = .polkit }
        for call in [Remote.connectGetType.number, Remote.domainLookupByName.number, 1, 2, 60] {
            try client.send("web") { $0.procedure = call }
            let error = try client.takeError()
            let isServed = call != Remote.connectGetType.number
            #expect(error.message == (isServed ? "authentication required" : "unknown procedure: 3"))
            #expect(error.number == 39 && error.domain == 7)
        }
        try client.call(Remote.authList, Nothing())
        #expect(try client.takePacket().decode(AuthTypes.self).types == [2])
        #expect(try client.isQuiet())
    }

    @Test("polkit's word opens the door", arguments: [true, false])
    func polkit(_ allowed: Bool) throws {
        var client = TestClient { $0.authentication = .polkit }
        try client.call(Remote.authPolkit, Nothing(), serial: 9)
        guard case .authorize(let id) = try client.takeAction() else {
            Issue.record("polkit isn't asked")
            return
        }
        client.session.authorize(id, allowed: allowed)
        let packet = try client.takePacket()
        #expect(packet.header.serial == 9)
        if allowed {
            #expect(try packet.decode(Int32.self) == 1)
            try client.call(Remote.connectOpen, ConnectOpenArguments())
            let opening = try client.takeCall()
            #expect(opening.procedure == Remote.connectOpen.id)
            client.session.answer(opening.id, .success(try RPCReply(Nothing())))
            _ = try client.takePacket()
            try client.call(Remote.authList, Nothing())
            #expect(try client.takePacket().decode(AuthTypes.self).types == [0])
        } else {
            let error = try packet.decode(RemoteError.self)
            #expect(error.number == 45 && error.message == "authentication failed: access denied by policy")
            try client.call(Remote.connectOpen, ConnectOpenArguments())
            #expect(try client.takeError().message == "authentication required")
        }
    }

    @Test("polkit isn't asked where it isn't wanted, and SASL isn't spoken", arguments: [67, 68, 69, 70] as [Int32])
    func others(_ number: Int32) throws {
        var client = TestClient()
        try client.send { $0.procedure = number }
        #expect(try client.takeError().number == 45)
    }

    @Test("who isn't known may not send much")
    func smallPackets() throws {
        var client = TestClient { $0.authentication = .polkit }
        client.send([0, 1, 0, 1])
        #expect(try client.takeEnd() == .violation(.tooLong(length: 65_537, limit: 65_536)))
        var silent = TestClient()
        silent.send([0, 1, 0, 1])
        #expect(try silent.takeEnd() == .violation(.tooLong(length: 65_537, limit: 65_536)))
        var known = try TestClient.opened()
        known.send([0, 1, 0, 1])
        #expect(try known.isQuiet())
    }
}
