import LibvirtWire
import Testing
import VMCore

/// A session with a client that says what it is told to, a clock that stands still, and notes of what came out.
struct TestClient {
    var session: RPCSession
    var now = Deadline(nanoseconds: 1_000_000_000_000)
    /// What came out and hasn't been looked at.
    var packets: [Packet] = []
    var actions: [RPCSession.Action] = []
    private var reader = PacketReader()

    /// What most tests serve.
    static var served: ProcedureSet {
        var served = ProcedureSet()
        served.insert(Remote.connectOpen)
        served.insert(Remote.domainLookupByName)
        served.insert(Remote.domainShutdown)
        served.insert(Remote.domainGetXMLDesc)
        served.insert(Remote.domainOpenConsole)
        served.insert(Remote.storageVolUpload)
        served.insert(Remote.storageVolDownload)
        served.insert(Remote.domainOpenGraphicsFD)
        served.insert(Remote.domainCreateXMLWithFiles)
        served.insert(QEMU.domainMonitorCommand)
        return served
    }

    init(_ change: (inout RPCSession.Configuration) -> Void = { _ in }) {
        var configuration = RPCSession.Configuration(serving: TestClient.served)
        change(&configuration)
        session = RPCSession(configuration, at: now)
    }

    /// A client that has opened its connection.
    static func opened(
        readOnly: Bool = false, _ change: (inout RPCSession.Configuration) -> Void = { _ in }
    ) throws -> TestClient {
        var client = TestClient(change)
        try client.call(
            Remote.connectOpen,
            ConnectOpenArguments {
                $0.name = "qemu:///session"
                $0.flags = readOnly ? 1 : 0
            }, serial: 1)
        let call = try client.takeCall()
        client.session.answer(call.id, .success(try RPCReply(Nothing())))
        let reply = try client.takePacket()
        #expect(reply.header.serial == 1 && reply.header.status == .ok)
        return client
    }

    // MARK: What the client does

    mutating func send(_ bytes: [UInt8], descriptors: [Int32] = []) {
        session.receive(bytes.span, descriptors: descriptors, at: now)
        drainActions()
    }

    mutating func send(_ payload: some XDRValue = Nothing(), _ change: (inout PacketHeader) -> Void) throws {
        var header = PacketHeader()
        change(&header)
        send(try Packet.bytes(header, payload))
    }

    mutating func call<A, R>(_ procedure: Procedure<A, R>, _ arguments: A, serial: UInt32 = 7) throws {
        try send(arguments) {
            $0.program = procedure.program
            $0.procedure = procedure.number
            $0.serial = serial
        }
    }

    /// Data of a stream, as the client sends it.
    mutating func sendStream(_ data: [UInt8], status: PacketHeader.Status = .more, procedure: Int32, serial: UInt32) {
        var bytes: [UInt8] = []
        let words: [UInt32] = [
            UInt32(28 + data.count), Program.remote.rawValue, 1, UInt32(bitPattern: procedure), 3, serial,
            UInt32(bitPattern: status.rawValue),
        ]
        for word in words { bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) } }
        send(bytes + data)
    }

    mutating func ping() throws {
        try send {
            $0.program = .keepalive
            $0.procedure = 1
            $0.kind = .message
        }
    }

    mutating func wait(_ duration: Duration) {
        now = now.advanced(by: duration)
        session.tick(at: now)
        drainActions()
    }

    // MARK: What came of it

    mutating func drainActions() { while let action = session.nextAction() { actions.append(action) } }

    /// Takes what the session wants to write, and what follows from that.
    mutating func drainOutput() throws {
        while let output = session.nextOutput() {
            reader.take(output.bytes.span, descriptors: output.descriptor.map { [$0] } ?? [])
            while let packet = try reader.next() { packets.append(packet) }
        }
        drainActions()
    }

    /// The next packet that came, of those that haven't been looked at.
    mutating func takePacket(_ place: SourceLocation = #_sourceLocation) throws -> Packet {
        try drainOutput()
        try #require(!packets.isEmpty, "nothing came", sourceLocation: place)
        return packets.removeFirst()
    }

    /// The error that was answered.
    mutating func takeError(_ place: SourceLocation = #_sourceLocation) throws -> RemoteError {
        let packet = try takePacket(place)
        #expect(packet.header.status == .error, sourceLocation: place)
        return try packet.decode()
    }

    mutating func takeAction(_ place: SourceLocation = #_sourceLocation) throws -> RPCSession.Action {
        drainActions()
        try #require(!actions.isEmpty, "nothing happened", sourceLocation: place)
        return actions.removeFirst()
    }

    mutating func takeCall(_ place: SourceLocation = #_sourceLocation) throws -> RPCCall {
        guard case .call(let call) = try takeAction(place) else { throw NoCall() }
        return call
    }

    mutating func takeStream(_ place: SourceLocation = #_sourceLocation) throws -> StreamInput {
        guard case .stream(_, let input) = try takeAction(place) else { throw NoCall() }
        return input
    }

    mutating func takeEnd(_ place: SourceLocation = #_sourceLocation) throws -> RPCEnd {
        guard case .ended(let end) = try takeAction(place) else { throw NoCall() }
        return end
    }

    /// Nothing is left to be looked at.
    mutating func isQuiet() throws -> Bool {
        try drainOutput()
        return packets.isEmpty && actions.isEmpty
    }

    struct NoCall: Error {}
}
