internal import MonitorJSON
public import VMCore

/// Whether a machine's QEMU takes commands, `virDomainControlInfo`.
public struct ControlState: Sendable, Hashable {
    /// `virDomainControlState`.
    public enum Kind: Int32, Sendable {
        case ok = 0
        /// A job runs.
        case job = 1
        /// QEMU owes an answer.
        case occupied = 2
        case error = 3
    }

    public var kind: Kind
    /// Since when, in nanoseconds since 1970; nil when that isn't known.
    public var since: Int64?

    /// How long it has been so, in milliseconds, as libvirt's `stateTime`.
    public var milliseconds: Int64 { since.map { max(0, WallClock.now &- $0) / 1_000_000 } ?? 0 }

    /// In virsh's words.
    public var word: String {
        switch kind {
        case .ok: "ok"
        case .job: "background job"
        case .occupied: "occupied"
        case .error: "error"
        }
    }
}

extension VMManager {
    /// Whether a running machine's QEMU takes commands. It isn't asked.
    ///
    /// - Throws: `wrong-state` when the machine doesn't run.
    public func controlState(_ key: String) throws(VMError) -> ControlState {
        let machine = try find(key)
        let state = observe(machine)
        guard state.state.isActive else { throw VMManager.notRunning }
        if state.notAnsweringSince != nil || state.qemu?.isStopped == true {
            return ControlState(kind: .occupied, since: state.notAnsweringSince)
        }
        if let job = machine.runtime.readJob(), job.phase == .running {
            return ControlState(kind: .job, since: job.started)
        }
        return ControlState(kind: .ok)
    }

    /// How long a running machine's QEMU takes to answer a question now.
    ///
    /// - Throws: `timeout` when it doesn't by the deadline.
    public func answerTime(_ key: String, deadline: Deadline) throws(VMError) -> Duration {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.answerTime(machine, deadline: deadline)
        }
    }

    func answerTime(_ machine: Machine, deadline: Deadline) async throws(VMError) -> Duration {
        let session = try await connect(machine, deadline: deadline)
        defer { session.close() }
        let asked = Deadline.now.nanoseconds
        _ = try await session.execute("query-status", deadline: deadline)
        return .nanoseconds(Deadline.now.nanoseconds &- asked)
    }
}
