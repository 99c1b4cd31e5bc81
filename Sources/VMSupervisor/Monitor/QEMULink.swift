internal import MonitorJSON
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// The supervisor's connection to QEMU's monitor: every command of every client goes over it under a number of its own.
///
/// QEMU is always drained, however slow clients are: what it wrote and nobody read would stay in its memory for good.
final class QEMULink {
    /// Who gets an answer.
    enum Recipient {
        /// The supervisor itself.
        case supervisor((Result<JSONValue, VMError>) -> Void)
        /// A client, by its number, with the id it used.
        case client(Int, id: JSONValue?)
    }

    private struct Flight {
        var command: String
        var recipient: Recipient
        var timer: Reactor.Timer?
    }

    private struct Chunk {
        var bytes: [UInt8]
        var descriptors: [Int32]
        var sent = 0
    }

    /// A reply for a client: `{"return": …}` or `{"error": …}` with the client's own id.
    var onReply: (Int, [UInt8]) -> Void = { _, _ in }
    /// An event: its name and the whole message.
    var onEvent: (String, ArraySlice<UInt8>) -> Void = { _, _ in }
    var onGreeting: ([UInt8]) -> Void = { _ in }
    /// The connection is over.
    var onEnd: () -> Void = {}
    /// QEMU owes an answer since its deadline; false when it has answered again.
    var onSilence: (Bool) -> Void = { _ in }

    private(set) var hasEnded = false
    private(set) var hasGreeted = false
    private let reactor: Reactor
    private let socket: FileDescriptor
    private var framer = LineFramer(limit: 64 << 20)
    private var flights: [UInt64: Flight] = [:]
    private var lastID: UInt64 = 0
    private var outgoing: [Chunk] = []
    private var backlog = 0
    private var isSilent = false
    /// What was read and has to wait for its turn.
    private var unread: [UInt8] = []
    private var messagesThisTurn = 0
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

    /// Beyond that many unsent bytes clients have to wait.
    static let backlogLimit = 1 << 20

    init(_ socket: consuming FileDescriptor, reactor: Reactor) throws(VMError) {
        self.socket = socket
        self.reactor = reactor
        Socket.setNonBlocking(self.socket.raw)
        try reactor.watch(self.socket.raw) { [unowned self] in ready($0) }
    }

    deinit { buffer.deallocate() }

    /// Whether clients' commands can be taken in.
    var hasRoom: Bool { !hasEnded && backlog < Self.backlogLimit }

    // MARK: Sending

    /// Runs a command for the supervisor. `completion` is called exactly once, at the deadline at the latest. The
    /// descriptors are closed here.
    func execute(
        _ command: String, _ arguments: JSONObject = [:], descriptors: [Int32] = [], deadline: Deadline,
        _ completion: @escaping (Result<JSONValue, VMError>) -> Void
    ) {
        guard !hasEnded else {
            closeDescriptors(descriptors)
            completion(.failure(VMError(.connection, "QEMU's monitor is closed")))
            return
        }
        let id = send(command, arguments, descriptors: descriptors, to: .supervisor(completion))
        flights[id]?.timer = reactor.schedule(at: deadline) { [unowned self] in timeOut(id) }
    }

    private func timeOut(_ id: UInt64) {
        guard let flight = flights[id], case .supervisor(let completion) = flight.recipient else { return }
        // The answer may still come; then nobody waits for it, but QEMU is known to live.
        flights[id]?.recipient = .supervisor { _ in }
        flights[id]?.timer = nil
        if !isSilent {
            isSilent = true
            onSilence(true)
        }
        completion(
            .failure(
                VMError(
                    .timeout, "QEMU did not answer '\(flight.command)' in time",
                    remedy: "it is stopped or hangs, on storage for example; \(command: "destroy") ends it")))
    }

    /// Passes a client's command on. The descriptors are closed here.
    func forward(_ command: CommandQueue.Command) {
        send(
            command.name, command.message["arguments"]?.object ?? [:], descriptors: command.descriptors,
            to: .client(command.client, id: command.id))
    }

    @discardableResult
    private func send(_ command: String, _ arguments: JSONObject, descriptors: [Int32], to recipient: Recipient)
        -> UInt64
    {
        lastID += 1
        flights[lastID] = Flight(command: command, recipient: recipient)
        var message: JSONObject = ["execute": .string(command)]
        if !arguments.isEmpty { message["arguments"] = .object(arguments) }
        message["id"] = JSONValue(lastID)
        var writer = JSONWriter()
        writer.append(message)
        backlog += writer.bytes.count
        outgoing.append(Chunk(bytes: writer.bytes, descriptors: descriptors))
        flush()
        return lastID
    }

    private func flush() {
        while let chunk = outgoing.first, !hasEnded {
            let descriptors = chunk.sent == 0 ? chunk.descriptors : []
            switch Socket.send(chunk.bytes, chunk.sent..<chunk.bytes.count, descriptors: descriptors, to: socket.raw) {
            case .bytes(let count):
                backlog -= count
                outgoing[0].sent += count
                if chunk.sent == 0 { closeDescriptors(chunk.descriptors) }
                if outgoing[0].sent == chunk.bytes.count { outgoing.removeFirst() }
            case .wouldBlock:
                reactor.change(socket.raw, to: unread.isEmpty ? [.read, .write] : .write)
                return
            case .failed: return end()
            }
        }
        if !hasEnded { reactor.change(socket.raw, to: unread.isEmpty ? .read : []) }
    }

