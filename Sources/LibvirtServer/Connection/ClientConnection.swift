internal import LibvirtWire
internal import VMCore
internal import VMManager

/// One client's socket: reads for its session, writes what that has to say, and has its calls answered.
///
/// All of it runs on the event loop's thread, except the functions that answer calls: each of those is a task, so that calls
/// go on at the same time.
final class ClientConnection: @unchecked Sendable {
    // SAFETY: after `begin` everything is touched on the event loop's thread only.

    /// Bytes that are read before others have their turn.
    private static let portion = 262_144

    private let socket: FileDescriptor
    private let loop: EventLoop
    private let table: ServiceTable
    let client: Client
    private let memory: MemoryBudget
    private let whenEnded: @Sendable (ClientConnection) -> Void
    /// When the client came; the order of clients.
    let number: UInt64
    private var session: RPCSession
    private var streams: [RPCCall.ID: StreamPort] = [:]
    /// What has not been written whole yet.
    private var rest: (output: RPCSession.Output, written: Int)?
    private var timer: (deadline: Deadline, timer: Reactor.Timer)?
    private var interest: Reactor.Interest = []
    private var callsUnderWay = 0
    /// The calls that are given up when the client is gone.
    private var abandonable: [RPCCall.ID: Task<Void, Never>] = [:]
    private var isClosed = false

    /// What a client finds.
    struct Terms {
        var number: UInt64 = 0
        var isReadOnly = false
        /// What its calls are answered with when there is no place for it.
        var refusal: RemoteError?
    }

    init(
        _ socket: consuming FileDescriptor, _ terms: Terms, _ manager: VMManager, _ table: ServiceTable,
        _ memory: MemoryBudget, _ loop: EventLoop, whenEnded: @escaping @Sendable (ClientConnection) -> Void
    ) {
        self.socket = socket
        self.loop = loop
        self.table = table
        self.memory = memory
        self.whenEnded = whenEnded
        number = terms.number
        client = Client(manager)
        var configuration = RPCSession.Configuration(
            serving: table.procedures, features: Feature.ofTheWire.union([.migratableXML]))
        configuration.isReadOnly = terms.isReadOnly
        configuration.refusal = terms.refusal
        // Who is only told that there is no place needs no more time than that.
        if terms.refusal != nil { configuration.greetingTimeout = .seconds(5) }
        session = RPCSession(configuration, at: .now)
    }

    /// Whether the client has opened the connection: one that hasn't may have to make room for others.
    var isOpen: Bool { session.isOpen }

    func begin(_ reactor: Reactor) {
        do throws(VMError) {
            try reactor.watch(socket.raw) { [self] readiness in
                if readiness.readable { read(reactor) }
                // Nobody is there to be answered, and this would be said over and over while nothing is read.
                if readiness.isOver, !session.wantsBytes { session.end(.endOfStream) }
                proceed(reactor)
            }
            interest = .read
            proceed(reactor)
        } catch {
            session.end(.local)
            proceed(reactor)
        }
    }

    /// The server ends the connection.
    func end(_ reactor: Reactor) {
        session.end(.local)
        proceed(reactor)
    }

    /// Sends events, on the loop's thread.
    func send(_ events: [RPCEvent], _ reactor: Reactor) {
        for event in events { session.send(event) }
        proceed(reactor)
    }

    // MARK: Reading

