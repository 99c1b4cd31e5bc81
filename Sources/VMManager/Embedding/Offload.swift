internal import Synchronization
internal import VMCore

/// Runs a blocking call on a thread of its own, so that the threads of Swift's concurrency never wait.
///
/// A cancelled task gets `cancelled` at once; the call itself ends at its own deadline.
func offload<Result: Sendable>(
    _ body: @escaping @Sendable () throws(VMError) -> Result
) async throws(VMError) -> Result {
    let call = OffloadedCall<Result>()
    let outcome = await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
            call.begin(continuation)
            Threads.start {
                do throws(VMError) {
                    call.finish(.success(try body()))
                } catch {
                    call.finish(.failure(error))
                }
            }
        }
    } onCancel: {
        call.finish(.failure(VMError(.cancelled, "the task was cancelled")))
    }
    return try outcome.get()
}

/// The one outcome of a call that its thread and a cancellation race for.
private final class OffloadedCall<Success: Sendable>: Sendable {
    typealias Outcome = Result<Success, VMError>

    private enum State {
        case idle
        case waiting(CheckedContinuation<Outcome, Never>)
        case early(Outcome)
        case done
    }

    private let state = Mutex(State.idle)

    func begin(_ continuation: CheckedContinuation<Outcome, Never>) {
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

    func finish(_ outcome: Outcome) {
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
