internal import Synchronization

/// The threads on which asynchronous calls read files, compute and write: few, and more only while those are held up.
///
/// Tasks that prefer it as their executor give their thread back whenever they wait, so a few threads serve hundreds of
/// calls. A thread that is stuck, on a file system that doesn't answer for example, is made up for by another one.
package final class WorkerPool: TaskExecutor {
    /// Started when it is needed first.
    package static let shared = WorkerPool()

    /// How many threads work when none is held up.
    package static let width = 2
    /// The most threads.
    package static let limit = 32
    /// How long work waits for threads that do nothing before one more is started.
    private static let patience = Duration.milliseconds(10)
    /// How long a thread beyond the first ones stays without work.
    private static let idleTime = Duration.seconds(1)

    private struct State {
        var jobs: [UnownedJob] = []
        var firstJob = 0
        /// How much work has been taken, to see whether the threads go on.
        var taken: UInt64 = 0
        /// What it was when that was looked at last.
        var takenBefore: UInt64 = 0
        var threads = 0
        var idle = 0
        var isChecking = false
    }

    private let state = Mutex(State())
    /// Rung once for each job that an idle thread is to take.
    private let bell = HandoffQueue<Void>()

    private init() {}

    /// Makes sure that there is a thread to work on.
    ///
    /// - Throws: `io` when the first thread can't be started.
    package func open() throws(VMError) {
        let isFirst = state.withLock { state in
            guard state.threads == 0 else { return false }
            state.threads = 1
            return true
        }
        if isFirst { try startThread() }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let (rings, starts, checks) = state.withLock { state in
            state.jobs.append(job)
            let starts = state.idle == 0 && state.threads < Self.width
            if starts { state.threads += 1 }
            // An idle thread that was rung for takes one job, and may be held up by that.
            let checks = !state.isChecking && !starts && state.jobs.count - state.firstJob > state.idle
            if checks {
                state.isChecking = true
                state.takenBefore = state.taken
            }
            return (state.idle > 0, starts, checks)
        }
        if rings { bell.bring(()) }
        if starts, (try? startThread()) == nil { checkLater() }
        if checks { checkLater() }
    }

    /// Has the event loop look in a moment whether the threads are held up.
    private func checkLater() {
        guard let loop = try? EventLoop.shared.get() else { return }
        loop.check(Check.shared, at: .after(Self.patience))
    }

    /// One more thread where work has waited for too long.
    fileprivate func check() {
        enum Step { case start, again, nothing }
        let step: Step = state.withLock { state in
            guard state.firstJob < state.jobs.count else {
                state.isChecking = false
                return .nothing
            }
            // Threads that take one job after the other are busy; more of them would not be quicker.
            let isHeldUp = state.taken == state.takenBefore
            state.takenBefore = state.taken
            guard isHeldUp, state.threads < Self.limit, state.idle == 0 else { return .again }
            state.threads += 1
            return .start
        }
        if step == .nothing { return }
        if step == .start { _ = try? startThread() }
        checkLater()
    }

    private func startThread() throws(VMError) {
        do throws(VMError) {
            _ = try BackgroundThread(named: "vmctl-worker") { [self] in work() }
        } catch {
            state.withLock { $0.threads -= 1 }
            throw error
        }
    }

    private func work() {
        while true {
            if let job = take() {
                job.runSynchronously(on: asUnownedTaskExecutor())
            } else if !rest() {
                return
            }
        }
    }

    private func take() -> UnownedJob? {
        state.withLock { state in
            guard state.firstJob < state.jobs.count else {
                state.jobs.removeAll(keepingCapacity: state.jobs.capacity < 1024)
                state.firstJob = 0
                state.idle += 1
                return nil
            }
            defer { state.firstJob += 1 }
            state.taken &+= 1
            return state.jobs[state.firstJob]
        }
    }

    /// Waits for work; false when the thread isn't needed any more.
    private func rest() -> Bool {
        let hasRung = bell.take(until: .after(Self.idleTime)) != nil
        return state.withLock { state in
            if !hasRung, state.firstJob == state.jobs.count, state.threads > Self.width {
                state.idle -= 1
                state.threads -= 1
                return false
            }
            state.idle -= 1
            return true
        }
    }

    private final class Check: DeadlineKeeper {
        static let shared = Check()
        func checkDeadlines() { WorkerPool.shared.check() }
    }
}
