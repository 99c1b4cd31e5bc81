internal import Glibc
internal import Synchronization

/// Something whose deadlines the event loop keeps.
package protocol DeadlineKeeper: AnyObject, Sendable {
    /// Called on the loop's thread, at the time that was asked for.
    func checkDeadlines()
}

/// The one thread of the process that waits for all its asynchronous calls: it reads for every monitor, watches
/// descriptors, and keeps deadlines.
package final class EventLoop: TaskExecutor {
    /// Started when it is needed first, never stopped: it sleeps while nothing happens.
    package static let shared = Result<EventLoop, VMError> { () throws(VMError) in try EventLoop() }

    package typealias Job = @Sendable (Reactor) -> Void

    private struct State {
        var jobs: [Job] = []
        /// In order of their deadlines.
        var checks: [(deadline: Deadline, keeper: WeakKeeper)] = []
        var isAwake = true
        /// The loop's own, which looks for work before it sleeps and needs no waking.
        var thread: pthread_t?
        /// When the thread wakes by itself.
        var alarm = Deadline.distantFuture
    }

    /// A deadline keeps nothing alive.
    private struct WeakKeeper {
        weak var keeper: (any DeadlineKeeper)?
    }

    private let state = Mutex(State())
    private let wakeEnd: FileDescriptor

    private init() throws(VMError) {
        let pair = try Socket.pair()
        let (mine, its) = pair.release()
        wakeEnd = FileDescriptor(owning: mine)
        let listening = FileDescriptor(owning: its)
        let reactor = try Reactor()
        let box = LoopBox(reactor: reactor, wakeEnd: listening.release())
        _ = try BackgroundThread(named: "vmctl-events") { [self] in run(box) }
    }

    /// What only the loop's thread touches after it has begun.
    private struct LoopBox: @unchecked Sendable {
        // SAFETY: handed to the thread once, before anybody else could use it.
        let reactor: Reactor
        let wakeEnd: Int32
    }

    // MARK: From any thread

    /// Runs `job` on the loop's thread, soon.
    package func perform(_ job: @escaping Job) {
        let mustWake = state.withLock { state in
            state.jobs.append(job)
            return !state.isAwake && state.thread != pthread_self()
        }
        if mustWake { wake() }
    }

    /// Runs a part of a task that prefers this thread.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        perform { [self] _ in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    /// Has the keeper look at its deadlines at that time.
    package func check(_ keeper: any DeadlineKeeper, at deadline: Deadline) {
        let mustWake = state.withLock { state in
            let place = state.checks.firstIndex { $0.deadline > deadline } ?? state.checks.endIndex
            state.checks.insert((deadline, WeakKeeper(keeper: keeper)), at: place)
            return !state.isAwake && deadline < state.alarm && state.thread != pthread_self()
        }
        if mustWake { wake() }
    }

    private func wake() {
        let byte: [UInt8] = [0]
        _ = Socket.send(byte, 0..<1, to: wakeEnd.raw)
    }

    // MARK: The thread

    private func run(_ box: LoopBox) {
        let reactor = box.reactor
        let wakeEnd = box.wakeEnd
        state.withLock { $0.thread = pthread_self() }
        try? reactor.watch(wakeEnd) { _ in
            withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { room in
                while case .bytes = Socket.receive(into: room, from: wakeEnd) {}
            }
        }
        while true {
            let (jobs, due) = takeWork()
            for job in jobs { job(reactor) }
            for keeper in due { keeper.checkDeadlines() }
            if jobs.isEmpty, due.isEmpty {
                let alarm = fallAsleep()
                if let alarm { try? reactor.turn(until: alarm) }
                state.withLock { $0.isAwake = true }
            }
        }
    }

    private func takeWork() -> ([Job], [any DeadlineKeeper]) {
        state.withLock { state in
            let jobs = state.jobs
            state.jobs = []
            guard let first = state.checks.first, first.deadline.hasPassed else { return (jobs, []) }
            let count = state.checks.prefix { $0.deadline.hasPassed }.count
            let due = state.checks.prefix(count).compactMap(\.keeper.keeper)
            state.checks.removeFirst(count)
            return (jobs, due)
        }
    }

    /// The time to sleep until; nil when work has come in.
    private func fallAsleep() -> Deadline? {
        state.withLock { state in
            guard state.jobs.isEmpty else { return nil }
            state.isAwake = false
            state.alarm = state.checks.first?.deadline ?? .distantFuture
            return state.alarm
        }
    }
}
