import LibvirtWire
import Testing
import VMCore

@Suite("Streams")
struct StreamTests {
    /// A client with a stream, and the stream's name.
    private func opened<A>(
        _ procedure: Procedure<A, Nothing>, holes: Bool = false, serial: UInt32 = 20,
        _ change: (inout RPCSession.Configuration) -> Void = { _ in }
    ) throws -> (TestClient, RPCCall.ID) {
        var client = try TestClient.opened(change)
        try client.call(procedure, A(), serial: serial)
        let call = try client.takeCall()
        client.session.answer(call.id, .success(try RPCReply(Nothing(), opening: .init(allowsHoles: holes))))
        #expect(try client.takePacket().header.status == .ok)
        return (client, call.id)
    }

    private let upload = Remote.storageVolUpload.number
    private let console = Remote.domainOpenConsole.number

    @Test("a download: reply, data, an empty packet, the client's OK, ours")
    func download() throws {
        var (client, stream) = try opened(Remote.storageVolDownload)
        client.session.send([1, 2, 3], on: stream)
        client.session.endData(on: stream)
        let data = try client.takePacket()
        #expect(data.header.kind == .stream && data.header.status == .more)
        #expect(data.header.serial == 20 && data.header.procedure == 209)
        #expect(data.bytes.count == 31 && Array(data.payload) == [1, 2, 3])
        let end = try client.takePacket()
        #expect(end.header.status == .more && end.payload.isEmpty)
        client.sendStream([], status: .ok, procedure: 209, serial: 20)
        #expect(try client.takeStream() == .finished)
        client.session.finish(stream)
        let last = try client.takePacket()
        #expect(last.header.status == .ok && last.payload.isEmpty)
        client.sendStream([], status: .ok, procedure: 209, serial: 20)
        #expect(try client.isQuiet())
    }

    @Test("an upload: data, the client's OK, and our OK or error", arguments: [true, false])
    func upload(_ success: Bool) throws {
        var (client, stream) = try opened(Remote.storageVolUpload)
        client.sendStream([1, 2, 3, 4, 5], procedure: upload, serial: 20)
        client.sendStream([], procedure: upload, serial: 20)
        client.sendStream([6], procedure: upload, serial: 20)
        client.sendStream([], status: .ok, procedure: upload, serial: 20)
        #expect(try client.takeStream() == .data([1, 2, 3, 4, 5]))
        #expect(try client.takeStream() == .data([6]))
        #expect(try client.takeStream() == .finished)
        if success {
            client.session.finish(stream)
            #expect(try client.takePacket().header.status == .ok)
        } else {
            client.session.fail(stream, RemoteError(.init(.systemError), "disk full"))
            #expect(try client.takeError().message == "disk full")
        }
        #expect(try client.isQuiet())
    }

    @Test("a server that is done first waits for the client's OK, and drops what comes before it")
    func serverFirst() throws {
        var (client, stream) = try opened(Remote.domainOpenConsole)
        client.session.endData(on: stream)
        client.session.finish(stream)
        #expect(try client.takePacket().payload.isEmpty)
        client.sendStream([7], procedure: console, serial: 20)
        #expect(try client.isQuiet())
        client.sendStream([], status: .ok, procedure: console, serial: 20)
        #expect(try client.takePacket().header.status == .ok)
        #expect(try client.isQuiet())
    }

    @Test("a client may give up; that is confirmed, and what is under way is ignored")
    func abort() throws {
        var (client, stream) = try opened(Remote.domainOpenConsole)
        client.sendStream([], status: .error, procedure: console, serial: 20)
        #expect(try client.takeStream() == .aborted)
        #expect(try client.takePacket().header.status == .ok)
        client.session.send([1], on: stream)
        client.session.finish(stream)
        client.session.fail(stream, .undecodable)
        client.session.endData(on: stream)
        client.sendStream([1], procedure: console, serial: 20)
        let room = client.session.room(on: stream)
        #expect(room == 0)
        #expect(try client.isQuiet())
    }

