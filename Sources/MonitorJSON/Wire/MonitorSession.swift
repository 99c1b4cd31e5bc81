public import VMCore
public import VMJSON

/// The QMP protocol without a socket: bytes in, actions out; commands in, bytes out.
///
/// A driver feeds what it read to ``receive(_:)`` and the end of the connection to ``end(_:)``, then empties
/// ``nextAction()`` and ``nextOutput()``. Nothing here waits, reads a clock or does I/O, and a session can be driven by a
/// blocking loop and by a reactor alike.
///
/// Commands may be submitted at any time. They are held back until negotiation is done, because what is written to a
/// monitor that another client holds would run later, when nobody waits any more. Of those sent, no more than
/// ``Configuration/inFlightLimit`` are under way at once: beyond eight, QEMU stops reading commands, those out of band
/// too.
public struct MonitorSession: Sendable {
    /// Which server is spoken to.
    public enum Dialect: Sendable, Hashable {
        /// QEMU's monitor: greeting, negotiation, ids.
        case monitor
        /// The guest agent: no greeting, no ids; `token` is the number that `guest-sync-delimited` must give back.
        case agent(token: Int64)
    }

    /// What can be chosen.
    public struct Configuration: Sendable {
        public var dialect: Dialect
        /// Enable out-of-band execution when the server offers it. Descriptors then are passed one command at a time.
        public var enablesOutOfBand: Bool
        /// The longest message in bytes.
        public var messageLimit: Int
        /// Commands under way at once; those out of band don't count.
        public var inFlightLimit: Int
        /// Commands that wait to be sent.
        public var queueLimit: Int

        public init(
            dialect: Dialect = .monitor, enablesOutOfBand: Bool = false, messageLimit: Int = 64 << 20,
            inFlightLimit: Int = 8, queueLimit: Int = 4096
        ) {
            self.dialect = dialect
            self.enablesOutOfBand = enablesOutOfBand
            self.messageLimit = messageLimit
            self.inFlightLimit = max(1, inFlightLimit)
            self.queueLimit = queueLimit
        }
    }

    /// Names a submitted command for as long as the session lasts; never used twice.
    public struct Ticket: Sendable, Hashable {
        let number: UInt64
    }

    /// What the driver has to pass on.
    public enum Action: Sendable {
        /// Negotiation is done; an agent has no greeting.
        case ready(Greeting?)
        /// A command is done. `.success(.failure)` can't be; a QEMU error is `.refused`.
        case reply(Ticket, Reply)
        case event(QMPEvent)
        /// The server sent what can't be understood or belongs to nobody; the session goes on.
        case noise(VMError)
        /// Nothing comes after this.
        case ended(CloseReason)
    }

    /// How a command ended.
    public enum Reply: Sendable {
        case value(JSONValue)
        case refused(QMPError)
        /// It got no answer: the session ended, or its answer was lost.
        case failed(VMError)
    }

    /// Bytes for the socket. The descriptors go with the first of them.
    public struct Output: Sendable {
        public var bytes: [UInt8]
        public var descriptors: [Int32]
    }

    /// How far the session has come.
    public enum Phase: Sendable, Hashable {
        case greeting
        case negotiating
        case ready
        case ended(CloseReason)
    }

    public private(set) var phase: Phase
    /// The server's greeting, once it has come.
    public private(set) var greeting: Greeting?
    /// Whether out-of-band execution is enabled.
    public private(set) var hasOutOfBand = false
    /// The reason of a SHUTDOWN event, once it has come.
    public private(set) var shutdownReason: String?

