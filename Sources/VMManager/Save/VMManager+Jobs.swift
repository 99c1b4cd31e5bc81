internal import MonitorJSON
public import VMCore
internal import VMJSON

extension VMManager {
    /// The machine's job: the one that runs, or else the last one that it had in this run. Nil when there was none.
    public func job(_ key: String) throws(VMError) -> MachineJob? { try find(key).runtime.readJob() }

    /// Stops the job that runs; the machine then goes on as before.
    public func abortJob(_ key: String, timeout: Duration = patience) throws(VMError) {
        let machine = try find(key)
        guard try resolve(.live, machine).live else { return }
        _ = try askSupervisor(machine, "abort-job", [:], timeout: timeout)
    }

    func askSupervisor(
        _ machine: Machine, _ verb: String, _ arguments: JSONObject, timeout: Duration
    ) throws(VMError) -> JSONObject {
        let deadline = Deadline.after(timeout + .seconds(2))
        let session = try connect(machine, deadline: deadline)
        var arguments = arguments
        arguments["timeout"] = JSONValue(Int(clamping: timeout.inNanoseconds / 1_000_000))
        let answer = try session.execute("x-vmctl-" + verb, arguments, deadline: deadline)
        if let failure = answer["failure"]?.object { throw VMError(json: failure) }
        guard let value = answer["ok"]?.object else {
            throw VMError(.protocolViolation, "the supervisor's answer can't be read")
        }
        return value
    }

    /// Begins a job and waits for its end. Should this process end meanwhile, the job goes on.
    ///
    /// - Parameter progress: is told how far it is now and then; true stops the job.
    func runJob(
        _ machine: Machine, _ verb: String, _ arguments: JSONObject, path: String,
        progress: (MachineJob) -> Bool
    ) throws(VMError) {
        let id = String(UInt64.random(in: 0...(.max)), radix: 36)
        var arguments = arguments
        arguments["id"] = .string(id)
        arguments["path"] = .string(path)
        do throws(VMError) {
            _ = try askSupervisor(machine, verb, arguments, timeout: VMManager.patience)
        } catch {
            // A supervisor that ended may have begun: then the one that takes over ends it.
            guard error.code == .connection else { throw error }
            _ = try currentState(machine.runtime)
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
                do throws(VMError) { try abortJob(machine.name) } catch {
                    if error.code == .unsupported { throw error }
                }
            }
            // Its supervisor may have to be replaced; a transient machine leaves nothing behind.
            let state = try stateIfAny(machine)
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
        while let state = try? machine.runtime.readState(), state.state.isActive, !deadline.hasPassed {
            if state.supervisor?.isAlive != true, (try? stateIfAny(machine))?.state.isActive != true { return }
            Poll.sleep(.milliseconds(2))
        }
    }

    /// A machine's state; nil when its folder is gone.
    private func stateIfAny(_ machine: Machine) throws(VMError) -> PublishedState? {
        do throws(VMError) {
            return try currentState(machine.runtime)
        } catch {
            guard Files.exists(machine.runtime.state) else { return nil }
            throw error
        }
    }

    private static func finish(_ job: MachineJob) throws(VMError) {
        if let error = job.error { throw VMError(json: error.json) }
    }
}