    @Test("streams, calls and events go on beside each other")
    func interleaved() throws {
        var (client, stream) = try opened(Remote.domainOpenConsole)
        client.session.send([1], on: stream)
        try client.call(Remote.domainLookupByName, "web", serial: 21)
        client.sendStream([9], procedure: console, serial: 20)
        client.session.send([2], on: stream)
        let call = try client.takeCall()
        client.session.answer(call.id, .success(try RPCReply(DomainReference())))
        client.session.send([3], on: stream)
        #expect(try client.takeStream() == .data([9]))
        let packets = try (0..<4).map { _ in try client.takePacket() }
        #expect(packets.map(\.header.kind) == [.stream, .stream, .reply, .stream])
        #expect(packets.filter { $0.header.kind == .stream }.map { Array($0.payload) } == [[1], [2], [3]])
    }

    @Test("frames of no stream are dropped", arguments: [(201, 99), (208, 20), (999, 20)] as [(Int32, UInt32)])
    func strays(_ procedure: Int32, _ serial: UInt32) throws {
        var (client, _) = try opened(Remote.domainOpenConsole)
        client.sendStream([1], procedure: procedure, serial: serial)
        #expect(try client.isQuiet())
    }

    @Test("large data travels in packets that old clients take")
    func split() throws {
        var (client, stream) = try opened(Remote.storageVolDownload)
        let data = (0..<600_000).map { UInt8(truncatingIfNeeded: $0) }
        client.session.send(data[...], on: stream)
        var all: [UInt8] = []
        var sizes: [Int] = []
        while all.count < data.count {
            let packet = try client.takePacket()
            sizes.append(packet.payload.count)
            all += packet.payload
        }
        #expect(sizes == [262_120, 262_120, 75_760])
        #expect(all == data)
    }

    // MARK: Mistakes

    @Test("data for who only sends, and words that streams don't have, end the stream")
    func unexpected() throws {
        var (client, _) = try opened(Remote.storageVolDownload)
        client.sendStream([1], procedure: 209, serial: 20)
        #expect(try client.takeStream() == .aborted)
        #expect(try client.takeError().message == "stream aborted with unexpected status 2")
        var (other, _) = try opened(Remote.storageVolUpload)
        other.sendStream([1], status: .init(rawValue: 7), procedure: upload, serial: 20)
        #expect(try other.takeStream() == .aborted)
        #expect(try other.takeError().message == "stream aborted with unexpected status 7")
    }

    @Test("a serial can't have two streams of one procedure, and a connection not any number of them")
    func limits() throws {
        var (client, _) = try opened(Remote.storageVolUpload) { $0.streamLimit = 2 }
        try client.call(Remote.storageVolUpload, StorageVolumeRange(), serial: 20)
        #expect(try client.takeError().number == 39)
        try client.call(Remote.storageVolUpload, StorageVolumeRange(), serial: 21)
        let second = try client.takeCall()
        try client.call(Remote.storageVolUpload, StorageVolumeRange(), serial: 22)
        #expect(try client.takeError().message == "internal error: a connection can have at most 2 streams")
        client.session.answer(second.id, .failure(.undecodable))
        _ = try client.takePacket()
        try client.call(Remote.storageVolUpload, StorageVolumeRange(), serial: 23)
        _ = try client.takeCall()
    }

    @Test("two calls under way with one serial can't both become streams")
    func sameSerial() throws {
        var client = try TestClient.opened()
        try client.call(Remote.storageVolUpload, StorageVolumeRange(), serial: 5)
        try client.call(Remote.storageVolUpload, StorageVolumeRange(), serial: 5)
        #expect(try client.takeError().number == 39)
        #expect(client.actions.count == 1)
    }

    // MARK: Holes

    private func hole(_ client: inout TestClient, _ length: Int64, flags: UInt32 = 0, procedure: Int32) throws {
        let bytes = try length.xdr() + flags.xdr()
        var packet = try Packet.bytes(
            PacketHeader {
                $0.kind = .streamHole
                $0.procedure = procedure
                $0.serial = 20
                $0.status = .more
            }, Nothing())
        packet[3] += UInt8(bytes.count)
        client.send(packet + bytes)
    }

    @Test("holes travel both ways where the call allows them")
    func holes() throws {
        var (client, _) = try opened(Remote.storageVolUpload, holes: true)
        try hole(&client, 65_536, procedure: upload)
        #expect(try client.takeStream() == .hole(65_536))
        var (other, stream) = try opened(Remote.storageVolDownload, holes: true)
        let sent = other.session.sendHole(4096, on: stream)
        #expect(sent)
        let packet = try other.takePacket()
        #expect(packet.header.kind == .streamHole && packet.header.status == .more)
        #expect(Array(packet.payload) == [0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0])
    }

