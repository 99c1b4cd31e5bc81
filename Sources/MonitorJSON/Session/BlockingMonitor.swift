public import VMCore
public import VMJSON

/// A QMP session for one thread: every call does its own reading and writing and returns by its deadline.
///
/// Events that come while a command waits are kept for ``nextEvent(deadline:)``, the newest 1024 of them. Not for use
/// from several threads; the asynchronous ``Monitor`` is.
public final class BlockingMonitor {
    /// Events that are kept while nobody asks for them.
    public static let eventLimit = 1024

    private let socket: FileDescriptor
    private let name: String
    private var session: MonitorSession
    private let buffer: UnsafeMutableRawBufferPointer
    private var events: [QMPEvent] = []
    private var answers: [MonitorSession.Ticket: MonitorSession.Reply] = [:]
    private var hasFinishedSending = false
    /// Events that had to be dropped because nobody asked for them.
    public private(set) var droppedEvents = 0
    /// What the server sent that could not be understood, the last one.
    public private(set) var lastNoise: VMError?

    /// Connects, waits for the greeting and negotiates. Until the greeting has come nothing is sent.
    ///
    /// - Throws: `connection` when nobody is there or QEMU ends meanwhile; `timeout` when the monitor does not greet,
    ///   which most often means that another client holds it.
    public convenience init(
        connectingTo address: MonitorAddress, configuration: MonitorSession.Configuration = .init(), deadline: Deadline
    ) throws(VMError) {
        let socket = try Socket.connect(to: address, deadline: deadline)
        try self.init(over: socket, named: "\(address)", configuration: configuration, deadline: deadline)
    }

    /// Takes a connected stream over, waits for the greeting and negotiates.
    ///
    /// - Parameter name: What messages call the peer.
    public init(
        over socket: consuming FileDescriptor, named name: String,
        configuration: MonitorSession.Configuration = .init(),
        deadline: Deadline
    ) throws(VMError) {
        Socket.setNonBlocking(socket.raw)
        self.socket = socket
        self.name = name
        session = MonitorSession(configuration)
        buffer = .allocate(byteCount: 64 << 10, alignment: 16)
        var isLast = false
        while session.phase != .ready {
            if case .ended(let reason) = session.phase { throw reason.error.wrapped("no session with \(name)") }
            guard try turn(deadline: deadline, &isLast) else { throw session.notReady(name) }
        }
    }

    deinit { buffer.deallocate() }

    /// The server's version and capabilities; nil for a guest agent.
    public var greeting: Greeting? { session.greeting }

    /// Why the session has ended; nil while it lives.
    public var closeReason: CloseReason? {
        if case .ended(let reason) = session.phase { reason } else { nil }
    }

    /// The socket, for whoever polls it beside others.
    public var descriptor: Int32 { socket.raw }

    // MARK: Commands

    /// Runs a command and gives back the value of its `return`.
    ///
    /// - Throws: what ``QMPError/error(of:by:)`` makes of a refusal; `timeout`; `connection` when the session ends.
    @discardableResult
    public func execute(
        _ command: String, _ arguments: JSONObject = [:], descriptors: [Int32] = [], outOfBand: Bool = false,
        deadline: Deadline
    ) throws(VMError) -> JSONValue {
        let result = try attempt(
            command, arguments, descriptors: descriptors, outOfBand: outOfBand, deadline: deadline)
        switch result {
        case .success(let value): return value
        case .failure(let error): throw error.error(of: command, by: isAgent ? "the guest agent" : "QEMU")
        }
    }

    private var isAgent: Bool { if case .agent = session.configuration.dialect { true } else { false } }

    /// Runs a command and gives a refusal back as a value, for callers that branch on its class.
    public func attempt(
        _ command: String, _ arguments: JSONObject = [:], descriptors: [Int32] = [], outOfBand: Bool = false,
        deadline: Deadline
    ) throws(VMError) -> Result<JSONValue, QMPError> {
        let ticket = session.submit(command, arguments, descriptors: descriptors, outOfBand: outOfBand)
        var isLast = false
        while true {
            pass()
            switch answers.removeValue(forKey: ticket) {
            case .value(let value): return .success(value)
            case .refused(let error): return .failure(error)
            case .failed(let error): throw error
            case nil: break
            }
            guard try turn(deadline: deadline, &isLast) else {
                session.abandon(ticket)
                throw late(command)
            }
        }
    }

