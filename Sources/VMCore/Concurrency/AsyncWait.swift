internal import Glibc
internal import Synchronization

/// Waits that hold no thread: the event loop watches for them.
package enum AsyncWait {
    /// Waits until one of the descriptors can be read or was closed by its peer.
    ///
    /// - Parameter descriptors: negative ones are passed over, as poll(2) does.
    /// - Returns: false when the deadline passed first, or the task was cancelled.
    package static func isReadable(_ descriptors: Int32..., by deadline: Deadline) async throws(VMError) -> Bool {
        var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        if poll(&entries, nfds_t(entries.count), 0) > 0 { return true }
        let wait = try PendingWait(try EventLoop.shared.get(), descriptors.filter { $0 >= 0 }, deadline)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { wait.begin($0) }
        } onCancel: {
            wait.end(false)
        }
    }

    /// Waits until the deadline.
    ///
    /// - Throws: `cancelled` when the task was cancelled.
    package static func sleep(until deadline: Deadline) async throws(VMError) {
        _ = try await isReadable(by: deadline)
        if Task.isCancelled { throw VMError(.cancelled, "the task was cancelled") }
    }
}

/// One wait for descriptors, until a deadline.
private final class PendingWait: DeadlineKeeper {
    private enum State {
        case idle
        case waiting(CheckedContinuation<Bool, Never>)
        case done(Bool)
    }

    private let loop: EventLoop
    /// Copies: one descriptor may be waited for by several tasks, and the loop watches each number once.
    private let copies: [Int32]
    private let deadline: Deadline
    private let state = Mutex(State.idle)

    init(_ loop: EventLoop, _ descriptors: [Int32], _ deadline: Deadline) throws(VMError) {
        self.loop = loop
        self.deadline = deadline
        var copies: [Int32] = []
        for descriptor in descriptors {
            let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
            guard copy >= 0 else {
                let error = VMError.system("cannot wait for a descriptor", errno: errno)
                for copy in copies { close(copy) }
                throw error
            }
            copies.append(copy)
        }
        self.copies = copies
    }

    deinit { for copy in copies { close(copy) } }

    func begin(_ waiter: CheckedContinuation<Bool, Never>) {
        let early: Bool? = state.withLock { state in
            if case .done(let result) = state { return result }
            state = .waiting(waiter)
            return nil
        }
        if let early { return waiter.resume(returning: early) }
        if !copies.isEmpty {
            loop.perform { [self] reactor in
                guard isWaiting else { return }
                for copy in copies {
                    do throws(VMError) { try reactor.watch(copy) { [self] _ in end(true) } } catch { end(true) }
                }
            }
        }
        if deadline != .distantFuture { loop.check(self, at: deadline) }
    }

    private var isWaiting: Bool { state.withLock { if case .waiting = $0 { true } else { false } } }

    func checkDeadlines() { end(false) }

    func end(_ result: Bool) {
        let waiter: CheckedContinuation<Bool, Never>? = state.withLock { state in
            defer { if case .done = state {} else { state = .done(result) } }
            if case .waiting(let waiter) = state { return waiter }
            return nil
        }
        guard let waiter else { return }
        if copies.isEmpty { return waiter.resume(returning: result) }
        // The handlers keep this wait, and with it the copies, until the loop has let go of them.
        loop.perform { [self] reactor in for copy in copies { reactor.forget(copy) } }
        waiter.resume(returning: result)
    }
}
