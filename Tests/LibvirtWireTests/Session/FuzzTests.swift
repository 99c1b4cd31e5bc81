import Glibc
import LibvirtWire
import Testing
import VMCore

/// Inputs that nobody would send: mutations of what libvirt's clients do send. Seeds are counted from 0;
/// `VMCTL_FUZZ_SECONDS` makes the search longer than the moment it takes by default, `VMCTL_FUZZ_SEED` repeats one.
@Suite("Mutated packets")
struct FuzzTests {
    private func search(_ rounds: UInt64, _ body: (inout SeededGenerator) throws -> Void) rethrows {
        func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }
        if let seed = number("VMCTL_FUZZ_SEED") {
            var generator = SeededGenerator(seed)
            return try body(&generator)
        }
        let end = number("VMCTL_FUZZ_SECONDS").map { Deadline.after(.seconds(Int64(clamping: $0))) }
        var seed: UInt64 = end == nil ? 0 : UInt64.random(in: 0 ... .max / 2)
        while end.map({ !$0.hasPassed }) ?? (seed < rounds) {
            var generator = SeededGenerator(seed)
            try body(&generator)
            seed += 1
        }
    }

    private func mutate(_ bytes: inout [UInt8], from start: Int, _ generator: inout SeededGenerator) {
        guard bytes.count > start else { return bytes.append(0) }
        let place = Int.random(in: start..<bytes.count, using: &generator)
        let end = min(bytes.count, place + Int.random(in: 0...12, using: &generator))
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes.removeSubrange(place..<end)
        case 1: bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
        case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 3: bytes.replaceSubrange(place..<end, with: [0xff, 0xff, 0xff, 0xff])
        default: bytes.replaceSubrange(place..<end, with: [0, 0, 0, UInt8.random(in: 0...9, using: &generator)])
        }
    }

    @Test("what can be read is written so that it reads the same")
    func values() throws {
        let packets = try RecordedTraffic.packets()
        let entries = Dictionary(uniqueKeysWithValues: Catalog.all.map { (ProcedureID($0.program, $0.number), $0) })
        try search(4000) { generator in
            guard let recorded = packets.randomElement(using: &generator),
                let entry = entries[ProcedureID(recorded.packet.header.program, recorded.packet.header.procedure)]
            else { return }
            var bytes = Array(recorded.packet.payload)
            for _ in 0..<Int.random(in: 1...4, using: &generator) { mutate(&bytes, from: 0, &generator) }
            for codec in entry.codecs + [CatalogEntry.Codec(RemoteError.self)] {
                guard let first = try? codec.roundTrip(bytes, 0) else { continue }
                let second = try codec.roundTrip(first.bytes, 0)
                #expect(second.bytes == first.bytes && second.text == first.text, "\(entry.name)")
            }
        }
    }

    /// Calls, streams, keepalive and garbage, with lengths that mostly fit.
    private func conversation(_ generator: inout SeededGenerator) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...12, using: &generator) {
            let header = PacketHeader {
                $0.program =
                    [.remote, .remote, .remote, .keepalive, .qemu, .lxc].randomElement(using: &generator) ?? .remote
                $0.procedure =
                    [1, 2, 1, 23, 23, 33, 60, 66, 70, 201, 208, 209, 309, 999].randomElement(using: &generator) ?? 1
                $0.kind = .init(rawValue: [0, 0, 0, 0, 1, 2, 3, 3, 3, 4, 6].randomElement(using: &generator) ?? 0)
                $0.serial = UInt32.random(in: 0...4, using: &generator)
                $0.status = .init(rawValue: [0, 0, 2, 2, 1, 3].randomElement(using: &generator) ?? 0)
            }
            var packet: [UInt8]
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: packet = try Packet.bytes(header, Nothing())
            case 1: packet = try Packet.bytes(header, "web")
            case 2: packet = try Packet.bytes(header, StorageVolumeRange { $0.length = 5 })
            default: packet = try Packet.bytes(header, Flagged(DomainReference(), flags: 1), descriptors: 1) + [0]
            }
            if Int.random(in: 0..<6, using: &generator) == 0 { mutate(&packet, from: 4, &generator) }
            bytes += packet
        }
        if Bool.random(using: &generator) { mutate(&bytes, from: 0, &generator) }
        return bytes
    }

    /// What a session does with bytes that come in pieces, when nothing is answered.
    private func silentRun(_ bytes: [UInt8], _ cut: () -> Int) throws -> [String] {
        var client = try TestClient.opened()
        for (procedure, serial) in [(Remote.storageVolUpload, 1), (Remote.storageVolUpload, 2)] {
            try client.call(procedure, StorageVolumeRange(), serial: UInt32(serial))
            let call = try client.takeCall()
            client.session.answer(call.id, .success(try RPCReply(Nothing(), opening: .init(allowsHoles: serial == 1))))
            _ = try client.takePacket()
        }
        var start = 0
        while start < bytes.count, client.session.wantsBytes {
            let end = min(bytes.count, start + max(1, cut()))
            client.send(Array(bytes[start..<end]))
            start = end
        }
        client.session.end(.endOfStream)
        client.drainActions()
        return client.actions.map { "\($0)" }
    }

    @Test("a session comes to the same however its input is cut, and ends once")
    func cuts() throws {
        try search(800) { generator in
            let bytes = try conversation(&generator)
            var other = generator
            let whole = try silentRun(bytes) { bytes.count }
            let pieces = try silentRun(bytes) { Int.random(in: 1...40, using: &other) }
            #expect(whole == pieces)
            #expect(whole.count { $0.hasPrefix("ended") } == 1)
            #expect(whole.last?.hasPrefix("ended") == true)
        }
    }

    @Test("each call has one reply, and all that is written are packets")
    func answers() throws {
        try search(800) { generator in
            let bytes = try conversation(&generator)
            var client = TestClient()
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + Int.random(in: 1...60, using: &generator))
                client.send(Array(bytes[start..<end]), descriptors: Bool.random(using: &generator) ? [] : [7])
                start = end
                try serve(&client, &generator)
            }
            client.session.end(.endOfStream)
            try serve(&client, &generator)
            #expect(client.packets.allSatisfy { [.reply, .stream, .message].contains($0.header.kind) })
        }
    }

    /// A server that answers at random. Fails when a call comes twice or a stream says what it can't.
    private func serve(_ client: inout TestClient, _ generator: inout SeededGenerator) throws {
        try client.drainOutput()
        while !client.actions.isEmpty {
            switch client.actions.removeFirst() {
            case .call(let call):
                _ = try? call.arguments(of: Remote.domainGetXMLDesc)
                let stream = call.row.stream.map { _ in RPCReply.Stream(allowsHoles: true) }
                let reply = try RPCReply(DomainReference(), opening: stream)
                client.session.answer(
                    call.id, Bool.random(using: &generator) ? .success(reply) : .failure(.undecodable))
            case .authorize(let id): client.session.authorize(id, allowed: true)
            case .stream(let id, let input):
                client.session.consumed(input, on: id)
                if input == .finished { client.session.finish(id) }
                if Int.random(in: 0..<4, using: &generator) == 0 { client.session.send([1, 2], on: id) }
            case .writable, .ended: break
            }
            try client.drainOutput()
        }
    }
}
