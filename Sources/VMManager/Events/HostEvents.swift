internal import Synchronization
public import VMCore

/// Events of this host as they come, for programs that embed the manager.
///
/// Nothing is read ahead: events wait in the host's journal, and what a reader has missed for so long that the journal
/// dropped it comes as a ``HostEvent/Kind/gap``. The events of ``VirtualMachine/events(since:)`` end when the machine has
/// ended, after the event that says so; all others when their task is cancelled.
public struct HostEvents: AsyncSequence, Sendable {
    public typealias Element = HostEvent
    public typealias Failure = Never

    private let feed: Feed

    init(_ feed: Feed) { self.feed = feed }

    public struct Iterator: AsyncIteratorProtocol {
        let feed: Feed

        public mutating func next() async -> HostEvent? { await feed.next(.distantFuture) }

        public mutating func next(isolation actor: isolated (any Actor)?) async -> HostEvent? {
            await feed.next(.distantFuture)
        }

        /// The next event; nil at the deadline, after which the sequence can be asked again, and at its end.
        public mutating func next(deadline: Deadline) async -> HostEvent? { await feed.next(deadline) }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(feed: feed) }

    /// A follower that one task at a time reads.
    final class Feed: Sendable {
        private struct Box: @unchecked Sendable {
            // SAFETY: touched only between `claim` and `release`.
            let follower: EventFollower
        }

        private let box: Box
        private let isClaimed = Atomic(false)
        private let manager: VMManager

        init(_ manager: VMManager, _ follower: EventFollower) {
            self.manager = manager
            box = Box(follower: follower)
        }

        private func claim() -> Bool { !isClaimed.exchange(true, ordering: .acquiringAndReleasing) }
        private func release() { isClaimed.store(false, ordering: .releasing) }

        func next(_ deadline: Deadline) async -> HostEvent? {
            guard !Task.isCancelled, claim() else { return nil }
            defer { release() }
            let event = await box.follower.nextConcurrently(deadline: deadline)
            if let event {
                manager.tell(.event(event))
                if event.kind == .adopted { manager.tell(.reconnected(domain: event.domain)) }
            }
            return event
        }
    }
}

extension VMManager {
    /// What happens to all domains, those included that are defined later.
    /// - Parameter since: the number of the last event known; 0 begins with the oldest that is kept, nil with the next one.
    public func events(since: UInt64? = nil) async throws(VMError) -> HostEvents {
        let feed = try await observed("events", domain: nil) { manager throws(VMError) in
            HostEvents.Feed(manager, try EventFollower(manager, since: since))
        }
        return HostEvents(feed)
    }

    /// The same for one domain, over all its starts and ends.
    public func events(of key: String, since: UInt64? = nil) async throws(VMError) -> HostEvents {
        let feed = try await observed("events", domain: key) { manager throws(VMError) in
            HostEvents.Feed(manager, try EventFollower(manager, machine: key, since: since))
        }
        return HostEvents(feed)
    }
}
