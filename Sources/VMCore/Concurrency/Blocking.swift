internal import Glibc
internal import Synchronization

/// Runs an asynchronous function on the calling thread and waits for its end.
///
/// The functions that are called this way wait with the thread's own means (poll, sleep) and don't suspend, so that this
/// costs one allocation and no thread. One that does suspend is waited for as well.
package func runBlocking<Success>(
    _ body: nonisolated(nonsending) () async throws(VMError) -> Success
) throws(VMError) -> Success {
    let run = BlockingRun<Success>()
    return try withoutActuallyEscaping(body) { (body) throws(VMError) -> Success in
        // SAFETY: the task runs on this thread, which does nothing else until the task has ended.
        nonisolated(unsafe) let body = body
        nonisolated(unsafe) let run = run
        let task = Task(executorPreference: run.executor) {
            do throws(VMError) {
                run.outcome = .success(try await body())
            } catch {
                run.outcome = .failure(error)
            }
            run.executor.finish()
        }
        run.executor.run()
        withExtendedLifetime(task) {}
        guard let outcome = run.outcome else { throw VMError(.internalError, "a blocking call ended without a result") }
        return try outcome.get()
    }
}

private final class BlockingRun<Success> {
    var outcome: Result<Success, VMError>?
    let executor = CallingThread()
}

/// Runs a task's parts on the one thread that waits for the task.
private final class CallingThread: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isFinished = false
    }

    private let state = Mutex(State())
    private let queue = HandoffQueue<Void>()
    private let thread = pthread_self()

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
        if pthread_equal(thread, pthread_self()) == 0 { queue.bring(()) }
    }

    func finish() {
        state.withLock { $0.isFinished = true }
        if pthread_equal(thread, pthread_self()) == 0 { queue.bring(()) }
    }

    func run() {
        while true {
            let (job, isFinished): (UnownedJob?, Bool) = state.withLock { state in
                (state.jobs.isEmpty ? nil : state.jobs.removeFirst(), state.isFinished)
            }
            if let job {
                job.runSynchronously(on: asUnownedTaskExecutor())
            } else if isFinished {
                return
            } else {
                _ = queue.take(until: .distantFuture)
            }
        }
    }
}
