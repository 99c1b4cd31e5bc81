internal import LibvirtWire
internal import Synchronization
public import VMCore
public import VMManager

/// libvirt's RPC on unix sockets: clients of libvirt's daemon find everything as it was.
///
/// It holds no truth. Machines, definitions and events are those of the manager's files and of the machines' supervisors, so
/// it can be ended and started at any time, and any number of other programs work beside it.
public final class LibvirtServer: Sendable {
    public struct Configuration: Sendable {
        /// Clients at the same time, of all sockets; as many as libvirt's own daemon takes. One that hasn't opened its
        /// connection makes room for one that comes, and where all have, one that comes is told so.
        public var clientLimit = 5000
        /// Bytes that are kept for all clients together, beyond which the greediest is hung up.
        public var memoryLimit = 134_217_728
        /// How long the server stays without clients; nil for ever.
        public var idleTime: Duration?

        public init() {}
    }

    private struct State {
        var clients: [ObjectIdentifier: ClientConnection] = [:]
        /// Clients that there is no place for, while they are told so.
        var refused: Set<ObjectIdentifier> = []
        var lastNumber: UInt64 = 0
        /// Since when there is none.
        var idleSince = Deadline.now
        var isEnding = false
        var listeners: [Int32] = []
    }

    private let manager: VMManager
    private let configuration: Configuration
    /// As many as were asked for, if there are descriptors for them.
    private let clientLimit: Int
    private let table = ServiceTable.all
    private let loop: EventLoop
    private let memory: MemoryBudget
    private let state = Mutex(State())
    /// Where in the host's events clients begin: before the first could register.
    private let firstEvent: UInt64

    /// - Throws: `io` when the threads can't be started, or the host's events can't be followed.
    public init(_ manager: VMManager, _ configuration: Configuration = .init()) throws(VMError) {
        self.manager = manager
        self.configuration = configuration
        clientLimit = min(configuration.clientLimit, Self.descriptorsForClients)
        loop = try EventLoop.shared.get()
        memory = MemoryBudget(limit: configuration.memoryLimit, loop)
        firstEvent = try EventFollower(manager, since: nil).token
        try WorkerPool.shared.open()
    }

    /// Descriptors that machines, events and the server itself may need.
    private static let otherDescriptors = 256

    private static var descriptorsForClients: Int {
        let limit = ProcessLimits.openFiles
        return max(limit - otherDescriptors, limit / 2)
    }

    /// How many procedures are served.
    public var procedureCount: Int { table.procedures.count }

    /// Listens at a path.
    ///
    /// - Throws: `busy` when another server listens there.
    public func listen(at path: String, isReadOnly: Bool = false) throws(VMError) {
        try Self.expectNobody(at: path)
        if Files.exists(path) { try Files.remove(path) }
        try serve(try Socket.listen(at: .unix(path: path), backlog: 1024), isReadOnly: isReadOnly)
    }

    /// Makes sure that nobody listens at a path. The socket itself is asked: a list of the host's sockets has those of other
    /// mounts, too, with paths that look the same.
    ///
    /// - Throws: `busy` when somebody does, or when what is there is no socket.
    public static func expectNobody(at path: String) throws(VMError) {
        guard Files.exists(path), !Socket.isAbandoned(path) else { return }
        throw VMError(
            .busy, "another server listens on '\(path)'",
            remedy: "end it first, libvirt's own daemon for example, or choose another path with --listen")
    }

    /// Serves a socket that listens already.
    public func serve(_ listener: consuming FileDescriptor, isReadOnly: Bool = false) throws(VMError) {
        let raw = listener.release()
        Socket.setNonBlocking(raw)
        state.withLock { $0.listeners.append(raw) }
        loop.perform { [self] reactor in listen(raw, isReadOnly, reactor) }
    }

    /// Watches a listening socket; when the kernel can't have it watched, tries again until it can.
    private func listen(_ listener: Int32, _ isReadOnly: Bool, _ reactor: Reactor) {
        do throws(VMError) {
            try reactor.watch(listener) { [self] _ in accept(from: listener, isReadOnly, reactor) }
        } catch {
            reactor.schedule(at: .after(.milliseconds(200))) { [self] in listen(listener, isReadOnly, reactor) }
        }
    }

    /// Sends events to the clients, until the server has been idle for as long as it may, or the task is cancelled.
    public func run() async {
        let feed = Task(executorPreference: WorkerPool.shared) { [self] in await sendEvents() }
        while !Task.isCancelled {
            guard let idleTime = configuration.idleTime else {
                try? await AsyncWait.sleep(until: .after(.seconds(3600)))
                continue
            }
            let rest = idleRest(idleTime)
            if rest <= .zero { break }
            try? await AsyncWait.sleep(until: .after(rest))
        }
        feed.cancel()
        await close()
    }