    private func read(_ reactor: Reactor) {
        var left = Self.portion
        withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 16) { room in
            while left > 0, session.wantsBytes {
                var descriptors: [Int32] = []
                switch Socket.receive(into: room, descriptors: &descriptors, from: socket.raw) {
                case .bytes(let count):
                    let bytes = UnsafeRawBufferPointer(rebasing: room[..<count]).bindMemory(to: UInt8.self)
                    session.receive(bytes.span, descriptors: descriptors, at: .now)
                    left -= count
                case .wouldBlock: return
                case .end: return session.end(.endOfStream)
                case .failed(let code): return session.end(.broken(code))
                }
            }
        }
    }

    // MARK: What follows

    /// Passes on what the session has to pass on, writes what it has to write, and waits for what it waits for.
    private func proceed(_ reactor: Reactor) {
        // An answer that comes too late may bring some.
        defer { for descriptor in session.takeUnusedDescriptors() { closeDescriptor(descriptor) } }
        guard !isClosed else { return }
        takeActions()
        write()
        memory.note(self, session.heldMemory + (rest.map { $0.output.bytes.count } ?? 0))
        guard !isClosed else { return }
        if hasEnded, rest == nil { return close(reactor) }
        if hasEnded, !saysFarewell {
            saysFarewell = true
            reactor.schedule(at: .after(Self.farewell)) { [weak self] in self?.abandon(reactor) }
        }
        watch(reactor)
    }

    private var hasEnded = false
    private var saysFarewell = false

    private func takeActions() {
        while let action = session.nextAction() {
            switch action {
            case .call(let call): answer(call)
            case .authorize(let id): session.authorize(id, allowed: false)
            case .stream(let id, let input): streams[id]?.take(input)
            case .writable(let id): pump(id)
            case .ended(let reason): end(reason)
            }
        }
    }

    /// How long a client that has closed its connection may take to read the last words.
    private static let farewell = Duration.seconds(5)

    private func end(_ reason: RPCEnd) {
        hasEnded = true
        // Who doesn't read isn't waited for.
        if reason != .closed, let rest { drop(rest.output) }
        for stream in streams.values { stream.take(.aborted) }
        streams = [:]
        for call in abandonable.values { call.cancel() }
        abandonable = [:]
        let client = client
        Task(executorPreference: WorkerPool.shared) { await client.end() }
    }

    private func abandon(_ reactor: Reactor) {
        if let rest { drop(rest.output) }
        while let output = session.nextOutput() { drop(output) }
        proceed(reactor)
    }

    private func write() {
        while true {
            if rest == nil {
                guard let output = session.nextOutput() else { return }
                rest = (output, 0)
                takeActions()
            }
            guard let (output, written) = rest else { return }
            let descriptors = written == 0 ? output.descriptor.map { [$0] } ?? [] : []
            switch Socket.send(output.bytes, written..<output.bytes.count, descriptors: descriptors, to: socket.raw) {
            case .bytes(let count):
                if written + count < output.bytes.count {
                    rest = (output, written + count)
                } else {
                    drop(output)
                }
            case .wouldBlock: return
            case .failed(let code):
                drop(output)
                session.end(.broken(code))
                takeActions()
                while let output = session.nextOutput() { drop(output) }
                return
            }
        }
    }

    private func drop(_ output: RPCSession.Output) {
        rest = nil
        if let descriptor = output.descriptor { closeDescriptor(descriptor) }
    }

    private func watch(_ reactor: Reactor) {
        var wanted: Reactor.Interest = []
        if session.wantsBytes { wanted.insert(.read) }
        if rest != nil { wanted.insert(.write) }
        if wanted != interest {
            interest = wanted
            reactor.change(socket.raw, to: wanted)
        }
        guard let deadline = session.deadline else { return }
        // A timer that is too early finds nothing to do and is set again.
        if let timer, timer.deadline <= deadline { return }
        reactor.cancel(timer?.timer)
        let timer = reactor.schedule(at: deadline) { [weak self] in self?.tick(reactor) }
        self.timer = (deadline, timer)
    }

    private func tick(_ reactor: Reactor) {
        timer = nil
        session.tick(at: .now)
        proceed(reactor)
    }

    private func close(_ reactor: Reactor) {
        isClosed = true
        memory.forget(self)
        reactor.cancel(timer?.timer)
        reactor.forget(socket.raw)
        Socket.finishSending(socket.raw)
        if callsUnderWay == 0 { whenEnded(self) }
    }

    // MARK: Calls

    private func answer(_ call: RPCCall) {
        guard let handler = table.handler(of: call.procedure) else {
            return session.answer(call.id, .failure(.unknownProcedure(call.procedure.number)))
        }
        callsUnderWay += 1
        let client = client
        let task = Task(executorPreference: WorkerPool.shared) { [self] in
            let result = await handler(call, client)
            for descriptor in call.descriptors { closeDescriptor(descriptor) }
            loop.perform { [self] reactor in finish(call.id, result, reactor) }
        }
        if table.isAbandonable(call.row, call.procedure) { abandonable[call.id] = task }
    }

    private func finish(
        _ id: RPCCall.ID, _ result: Result<ServiceTable.Answer, RemoteError>, _ reactor: Reactor
    ) {
        callsUnderWay -= 1
        abandonable[id] = nil
        // A client that is gone counts as long as its calls go on.
        if isClosed, callsUnderWay == 0 { whenEnded(self) }
        session.answer(id, result.map(\.reply))
        if case .success(let answer) = result, let body = answer.stream, !hasEnded { run(body, id) }
        proceed(reactor)
    }

    // MARK: Streams

    private func run(_ body: @escaping StreamBody, _ id: RPCCall.ID) {
        let port = StreamPort(id, self, loop)
        streams[id] = port
        Task(executorPreference: WorkerPool.shared) { [self] in
            do throws(VMError) {
                try await body(port)
                loop.perform { [self] reactor in leave(id, nil, reactor) }
            } catch {
                loop.perform { [self] reactor in leave(id, RemoteError(translating: error), reactor) }
            }
        }
    }

    private func leave(_ id: RPCCall.ID, _ error: RemoteError?, _ reactor: Reactor) {
        guard let port = streams.removeValue(forKey: id) else { return }
        if let error {
            session.fail(id, error)
        } else {
            if !port.clientIsDone { session.endData(on: id) }
            session.finish(id)
        }
        proceed(reactor)
    }

    /// Sends what waits on a stream, as far as there is room.
    private func pump(_ id: RPCCall.ID) {
        guard let port = streams[id] else { return }
        let room = session.room(on: id)
        guard room > 0 else { return }
        port.sendSome(room) { session.send($0, on: id) }
    }

    func pump(_ id: RPCCall.ID, _ reactor: Reactor) {
        pump(id)
        proceed(reactor)
    }

    func sendHole(_ length: Int64, on id: RPCCall.ID, _ reactor: Reactor) {
        if streams[id] != nil { _ = session.sendHole(length, on: id) }
        proceed(reactor)
    }

    func consumed(_ input: StreamInput, on id: RPCCall.ID, _ reactor: Reactor) {
        session.consumed(input, on: id)
        proceed(reactor)
    }
}
