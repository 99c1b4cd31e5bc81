internal import Glibc
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON

/// A job of a disk's: QEMU does it, this looks after it. What changes the machine is done as a change, one at a time with all
/// others, by ``LiveMachine``.
final class BlockJobWork: JobWork {
    /// How often it is looked how far it is, for those who read it without asking.
    private static let interval = Duration.seconds(1)

    private var isSettling = false

    func prepare(_ info: inout MachineJob) throws(VMError) {}

    func begin(_ job: JobRun) { job.look(after: Self.interval) }

    func hear(_ event: String, _ data: JSONValue, _ job: JobRun) {
        let id = job.info.block?.qemuID
        switch event {
        case "BLOCK_JOB_COMPLETED" where data["device"]?.string == id:
            if let words = data["error"]?.string { try? job.amend { $0.amendBlock { $0.failure = words } } }
        case "JOB_STATUS_CHANGE" where data["id"]?.string == id:
            if ["ready", "pending", "concluded"].contains(data["status"]) { settle(job) }
        default: break
        }
    }

    /// Events may be lost with a supervisor, so it is looked from time to time, too.
    func look(_ job: JobRun) {
        job.supervisor.blockFigures(of: job) { [weak self, weak job] state in
            guard let self, let job, job.info.phase == .running else { return }
            switch state {
            case .ready where job.info.block?.isReady == true && job.info.step != "pivoting": break
            case .ready, .over: settle(job)
            case .working, .unknown: break
            }
            job.look(after: Self.interval)
        }
    }

    func goOn(_ job: JobRun) { settle(job) }

    /// It was asked for by ``Supervisor/endBlockJob(_:_:isAsynchronous:_:)``, which is a change.
    func cancel(_ job: JobRun, _ reply: @escaping (Result<Void, VMError>) -> Void) {
        reply(.failure(VMError(.unsupported, "a disk's job is ended by its disk")))
    }

    /// QEMU is gone, and what it has copied is left as it is.
    func undo(_ job: JobRun) {}

    func conclude(_ job: JobRun) {}

    /// Finds out what has become of it, when no other change is under way.
    private func settle(_ job: JobRun) {
        guard !isSettling else { return }
        isSettling = true
        let supervisor = job.supervisor
        supervisor.whenUnchanging { [weak self, weak job] in
            guard let self, let job, job.info.phase == .running, supervisor.jobs[job.info.disk] === job else { return }
            let info = job.info
            let outcome = Handoff<LiveMachine.BlockJobOutcome>()
            supervisor.beginChange(
                until: .after(.seconds(30)),
                { machine throws(VMError) in
                    outcome.fulfil(try machine.settle(info))
                    return .edited(.done)
                }
            ) { [weak self, weak job] result in
                guard let self, let job else { return }
                isSettling = false
                if case .failure(let error) = result {
                    supervisor.log.note("the block job of disk '\(info.disk ?? "")': \(error)")
                    // Once more, as long as it takes: what is on the disk is not to be forgotten.
                    job.look(after: .seconds(1))
                } else if let outcome = outcome.wait(until: .now) {
                    supervisor.endBlockJob(job, outcome)
                }
                if info.step == "pivoting" { supervisor.askState() }
            }
        }
    }
}