    /// The same on the calling thread, until `stop` can be read.
    public func run(until stop: Int32) throws(VMError) {
        let (mine, its) = try Socket.pair().release()
        let end = FileDescriptor(owning: mine)
        let task = Task(executorPreference: WorkerPool.shared) { [self] in
            await run()
            closeDescriptor(its)
        }
        var isStopped = false
        while !Poll.isReadable(end.raw, by: .after(.milliseconds(isStopped ? 5000 : 200))) {
            if isStopped { break }
            guard Poll.isReadable(stop, by: .now) else { continue }
            isStopped = true
            task.cancel()
        }
    }

    /// How long it may still stay idle.
    private func idleRest(_ idleTime: Duration) -> Duration {
        state.withLock { state in
            guard state.clients.isEmpty else { return idleTime }
            return state.idleSince.advanced(by: idleTime).remaining
        }
    }

    private func close() async {
        let (listeners, clients) = state.withLock { state in
            state.isEnding = true
            defer { state.listeners = [] }
            return (state.listeners, Array(state.clients.values))
        }
        await withCheckedContinuation { continuation in
            loop.perform { reactor in
                for listener in listeners {
                    reactor.forget(listener)
                    closeDescriptor(listener)
                }
                for client in clients { client.end(reactor) }
                continuation.resume()
            }
        }
    }

    // MARK: Clients

    private func accept(from listener: Int32, _ isReadOnly: Bool, _ reactor: Reactor) {
        do throws(VMError) {
            guard let socket = try Socket.accept(on: listener) else { return }
            // Root and the machines' own user; another user's connection is hung up.
            let peer = try Socket.peer(of: socket.raw)
            guard peer.userID == hostUserID() || peer.userID == 0 else { return }
            guard let terms = admit(isReadOnly, reactor) else { return }
            let connection = ClientConnection(socket, terms, manager, table, memory, loop) { [weak self] in
                self?.forget($0)
            }
            state.withLock { state in
                state.clients[ObjectIdentifier(connection)] = connection
                if terms.refusal != nil { state.refused.insert(ObjectIdentifier(connection)) }
            }
            connection.begin(reactor)
        } catch {
            // No descriptor can be had: those who wait are looked at again when somebody has gone.
            guard error.code == .busy else { return }
            reactor.forget(listener)
            reactor.schedule(at: .after(.milliseconds(200))) { [self] in listen(listener, isReadOnly, reactor) }
        }
    }

    /// Clients that are told at the same time that there is no place; more are hung up without a word.
    private static let refusedLimit = 32

    /// Finds a place for a client; nil where there isn't even one for telling it so.
    private func admit(_ isReadOnly: Bool, _ reactor: Reactor) -> ClientConnection.Terms? {
        var terms = ClientConnection.Terms(isReadOnly: isReadOnly)
        let limit = clientLimit
        let decision: (isAdmitted: Bool, leaving: ClientConnection?) = state.withLock { state in
            guard !state.isEnding else { return (false, nil) }
            state.lastNumber += 1
            terms.number = state.lastNumber
            if state.clients.count - state.refused.count < limit { return (true, nil) }
            // Those who have said nothing yet, the first of them.
            let strangers = state.clients.values.lazy.filter { [refused = state.refused] in
                !$0.isOpen && !refused.contains(ObjectIdentifier($0))
            }
            if let first = strangers.min(by: { $0.number < $1.number }) { return (true, first) }
            guard state.refused.count < Self.refusedLimit else { return (false, nil) }
            terms.refusal = .tooManyClients(limit)
            return (true, nil)
        }
        decision.leaving?.end(reactor)
        return decision.isAdmitted ? terms : nil
    }

    private func forget(_ connection: ClientConnection) {
        state.withLock { state in
            state.clients[ObjectIdentifier(connection)] = nil
            state.refused.remove(ObjectIdentifier(connection))
            if state.clients.isEmpty { state.idleSince = .now }
        }
    }

    // MARK: Events

    /// Passes the host's events on, in their order.
    private func sendEvents() async {
        var last = firstEvent
        while !Task.isCancelled {
            guard let events = try? await manager.events(since: last) else {
                try? await AsyncWait.sleep(until: .after(.seconds(1)))
                continue
            }
            for await event in events {
                last = event.number
                let clients = state.withLock { Array($0.clients.values) }
                guard clients.contains(where: { !$0.client.subscriptions.isEmpty }) else { continue }
                await waitForState(of: event)
                let messages = EventMessages(event, manager)
                for connection in clients {
                    let packets = connection.client.subscriptions.packets(of: messages)
                    if packets.isEmpty { continue }
                    loop.perform { reactor in connection.send(packets, reactor) }
                }
            }
        }
    }

    /// How long the state that an event tells of may take to be published.
    private static let publishingPatience = Duration.milliseconds(500)

    /// Supervisors write an event before they publish the state; clients that are told of a stop find the machine stopped.
    private func waitForState(of event: HostEvent) async {
        guard case .lifecycle(let change) = event.kind, let uuid = event.uuid else { return }
        let deadline = Deadline.after(Self.publishingPatience)
        while let state = manager.state(of: uuid), state.lastEvent < event.number, state.state != change.state,
            !deadline.hasPassed, !Task.isCancelled
        {
            try? await AsyncWait.sleep(until: .after(.milliseconds(1)))
        }
    }
}
