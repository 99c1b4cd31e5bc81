internal import Synchronization

/// A number of places that tasks take and give back; those who find none wait in turn.
package final class AsyncSlots: Sendable {
    private struct State {
        var free: Int
        var waiting: [Place] = []
    }

    private let state: Mutex<State>

    package init(_ count: Int) { state = Mutex(State(free: count)) }

    /// Takes a place.
    ///
    /// - Returns: false when the deadline passed first, or the task was cancelled.
    package func take(by deadline: Deadline) async throws(VMError) -> Bool {
        let place = Place(self)
        let isFree = state.withLock { state in
            if state.free > 0 {
                state.free -= 1
                return true
            }
            state.waiting.append(place)
            return false
        }
        if isFree { return true }
        if deadline != .distantFuture {
            do throws(VMError) {
                try EventLoop.shared.get().check(place, at: deadline)
            } catch {
                // A place that was given meanwhile is taken.
                guard place.end(false) else { return true }
                leave(place)
                throw error
            }
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { place.begin($0) }
        } onCancel: {
            place.checkDeadlines()
        }
    }

    /// Gives a place back, to the one who has waited longest.
    package func giveBack() {
        while true {
            let next: Place? = state.withLock { state in
                guard let first = state.waiting.first else {
                    state.free += 1
                    return nil
                }
                state.waiting.removeFirst()
                return first
            }
            guard let next else { return }
            if next.end(true) { return }
        }
    }

    private func leave(_ place: Place) { state.withLock { $0.waiting.removeAll { $0 === place } } }

    /// Where a task waits.
    private final class Place: DeadlineKeeper {
        private enum State {
            case idle
            case waiting(CheckedContinuation<Bool, Never>)
            case done(Bool)
        }

        private let slots: AsyncSlots
        private let state = Mutex(State.idle)

        init(_ slots: AsyncSlots) { self.slots = slots }

        func begin(_ waiter: CheckedContinuation<Bool, Never>) {
            let early: Bool? = state.withLock { state in
                if case .done(let result) = state { return result }
                state = .waiting(waiter)
                return nil
            }
            if let early { waiter.resume(returning: early) }
        }

        /// Whether this was the end of the wait.
        @discardableResult
        func end(_ result: Bool) -> Bool {
            let (isFirst, waiter): (Bool, CheckedContinuation<Bool, Never>?) = state.withLock { state in
                switch state {
                case .done: return (false, nil)
                case .idle:
                    state = .done(result)
                    return (true, nil)
                case .waiting(let waiter):
                    state = .done(result)
                    return (true, waiter)
                }
            }
            waiter?.resume(returning: result)
            return isFirst
        }

        func checkDeadlines() { if end(false) { slots.leave(self) } }
    }
}