    let configuration: Configuration
    var framer: LineFramer
    var flights = FlightTable()
    var actions: [Action] = []
    private var firstAction = 0
    private var outputs: [Output] = []
    private var unsentDescriptors: [Int32] = []

    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        framer = LineFramer(limit: configuration.messageLimit)
        phase = .greeting
        if case .agent(let token) = configuration.dialect {
            phase = .negotiating
            var writer = JSONWriter(appendingTo: [0xff])
            writer.append(["execute": "guest-sync-delimited", "arguments": ["id": JSONValue(token)]] as JSONObject)
            writer.append(raw: "\n")
            outputs.append(Output(bytes: writer.bytes, descriptors: []))
        }
    }

    // MARK: The driver's side

    /// The next thing to pass on; nil when there is none.
    public mutating func nextAction() -> Action? {
        guard firstAction < actions.count else {
            actions.removeAll(keepingCapacity: true)
            firstAction = 0
            return nil
        }
        defer { firstAction += 1 }
        return actions[firstAction]
    }

    /// The next bytes to write, in order; nil when there are none.
    public mutating func nextOutput() -> Output? { outputs.isEmpty ? nil : outputs.removeFirst() }

    public var hasOutput: Bool { !outputs.isEmpty }

    /// Takes bytes from the socket, cut anywhere.
    public mutating func receive(_ bytes: Span<UInt8>) {
        if case .ended = phase { return }
        var position = 0
        while true {
            switch framer.next(in: bytes, at: &position) {
            case .here(let range): take(bytes.extracting(range))
            case .held:
                let message = framer.takeHeld()
                take(message.span)
            case .tooLong:
                let text = "the answer is longer than \(configuration.messageLimit) bytes"
                loseAnswer(VMError(.protocolViolation, text))
            case .nothing: return
            }
            if case .ended = phase { return }
        }
    }

    /// The connection has ended, or this side ends it: everything that waits fails, and ``Action/ended(_:)`` comes last.
    public mutating func end(_ cause: CloseReason.Cause) {
        let stage: CloseReason.Stage
        switch phase {
        case .greeting: stage = .greeting
        case .negotiating: stage = .negotiation
        case .ready: stage = .ready
        case .ended: return
        }
        let reason = CloseReason(cause, stage: stage, shutdownReason: shutdownReason)
        phase = .ended(reason)
        unsentDescriptors += outputs.flatMap(\.descriptors) + flights.queued.flatMap(\.descriptors)
        outputs = []
        for flight in flights.removeAll() where !flight.isAbandoned {
            actions.append(.reply(flight.ticket, .failed(failure(of: flight, reason))))
        }
        actions.append(.ended(reason))
    }

    private func failure(of flight: Flight, _ reason: CloseReason) -> VMError {
        let error = reason.error
        if reason.isExpected || flight.wireID == nil { return error }
        return error.wrapped("'\(flight.command)' got no answer")
    }

    // MARK: The caller's side

    /// Hands a command in. Its answer comes as ``Action/reply(_:_:)`` with this ticket.
    ///
    /// - Parameters:
    ///   - descriptors: Travel with the command; must stay open until its output has been written.
    ///   - outOfBand: Run it at once, past whatever QEMU is busy with. Refused unless ``hasOutOfBand``.
    public mutating func submit(
        _ command: String, _ arguments: JSONObject = [:], descriptors: [Int32] = [], outOfBand: Bool = false
    ) -> Ticket {
        let flight = flights.make(command, arguments, descriptors: descriptors, outOfBand: outOfBand)
        if case .ended(let reason) = phase {
            unsentDescriptors += descriptors
            actions.append(.reply(flight.ticket, .failed(reason.error)))
        } else if flights.queued.count >= configuration.queueLimit {
            unsentDescriptors += descriptors
            let error = VMError(.busy, "\(configuration.queueLimit) commands wait for this monitor already")
            actions.append(.reply(flight.ticket, .failed(error)))
        } else {
            flights.queued.append(flight)
            pump()
        }
        return flight.ticket
    }

    /// Nobody waits for this command any more: one that has not been sent never will be, the answer of one that has been
    /// sent is dropped when it comes.
    ///
    /// - Returns: The descriptors of a command that will not be sent, which nobody needs any more.
    @discardableResult
    public mutating func abandon(_ ticket: Ticket) -> [Int32] {
        if let index = flights.queued.firstIndex(where: { $0.ticket == ticket }) {
            return flights.queued.remove(at: index).descriptors
        }
        if let index = flights.sent.firstIndex(where: { $0.ticket == ticket }) {
            flights.sent[index].isAbandoned = true
        }
        return []
    }

    /// What to tell the one whose deadline passes before the session is ready.
    ///
    /// - Parameter name: What messages call the server.
    func notReady(_ name: String) -> VMError {
        if case .agent = configuration.dialect {
            return VMError(
                .timeout, "the guest agent at \(name) does not answer",
                remedy: "it may not run in the guest, or another client may hold its channel")
        }
        if phase == .greeting {
            return VMError(
                .timeout, "the monitor at \(name) does not greet",
                remedy: "another client may hold it, or QEMU is still starting")
        }
        return VMError(.timeout, "the monitor at \(name) does not answer", remedy: "QEMU may hang; see its log")
    }

    /// Whether commands wait to be sent.
    public var hasQueuedCommands: Bool { !flights.queued.isEmpty }

    /// Whether all that is unanswered is what nobody waits for any more: then an orderly close has nothing to wait for
    /// either, and a server that hangs doesn't hold up who leaves it.
    public var awaitsOnlyAbandoned: Bool {
        !flights.sent.isEmpty && flights.queued.isEmpty && flights.sent.allSatisfy { $0.isAbandoned && !$0.isSweep }
    }

    /// The descriptors of commands that were never written when the session ended. A driver that made copies closes them.
    public mutating func takeUnsentDescriptors() -> [Int32] {
        defer { unsentDescriptors = [] }
        return unsentDescriptors
    }

    /// Sends what may be sent now.
    private mutating func pump() {
        guard phase == .ready else { return }
        let limit: Int = if case .agent = configuration.dialect { 1 } else { configuration.inFlightLimit }
        while let flight = flights.takeSendable(limit: limit, outOfBand: hasOutOfBand) {
            if flight.isOutOfBand, !hasOutOfBand {
                unsentDescriptors += flight.descriptors
                let error = VMError(.unsupported, "this monitor runs nothing out of band", remedy: "enable oob")
                actions.append(.reply(flight.ticket, .failed(error)))
                continue
            }
            write(flight)
        }
    }

    private mutating func write(_ flight: Flight) {
        var bytes: [UInt8] = []
        if flight.descriptors.isEmpty, let last = outputs.indices.last {
            swap(&bytes, &outputs[last].bytes)
        } else {
            bytes.reserveCapacity(64)
            outputs.append(Output(bytes: [], descriptors: flight.descriptors))
        }
        var writer = JSONWriter(appendingTo: bytes)
        writer.append(raw: flight.isOutOfBand ? "{\"exec-oob\":" : "{\"execute\":")
        writer.append(flight.command)
        if !flight.arguments.isEmpty {
            writer.append(raw: ",\"arguments\":")
            writer.append(flight.arguments)
        }
        if case .monitor = configuration.dialect, let id = flight.wireID {
            writer.append(raw: ",\"id\":")
            writer.append(UInt64(id))
        }
        // The agent reads lines; the monitor acts on the closing brace, and every byte costs it a system call.
        if case .agent = configuration.dialect { writer.append(raw: "}\n") } else { writer.append(raw: "}") }
        outputs[outputs.count - 1].bytes = writer.bytes
    }

    // MARK: Messages

    private mutating func take(_ bytes: Span<UInt8>) {
        if case .agent(let token) = configuration.dialect { return takeFromAgent(bytes, token) }
        let limits = JSONParser.Limits(bytes: configuration.messageLimit)
        do {
            guard case .object(let message) = try JSONParser.parse(bytes, limits: limits) else {
                return noise("the server sent something that is no object")
            }
            take(message)
        } catch {
            takeMalformed(bytes, error)
        }
    }

    private mutating func take(_ message: JSONObject) {
        if let event = QMPEvent(message) {
            note(event)
            return actions.append(.event(event))
        }
        switch phase {
        case .greeting:
            if message["return"] != nil || message["error"] != nil { return leftover() }
            guard let body = message["QMP"], let greeting = Greeting(body) else {
                return end(.violation("the peer did not greet as a QMP server does"))
            }
            negotiate(greeting)
        case .negotiating: takeNegotiation(message)
        case .ready: takeReply(message)
        case .ended: break
        }
    }

    /// With `-no-shutdown` a machine that has shut down can be reset and resumed, and what ends it then is another thing.
    private mutating func note(_ event: QMPEvent) {
        switch event.name {
        case "SHUTDOWN": shutdownReason = event.data["reason"]?.string ?? "unknown"
        case "RESUME": shutdownReason = nil
        default: break
        }
    }

    /// QEMU finishes what it was doing for a client that has left, and the next one gets the answer.
    private mutating func leftover() {
        noise("the server sent an answer that was meant for the client before")
    }

    private mutating func negotiate(_ greeting: Greeting) {
        self.greeting = greeting
        phase = .negotiating
        hasOutOfBand = configuration.enablesOutOfBand && greeting.offersOutOfBand
        let text =
            hasOutOfBand
            ? "{\"execute\":\"qmp_capabilities\",\"arguments\":{\"enable\":[\"oob\"]},\"id\":0}"
            : "{\"execute\":\"qmp_capabilities\",\"id\":0}"
        outputs.append(Output(bytes: Array(text.utf8), descriptors: []))
    }

    private mutating func takeNegotiation(_ message: JSONObject) {
        if let id = message["id"], id != 0 {
            leftover()
        } else if message["return"] != nil {
            becomeReady()
        } else if let error = message["error"].flatMap(QMPError.init) {
            end(.violation("the monitor refused the negotiation: \(error.text)"))
        } else {
            noise("the server sent neither an answer nor an event during negotiation")
        }
    }

    private mutating func becomeReady() {
        phase = .ready
        actions.append(.ready(greeting))
        pump()
    }

    private mutating func takeReply(_ message: JSONObject) {
        let reply: Reply
        if let value = message["return"] {
            reply = .value(value)
        } else if let error = message["error"].flatMap(QMPError.init) {
            reply = .refused(error)
        } else {
            return noise("the server sent neither an answer nor an event")
        }
        guard let id = message["id"] else { return takeReplyWithoutID(reply) }
        guard let flight = id.int.flatMap({ flights.take(wireID: $0) }) else {
            return noise("the server answered a command that nobody sent (id \(id))")
        }
        if !flight.isAbandoned { actions.append(.reply(flight.ticket, reply)) }
        let succeeded = if case .value = reply { true } else { false }
        if flight.leavesDescriptors(succeeded: succeeded) { flights.sweep() }
        pump()
    }

    /// Only what QEMU could not even parse is answered without id: it belongs to the command under way if there is just
    /// one.
    private mutating func takeReplyWithoutID(_ reply: Reply) {
        guard case .refused(let error) = reply else { return noise("the server sent an answer without an id") }
        loseAnswer(VMError(.protocolViolation, "QEMU could not read a command: \(error.text)"), refused: error)
    }

    /// An answer can't be told or is lost: with one command under way it is that one's; with several none of them can
    /// be trusted to be answered.
    mutating func loseAnswer(_ error: VMError, refused: QMPError? = nil) {
        let waiting = flights.sent.filter { !$0.isLost }
        if waiting.contains(where: { !$0.descriptors.isEmpty }) { flights.sweep() }
        actions.append(.noise(error))
        if waiting.count == 1, let only = flights.take(ticket: waiting[0].ticket) {
            let reply: Reply = if let refused { .refused(refused) } else { .failed(error) }
            if !only.isAbandoned { actions.append(.reply(only.ticket, reply)) }
        } else {
            for flight in waiting where !flight.isAbandoned {
                actions.append(
                    .reply(flight.ticket, .failed(error.wrapped("the answer to '\(flight.command)' is lost"))))
            }
            flights.loseAll()
        }
        pump()
    }

    private mutating func noise(_ text: String) { actions.append(.noise(VMError(.protocolViolation, text))) }

    /// QEMU can write what is no JSON (a number beyond a double as `inf`). The id at its end still tells whose it is.
    private mutating func takeMalformed(_ bytes: Span<UInt8>, _ error: VMError) {
        let error = error.wrapped("the server sent what is no JSON", code: .protocolViolation)
        switch phase {
        case .greeting:
            // The tail of a long answer that the client before did not read to its end.
            if endsObject(bytes) { return leftover() }
            end(.violation("the peer did not greet as a QMP server does"))
        case .negotiating, .ended: actions.append(.noise(error))
        case .ready:
            if let id = trailingID(bytes), let flight = flights.take(wireID: id) {
                if !flight.isAbandoned { actions.append(.reply(flight.ticket, .failed(error))) }
                pump()
            } else if looksLikeEvent(bytes) {
                actions.append(.noise(error))
            } else {
                loseAnswer(error)
            }
        }
    }

    // MARK: The guest agent

    /// Before the 0xFF that `guest-sync-delimited` answers with, everything is left over from somebody else.
    private mutating func takeFromAgent(_ bytes: Span<UInt8>, _ token: Int64) {
        var start = 0
        var sawDelimiter = false
        for index in bytes.indices where bytes[index] == 0xff {
            start = index + 1
            sawDelimiter = true
        }
        if phase == .negotiating, !sawDelimiter { return }
        guard let value = try? JSONParser.parse(bytes.extracting(start..<bytes.count)),
            case .object(let message) = value
        else { return loseAnswer(VMError(.protocolViolation, "the guest agent sent what is no JSON object")) }
        if phase == .negotiating {
            if message["return"]?.int64 == token { becomeReady() }
            return
        }
        guard let flight = flights.takeFirstSent() else { return noise("the guest agent answered what nobody asked") }
        if !flight.isAbandoned {
            if let value = message["return"] {
                actions.append(.reply(flight.ticket, .value(value)))
            } else {
                let error = message["error"].flatMap(QMPError.init) ?? QMPError(.generic, "no reason given")
                actions.append(.reply(flight.ticket, .refused(error)))
            }
        }
        pump()
    }
}

