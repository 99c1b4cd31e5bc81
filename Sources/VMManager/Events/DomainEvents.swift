internal import Synchronization
public import VMCore

/// The events of all machines of a manager, those included that start later, in order; ends when its task is cancelled.
///
/// Nothing is read ahead: events wait in the machines' journals, and what a reader has missed for so long that the journal
/// dropped it comes as a gap.
public struct DomainEvents: AsyncSequence, Sendable {
    public typealias Element = DomainEvent
    public typealias Failure = Never

    private let feed: Feed

    init(_ feed: Feed) { self.feed = feed }

    public struct Iterator: AsyncIteratorProtocol {
        let feed: Feed

        public mutating func next() async -> DomainEvent? { await feed.next(.distantFuture) }

        public mutating func next(isolation actor: isolated (any Actor)?) async -> DomainEvent? {
            await feed.next(.distantFuture)
        }

        /// The next event; nil at the deadline, after which the sequence can be asked again, and at its end.
        public mutating func next(deadline: Deadline) async -> DomainEvent? { await feed.next(deadline) }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(feed: feed) }

    /// A follower that one task at a time reads. Only a wait has a thread.
    final class Feed: Sendable {
        private struct Box: @unchecked Sendable {
            // SAFETY: touched only between `claim` and `release`.
            let follower: EventFollower
        }

        private let box: Box
        private let canceller: EventFollower.Canceller
        private let isClaimed = Atomic(false)
        private let manager: VMManager

        init(_ manager: VMManager, _ follower: EventFollower) {
            self.manager = manager
            box = Box(follower: follower)
            canceller = follower.cancellation
        }

        private func claim() -> Bool { !isClaimed.exchange(true, ordering: .acquiringAndReleasing) }
        private func release() { isClaimed.store(false, ordering: .releasing) }

        func next(_ deadline: Deadline) async -> DomainEvent? {
            guard !Task.isCancelled, claim() else { return nil }
            defer { release() }
            let event = if let event = box.follower.next(deadline: .now) { event } else { await wait(deadline) }
            if let event { manager.tell(.event(event.machineEvent, domain: event.domain)) }
            return event
        }

        private func wait(_ deadline: Deadline) async -> DomainEvent? {
            let box = box
            return await withTaskCancellationHandler {
                await withCheckedContinuation { waiter in
                    Threads.start { waiter.resume(returning: box.follower.next(deadline: deadline)) }
                }
            } onCancel: {
                canceller.cancel()
            }
        }
    }
}

extension VMManager {
    /// What happens to all machines from now on, or behind a token; see ``DomainEvents``.
    public func events(since: EventToken? = nil) async throws(VMError) -> DomainEvents {
        let feed = try await observed("events", domain: nil) { () throws(VMError) in
            DomainEvents.Feed(self, try EventFollower(self, since: since))
        }
        return DomainEvents(feed)
    }

    /// The same for one domain, whether it runs or not; goes on over its end and its next start.
    public func events(of key: String, since: EventToken? = nil) async throws(VMError) -> DomainEvents {
        let feed = try await observed("events", domain: key) { () throws(VMError) in
            DomainEvents.Feed(self, try EventFollower(self, machine: key, since: since))
        }
        return DomainEvents(feed)
    }
}
