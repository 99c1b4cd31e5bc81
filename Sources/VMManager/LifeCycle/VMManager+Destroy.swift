internal import Glibc
internal import VMCore

/// Ending a machine, also when its supervisor doesn't answer.
extension VMManager {
    /// How long a supervisor may take to say that it is there, before QEMU is ended without it.
    private static let pingPatience = Duration.milliseconds(400)
    /// How long QEMU may take after SIGTERM before SIGKILL.
    private static let grace = Duration.milliseconds(700)

    @discardableResult
    func destroy(
        _ machine: Machine, graceful: Bool = false, timeout: Duration = patience
    ) async throws(VMError) -> PublishedState {
        let state = observe(machine)
        var session: MachineSession?
        if state.state.isActive, state.qemu != nil {
            switch await hearing(of: machine, state) {
            case .deaf: return try await destroyDirectly(machine, state, graceful: graceful, timeout: timeout)
            case .gone: break
            case .answers(let found): session = found
            }
        }
        return try await perform(
            .destroy, .destroy(isGraceful: graceful), on: machine, timeout: timeout, over: session)
    }

    /// Whether a supervisor answers.
    private enum Hearing {
        case answers(MachineSession)
        case deaf
        /// It doesn't matter: another one is brought up.
        case gone
    }

    private func hearing(of machine: Machine, _ state: PublishedState) async -> Hearing {
        guard let supervisor = state.supervisor, supervisor.isAlive else { return .gone }
        if supervisor.isStopped { return .deaf }
        let deadline = Deadline.after(Self.pingPatience)
        do throws(VMError) {
            let session = try await session(machine.runtime.monitor, deadline: deadline)
            // A session of one's own begins with a greeting and an answer; one that others use too may be old.
            if case .common = session {
                let call = SupervisorCall(.status, timeout: deadline.remaining)
                try await session.execute(call.command, call.arguments, deadline: deadline)
            }
            return .answers(session)
        } catch {
            // Refused is as good as gone.
            return error.code == .timeout ? .deaf : .gone
        }
    }

    /// Ends QEMU by its process, and a supervisor that is stuck with it. What has happened is told by the one that mends.
    private func destroyDirectly(
        _ machine: Machine, _ state: PublishedState, graceful: Bool, timeout: Duration
    ) async throws(VMError) -> PublishedState {
        let deadline = Deadline.after(timeout)
        guard let qemu = state.qemu else { throw VMManager.notRunning(machine) }
        // For the supervisor, should it be only slow, and for the one that takes its place.
        try? Files.write([], to: machine.runtime.destroyMark, durable: false)
        if let handle = try qemu.open() {
            sendSignal(SIGTERM, to: handle)
            let grace = qemu.isStopped ? Duration.milliseconds(50) : Self.grace
            if !(try await hasEnded(qemu, by: graceful ? deadline : .after(grace))) {
                if graceful {
                    unlink(machine.runtime.destroyMark)
                    throw VMError(.timeout, "QEMU of domain '\(machine.name)' has not ended on SIGTERM")
                }
                sendSignal(SIGKILL, to: handle)
                guard try await hasEnded(qemu, by: deadline) else {
                    throw VMError(
                        .timeout, "QEMU of domain '\(machine.name)' can't be killed",
                        remedy: "the kernel holds it up, on storage that doesn't answer for example")
                }
            }
        }
        // A supervisor that was only slow has seen it.
        let patience = min(deadline, .after(.milliseconds(300)))
        while let supervisor = state.supervisor, supervisor.isAlive, observe(machine).state.isActive {
            if patience.hasPassed {
                if let handle = (try? supervisor.open()) ?? nil { sendSignal(SIGKILL, to: handle) }
                _ = try await hasEnded(supervisor, by: .after(.seconds(1)))
                break
            }
            try await pause(.milliseconds(5))
        }
        let ended = try await mend(machine)
        // A transient machine leaves nothing that could tell.
        return Files.exists(machine.runtime.state) ? ended : state.ended(.destroyed, nil)
    }

    private func hasEnded(_ process: ProcessIdentity, by deadline: Deadline) async throws(VMError) -> Bool {
        var step = Duration.milliseconds(1)
        while process.isAlive {
            if deadline.hasPassed { return false }
            try await pause(step)
            step = min(step * 2, .milliseconds(10))
        }
        return true
    }
}