    private func late(_ command: String) -> VMError {
        if case .agent = session.configuration.dialect {
            return VMError(.timeout, "the guest agent did not answer '\(command)' in time")
        }
        return VMError(
            .timeout, "QEMU did not answer '\(command)' in time", remedy: "it may hang, on storage for example")
    }

    /// The next event: one that has come already, or the first that comes until the deadline; nil at the deadline or
    /// when the session has ended.
    public func nextEvent(deadline: Deadline) throws(VMError) -> QMPEvent? {
        var isLast = false
        while true {
            pass()
            if !events.isEmpty { return events.removeFirst() }
            if closeReason != nil { return nil }
            guard try turn(deadline: deadline, &isLast) else { return nil }
        }
    }

    /// Waits for an event of that name; those before it are dropped.
    ///
    /// - Throws: `timeout`; the close reason's error when the session ends before.
    public func waitForEvent(
        _ name: String, deadline: Deadline, where matches: (QMPEvent) -> Bool = { _ in true }
    ) throws(VMError) -> QMPEvent {
        while let event = try nextEvent(deadline: deadline) {
            if event.name == name, matches(event) { return event }
            if deadline.hasPassed, events.isEmpty { break }
        }
        if let closeReason { throw closeReason.error }
        throw VMError(.timeout, "no \(name) event came in time")
    }

    // MARK: The end

    /// Ends the session so that nothing sent is lost: says that no more comes, reads until QEMU has closed too, at most
    /// until the deadline. Without that QEMU drops the commands it has not read.
    ///
    /// When all that is unanswered has timed out, nothing is waited for.
    public func close(deadline: Deadline = .after(.seconds(1))) {
        guard closeReason == nil else { return }
        let deadline = session.awaitsOnlyAbandoned ? .now : deadline
        Socket.finishSending(socket.raw)
        hasFinishedSending = true
        var isLast = false
        while closeReason == nil, (try? turn(deadline: deadline, &isLast)) == true {}
        session.end(.local)
        pass()
    }

    // MARK: The loop

    /// Writes what can be written, waits for bytes and takes them; false at the deadline.
    ///
    /// A peer that never stops talking holds nobody past it: after the deadline what is there is taken once.
    private func turn(deadline: Deadline, _ isLast: inout Bool) throws(VMError) -> Bool {
        if isLast { return false }
        isLast = deadline.hasPassed
        if closeReason == nil {
            try write(deadline: deadline)
            if closeReason == nil {
                guard try Socket.wait(for: socket.raw, .readable, deadline: deadline) else { return false }
                read()
            }
        }
        pass()
        return true
    }

    private func read() {
        switch Socket.receive(into: buffer, from: socket.raw) {
        case .bytes(let count): feed(count)
        case .wouldBlock: break
        case .end: session.end(hasFinishedSending ? .local : .endOfStream)
        case .failed(let code): session.end(hasFinishedSending ? .local : .broken(code))
        }
    }

    private func feed(_ count: Int) {
        // SAFETY: the buffer lives as long as self, and its first `count` bytes have been filled.
        let filled = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        filled.withMemoryRebound(to: UInt8.self) { session.receive(Span(_unsafeElements: $0)) }
    }

    private func write(deadline: Deadline) throws(VMError) {
        while let output = session.nextOutput() {
            var sent = 0
            while sent < output.bytes.count {
                let descriptors = sent == 0 ? output.descriptors : []
                switch Socket.send(output.bytes, sent..<output.bytes.count, descriptors: descriptors, to: socket.raw) {
                case .bytes(let count): sent += count
                case .failed(let code): return brokenWhileWriting(code)
                case .wouldBlock:
                    guard try Socket.wait(for: socket.raw, .writable, deadline: deadline) else {
                        // Half a command has gone out: the session can't be brought back into step.
                        session.end(.violation("\(name) stopped reading in the middle of a command"))
                        return
                    }
                }
            }
        }
    }

    /// What the server said before it went is still to be read, above all why it went.
    private func brokenWhileWriting(_ code: Int32) {
        while closeReason == nil {
            switch Socket.receive(into: buffer, from: socket.raw) {
            case .bytes(let count): feed(count)
            case .wouldBlock, .end, .failed:
                session.end(.broken(code))
            }
        }
    }

    private func pass() {
        while let action = session.nextAction() {
            switch action {
            case .reply(let ticket, let reply): answers[ticket] = reply
            case .event(let event):
                if events.count >= Self.eventLimit {
                    events.removeFirst()
                    droppedEvents += 1
                }
                events.append(event)
            case .noise(let error): lastNoise = error
            case .ready, .ended: break
            }
        }
    }
}
