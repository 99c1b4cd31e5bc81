internal import Synchronization
internal import VMCore

/// An asynchronous call: an operation that runs on the worker pool for a task that waits for it.
///
/// The caller gets `cancelled` as soon as its task is cancelled. The operation then ends at its next wait, or at its own
/// deadline.
final class ConcurrentCall<Success: Sendable>: Sendable {
    typealias Outcome = Result<Success, VMError>

    private enum State {
        case idle
        case waiting(CheckedContinuation<Outcome, Never>)
        case early(Outcome)
        case done
    }

    private let state = Mutex(State.idle)

    static func run(
        _ body: @escaping @Sendable () async throws(VMError) -> Success
    ) async throws(VMError) -> Success {
        try WorkerPool.shared.open()
        let call = ConcurrentCall()
        let task = Task(executorPreference: WorkerPool.shared) {
            do throws(VMError) {
                call.finish(.success(try await body()))
            } catch {
                call.finish(.failure(error))
            }
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { call.begin($0) }
        } onCancel: {
            task.cancel()
            call.finish(.failure(VMError(.cancelled, "the task was cancelled")))
        }
        return try outcome.get()
    }

    private func begin(_ continuation: CheckedContinuation<Outcome, Never>) {
        let early: Outcome? = state.withLock { state in
            if case .early(let outcome) = state {
                state = .done
                return outcome
            }
            state = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(returning: early) }
    }

    private func finish(_ outcome: Outcome) {
        let waiting: CheckedContinuation<Outcome, Never>? = state.withLock { state in
            switch state {
            case .waiting(let continuation):
                state = .done
                return continuation
            case .idle:
                state = .early(outcome)
                return nil
            case .early, .done: return nil
            }
        }
        waiting?.resume(returning: outcome)
    }
}
