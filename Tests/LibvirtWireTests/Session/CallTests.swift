import LibvirtWire
import Testing
import VMCore

@Suite("Calls")
struct CallTests {
    private func reply(_ client: inout TestClient, _ call: RPCCall, _ id: Int32) throws {
        client.session.answer(call.id, .success(try RPCReply(DomainReference(name: "d", uuid: UUID(), id: id))))
    }

    @Test("are answered in any order, each with its own serial")
    func order() throws {
        var client = try TestClient.opened()
        for serial in 10...12 { try client.call(Remote.domainLookupByName, "d\(serial)", serial: UInt32(serial)) }
        let calls = try [client.takeCall(), client.takeCall(), client.takeCall()]
        #expect(try calls.map { try $0.arguments(of: Remote.domainLookupByName) } == ["d10", "d11", "d12"])
        try reply(&client, calls[2], 2)
        client.session.answer(
            calls[0].id, .failure(RemoteError(.init(.noDomain), format: "Domain not found: %s", "d10")))
        try reply(&client, calls[1], 1)
        let packets = try [client.takePacket(), client.takePacket(), client.takePacket()]
        #expect(packets.map(\.header.serial) == [12, 10, 11])
        #expect(packets.map(\.header.status) == [.ok, .error, .ok])
        #expect(packets.allSatisfy { $0.header.procedure == 23 && $0.header.kind == .reply })
        #expect(try packets[0].decode(DomainReference.self).id == 2)
        #expect(try packets[1].decode(RemoteError.self).message == "Domain not found: d10")
    }

    @Test("an answer counts once")
    func once() throws {
        var client = try TestClient.opened()
        try client.call(Remote.domainLookupByName, "d")
        let call = try client.takeCall()
        try reply(&client, call, 1)
        try reply(&client, call, 2)
        #expect(try client.takePacket().decode(DomainReference.self).id == 1)
        #expect(try client.isQuiet())
    }

    @Test("arguments that aren't the procedure's have libvirt's answer")
    func undecodable() throws {
        var client = try TestClient.opened()
        try client.send(UInt32(255)) { $0.procedure = Remote.domainLookupByName.number }
        let call = try client.takeCall()
        do throws(RemoteError) {
            _ = try call.arguments(of: Remote.domainLookupByName)
            Issue.record("255 is a name")
        } catch {
            #expect(error.number == 39 && error.domain == 7 && error.message == "Unable to decode message payload")
        }
    }

    @Test("a result that the protocol doesn't take can't be made a reply")
    func unencodable() {
        let names = List<String, UpTo16384>([String](repeating: "", count: 16_385))
        #expect(throws: RemoteError.unencodable) { try RPCReply(names) }
    }

    // MARK: Limits

    @Test("five are under way, more are kept, and then nothing is read")
    func limit() throws {
        var client = try TestClient.opened { $0.heldCallLimit = 3 }
        for serial in 0..<7 { try client.call(Remote.domainLookupByName, "d", serial: UInt32(serial)) }
        #expect(client.actions.count == 5)
        #expect(client.session.wantsBytes)
        try client.call(Remote.domainLookupByName, "d", serial: 7)
        #expect(!client.session.wantsBytes)
        let first = try client.takeCall()
        try reply(&client, first, 0)
        // It counts until the driver has taken it.
        #expect(!client.session.wantsBytes && client.actions.count == 4)
        _ = try client.takePacket()
        #expect(client.session.wantsBytes && client.actions.count == 5)
    }

    @Test("what came in one piece with the call too many waits, and isn't lost")
    func oneChunk() throws {
        var client = try TestClient.opened {
            $0.callLimit = 1
            $0.heldCallLimit = 1
        }
        var bytes: [UInt8] = []
        for serial in 0..<4 {
            bytes += try Packet.bytes(
                PacketHeader {
                    $0.procedure = Remote.domainLookupByName.number
                    $0.serial = UInt32(serial)
                }, "d\(serial)")
        }
        client.send(bytes)
        for serial in 0..<4 {
            let call = try client.takeCall()
            #expect(try call.arguments(of: Remote.domainLookupByName) == "d\(serial)")
            #expect(client.actions.isEmpty)
            try reply(&client, call, Int32(serial))
            #expect(try client.takePacket().header.serial == UInt32(serial))
        }
        #expect(try client.isQuiet() && client.session.wantsBytes)
    }

    @Test("large calls that are kept stop the reading by their bytes")
    func heldBytes() throws {
        var client = try TestClient.opened {
            $0.callLimit = 1
            $0.heldByteLimit = 1000
        }
        try client.call(Remote.domainLookupByName, "d")
        try client.call(Remote.domainLookupByName, String(repeating: "x", count: 900))
        #expect(client.session.wantsBytes)
        try client.call(Remote.domainLookupByName, String(repeating: "x", count: 900))
        #expect(!client.session.wantsBytes)
    }