    @Test("holes that weren't allowed, or make no sense, end the stream")
    func wrongHoles() throws {
        var (client, _) = try opened(Remote.storageVolUpload)
        try hole(&client, 1, procedure: upload)
        #expect(try client.takeStream() == .aborted)
        #expect(try client.takeError().message == "Unexpected stream hole")
        var (other, stream) = try opened(Remote.storageVolDownload)
        let sent = other.session.sendHole(4096, on: stream)
        #expect(!sent)
        for (length, flags) in [(-1, 0), (1, 1)] as [(Int64, UInt32)] {
            var (third, _) = try opened(Remote.storageVolUpload, holes: true)
            try hole(&third, length, flags: flags, procedure: upload)
            #expect(try third.takeStream() == .aborted)
            #expect(try third.takeError().message == "Unable to decode message payload")
        }
    }

    // MARK: Too fast

    @Test("a client that sends faster than the server takes has to wait")
    func inboundWindow() throws {
        var (client, stream) = try opened(Remote.storageVolUpload) { $0.streamWindow = 1000 }
        client.sendStream([UInt8](repeating: 1, count: 600), procedure: upload, serial: 20)
        #expect(client.session.wantsBytes)
        client.sendStream([UInt8](repeating: 2, count: 600), procedure: upload, serial: 20)
        #expect(!client.session.wantsBytes)
        let first = try client.takeStream()
        client.session.consumed(first, on: stream)
        #expect(client.session.wantsBytes)
    }

    @Test("holes count, too: they are small on the wire only")
    func holeWindow() throws {
        var (client, _) = try opened(Remote.storageVolUpload, holes: true) { $0.streamWindow = 1000 }
        for _ in 0..<4 { try hole(&client, 1 << 40, procedure: upload) }
        #expect(!client.session.wantsBytes)
    }

    @Test("a stream that ends gives back what it held of the window")
    func windowOfEnded() throws {
        var (client, stream) = try opened(Remote.storageVolUpload) { $0.streamWindow = 1000 }
        client.sendStream([UInt8](repeating: 1, count: 1200), procedure: upload, serial: 20)
        #expect(!client.session.wantsBytes)
        client.session.fail(stream, .undecodable)
        #expect(client.session.wantsBytes)
    }

    @Test("what came behind the full window is taken when the stream ends")
    func behindWindow() throws {
        var (client, stream) = try opened(Remote.storageVolUpload) { $0.streamWindow = 1000 }
        let call = try Packet.bytes(PacketHeader { $0.procedure = Remote.domainLookupByName.number }, "web")
        var data = try Packet.bytes(
            PacketHeader {
                $0.procedure = upload
                $0.kind = .stream
                $0.serial = 20
                $0.status = .more
            }, Nothing())
        data += [UInt8](repeating: 1, count: 1200)
        data[2...3] = [UInt8(data.count >> 8), UInt8(data.count & 0xff)]
        client.send(data + call)
        #expect(try client.takeStream() == .data([UInt8](repeating: 1, count: 1200)))
        #expect(client.actions.isEmpty)
        client.session.fail(stream, .undecodable)
        #expect(try client.takeCall().arguments(of: Remote.domainLookupByName) == "web")
    }

    @Test("a server that sends faster than the client reads is told when there is room again")
    func outboundWindow() throws {
        var (client, stream) = try opened(Remote.storageVolDownload) { $0.streamWindow = 1000 }
        let atFirst = client.session.room(on: stream)
        client.session.send([UInt8](repeating: 0, count: 600)[...], on: stream)
        client.session.send([UInt8](repeating: 0, count: 600)[...], on: stream)
        let then = client.session.room(on: stream)
        #expect(atFirst == 1000 && then == 0)
        _ = client.session.nextOutput()
        client.drainActions()
        #expect(client.actions.isEmpty)
        _ = client.session.nextOutput()
        guard case .writable(let name) = try client.takeAction() else {
            Issue.record("no word of room")
            return
        }
        let again = client.session.room(on: stream)
        #expect(name == stream && again == 1000)
    }
}
