internal import Glibc
internal import Synchronization
internal import VMCore
internal import VMJSON

/// One connection of an asynchronous monitor: the session, its socket and everybody who waits, under one lock.
///
/// Callers write on their own thread, the loop's thread reads. Nobody is resumed while the lock is held.
final class MonitorLine: DeadlineKeeper {
    typealias Answer = Result<JSONValue, QMPError>
    typealias Outcome = Result<Answer, VMError>
    typealias Waiter = CheckedContinuation<Outcome, Never>

    /// A caller's command.
    struct Call: Sendable {
        let key: UInt64
        let command: String
        let arguments: JSONObject
        let descriptors: [Int32]
        let outOfBand: Bool
        let deadline: Deadline
    }

    private struct Pending {
        let call: Call
        let ticket: MonitorSession.Ticket
        let waiter: Waiter
    }

    private struct State {
        var session: MonitorSession
        var pending: [UInt64: Pending] = [:]
        var keys: [MonitorSession.Ticket: UInt64] = [:]
        var cancelledEarly: Set<UInt64> = []
        var lastKey: UInt64 = 0
        var output: MonitorSession.Output?
        var written = 0
        var watchesWriting = false
        var armed: Deadline?
        var readers: [EventQueue] = []
        var enders: [(deadline: Deadline, waiter: CheckedContinuation<Void, Never>)] = []
        var starters: [(deadline: Deadline, waiter: CheckedContinuation<VMError?, Never>)] = []
        var isClosing = false
        var lastNoise: VMError?
    }

    /// What is done once the lock has been released.
    private struct Afterwards {
        var answers: [(Waiter, Outcome)] = []
        var events: [QMPEvent] = []
        var readers: [EventQueue] = []
        var hasEnded = false
        var enders: [CheckedContinuation<Void, Never>] = []
        var starters: [(CheckedContinuation<VMError?, Never>, VMError?)] = []
        var watchWriting: Bool?
        var checkAt: Deadline?
    }

    let name: String
    private let socket: FileDescriptor
    private let loop: EventLoop
    private let state: Mutex<State>

    init(_ socket: consuming FileDescriptor, named name: String, configuration: MonitorSession.Configuration)
        throws(VMError)
    {
        loop = try EventLoop.shared.get()
        Socket.setNonBlocking(socket.raw)
        self.socket = socket
        self.name = name
        state = Mutex(State(session: MonitorSession(configuration)))
    }

    /// Begins to read.
    func start() {
        let descriptor = socket.raw
        loop.perform { [self] reactor in
            do throws(VMError) {
                try reactor.watch(descriptor) { [self] ready in
                    if ready.writable { change { _, _ in } }
                    if ready.readable { read(reactor) }
                }
            } catch {
                end(.violation(error.message))
            }
        }
        change { _, _ in }
    }

    // MARK: Callers

    var greeting: Greeting? { state.withLock { $0.session.greeting } }
    var hasOutOfBand: Bool { state.withLock { $0.session.hasOutOfBand } }
    var lastNoise: VMError? { state.withLock { $0.lastNoise } }

    var closeReason: CloseReason? {
        state.withLock { if case .ended(let reason) = $0.session.phase { reason } else { nil } }
    }

    /// Whether the peer has hung up already, though its last words may not have been read yet.
    var hasPeerClosed: Bool {
        // POLLRDHUP, which Glibc's module doesn't have.
        let hungUp: Int32 = 0x2000
        var entry = pollfd(fd: socket.raw, events: Int16(hungUp), revents: 0)
        return poll(&entry, 1, 0) > 0 && Int32(entry.revents) & (hungUp | POLLHUP | POLLERR) != 0
    }

    func makeKey() -> UInt64 {
        state.withLock { state in
            state.lastKey &+= 1
            return state.lastKey
        }
    }

