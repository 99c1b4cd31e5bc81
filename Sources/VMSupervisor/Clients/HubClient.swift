internal import Glibc
internal import MonitorJSON
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// One client of the hub: its bytes, its negotiation, its commands on their way.
final class HubClient {
    /// Unsent bytes beyond which a client counts as one that doesn't read. One reply may be longer.
    static let backlogLimit = 4 << 20
    /// Unsent bytes of which the sent part is given back while the rest waits.
    private static let compactionLimit = 64 << 10
    /// Open files that may wait for the commands they belong to.
    static let descriptorLimit = SupervisorCall.descriptorLimit
    /// Commands that wait for their answers at once. QEMU has one of them at a time, see ``CommandQueue``.
    static let flightLimit = 16
    static let commandLimit = 1 << 20

    let number: Int
    /// The program at the other end.
    private let process: pid_t
    private(set) var hasNegotiated = false
    private(set) var hasSubscribed = false
    /// When it last sent something that was understood, or came.
    private(set) var lastUse = Deadline.now

    private unowned let hub: ClientHub
    private let reactor: Reactor
    private let socket: FileDescriptor
    private var framer = ValueFramer(limit: HubClient.commandLimit)
    private var unread: [UInt8] = []
    private var outgoing: [UInt8] = []
    private var sent = 0
    private var flights = 0
    private var descriptors: [Int32] = []
    private var hasFinishedSending = false
    /// Whether it has hung up altogether, so that nobody takes an answer.
    private var hasLeft = false
    private var isClosed = false

    init(
        _ socket: consuming FileDescriptor, number: Int, process: pid_t, hub: ClientHub, reactor: Reactor
    ) throws(VMError) {
        self.socket = socket
        self.number = number
        self.process = process
        self.hub = hub
        self.reactor = reactor
        try reactor.watch(self.socket.raw) { [unowned self] in ready($0) }
    }

    deinit { for raw in descriptors { Glibc.close(raw) } }

    /// Whether nothing that it asked for is on its way, and it listens to nothing.
    var isIdle: Bool { flights == 0 && !hasSubscribed }

    /// How many bytes are kept for it.
    var holding: Int { outgoing.count + unread.count + framer.heldCount + hub.waitingBytes(of: number) }

    // MARK: Sending

    /// Queues bytes and sends what the socket takes.
    func send(_ bytes: [UInt8]) {
        guard !isClosed, !hasLeft else { return }
        if outgoing.count - sent > Self.backlogLimit {
            return close("it did not read, \(outgoing.count - sent) bytes were waiting")
        }
        outgoing += bytes
        flush()
        hub.checkBudget(after: self)
    }

    /// The answer to one of its commands.
    func answer(_ bytes: [UInt8]) {
        flights -= 1
        send(bytes)
        resume()
    }

    private func flush() {
        while sent < outgoing.count {
            switch Socket.send(outgoing, sent..<outgoing.count, to: socket.raw) {
            case .bytes(let count): sent += count
            case .wouldBlock:
                if sent > Self.compactionLimit {
                    outgoing.removeFirst(sent)
                    sent = 0
                }
                return watch()
            case .failed: return close(nil)
            }
        }
        outgoing = []
        sent = 0
        watch()
    }

    /// Watches for what is of use now: reading stops while too much is under way.
    private func watch() {
        var interest: Reactor.Interest = []
        if sent < outgoing.count { interest.insert(.write) }
        if canRead { interest.insert(.read) }
        reactor.change(socket.raw, to: interest)
    }

    private var canRead: Bool {
        !hasFinishedSending && flights < Self.flightLimit && hub.waitingBytes(of: number) < Self.commandLimit
            && (hub.link?.hasRoom ?? true)
    }

    // MARK: Receiving

    private func ready(_ readiness: Reactor.Readiness) {
        if readiness.writable, !readiness.isOver { flush() }
        guard readiness.readable, !isClosed else { return }
        if readiness.isOver { return takeLastWords() }
        guard canRead else {
            // Nothing is watched but the end: a peer that hung up altogether takes no answers either.
            if hasFinishedSending || !readiness.writable { closeIfGone() }
            return
        }
        var room = [UInt8](repeating: 0, count: 16 << 10)
        let received = room.withUnsafeMutableBytes {
            Socket.receive(into: $0, descriptors: &descriptors, from: socket.raw)
        }
        switch received {
        case .bytes(let count):
            if descriptors.count > Self.descriptorLimit {
                return close("it sent more than \(Self.descriptorLimit) open files that no command takes")
            }
            take(unread + room[..<count])
            hub.checkBudget(after: self)
        case .wouldBlock: break
        case .end:
            // It says no more but may still wait for answers.
            hasFinishedSending = true
            flights == 0 ? close(nil) : watch()
        case .failed: close(nil)
        }
    }

    /// It has hung up in both directions: nobody takes an answer, but what it sent before is carried out.
    private func takeLastWords() {
        hasLeft = true
        for _ in 0..<4 where canRead && !isClosed {
            var room = [UInt8](repeating: 0, count: 16 << 10)
            let received = room.withUnsafeMutableBytes {
                Socket.receive(into: $0, descriptors: &descriptors, from: socket.raw)
            }
            guard case .bytes(let count) = received, descriptors.count <= Self.descriptorLimit else { break }
            take(unread + room[..<count])
        }
        close(nil)
    }

    private func closeIfGone() {
        var entry = pollfd(fd: socket.raw, events: 0, revents: 0)
        if poll(&entry, 1, 0) > 0, Int32(entry.revents) & (POLLHUP | POLLERR) != 0 { close(nil) }
    }