    private func closeDescriptors(_ list: [Int32]) {
        for raw in list { _ = FileDescriptor(owning: raw) }
    }

    // MARK: Receiving

    private func ready(_ readiness: Reactor.Readiness) {
        if readiness.writable { flush() }
        if readiness.readable { receive() }
    }

    /// Reads what is there; after QEMU's end, to the last byte.
    ///
    /// - Parameter all: also what is too much for one turn.
    func receive(all: Bool = false) {
        if all, !unread.isEmpty {
            let rest = unread
            unread = []
            take(rest, all: true)
        }
        // A few rounds at most, so that a flood doesn't starve the clients.
        for _ in 0..<16 where !hasEnded && unread.isEmpty {
            switch Socket.receive(into: buffer, from: socket.raw) {
            case .bytes(let count): take(Array(buffer[..<count]), all: all)
            case .wouldBlock: return
            case .end, .failed: return end()
            }
        }
    }

    /// How many messages of QEMU are handled until the clients have their turn.
    private static let messagesPerTurn = 64

    private func take(_ bytes: [UInt8], all: Bool) {
        var position = 0
        while true {
            guard all || messagesThisTurn < Self.messagesPerTurn else {
                unread = Array(bytes[position...])
                return takeRestSoon()
            }
            switch framer.next(in: bytes.span, at: &position) {
            case .here(let range): handle(bytes[range])
            case .held: handle(framer.takeHeld()[...])
            case .tooLong: break
            case .nothing: return
            }
            messagesThisTurn += 1
            if messagesThisTurn == 1 { endTurnSoon() }
        }
    }

    /// What is handled from the next turn of the loop on counts anew.
    private func endTurnSoon() {
        reactor.schedule(at: .now) { [weak self] in
            guard let self, unread.isEmpty else { return }
            messagesThisTurn = 0
        }
    }

    private func takeRestSoon() {
        reactor.change(socket.raw, to: outgoing.isEmpty ? [] : .write)
        // A moment later, so that the loop comes round to everybody else.
        reactor.schedule(at: .after(.milliseconds(1))) { [weak self] in
            guard let self, !hasEnded, !unread.isEmpty else { return }
            messagesThisTurn = 0
            let rest = unread
            unread = []
            take(rest, all: false)
            guard unread.isEmpty, !hasEnded else { return }
            reactor.change(socket.raw, to: outgoing.isEmpty ? .read : [.read, .write])
        }
    }

    private func handle(_ message: ArraySlice<UInt8>) {
        guard let envelope = QMPEnvelope(message) else { return }
        if let name = envelope.eventName(message) { return onEvent(name, message) }
        if envelope.isGreeting {
            hasGreeted = true
            return onGreeting(Array(message))
        }
        guard let id = envelope.number(message), let flight = flights.removeValue(forKey: id) else { return }
        reactor.cancel(flight.timer)
        if isSilent {
            isSilent = false
            onSilence(false)
        }
        switch flight.recipient {
        case .client(let client, let id): onReply(client, Self.reply(message, envelope, id))
        case .supervisor(let completion): completion(Self.value(message, envelope, flight.command))
        }
    }

    private static func reply(_ message: ArraySlice<UInt8>, _ envelope: QMPEnvelope, _ id: JSONValue?) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(message.count + 32)
        if let result = envelope.result {
            bytes += Array("{\"return\": ".utf8)
            bytes += message[result]
        } else if let error = envelope.error {
            bytes += Array("{\"error\": ".utf8)
            bytes += message[error]
        }
        if let id {
            bytes += Array(", \"id\": ".utf8)
            bytes += Array(id.description.utf8)
        }
        bytes += Array("}\r\n".utf8)
        return bytes
    }

    private static func value(
        _ message: ArraySlice<UInt8>, _ envelope: QMPEnvelope, _ command: String
    ) -> Result<JSONValue, VMError> {
        guard let range = envelope.result ?? envelope.error, let value = try? JSONParser.parse(Array(message[range]))
        else {
            return .failure(VMError(.protocolViolation, "QEMU's answer to '\(command)' can't be read"))
        }
        if envelope.result != nil { return .success(value) }
        guard let error = QMPError(value) else {
            return .failure(VMError(.protocolViolation, "QEMU's answer to '\(command)' can't be read"))
        }
        return .failure(error.error(of: command))
    }

    // MARK: The end

    private func end() {
        guard !hasEnded else { return }
        hasEnded = true
        reactor.forget(socket.raw)
        for chunk in outgoing where chunk.sent == 0 { closeDescriptors(chunk.descriptors) }
        outgoing = []
        let open = flights
        flights = [:]
        for (_, flight) in open.sorted(by: { $0.key < $1.key }) {
            reactor.cancel(flight.timer)
            switch flight.recipient {
            case .supervisor(let completion):
                completion(.failure(VMError(.connection, "QEMU ended before it answered '\(flight.command)'")))
            case .client(let client, let id): onReply(client, HubMessages.error("QEMU has ended", id: id))
            }
        }
        onEnd()
    }
}
