internal import MonitorJSON
internal import Synchronization
internal import VMCore

/// The connections of this process to machines' supervisors, for asynchronous calls: one a machine, used by all calls, kept
/// until the machine ends.
final class MachineConnections: Sendable {
    static let shared = MachineConnections()

    private let lines = Mutex<[String: MachineConnection]>([:])

    /// The connection to the supervisor that listens on that socket.
    func connection(_ path: String) -> MachineConnection {
        lines.withLock { lines in
            if let line = lines[path] { return line }
            // Those whose machine has ended are of no use any more.
            if lines.count % 64 == 63 { lines = lines.filter { $0.value.isInUse } }
            let line = MachineConnection(path)
            lines[path] = line
            return line
        }
    }
}

/// The connection to one supervisor; made when it is needed, and anew when it has ended.
final class MachineConnection: Sendable {
    /// How many calls may be under way at once: a supervisor reads no more from a client that has sixteen on their way.
    private static let flightLimit = 15
    /// How many of them may be such as take long. The others are those that a supervisor answers by itself, such as
    /// `destroy`.
    private static let slowLimit = 12
    /// Nobody waits longer for a supervisor's greeting, which it sends without asking QEMU.
    private static let greetingPatience = Duration.seconds(10)

    private struct State {
        var monitor: Monitor?
        var attempt: Task<Result<Monitor, VMError>, Never>?
    }

    private let path: String
    private let state = Mutex(State())
    private let slow = AsyncSlots(slowLimit)

    init(_ path: String) { self.path = path }

    var isInUse: Bool { state.withLock { $0.attempt != nil || $0.monitor?.closeReason == nil && $0.monitor != nil } }

    /// A session that lives; several callers wait for the same one.
    func monitor(deadline: Deadline) async throws(VMError) -> Monitor {
        let (monitor, attempt) = state.withLock { state -> (Monitor?, Task<Result<Monitor, VMError>, Never>?) in
            if let monitor = state.monitor, monitor.isConnected { return (monitor, nil) }
            state.monitor = nil
            if let attempt = state.attempt { return (nil, attempt) }
            let attempt = Task(executorPreference: WorkerPool.shared) { await self.connect() }
            state.attempt = attempt
            return (nil, attempt)
        }
        if let monitor { return monitor }
        guard let attempt, let result = try await outcome(of: attempt, by: deadline) else {
            if Task.isCancelled { throw VMError(.cancelled, "the task was cancelled") }
            throw VMError(.timeout, "the supervisor at '\(path)' did not greet in time")
        }
        return try result.get()
    }

    private func connect() async -> Result<Monitor, VMError> {
        let result: Result<Monitor, VMError>
        do throws(VMError) {
            let deadline = Deadline.after(Self.greetingPatience)
            result = .success(
                try await Monitor.connect(
                    to: .unix(path: path), configuration: .init(inFlightLimit: Self.flightLimit), deadline: deadline))
        } catch {
            result = .failure(error)
        }
        state.withLock { state in
            state.monitor = try? result.get()
            state.attempt = nil
        }
        return result
    }

    /// Calls get another connection from now on: QEMU owes this one an answer that nobody waits for any more, and what it
    /// owes counts against the client.
    func retire(_ monitor: Monitor) {
        state.withLock { if $0.monitor === monitor { $0.monitor = nil } }
    }

    /// What an attempt to connect comes to; nil at the deadline or when the caller was cancelled. The attempt goes on for
    /// the others.
    private func outcome(
        of attempt: Task<Result<Monitor, VMError>, Never>, by deadline: Deadline
    ) async throws(VMError) -> Result<Monitor, VMError>? {
        let done = AsyncSlots(0)
        Task(executorPreference: WorkerPool.shared) {
            _ = await attempt.value
            done.giveBack()
        }
        guard try await done.take(by: deadline) else { return nil }
        return await attempt.value
    }

    /// Runs something that may take long, when it is its turn.
    ///
    /// - Throws: `timeout` when that didn't come by the deadline.
    func inTurn<Success>(
        by deadline: Deadline, _ body: () async throws(VMError) -> Success
    ) async throws(VMError) -> Success {
        guard try await slow.take(by: deadline) else {
            if Task.isCancelled { throw VMError(.cancelled, "the task was cancelled") }
            throw VMError(
                .timeout, "earlier calls to the machine took too long",
                remedy: "QEMU may hang; \(command: "destroy") works without it")
        }
        defer { slow.giveBack() }
        return try await body()
    }
}
