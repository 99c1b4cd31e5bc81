internal import SupervisorProtocol
internal import VMCore

/// What kind of request it is, for what may go on beside what.
enum RequestClass: CaseIterable {
    /// Asks the supervisor alone.
    case query
    /// Ends the machine, or a job.
    case end
    /// Stops, continues, resets or shuts the machine down.
    case power
    /// Presses keys, takes pictures: a question to QEMU that changes nothing of the machine.
    case input
    /// Speaks to the guest agent.
    case agent
    /// Changes the machine's devices or settings.
    case change
    /// Begins a job.
    case job
}

extension SupervisorRequest {
    var requestClass: RequestClass {
        switch self {
        case .status, .definition, .subscribe, .setAgentPatience: .query
        case .destroy, .abortJob: .end
        case .suspend, .resume, .reset, .shutdown, .reboot, .wakeUp: .power
        case .injectNMI, .sendKeys, .screenshot, .addDisplayClient, .peekMemory, .reloadDisplays, .announce,
            .measureDirtyRate, .setMigrationLimits, .blockJob, .setBlockJobSpeed:
            .input
        case .agent: .agent
        case .edit, .resizeBlock, .setWriteThreshold, .startBlockJob, .endBlockJob, .checkpoint: .change
        case .save, .dump, .snapshot, .backup: .job
        }
    }
}

/// What the supervisor is doing when a request comes.
enum Situation: Hashable {
    /// The machine is being started.
    case starting
    /// The supervisor has taken a running machine over, and QEMU hasn't told its state yet.
    case takingOver
    /// A job of the whole machine runs. Jobs of disks leave the machine as it is, and keep nothing waiting.
    case job(MachineJob.Kind)
    /// A change runs.
    case change
}

/// What becomes of a request.
enum Admission: Hashable {
    case now
    /// When the situation is over.
    case wait
    /// `busy`, in the words of the situation.
    case refuse
}

/// What may overlap: the only place that says it.
///
/// |        | starting | taking over | save, dump | backup | change |
/// | ------ | -------- | ----------- | ---------- | ------ | ------ |
/// | query  | now      | now         | now        | now    | now    |
/// | end    | now      | now         | now        | now    | now    |
/// | power  | refuse   | wait        | refuse     | now    | now    |
/// | input  | refuse   | wait        | now        | now    | now    |
/// | agent  | refuse   | wait        | now        | now    | now    |
/// | change | refuse   | wait        | refuse     | now    | wait   |
/// | job    | refuse   | wait        | refuse     | refuse | wait   |
enum RequestRules {
    /// What is carried out while a job of that kind runs; everything else is refused.
    static func mask(of job: MachineJob.Kind) -> Set<RequestClass> {
        switch job {
        case .save, .dump, .snapshot: [.query, .end, .input, .agent]
        // It may take hours, and looks after its disks itself.
        case .backup: [.query, .end, .input, .agent, .power, .change]
        // A kind that this version doesn't know: nothing that could disturb it.
        default: [.query, .end]
        }
    }

    static func admission(_ kind: RequestClass, while situation: Situation) -> Admission {
        switch (kind, situation) {
        case (.query, _), (.end, _): .now
        case (_, .starting): .refuse
        case (_, .takingOver): .wait
        case (_, .job(let job)): mask(of: job).contains(kind) ? .now : .refuse
        case (.input, _), (.agent, _): .now
        case (.power, .change): .now
        case (.change, .change), (.job, .change): .wait
        }
    }
}
