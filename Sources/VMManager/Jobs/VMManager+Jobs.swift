public import VMCore
internal import VMJSON

extension VMManager {
    /// The machine's job: the one that runs, or else the last one that it had in this run. Nil when there was none.
    public func job(_ key: String) throws(VMError) -> MachineJob? { try find(key).runtime.readJob() }

    /// Stops the job that runs; the machine then goes on as before.
    public func abortJob(_ key: String, timeout: Duration = patience) throws(VMError) {
        let machine = try find(key)
        _ = try resolve(.live, machine)
        try request(.abortJob, of: machine, timeout: timeout)
    }

    static func newJobID() -> String { String(UInt64.random(in: 0...(.max)), radix: 36) }

    /// Begins a job and waits for its end. Should this process end meanwhile, the job goes on.
    ///
    /// - Parameter progress: is told how far it is now and then; true stops the job.
    func runJob(
        _ order: SupervisorRequest, _ id: String, of machine: Machine, path: String, progress: (MachineJob) -> Bool
    ) throws(VMError) {
        do throws(VMError) {
            try request(order, of: machine)
        } catch {
            // A supervisor that ended may have begun: then the one that takes over ends it.
            guard error.code == .connection else { throw error }
            try mend(machine)
            guard machine.runtime.readJob()?.id == id else { throw error }
        }
        var isAborted = false
        var pause = Duration.milliseconds(2)
        while true {
            let job = machine.runtime.readJob()
            if let job, job.id == id, job.phase != .running {
                try VMManager.finish(job)
                if job.kind == .save || job.after == "crash" { waitForEnd(machine) }
                return
            }
            if let job, job.id == id, progress(job), !isAborted {
                isAborted = true
                do throws(VMError) { try request(.abortJob, of: machine) } catch {
                    if error.code == .unsupported { throw error }
                }
            }
            // Its supervisor may have to be replaced; a transient machine leaves nothing behind.
            let state = Files.exists(machine.runtime.state) ? try mend(machine) : nil
            if state?.state.isActive != true {
                Poll.sleep(.milliseconds(20))
                if let job = machine.runtime.readJob(), job.id == id, job.phase != .running {
                    return try VMManager.finish(job)
                }
                if Files.exists(path), state == nil || state?.reason == .saved { return }
                throw VMError(.connection, "QEMU ended meanwhile")
            }
            Poll.sleep(pause)
            pause = min(pause * 2, .milliseconds(100))
        }
    }

    /// Waits until a machine that is ending has ended; a transient one's folder goes with it.
    private func waitForEnd(_ machine: Machine) {
        let deadline = Deadline.after(VMManager.patience)
        while Files.exists(machine.runtime.state), observe(machine).state.isActive, !deadline.hasPassed {
            Poll.sleep(.milliseconds(2))
        }
    }

    private static func finish(_ job: MachineJob) throws(VMError) {
        if let error = job.error { throw error }
    }
}
