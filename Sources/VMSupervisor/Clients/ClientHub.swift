internal import Glibc
internal import MonitorJSON
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// The socket at which any number of clients speak plain QMP to one machine.
///
/// Each has its own greeting, negotiation and ids; events go to all that have negotiated. A client that doesn't read is
/// dropped when its backlog grows too long; one that sends too fast isn't read for a while.
final class ClientHub {
    /// A command that isn't QEMU's but the supervisor's: its name behind the prefix, its arguments, the open files that
    /// belong to it, the process that asks, and what takes the answer.
    typealias Request = (
        String, JSONObject, DescriptorBox, pid_t, @escaping (Result<SupervisorReply, VMError>) -> Void
    ) -> Void

    /// The most clients at once. With QEMU, the helpers and files of its own a supervisor has fewer than 64 files open then;
    /// who asks one thing and leaves only waits its turn.
    static let clientLimit = 40
    /// The most that is kept for all clients together, in bytes.
    static let budget = 12 << 20
    /// How much one client may have without being asked about it.
    private static let pittance = 64 << 10
    /// How long a client may be there without having said anything that is understood.
    private static let introduction = Duration.seconds(30)
    /// How long a client that does nothing keeps its place when others want one.
    private static let idleTime = Duration.seconds(5)

    /// What clients are greeted with: QEMU's greeting, less the capabilities that can't be shared.
    var greeting: [UInt8]
    var link: QEMULink?
    var onRequest: Request = { _, _, _, _, _ in }
    /// A client tells QEMU itself to stop the CPUs. QEMU says nothing about that when they are stopped already.
    var onStop: () -> Void = {}
    /// A client has QEMU remove a device. QEMU doesn't tell of every one that goes.
    var onDeviceRemoval: () -> Void = {}
    /// Something worth a line in the log.
    var onNote: (String) -> Void = { _ in }
    /// The last client has gone.
    var onQuiet: () -> Void = {}

    private let reactor: Reactor
    private var listener: FileDescriptor
    private var clients: [Int: HubClient] = [:]
    private var lastClient = 0
    private var queue = CommandQueue()
    private var isPaused = false
    private var reviewTimer: Reactor.Timer?
    /// Given up for a moment when there is no descriptor left for a client, who is then told so by the end.
    private var reserve: FileDescriptor?

    init(listener: consuming FileDescriptor, greeting: [UInt8], reactor: Reactor) throws(VMError) {
        self.listener = listener
        self.greeting = greeting
        self.reactor = reactor
        reserve = try? FileDescriptor.open("/dev/null", flags: O_RDONLY)
        try reactor.watch(self.listener.raw) { [unowned self] _ in accept() }
    }

    /// Takes another listening socket in place of the one whose path is gone. Clients stay.
    func listen(on fresh: consuming FileDescriptor) throws(VMError) {
        reactor.forget(listener.raw)
        listener = fresh
        isPaused = false
        try reactor.watch(listener.raw) { [unowned self] _ in accept() }
    }

    private func accept() {
        while clients.count < Self.clientLimit || makeRoom() {
            let socket: FileDescriptor
            do throws(VMError) {
                guard let accepted = try Socket.accept(on: listener.raw) else { return }
                socket = accepted
            } catch {
                return error.code == .busy ? turnAway() : pause(for: .milliseconds(100))
            }
            guard let peer = try? Socket.peer(of: socket.raw), peer.userID == 0 || peer.userID == hostUserID() else {
                onNote("refused a client of another user")
                continue
            }
            lastClient += 1
            let number = lastClient
            guard
                let client = try? HubClient(
                    socket, number: number, process: peer.processID, hub: self, reactor: reactor)
            else { continue }
            clients[number] = client
            client.send(greeting)
            reviewLater()
        }
        // Others wait in the queue until one leaves.
        if isAwaited { pause(for: Self.idleTime) }
    }

    private func pause(for time: Duration) {
        guard !isPaused else { return }
        isPaused = true
        reactor.change(listener.raw, to: [])
        reactor.schedule(at: .after(time)) { [weak self] in self?.goOnListening() }
    }

    private func goOnListening() {
        guard isPaused else { return }
        isPaused = false
        reactor.change(listener.raw, to: .read)
    }

    /// There is no descriptor left for a client: it is taken out of the queue with the one in reserve, and closed.
    private func turnAway() {
        reserve = nil
        let isGone: Bool
        if let client = (try? Socket.accept(on: listener.raw)) ?? nil {
            isGone = true
            _ = consume client
        } else {
            isGone = false
        }
        reserve = try? FileDescriptor.open("/dev/null", flags: O_RDONLY)
        onNote("turned a client away: no file descriptor is left")
        if !isGone { pause(for: .milliseconds(100)) }
    }

