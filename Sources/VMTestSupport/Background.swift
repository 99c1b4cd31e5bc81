import Foundation

/// Work on a thread of its own: tests that wait for it may have taken all the threads of the concurrency pool.
final class Background<Value: Sendable>: @unchecked Sendable {
    private let isDone = DispatchSemaphore(value: 0)
    private var result: Value?

    init(_ body: @escaping @Sendable () -> Value) {
        Thread.detachNewThread { [self] in
            result = body()
            isDone.signal()
        }
    }

    /// Waits for the result; to be called once.
    func wait() -> Value? {
        isDone.wait()
        return result
    }
}