    @Test("PING is answered while calls wait")
    func pingMeanwhile() throws {
        var client = try TestClient.opened()
        for serial in 0..<8 { try client.call(Remote.domainLookupByName, "d", serial: UInt32(serial)) }
        try client.ping()
        let pong = try client.takePacket()
        #expect(pong.header.program == .keepalive && pong.header.procedure == 2)
    }

    @Test("refused calls count until their refusal is taken, so a client that doesn't read makes no heap")
    func floodOfRefusals() throws {
        var client = try TestClient.opened()
        for serial in 0..<100 {
            guard client.session.wantsBytes else { break }
            try client.send {
                $0.procedure = 999; $0.serial = UInt32(serial)
            }
        }
        #expect(!client.session.wantsBytes)
        var outputs = 0
        while client.session.nextOutput() != nil { outputs += 1 }
        #expect(outputs == 5 + 16)
        #expect(client.session.wantsBytes)
    }

    // MARK: What libvirt refuses

    @Test("unknown procedures, programs, versions and status have libvirt's words")
    func refusals() throws {
        var client = try TestClient.opened()
        func refused(_ change: @escaping (inout PacketHeader) -> Void) throws -> String? {
            try client.send("x", change)
            let packet = try client.takePacket()
            let error = try packet.decode(RemoteError.self)
            #expect(error.number == 39 && error.domain == 7 && error.level == 2)
            #expect(error.format == "%s" && error.detail == error.message && error.int1 == -1 && error.int2 == -1)
            return error.message
        }
        #expect(try refused { $0.procedure = 999 } == "unknown procedure: 999")
        #expect(try refused { $0.procedure = -5 } == "unknown procedure: -5")
        #expect(try refused { $0.procedure = 0 } == "unknown procedure: 0")
        // An event, and a procedure that isn't served.
        #expect(try refused { $0.procedure = 107 } == "unknown procedure: 107")
        #expect(try refused { $0.procedure = 6 } == "unknown procedure: 6")
        #expect(
            try refused {
                $0.status = .error; $0.procedure = 23
            } == "Unexpected message status 1")
        #expect(try refused { $0.version = 9 } == "Cannot find program 536903814 version 9")
        #expect(try refused { $0.program = .lxc } == "Cannot find program 536903816 version 1")
        #expect(
            try refused { $0.program = Program(rawValue: 0x1234_5678) } == "Cannot find program 305419896 version 1")
        #expect(
            try refused {
                $0.program = .qemu; $0.procedure = 2
            } == "unknown procedure: 2")
    }

    @Test("a refusal repeats program, version, procedure and serial, by which the client finds its call")
    func refusalHeader() throws {
        var client = TestClient()
        try client.send {
            $0.program = Program(rawValue: 77)
            $0.version = 9
            $0.procedure = -3
            $0.serial = 12
            $0.kind = .callWithDescriptors
            $0.status = .ok
        }
        // The packet with descriptors has no count: that is a violation, not a call.
        #expect(try client.takeEnd() == .violation(.tooShort(length: 28)))
        var second = TestClient()
        try second.send {
            $0.program = Program(rawValue: 77)
            $0.version = 9
            $0.procedure = -3
            $0.serial = 12
        }
        let header = try second.takePacket().header
        #expect(header.program.rawValue == 77 && header.version == 9 && header.procedure == -3 && header.serial == 12)
        #expect(header.kind == .reply && header.status == .error)
    }

    @Test("packets that no client sends are dropped without a word", arguments: [1, 2, 5, 77, -1] as [Int32])
    func otherKinds(_ kind: Int32) throws {
        var client = try TestClient.opened()
        try client.send(UInt32(0)) {
            $0.kind = .init(rawValue: kind)
            $0.procedure = 23
        }
        #expect(try client.isQuiet() && client.session.wantsBytes)
    }

    // MARK: Those who may only read

    @Test("changing is refused to them as libvirt refuses it", arguments: [true, false])
    func readOnly(_ bySocket: Bool) throws {
        var client = try TestClient.opened(readOnly: !bySocket) { $0.isReadOnly = bySocket }
        try client.call(Remote.domainShutdown, DomainReference())
        let error = try client.takeError()
        #expect(error.number == 29 && error.domain == 20)
        #expect(error.message == "operation forbidden: read only access prevents virDomainShutdown")
        #expect(error.format == "operation forbidden: %s")
        try client.call(Remote.domainLookupByName, "d")
        #expect(try client.takeCall().isReadOnly)
        try client.call(QEMU.domainMonitorCommand, MonitorCommandArguments())
        #expect(try client.takeError().detail == "read only access prevents virDomainQemuMonitorCommand")
    }

    @Test("secrets are refused to them by their flag, and given without")
    func secure() throws {
        var client = try TestClient.opened(readOnly: true)
        try client.call(Remote.domainGetXMLDesc, Flagged(DomainReference(), flags: 2))
        #expect(try client.takeCall().arguments(of: Remote.domainGetXMLDesc).flags == 2)
        for flags in [1, 8, 3] as [UInt32] {
            try client.call(Remote.domainGetXMLDesc, Flagged(DomainReference(), flags: flags))
            let call = try client.takeCall()
            do throws(RemoteError) {
                _ = try call.arguments(of: Remote.domainGetXMLDesc)
                Issue.record("\(flags) is allowed")
            } catch {
                #expect(error.number == 29 && error.domain == 20)
                #expect(error.message == "operation forbidden: virDomainGetXMLDesc with secure flag")
            }
        }
        var writer = try TestClient.opened()
        try writer.call(Remote.domainGetXMLDesc, Flagged(DomainReference(), flags: 1))
        #expect(try writer.takeCall().arguments(of: Remote.domainGetXMLDesc).flags == 1)
    }

    @Test("every procedure that changes something is refused, and every one that looks isn't")
    func everyProcedure() throws {
        for row in ProcedureTable.remote.rows where row.isCall && row.number > 2 && !(66...70).contains(row.number) {
            var client = try TestClient.opened(readOnly: true) { $0.served = .everything }
            try client.send { $0.procedure = row.number }
            if row.kind == .readingCall {
                #expect(client.actions.count == (row.number == 60 || row.number == 68 ? 0 : 1), "\(row.text)")
            } else {
                let detail = try client.takeError().detail
                #expect(detail == "read only access prevents \(row.function)")
                #expect(row.function.hasPrefix("vir") && !row.function.contains("_"), "\(row.text)")
            }
        }
    }

    // MARK: Descriptors

    @Test("come with a call, and go with a reply")
    func descriptors() throws {
        var client = try TestClient.opened()
        let bytes = try Packet.bytes(
            PacketHeader {
                $0.procedure = Remote.domainCreateXMLWithFiles.number
                $0.kind = .callWithDescriptors
            }, Flagged("<domain/>"), descriptors: 1)
        client.send(bytes)
        client.send([0], descriptors: [40])
        let call = try client.takeCall()
        #expect(call.descriptors == [40])
        #expect(try call.arguments(of: Remote.domainCreateXMLWithFiles).subject == "<domain/>")

        try client.call(Remote.domainOpenGraphicsFD, DomainOpenGraphicsArguments())
        let graphics = try client.takeCall()
        client.session.answer(graphics.id, .success(try RPCReply(Nothing(), descriptors: [50, 51])))
        let outputs = [client.session.nextOutput(), client.session.nextOutput(), client.session.nextOutput()]
        #expect(outputs[0]?.bytes.count == 32 && outputs[0]?.descriptor == nil)
        #expect(outputs[0]?.bytes[16..<20] == [0, 0, 0, 5] && outputs[0]?.bytes[28...] == [0, 0, 0, 2])
        #expect(outputs[1]?.bytes == [0] && outputs[1]?.descriptor == 50)
        #expect(outputs[2]?.bytes == [0] && outputs[2]?.descriptor == 51)
    }

    @Test("of calls that are refused, and of replies that nobody takes, are given back")
    func unusedDescriptors() throws {
        var client = try TestClient.opened(readOnly: true)
        let bytes = try Packet.bytes(
            PacketHeader {
                $0.procedure = Remote.domainCreateXMLWithFiles.number
                $0.kind = .callWithDescriptors
            }, Flagged("<domain/>"), descriptors: 1)
        client.send(bytes + [0], descriptors: [40])
        #expect(try client.takeError().number == 29)
        #expect(client.session.takeUnusedDescriptors() == [40])

        var other = try TestClient.opened()
        try other.call(Remote.domainOpenGraphicsFD, DomainOpenGraphicsArguments())
        let call = try other.takeCall()
        other.session.answer(call.id, .success(try RPCReply(Nothing(), descriptors: [60])))
        other.session.answer(call.id, .success(try RPCReply(Nothing(), descriptors: [61])))
        other.session.end(.endOfStream)
        other.send([0], descriptors: [62])
        #expect(other.session.takeUnusedDescriptors().sorted() == [60, 61, 62])
    }
}
