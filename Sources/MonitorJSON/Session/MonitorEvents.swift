internal import Synchronization

/// The events of a session, from the moment this value was made.
///
/// Each sequence has its own bounded buffer. A reader that is too slow loses the oldest events of its buffer and is told
/// how many, at the place where they are missing; other readers lose nothing. The sequence ends with the session.
public struct MonitorEvents: AsyncSequence, Sendable {
    /// What a reader gets.
    public enum Element: Sendable, Hashable {
        case event(QMPEvent)
        /// That many events were lost here.
        case gap(Int)

        public var event: QMPEvent? {
            if case .event(let event) = self { event } else { nil }
        }
    }

    let queue: EventQueue

    public struct AsyncIterator: AsyncIteratorProtocol {
        let queue: EventQueue
        let handle: EventQueue.Handle

        public mutating func next() async -> Element? { await queue.next() }
        public mutating func next(isolation actor: isolated (any Actor)?) async -> Element? { await queue.next() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(queue: queue, handle: handle) }

    /// Kept by everybody who may still read.
    let handle: EventQueue.Handle

    init(limit: Int) {
        queue = EventQueue(limit: limit)
        handle = EventQueue.Handle(queue)
    }
}

/// The buffer between a session and one reader.
final class EventQueue: Sendable {
    /// When the last copy goes, nobody reads any more.
    final class Handle: Sendable {
        private let queue: EventQueue
        init(_ queue: EventQueue) { self.queue = queue }
        deinit { queue.abandon() }
    }

    private struct State {
        var events: [QMPEvent] = []
        var first = 0
        var lost = 0
        var hasEnded = false
        var isAbandoned = false
        var waiter: CheckedContinuation<MonitorEvents.Element?, Never>?
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = Swift.max(1, limit) }

    var isWanted: Bool { state.withLock { !$0.isAbandoned } }

    func push(_ event: QMPEvent) {
        let waiter = state.withLock { state -> CheckedContinuation<MonitorEvents.Element?, Never>? in
            if state.isAbandoned || state.hasEnded { return nil }
            if let waiter = state.waiter {
                state.waiter = nil
                return waiter
            }
            if state.events.count - state.first >= limit {
                state.first += 1
                state.lost += 1
            }
            state.events.append(event)
            // What has been read or lost goes when it is half of what is held.
            if state.first > limit {
                state.events.removeFirst(state.first)
                state.first = 0
            }
            return nil
        }
        waiter?.resume(returning: .event(event))
    }

    func finish() {
        let waiter = state.withLock { state in
            state.hasEnded = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: nil)
    }

    private func abandon() {
        state.withLock { state in
            state.isAbandoned = true
            state.events = []
            state.first = 0
        }
    }

    /// The next element; nil at the end and when the reader's task is cancelled.
    func next() async -> MonitorEvents.Element? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let ready = state.withLock { state -> MonitorEvents.Element?? in
                    if state.lost > 0 {
                        defer { state.lost = 0 }
                        return .gap(state.lost)
                    }
                    if state.first < state.events.count {
                        defer { state.first += 1 }
                        return .event(state.events[state.first])
                    }
                    // Asked under the lock: a cancellation either is seen here or finds the waiter.
                    if state.hasEnded || Task.isCancelled || state.waiter != nil { return .some(nil) }
                    state.waiter = waiter
                    return nil
                }
                if let ready { waiter.resume(returning: ready) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(returning: nil)
        }
    }
}