    // MARK: Limits

    /// Whether a client waits to be let in.
    private var isAwaited: Bool { Poll.isReadable(listener.raw, by: .now) }

    /// Drops the client that has been idle longest, of those that have not negotiated first, where another one waits.
    private func makeRoom() -> Bool {
        guard isAwaited else { return false }
        let idle = clients.values.filter {
            $0.isIdle && (!$0.hasNegotiated || $0.lastUse.advanced(by: Self.idleTime).hasPassed)
        }
        let first = idle.min { ($0.hasNegotiated ? 1 : 0, $0.lastUse) < ($1.hasNegotiated ? 1 : 0, $1.lastUse) }
        guard let first else { return false }
        first.close("it did nothing, and others wait for a place")
        return true
    }

    /// Drops clients that have never said anything.
    private func reviewLater() {
        guard reviewTimer == nil else { return }
        reviewTimer = reactor.schedule(at: .after(Self.introduction)) { [weak self] in
            guard let self else { return }
            reviewTimer = nil
            for client in Array(clients.values) where client.isIdle && !client.hasNegotiated {
                if client.lastUse.advanced(by: Self.introduction).hasPassed { client.close("it has not negotiated") }
            }
            if clients.values.contains(where: { !$0.hasNegotiated }) { reviewLater() }
        }
    }

    /// Drops the client for whom most is kept when it is too much for all together.
    func checkBudget(after client: HubClient) {
        guard client.holding > Self.pittance else { return }
        while clients.values.reduce(0, { $0 + $1.holding }) > Self.budget,
            let greediest = clients.values.max(by: { $0.holding < $1.holding })
        {
            greediest.close("too much had to be kept for it, \(greediest.holding) bytes")
        }
    }

    /// An event for everybody who has negotiated.
    func broadcast(_ message: ArraySlice<UInt8>) {
        guard !clients.isEmpty else { return }
        let line = Array(message) + [0x0d, 0x0a]
        for client in Array(clients.values) where client.hasNegotiated { client.send(line) }
    }

    /// Whether anybody wants ``announce(_:)``.
    var hasSubscribers: Bool { clients.values.contains { $0.hasSubscribed } }

    /// An event of the supervisor's own, for those who subscribed.
    func announce(_ message: JSONObject) {
        let line = HubMessages.message(message)
        for client in Array(clients.values) where client.hasSubscribed { client.send(line) }
    }

    // MARK: Commands

    /// Passes a client's command on when it is that client's turn.
    func forward(_ command: CommandQueue.Command) {
        queue.append(command)
        feed()
    }

    /// How many bytes of a client's commands wait for its turn.
    func waitingBytes(of number: Int) -> Int { queue.bytes(of: number) }

    /// Gives QEMU what it may have now.
    private func feed() {
        while let link, let command = queue.next() {
            if link.hasEnded {
                close(command.descriptors)
                queue.finished(command.client)
                clients[command.client]?.answer(HubMessages.error("QEMU has ended", id: command.id))
            } else {
                link.forward(command)
            }
        }
    }

    /// QEMU's answer to a client's command.
    func deliver(_ bytes: [UInt8], to number: Int) {
        queue.finished(number)
        // First of all, so that QEMU isn't idle while the answer is sent.
        feed()
        clients[number]?.answer(bytes)
    }

    private func close(_ descriptors: [Int32]) {
        for raw in descriptors { _ = FileDescriptor(owning: raw) }
    }

    /// A client has gone.
    func forget(_ number: Int, because reason: String?) {
        guard clients.removeValue(forKey: number) != nil else { return }
        let dropped = queue.depart(number)
        for command in dropped { close(command.descriptors) }
        if !dropped.isEmpty { onNote("\(dropped.count) commands of clients that hung up are not carried out") }
        if let reason { onNote("dropped client \(number): \(reason)") }
        goOnListening()
        if clients.isEmpty { onQuiet() }
    }

    /// Reads again from clients that had to wait.
    func wake() { for client in Array(clients.values) { client.resume() } }

    /// Sends what is left and closes all connections.
    func close() {
        reactor.forget(listener.raw)
        for client in Array(clients.values) { client.finish() }
        clients = [:]
        for command in queue.removeAll() { close(command.descriptors) }
    }
}
