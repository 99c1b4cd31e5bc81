internal import Dispatch
internal import VMCore

/// Work on a thread of its own: tests that wait for it may have taken all the threads of the concurrency pool.
package final class Background<Value: Sendable>: @unchecked Sendable {
    private let isDone = DispatchSemaphore(value: 0)
    // SAFETY: written before the signal, read after it.
    private var result: Value?

    package init(_ body: @escaping @Sendable () -> Value) {
        Threads.start { [self] in
            result = body()
            isDone.signal()
        }
    }

    /// Waits for the result; to be called once.
    package func wait() -> Value? {
        isDone.wait()
        return result
    }
}
