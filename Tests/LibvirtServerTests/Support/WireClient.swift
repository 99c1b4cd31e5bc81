import Glibc
import LibvirtWire
import VMCore

/// A client that says on the wire what no library of libvirt's would say.
final class WireClient: @unchecked Sendable {
    // SAFETY: each is used by one thread at a time.

    let socket: FileDescriptor
    private var reader = PacketReader()
    private var serial: UInt32 = 100
    private var isOver = false
    /// Answers that somebody may still ask for: they come in any order.
    private var answers: [UInt32: Packet] = [:]

    /// A connection on which nothing has been said.
    init(_ path: String) throws { socket = try Socket.connect(to: .unix(path: path), deadline: .after(.seconds(20))) }

    /// A connection that has been opened.
    static func opened(_ path: String, readOnly: Bool = false) throws -> WireClient {
        let client = try WireClient(path)
        let arguments = ConnectOpenArguments {
            $0.name = "qemu:///session"
            $0.flags = readOnly ? 1 : 0
        }
        _ = try client.call(Remote.connectOpen, arguments)
        return client
    }

    struct IsOver: Error {}

    // MARK: Bytes

    /// Sends what the socket takes; false when the server doesn't read for a second, or has hung up.
    @discardableResult
    func send(_ bytes: [UInt8], patience: Duration = .seconds(1)) throws -> Bool {
        var written = 0
        while written < bytes.count {
            switch Socket.send(bytes, written..<bytes.count, to: socket.raw) {
            case .bytes(let count): written += count
            case .wouldBlock:
                let isReady = try Socket.wait(for: socket.raw, .writable, deadline: .after(patience))
                if !isReady { return false }
            case .failed: return false
            }
        }
        return true
    }

    /// The next packet; nil when the server has hung up.
    func packet() throws -> Packet? {
        let deadline = Deadline.after(.seconds(240))
        while true {
            if let packet = try reader.next() { return packet }
            if isOver { return nil }
            guard try Socket.wait(for: socket.raw, .readable, deadline: deadline) else { throw IsOver() }
            take()
        }
    }

    private func take() {
        withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 16) { room in
            var descriptors: [Int32] = []
            switch Socket.receive(into: room, descriptors: &descriptors, from: socket.raw) {
            case .bytes(let count):
                let bytes = UnsafeRawBufferPointer(rebasing: room[..<count]).bindMemory(to: UInt8.self)
                reader.take(bytes.span, descriptors: descriptors)
            case .wouldBlock: break
            case .end, .failed: isOver = true
            }
        }
    }

    /// Whether the server has hung up, or does so soon.
    func isHungUp() throws -> Bool {
        while let _ = try? packet() {}
        return isOver
    }

    // MARK: Packets

    /// The bytes of a packet with any payload.
    static func bytes(
        _ procedure: ProcedureID, _ payload: [UInt8], serial: UInt32, kind: Int32 = 0, status: UInt32 = 0
    ) -> [UInt8] {
        let words = [
            UInt32(28 + payload.count), procedure.program.rawValue, 1, UInt32(bitPattern: procedure.number),
            UInt32(bitPattern: kind), serial, status,
        ]
        return words.flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) } } + payload
    }

    /// Says PING.
    func ping() throws { try send(Self.bytes(ProcedureID(.keepalive, 1), [], serial: 0, kind: 2)) }

    /// Starts a call; returns its serial.
    @discardableResult
    func begin<A, R>(_ procedure: Procedure<A, R>, _ arguments: A) throws -> UInt32 {
        serial += 1
        let header = PacketHeader {
            $0.program = procedure.program
            $0.procedure = procedure.number
            $0.serial = serial
        }
        try send(try Packet.bytes(header, arguments))
        return serial
    }

    /// The answer to a call. Events and the like are dropped.
    func answer<R: XDRValue>(to serial: UInt32, _ type: R.Type = R.self) throws -> R {
        while answers[serial] == nil {
            guard let packet = try packet() else { throw IsOver() }
            if packet.header.kind == .reply { answers[packet.header.serial] = packet }
        }
        guard let packet = answers.removeValue(forKey: serial) else { throw IsOver() }
        if packet.header.status == .error { throw try packet.decode(RemoteError.self) }
        return try packet.decode()
    }

    func call<A, R>(_ procedure: Procedure<A, R>, _ arguments: A) throws -> R {
        try answer(to: try begin(procedure, arguments))
    }

    /// What a call with any payload is answered with; nil is success.
    func refusal(of procedure: ProcedureID, _ payload: [UInt8] = []) throws -> RemoteError? {
        serial += 1
        try send(Self.bytes(procedure, payload, serial: serial))
        do {
            _ = try answer(to: serial, Nothing.self)
            return nil
        } catch let error as RemoteError {
            return error
        }
    }

    /// The number of libvirt's error that a call is refused with; 0 where it isn't.
    func code<A, R>(_ procedure: Procedure<A, R>, _ arguments: A) throws -> Int32 {
        do {
            _ = try call(procedure, arguments)
            return 0
        } catch let error as RemoteError {
            return error.number
        }
    }
}
