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
        /// Clients at the same time, of all sockets.
        public var clientLimit = 500
        /// How long the server stays without clients; nil for ever.
        public var idleTime: Duration?

        public init() {}
    }

    private struct State {
        var clients: [ObjectIdentifier: ClientConnection] = [:]
        /// Since when there is none.
        var idleSince = Deadline.now
        var isEnding = false
        var listeners: [Int32] = []
    }

    private let manager: VMManager
    private let configuration: Configuration
    private let table = ServiceTable.all
    private let loop: EventLoop
    private let state = Mutex(State())
    /// Where in the host's events clients begin: before the first could register.
    private let firstEvent: UInt64

    /// - Throws: `io` when the threads can't be started, or the host's events can't be followed.
    public init(_ manager: VMManager, _ configuration: Configuration = .init()) throws(VMError) {
        self.manager = manager
        self.configuration = configuration
        loop = try EventLoop.shared.get()
        firstEvent = try EventFollower(manager, since: nil).token
        try WorkerPool.shared.open()
    }

    /// How many procedures are served.
    public var procedureCount: Int { table.procedures.count }

    /// Listens at a path.
    ///
    /// - Throws: `busy` when another server listens there.
    public func listen(at path: String, isReadOnly: Bool = false) throws(VMError) {
        if Socket.isListening(path) {
            throw VMError(
                .busy, "another server listens on '\(path)'",
                remedy: "end it first, or choose another path with --listen")
        }
        if Files.exists(path), Socket.isAbandoned(path) { try Files.remove(path) }
        try serve(try Socket.listen(at: .unix(path: path)), isReadOnly: isReadOnly)
    }

    /// Serves a socket that listens already.
    public func serve(_ listener: consuming FileDescriptor, isReadOnly: Bool = false) throws(VMError) {
        let raw = listener.release()
        Socket.setNonBlocking(raw)
        state.withLock { $0.listeners.append(raw) }
        loop.perform { [self] reactor in
            try? reactor.watch(raw) { [self] _ in accept(from: raw, isReadOnly, reactor) }
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
            guard state.withLock({ $0.clients.count < configuration.clientLimit && !$0.isEnding }) else { return }
            let connection = ClientConnection(socket, isReadOnly: isReadOnly, manager, table, loop) { [weak self] in
                self?.forget($0)
            }
            state.withLock { $0.clients[ObjectIdentifier(connection)] = connection }
            connection.begin(reactor)
        } catch {
            // No descriptor can be had: those who wait are looked at again when somebody has gone.
            guard error.code == .busy else { return }
            reactor.forget(listener)
            reactor.schedule(at: .after(.milliseconds(200))) { [self] in
                try? reactor.watch(listener) { [self] _ in accept(from: listener, isReadOnly, reactor) }
            }
        }
    }

    private func forget(_ connection: ClientConnection) {
        state.withLock { state in
            state.clients[ObjectIdentifier(connection)] = nil
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