    /// Goes on with what was received but not yet looked at.
    func resume() {
        if isClosed { return }
        if hasFinishedSending {
            if flights == 0, sent == outgoing.count { close(nil) }
            return
        }
        take(unread)
        if !isClosed { watch() }
    }

    private func take(_ bytes: [UInt8]) {
        unread = []
        var position = 0
        while !isClosed {
            guard canRead else {
                unread = Array(bytes[position...])
                return watch()
            }
            switch framer.next(in: bytes.span, at: &position) {
            case .here(let range): handle(Array(bytes[range]))
            case .held: handle(framer.takeHeld())
            case .broken: send(HubMessages.error("JSON parse error", id: nil))
            case .nothing: return dropStrays()
            }
        }
    }

    /// Open files belong to the message that they came with. When all that was received has been looked at, those left
    /// came with messages that don't take any.
    private func dropStrays() {
        guard !framer.isInside else { return }
        for raw in descriptors { _ = FileDescriptor(owning: raw) }
        descriptors = []
    }

    private func handle(_ text: [UInt8]) {
        lastUse = .now
        let message: JSONObject
        do {
            guard let object = try JSONParser.parse(text, dialect: .qemu).object else {
                return send(HubMessages.error("QMP input must be a JSON object", id: nil))
            }
            message = object
        } catch {
            return send(HubMessages.error("JSON parse error, \(error.message)", id: nil))
        }
        let id = message["id"]
        guard let command = message["execute"]?.string else {
            let text =
                message["execute"] == nil
                ? "QMP input lacks member 'execute'" : "QMP input member 'execute' must be a string"
            return send(HubMessages.error(text, id: id))
        }
        for key in message.keys where !["execute", "arguments", "id"].contains(key) {
            return send(HubMessages.error("QMP input member '\(key)' is unexpected", id: id))
        }
        if let arguments = message["arguments"], arguments.object == nil {
            return send(HubMessages.error("QMP input member 'arguments' must be an object", id: id))
        }
        run(command, message, id, size: text.count)
    }

    private func run(_ command: String, _ message: JSONObject, _ id: JSONValue?, size: Int) {
        let arguments = message["arguments"]?.object ?? [:]
        if command.hasPrefix(SupervisorRequest.prefix) { return runRequest(command, arguments, id) }
        if command == "qmp_capabilities" { return negotiate(arguments, id) }
        guard hasNegotiated else {
            let text = "Expecting capabilities negotiation with 'qmp_capabilities'"
            return send(HubMessages.error(text, class: "CommandNotFound", id: id))
        }
        guard let link = hub.link, !link.hasEnded, link.hasGreeted else {
            return send(HubMessages.error("QEMU's monitor does not answer", id: id))
        }
        var carried: [Int32] = []
        if command == "getfd" || command == "add-fd", !descriptors.isEmpty { carried = [descriptors.removeFirst()] }
        flights += 1
        if Self.stops(command, arguments) { hub.onStop() }
        if Self.removesDevice(command, arguments) { hub.onDeviceRemoval() }
        hub.forward(
            CommandQueue.Command(
                client: number, name: command, message: message, descriptors: carried, id: id, size: size))
    }

    /// Whether a command stops the CPUs, in the machine's own language or in that for people.
    static func stops(_ command: String, _ arguments: JSONObject) -> Bool {
        if command == "stop" { return true }
        guard command == "human-monitor-command", let line = arguments["command-line"]?.string else { return false }
        return ["stop", "s"].contains(line.filter { $0 != " " })
    }

    /// Whether a command removes a device, in either language.
    static func removesDevice(_ command: String, _ arguments: JSONObject) -> Bool {
        if command == "device_del" { return true }
        guard command == "human-monitor-command", let line = arguments["command-line"]?.string else { return false }
        return line.split(separator: " ").first == "device_del"
    }

    private func negotiate(_ arguments: JSONObject, _ id: JSONValue?) {
        if hasNegotiated {
            let text = "Capabilities negotiation is already complete, command ignored"
            return send(HubMessages.error(text, class: "CommandNotFound", id: id))
        }
        for capability in arguments["enable"]?.array ?? [] {
            return send(HubMessages.error("Capability '\(capability.string ?? "?")' not available", id: id))
        }
        hasNegotiated = true
        send(HubMessages.result([:], id: id))
    }

    /// The supervisor's own commands need no negotiation. Their failures come as a value, with all that an error has.
    private func runRequest(_ command: String, _ arguments: JSONObject, _ id: JSONValue?) {
        let name = String(command.dropFirst(SupervisorRequest.prefix.count))
        if name == SupervisorRequest.subscribe(since: nil).name { hasSubscribed = true }
        flights += 1
        let count = min(SupervisorCall.descriptorCount(of: arguments), descriptors.count)
        let files = DescriptorBox(Array(descriptors[..<count]))
        descriptors.removeFirst(count)
        hub.onRequest(name, arguments, files, process) { [weak self] result in
            let value: JSONValue =
                switch result {
                case .success(let reply): .object(["ok": .object(reply.json)])
                case .failure(let error): .object(["failure": .object(error.json)])
                }
            self?.answer(HubMessages.result(value, id: id))
        }
    }

    // MARK: The end

    /// Sends what the socket still takes, then closes.
    func finish() {
        if !isClosed, sent < outgoing.count { flush() }
        close(nil)
    }

    /// Ends the connection.
    ///
    /// - Parameter reason: what it has done, for the log; nil when it left by itself.
    func close(_ reason: String?) {
        guard !isClosed else { return }
        isClosed = true
        reactor.forget(socket.raw)
        shutdown(socket.raw, Int32(SHUT_RDWR))
        hub.forget(number, because: reason)
    }
}
