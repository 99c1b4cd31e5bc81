internal import VMCore

/// Waiting for the end of a job, which its event tells. The job's file is read for its figures, and when the machine's
/// supervisor was replaced meanwhile.
extension VMManager {
    /// How often a caller who wants to know is told how far a job is.
    private static let progressInterval = Duration.milliseconds(100)

    /// Begins a job and waits for its end. Should this process end meanwhile, the job goes on.
    ///
    /// - Parameter progress: is told how far it is now and then; true stops the job.
    func runJob(
        _ order: SupervisorRequest, _ id: String, of machine: Machine, path: String, progress: (MachineJob) -> Bool
    ) async throws(VMError) {
        // Before the job begins, so that its end is among the events.
        let follower = try EventFollower(self, machine, words: ["job"], since: nil, endsWithMachine: true)
        do throws(VMError) {
            try await request(order, of: machine)
        } catch {
            // A supervisor that ended may have begun: then the one that takes over ends it.
            guard error.code == .connection else { throw error }
            try await mend(machine)
            guard machine.runtime.readJob()?.id == id else { throw error }
        }
        var isStopped = false
        while true {
            if let job = machine.runtime.readJob(), job.id == id {
                if job.phase != .running { return try await finish(job, machine) }
                if !isStopped, progress(job) {
                    isStopped = true
                    try await stop(machine)
                }
            }
            switch try await nextWord(of: id, follower) {
            case .ended(let change): return try await finish(change, machine)
            case .machineEnded: return try await finishWithoutWord(id, machine, path)
            case .nothing:
                // A supervisor that was killed is replaced, and the one that takes over goes on with the job.
                if Files.exists(machine.runtime.state) { try await mend(machine) }
            }
        }
    }

    private enum JobWord {
        case ended(HostEvent.JobChange)
        case machineEnded
        /// Nothing was said in a while.
        case nothing
    }

    private func nextWord(of id: String, _ follower: EventFollower) async throws(VMError) -> JobWord {
        let deadline = Deadline.after(Self.progressInterval)
        while true {
            let event: HostEvent? =
                switch waiting {
                case .thread: follower.next(deadline: deadline)
                case .tasks: await follower.nextConcurrently(deadline: deadline)
                }
            if Task.isCancelled { throw VMError(.cancelled, "the task was cancelled; the job goes on") }
            guard let event else { return follower.hasEnded ? .machineEnded : .nothing }
            if case .job(let change) = event.kind, change.id == id, change.hasEnded { return .ended(change) }
        }
    }

    private func stop(_ machine: Machine) async throws(VMError) {
        do throws(VMError) {
            try await request(.abortJob, of: machine)
        } catch {
            // It may be over already, or nearly.
            if error.code == .unsupported { throw error }
        }
    }

    private func finish(_ change: HostEvent.JobChange, _ machine: Machine) async throws(VMError) {
        if let job = machine.runtime.readJob(), job.id == change.id, job.phase != .running {
            return try await finish(job, machine)
        }
        if let failure = change.failure { throw failure }
        if change.endsMachine { try await waitForEnd(machine) }
    }

    private func finish(_ job: MachineJob, _ machine: Machine) async throws(VMError) {
        if let error = job.error { throw error }
        if job.kind == .save || job.after == "crash" { try await waitForEnd(machine) }
    }

    /// The machine has ended, and with it its folder where it was transient; no event told of the job's end.
    private func finishWithoutWord(_ id: String, _ machine: Machine, _ path: String) async throws(VMError) {
        if let job = machine.runtime.readJob(), job.id == id, job.phase != .running {
            return try await finish(job, machine)
        }
        let isGone = !Files.exists(machine.runtime.state)
        if Files.exists(path), isGone || observe(machine).reason == .saved { return }
        throw VMError(.connection, "QEMU ended meanwhile")
    }

    /// Waits until a machine that is ending has ended; a transient one's folder goes with it.
    private func waitForEnd(_ machine: Machine) async throws(VMError) {
        let deadline = Deadline.after(VMManager.patience)
        while Files.exists(machine.runtime.state), observe(machine).state.isActive, !deadline.hasPassed {
            try await pause(.milliseconds(2))
        }
    }
}

extension HostEvent.JobChange {
    fileprivate var hasEnded: Bool { phase != MachineJob.Phase.running.rawValue }
    fileprivate var endsMachine: Bool { operation == MachineJob.Kind.save.rawValue }

    /// Why it came to nothing; nil when it was completed.
    fileprivate var failure: VMError? {
        switch MachineJob.Phase(rawValue: phase) {
        case .completed: nil
        case .cancelled: VMError(.cancelled, error ?? "the job was cancelled")
        default: VMError(.io, error ?? "the job has failed")
        }
    }
}
