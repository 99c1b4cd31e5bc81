internal import Glibc
internal import MonitorJSON
internal import Synchronization
internal import VMCore
internal import VMJSON

/// A running machine's events, in order. Ends when the machine has ended, after the event that says so.
///
/// A reader that is too slow loses the oldest events and finds a ``MachineEvent/Kind/gap`` in their place. A supervisor
/// that is replaced isn't noticed: the events go on where they stopped.
public struct MachineEvents: AsyncSequence, Sendable {
    public typealias Element = MachineEvent
    public typealias Failure = Never

    /// Events that are kept for a slow reader.
    public static let bufferLimit = 1024

    private let stream: AsyncStream<MachineEvent>

    public struct Iterator: AsyncIteratorProtocol {
        var base: AsyncStream<MachineEvent>.Iterator

        public mutating func next() async -> MachineEvent? { await base.next() }

        public mutating func next(isolation actor: isolated (any Actor)?) async -> MachineEvent? {
            await base.next(isolation: actor)
        }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(base: stream.makeAsyncIterator()) }

    /// Connects and subscribes; a thread of its own reads from then on.
    static func subscribe(_ manager: VMManager, key: String, since: UInt64?) throws(VMError) -> MachineEvents {
        let machine = try manager.find(key)
        let subscription = Subscription(manager: manager, machine: machine)
        try subscription.connect(since: since)
        let (stream, continuation) = AsyncStream.makeStream(
            of: MachineEvent.self, bufferingPolicy: .bufferingNewest(bufferLimit))
        continuation.onTermination = { _ in subscription.cancel() }
        Threads.start { subscription.run(continuation) }
        return MachineEvents(stream: stream)
    }
}

/// The reading side of a subscription.
private final class Subscription: Sendable {
    private struct State {
        var session: Session?
        var isCancelled = false
        var last: UInt64?
        var missed: [MachineEvent] = []
        var hasLost = false
    }

    /// A monitor that only the subscription's thread uses; others may break its socket off.
    private struct Session: @unchecked Sendable {
        let monitor: BlockingMonitor
    }

    private let manager: VMManager
    private let machine: Machine
    private let state = Mutex(State())

    init(manager: VMManager, machine: Machine) {
        self.manager = manager
        self.machine = machine
    }

    func connect(since: UInt64?) throws(VMError) {
        let deadline = Deadline.after(VMManager.patience)
        let monitor = try manager.monitor("\(machine.uuid)", deadline: deadline)
        var arguments: JSONObject = [:]
        if let since { arguments["since"] = JSONValue(since) }
        let answer = try monitor.execute("x-vmctl-subscribe", arguments, deadline: deadline)["ok"]
        let missed = (answer?["missed"]?.array ?? []).compactMap { MachineEvent(json: $0) }
        let last = answer?["lastEvent"]?.uint64
        let hasGap = answer?["gap"]?.bool == true
        let session = Session(monitor: monitor)
        state.withLock { state in
            state.session = session
            state.missed = (hasGap ? [.gap] : []) + missed
            state.last = last
        }
    }

    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            // Wakes the reading thread, which closes.
            if let session = state.session { shutdown(session.monitor.descriptor, Int32(SHUT_RDWR)) }
        }
    }

    func run(_ continuation: AsyncStream<MachineEvent>.Continuation) {
        repeat {
            deliver(state.withLock { $0.missed }, to: continuation)
            while let event = next() { deliver([event], to: continuation) }
        } while reconnect()
        state.withLock { $0.session = nil }
        continuation.finish()
    }

    private func next() -> MachineEvent? {
        guard let session = state.withLock({ $0.isCancelled ? nil : $0.session }) else { return nil }
        while let event = try? session.monitor.nextEvent(deadline: .distantFuture) {
            if event.name == "X_VMCTL_EVENT", let event = MachineEvent(json: .object(event.data)) { return event }
        }
        return nil
    }

    private func deliver(_ events: [MachineEvent], to continuation: AsyncStream<MachineEvent>.Continuation) {
        for event in events {
            let gapIsDue = state.withLock { state in
                if event.sequence > 0 { state.last = event.sequence }
                defer { state.hasLost = false }
                return state.hasLost
            }
            if gapIsDue {
                continuation.yield(.gap)
                manager.tell(.event(.gap, domain: machine.name))
            }
            manager.tell(.event(event, domain: machine.name))
            if case .dropped = continuation.yield(event) { state.withLock { $0.hasLost = true } }
        }
    }

    /// After the connection's end: either the machine has ended too, or its supervisor was replaced.
    private func reconnect() -> Bool {
        let (isCancelled, last) = state.withLock { ($0.isCancelled, $0.last) }
        guard !isCancelled, (try? manager.status("\(machine.uuid)"))?.state.isActive == true else { return false }
        guard (try? connect(since: last)) != nil else { return false }
        manager.tell(.reconnected(domain: machine.name))
        return true
    }
}