/// Whether the last byte that is no blank closes an object.
private func endsObject(_ bytes: Span<UInt8>) -> Bool {
    var end = bytes.count
    while end > 0, bytes[end - 1] <= 0x20 { end -= 1 }
    return end > 0 && bytes[end - 1] == UInt8(ascii: "}")
}

/// The number of `"id": N}` at the end of a message that could not be parsed.
private func trailingID(_ bytes: Span<UInt8>) -> Int? {
    var end = bytes.count
    while end > 0, bytes[end - 1] <= 0x20 { end -= 1 }
    guard end > 0, bytes[end - 1] == UInt8(ascii: "}") else { return nil }
    end -= 1
    var start = end
    while start > 0, hexDigit(bytes[start - 1]).map({ $0 < 10 }) ?? false { start -= 1 }
    guard start < end, end - start < 10 else { return nil }
    var place = start
    while place > 0, bytes[place - 1] == 0x20 { place -= 1 }
    let label: StaticString = "\"id\":"
    guard place >= label.utf8CodeUnitCount else { return nil }
    let matches = label.withUTF8Buffer { letters in
        letters.indices.allSatisfy { bytes[place - letters.count + $0] == letters[$0] }
    }
    guard matches else { return nil }
    return (start..<end).reduce(0) { $0 * 10 + Int(bytes[$1] - UInt8(ascii: "0")) }
}

/// Whether a message that could not be parsed begins as QEMU's events do.
private func looksLikeEvent(_ bytes: Span<UInt8>) -> Bool {
    let label: StaticString = "{\"timestamp\""
    guard bytes.count >= label.utf8CodeUnitCount else { return false }
    return label.withUTF8Buffer { letters in letters.indices.allSatisfy { bytes[$0] == letters[$0] } }
}
