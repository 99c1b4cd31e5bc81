internal import VMCore

/// What is kept for all clients together: packets that haven't come whole, answers and events that nobody reads. When it is
/// too much, the greediest client is hung up; the others notice nothing.
///
/// All of it runs on the event loop's thread.
final class MemoryBudget: @unchecked Sendable {
    // SAFETY: touched on the event loop's thread only.

    private let limit: Int
    private let loop: EventLoop
    private var shares: [ObjectIdentifier: (connection: ClientConnection, bytes: Int)] = [:]
    private var total = 0

    init(limit: Int, _ loop: EventLoop) {
        self.limit = limit
        self.loop = loop
    }

    /// A client needs so much now.
    func note(_ connection: ClientConnection, _ bytes: Int) {
        let key = ObjectIdentifier(connection)
        let before = shares[key]?.bytes ?? 0
        guard bytes != before else { return }
        total += bytes - before
        shares[key] = bytes == 0 ? nil : (connection, bytes)
        guard total > limit, bytes > before, let greediest = shares.values.max(by: { $0.bytes < $1.bytes }) else {
            return
        }
        // Not at once: the client may be the one that is being served.
        loop.perform { reactor in greediest.connection.end(reactor) }
    }

    func forget(_ connection: ClientConnection) { note(connection, 0) }
}
