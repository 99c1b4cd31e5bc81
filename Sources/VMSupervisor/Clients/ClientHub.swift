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
    /// belong to it, the program that asks, and what takes the answer.
    typealias Request = (
        String, JSONObject, DescriptorBox, String?, @escaping (Result<SupervisorReply, VMError>) -> Void
    ) -> Void

    /// The most clients at once.
    static let clientLimit = 256

    /// What clients are greeted with: QEMU's greeting, less the capabilities that can't be shared.
    var greeting: [UInt8]
    var link: QEMULink?
    var onRequest: Request = { _, _, _, _, _ in }
    /// A client tells QEMU itself to stop the CPUs. QEMU says nothing about that when they are stopped already.
    var onStop: () -> Void = {}
    /// Something worth a line in the log.
    var onNote: (String) -> Void = { _ in }
    /// The last client has gone.
    var onQuiet: () -> Void = {}

    private let reactor: Reactor
    private var listener: FileDescriptor
    private var clients: [Int: HubClient] = [:]
    private var lastClient = 0
    private var isPaused = false

    init(listener: consuming FileDescriptor, greeting: [UInt8], reactor: Reactor) throws(VMError) {
        self.listener = listener
        self.greeting = greeting
        self.reactor = reactor
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
        while clients.count < Self.clientLimit {
            guard let socket = try? Socket.accept(on: listener.raw) else { return }
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
        }
        // The others wait in the queue until one leaves.
        isPaused = true
        reactor.change(listener.raw, to: [])
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

    /// QEMU's answer to a client's command.
    func deliver(_ bytes: [UInt8], to number: Int) { clients[number]?.answer(bytes) }

    /// A client has gone.
    func forget(_ number: Int, because reason: String?) {
        guard clients.removeValue(forKey: number) != nil else { return }
        if let reason { onNote("dropped client \(number): \(reason)") }
        if isPaused {
            isPaused = false
            reactor.change(listener.raw, to: .read)
        }
        if clients.isEmpty { onQuiet() }
    }

    /// Reads again from clients that had to wait.
    func wake() { for client in Array(clients.values) { client.resume() } }

    /// Sends what is left and closes all connections.
    func close() {
        reactor.forget(listener.raw)
        for client in Array(clients.values) { client.finish() }
        clients = [:]
    }
}