    func submit(_ call: Call, _ waiter: Waiter) {
        change { state, after in
            if state.cancelledEarly.remove(call.key) != nil {
                after.answers.append((waiter, .failure(Self.cancelled(call.command))))
                return
            }
            // The session may send later, when the caller's descriptors are gone.
            let copies = call.descriptors.map { fcntl($0, F_DUPFD_CLOEXEC, 3) }
            guard !copies.contains(where: { $0 < 0 }) else {
                let error = VMError.system("cannot hand the descriptors of '\(call.command)' over", errno: errno)
                for copy in copies where copy >= 0 { Glibc.close(copy) }
                after.answers.append((waiter, .failure(error)))
                return
            }
            let ticket = state.session.submit(
                call.command, call.arguments, descriptors: copies, outOfBand: call.outOfBand)
            state.pending[call.key] = Pending(call: call, ticket: ticket, waiter: waiter)
            state.keys[ticket] = call.key
            Self.arm(call.deadline, &state, &after)
        }
    }

    /// The caller does not want the answer any more.
    func cancel(_ key: UInt64) {
        change { state, after in
            guard let pending = state.pending.removeValue(forKey: key) else {
                state.cancelledEarly.insert(key)
                return
            }
            state.keys[pending.ticket] = nil
            Self.abandon(pending, &state)
            after.answers.append((pending.waiter, .failure(Self.cancelled(pending.call.command))))
        }
    }

    /// The call has returned: a cancellation that came too late leaves nothing behind.
    func forget(_ key: UInt64) { state.withLock { _ = $0.cancelledEarly.remove(key) } }

    private static func cancelled(_ command: String) -> VMError {
        VMError(.cancelled, "the wait for '\(command)' was cancelled")
    }

    private static func abandon(_ pending: Pending, _ state: inout State) {
        for descriptor in state.session.abandon(pending.ticket) { Glibc.close(descriptor) }
    }

    func add(_ reader: EventQueue) {
        change { state, after in
            state.readers.removeAll { !$0.isWanted }
            state.readers.append(reader)
            if case .ended = state.session.phase { after.hasEnded = true }
        }
    }

    /// Waits until negotiation is done; gives the reason back when it fails.
    func waitUntilReady(_ deadline: Deadline, _ waiter: CheckedContinuation<VMError?, Never>) {
        change { state, after in
            switch state.session.phase {
            case .ready: after.starters.append((waiter, nil))
            case .ended(let reason): after.starters.append((waiter, reason.error))
            case .greeting, .negotiating:
                state.starters.append((deadline, waiter))
                Self.arm(deadline, &state, &after)
            }
        }
    }

    /// Stops sending; `waiter` is resumed when the peer has closed too, or at the deadline.
    func close(_ deadline: Deadline, _ waiter: CheckedContinuation<Void, Never>) {
        change { state, after in
            if state.session.awaitsOnlyAbandoned { state.session.end(.local) }
            if case .ended = state.session.phase { return after.enders.append(waiter) }
            state.isClosing = true
            state.enders.append((deadline, waiter))
            Self.arm(deadline, &state, &after)
        }
    }

    /// Ends at once.
    func end(_ cause: CloseReason.Cause) { change { state, _ in state.session.end(cause) } }

    // MARK: The loop's thread

    func checkDeadlines() {
        change { [name] state, after in
            state.armed = nil
            let now = Deadline.now
            for pending in state.pending.values where pending.call.deadline <= now {
                state.pending[pending.call.key] = nil
                state.keys[pending.ticket] = nil
                Self.abandon(pending, &state)
                let error = VMError(
                    .timeout, "QEMU did not answer '\(pending.call.command)' in time",
                    remedy: "it may hang, on storage for example")
                after.answers.append((pending.waiter, .failure(error)))
            }
            for (deadline, waiter) in state.starters where deadline <= now {
                after.starters.append((waiter, state.session.notReady(name)))
            }
            state.starters.removeAll { $0.deadline <= now }
            if state.enders.contains(where: { $0.deadline <= now }) { state.session.end(.local) }
            let next = [
                state.pending.values.lazy.map(\.call.deadline).min(), state.starters.lazy.map(\.deadline).min(),
                state.enders.lazy.map(\.deadline).min(),
            ].compactMap { $0 }.min()
            if let next { Self.arm(next, &state, &after) }
        }
    }

    private static func arm(_ deadline: Deadline, _ state: inout State, _ after: inout Afterwards) {
        if let armed = state.armed, armed <= deadline { return }
        if deadline == .distantFuture { return }
        state.armed = deadline
        after.checkAt = deadline
    }

    private func read(_ reactor: Reactor) {
        withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { room in
            let received = Socket.receive(into: room, from: socket.raw)
            change { state, _ in
                switch received {
                case .bytes(let count):
                    // SAFETY: receive filled the first `count` bytes of the room, which outlives this call.
                    let filled = UnsafeRawBufferPointer(rebasing: room[..<count])
                    filled.withMemoryRebound(to: UInt8.self) { state.session.receive(Span(_unsafeElements: $0)) }
                case .wouldBlock: break
                case .end: state.session.end(state.isClosing ? .local : .endOfStream)
                case .failed(let code): state.session.end(state.isClosing ? .local : .broken(code))
                }
            }
        }
    }

    // MARK: Changing the state

    /// Changes the state under the lock, writes what can be written, and then tells everybody concerned.
    private func change(_ body: (inout State, inout Afterwards) -> Void) {
        let after = state.withLock { state in
            var after = Afterwards()
            body(&state, &after)
            collect(&state, &after)
            flush(&state, &after)
            return after
        }
        tell(after)
    }

    private func collect(_ state: inout State, _ after: inout Afterwards) {
        while let action = state.session.nextAction() {
            switch action {
            case .reply(let ticket, let reply):
                guard let key = state.keys.removeValue(forKey: ticket),
                    let pending = state.pending.removeValue(forKey: key)
                else { continue }
                switch reply {
                case .value(let value): after.answers.append((pending.waiter, .success(.success(value))))
                case .refused(let error): after.answers.append((pending.waiter, .success(.failure(error))))
                case .failed(let error): after.answers.append((pending.waiter, .failure(error)))
                }
            case .event(let event): after.events.append(event)
            case .noise(let error): state.lastNoise = error
            case .ready:
                after.starters += state.starters.map { ($0.waiter, nil) }
                state.starters = []
            case .ended(let reason):
                after.hasEnded = true
                after.enders += state.enders.map(\.waiter)
                after.starters += state.starters.map { ($0.waiter, reason.error) }
                state.enders = []
                state.starters = []
                for descriptor in state.output?.descriptors ?? [] where state.written == 0 { Glibc.close(descriptor) }
                state.output = nil
            }
        }
        for descriptor in state.session.takeUnsentDescriptors() { Glibc.close(descriptor) }
        if !after.events.isEmpty || after.hasEnded { after.readers = state.readers }
        if after.hasEnded { state.readers = [] }
    }

    private func flush(_ state: inout State, _ after: inout Afterwards) {
        var isBlocked = false
        while !isBlocked {
            if state.output == nil {
                state.output = state.session.nextOutput()
                state.written = 0
            }
            guard let output = state.output else { break }
            let descriptors = state.written == 0 ? output.descriptors : []
            switch Socket.send(
                output.bytes, state.written..<output.bytes.count, descriptors: descriptors, to: socket.raw)
            {
            case .bytes(let count):
                for descriptor in descriptors { Glibc.close(descriptor) }
                state.written += count
                if state.written == output.bytes.count { state.output = nil }
            case .wouldBlock: isBlocked = true
            case .failed:
                // Reading tells why, after what the server said before it went.
                for descriptor in descriptors { Glibc.close(descriptor) }
                state.output = nil
            }
        }
        if isBlocked != state.watchesWriting {
            state.watchesWriting = isBlocked
            after.watchWriting = isBlocked
        }
        if state.isClosing, state.output == nil, !state.session.hasQueuedCommands { Socket.finishSending(socket.raw) }
    }

    private func tell(_ after: Afterwards) {
        let descriptor = socket.raw
        if let watches = after.watchWriting {
            loop.perform { [self] reactor in
                reactor.change(descriptor, to: watches ? [.read, .write] : .read)
                withExtendedLifetime(self) {}
            }
        }
        if after.hasEnded {
            // The peer learns it now, whoever still holds the descriptor.
            shutdown(descriptor, Int32(SHUT_RDWR))
            loop.perform { [self] reactor in
                reactor.forget(descriptor)
                withExtendedLifetime(self) {}
            }
        }
        if let deadline = after.checkAt { loop.check(self, at: deadline) }
        for reader in after.readers {
            for event in after.events { reader.push(event) }
            if after.hasEnded { reader.finish() }
        }
        for (waiter, error) in after.starters { waiter.resume(returning: error) }
        for (waiter, outcome) in after.answers { waiter.resume(returning: outcome) }
        for waiter in after.enders { waiter.resume() }
    }
}
