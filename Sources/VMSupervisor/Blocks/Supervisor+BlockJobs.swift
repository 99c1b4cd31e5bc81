internal import Glibc
internal import MonitorJSON
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON

/// Jobs of disks: one for each disk at most.
extension Supervisor {
    /// Whether a disk is just going over to another image, for which the CPUs stand still.
    var isPivoting: Bool {
        jobs.values.contains { $0.info.step == "pivoting" || $0.info.backup != nil && $0.info.step == "switching" }
    }

    /// Runs something when no change is under way, before those that wait.
    func whenUnchanging(_ body: @escaping () -> Void) {
        if changes.isBusy || changes.isSettling { changes.followUps.append(body) } else { body() }
    }

    // MARK: Requests

    func startBlockJob(_ wanted: BlockJobOrder, _ order: Order) {
        guard hasMonitor(order.reply) else { return }
        let client = order.client
        do throws(VMError) {
            let domain = try definition()
            let target = domain.devices.disks[try domain.disk(wanted.disk)].target?.dev ?? ""
            if jobs[target] != nil { throw Self.isActive(target) }
            try checkNotBackedUp(target)
        } catch {
            return order.reply(.failure(error))
        }
        beginChange(
            until: order.deadline, { machine throws(VMError) in try machine.startBlockJob(wanted, for: client) }
        ) { [unowned self] result in
            if case .success(.job(let info)) = result, let job = jobs[info.disk] { job.work.begin(job) }
            order.reply(result)
        }
    }

    private static func isActive(_ target: String) -> VMError {
        VMError(
            .busy, "block copy still active: disk '\(target)' already in active block job",
            remedy: "\(command: "blockjob") shows it, and ends it", libvirt: LibvirtError(.blockCopyActive))
    }

    /// Writes a job down that is about to be begun, for the thread that begins it.
    func accept(_ block: BlockJob, of target: String, for client: pid_t) throws(VMError) {
        guard jobs[target] == nil else { throw Self.isActive(target) }
        var info = MachineJob(
            id: block.qemuID, kind: .init(rawValue: block.kind.rawValue),
            path: block.base?.path ?? block.top.path ?? "",
            wasRunning: false)
        info.disk = target
        info.owner = ProcessTable.name(of: client).map { "\($0) (process \(client))" }
        info.setBlock(block)
        let job = JobRun(info, BlockJobWork(), of: self)
        try job.publish()
        jobs[target] = job
    }

    /// A job that could not be begun.
    func forgetBlockJob(of target: String, id: String) {
        guard let job = jobs[target], job.info.block?.qemuID == id else { return }
        job.drop()
    }

    /// Gives the figures of a disk's job; null when it has none.
    func tellBlockJob(_ disk: String, _ reply: @escaping Reply) {
        do throws(VMError) {
            guard let job = try blockJob(disk) else { return reply(.success(.value(.null))) }
            guard hasMonitor(reply) else { return }
            blockFigures(of: job) { _ in reply(.success(.job(job.info))) }
        } catch {
            reply(.failure(error))
        }
    }

    private func blockJob(_ disk: String) throws(VMError) -> JobRun? {
        let domain = try definition()
        return jobs[domain.devices.disks[try domain.disk(disk)].target?.dev ?? ""]
    }

    func setBlockJobSpeed(_ disk: String, _ bytes: UInt64, _ deadline: Deadline, _ reply: @escaping Reply) {
        guard hasMonitor(reply), let link else { return }
        do throws(VMError) {
            guard let job = try blockJob(disk), let id = job.info.block?.qemuID else { throw VMError.noBlockJob(disk) }
            let command = BlockJobSetSpeed(id, speed: bytes)
            link.execute(BlockJobSetSpeed.name, command.arguments, deadline: deadline) { result in
                switch result {
                case .failure(let error): reply(.failure(error))
                case .success:
                    try? job.amend { $0.amendBlock { $0.bandwidth = bytes } }
                    reply(.success(.job(job.info)))
                }
            }
        } catch {
            reply(.failure(error))
        }
    }

    func endBlockJob(_ disk: String, _ end: BlockJobEnd, isAsynchronous: Bool, _ order: Order) {
        guard hasMonitor(order.reply) else { return }
        let job: JobRun
        do throws(VMError) {
            guard let found = try blockJob(disk) else { throw VMError.noBlockJob(disk) }
            job = found
        } catch {
            return order.reply(.failure(error))
        }
        let info = job.info
        let outcome = Handoff<LiveMachine.BlockJobOutcome>()
        beginChange(
            until: order.deadline,
            { machine throws(VMError) in
                switch end {
                case .pivot: outcome.fulfil(try machine.pivot(info))
                case .abort: outcome.fulfil(try machine.abort(info, isAsynchronous: isAsynchronous))
                }
                return .job(info)
            }
        ) { [unowned self] result in
            guard let outcome = outcome.wait(until: .now) else {
                if end == .pivot, job.info.step == "pivoting" {
                    askState()
                    job.look(after: .seconds(1))
                }
                return order.reply(result)
            }
            endBlockJob(job, outcome)
            if end == .pivot { askState() }
            if case .failed(let error) = outcome { return order.reply(.failure(error)) }
            order.reply(.success(.job(job.info)))
        }
    }

    /// Asks QEMU whether its CPUs run: while a disk went over, what it told of that was kept from everybody.
    func askState() {
        link?.execute("query-status", deadline: .after(.seconds(10))) { [unowned self] result in
            guard case .success(let value) = result, let status = value["status"]?.string, !isPivoting else { return }
            happened(.resynchronized(status: status))
        }
    }

    // MARK: Following it

    enum BlockJobState { case working, ready, over, unknown }

    /// Asks QEMU how far a disk's job is.
    func blockFigures(of job: JobRun, _ answer: @escaping (BlockJobState) -> Void) {
        guard let link, !link.hasEnded, let id = job.info.block?.qemuID else { return answer(.unknown) }
        link.execute(QueryBlockJobs.name, deadline: .after(.seconds(10))) { result in
            guard case .success(let value) = result, let all = try? QueryBlockJobs.decode(value) else {
                return answer(.unknown)
            }
            guard let present = all.first(where: { $0.id == id }) else { return answer(.over) }
            let rest = present.length > present.offset ? present.length - present.offset : 0
            job.progress(total: present.length, remaining: rest, processed: present.offset)
            switch present.status {
            case "ready": answer(.ready)
            case "pending", "concluded", "aborting", "null": answer(.over)
            default: answer(.working)
            }
        }
    }

    /// A job has caught up.
    func tellOfBlockJob(_ target: String) {
        guard let job = jobs[target] else { return }
        recordBlockJob(job.info)
    }

    func recordBlockJob(_ info: MachineJob) {
        let path = live?.devices.disks.first { $0.target?.dev == info.disk }.flatMap { $0.source.file ?? $0.source.dev }
        guard let change = HostEvent.BlockJobChange(info, path: path) else { return }
        record(.blockJob(change))
    }

    func endBlockJob(_ job: JobRun, _ outcome: LiveMachine.BlockJobOutcome) {
        guard job.info.phase == .running else { return }
        switch outcome {
        case .goesOn: return
        case .completed:
            job.finishBlock(.completed, nil)
            dealWithMerged(job.info)
        case .cancelled: job.finishBlock(.cancelled, nil)
        case .failed(let error): job.finishBlock(.failed, error)
        }
        spaceMayBeWanted()
    }

    /// Moves images that were written down into others into the trash, unless somebody has come to use one meanwhile; or notes
    /// that they are of no use any more.
    private func dealWithMerged(_ info: MachineJob) {
        guard let block = info.block, !block.merged.isEmpty else { return }
        let (paths, machine, name, log) = (plan.paths, plan.uuid, plan.name, log)
        surplusWork = try? DiskWork(reactor) { () throws(VMError) in
            // From the top down: each is free when those above it are gone.
            let users = ImageUsers(paths, machine: machine, target: "", chain: [])
            for file in block.merged where file.isThere {
                // A device is nobody's to remove.
                guard block.removesMerged, Files.kind(file.path) == .file else {
                    try CommittedImages(paths).note(file.path)
                    continue
                }
                if let user = users.user(of: [file.path]) {
                    throw VMError(.busy, "'\(file.path)' is kept: it is used by \(user)")
                }
                Failpoint.reached("blockjob.surplus")
                try ImageTrash(paths).discard(file.path, of: name, "it was committed into what is below")
            }
        } then: { [unowned self] error in
            surplusWork = nil
            if let error { log.note("\(error)") }
        }
    }

    /// Whether a disk has a job, for what must not be done to it meanwhile.
    func checkIdle(_ request: SupervisorRequest) throws(VMError) {
        if case .resizeBlock(let disk, _, _) = request, machineJob?.info.backup != nil {
            let domain = try definition()
            try checkNotBackedUp(domain.devices.disks[try domain.disk(disk)].target?.dev ?? "")
        }
        guard case .edit(let edit) = request, !jobs.isEmpty else { return }
        let domain = try definition()
        var targets: [String?] = []
        switch edit {
        case .detach(let selection):
            var copy = domain
            if let place = try? selection.place(in: domain) {
                targets = copy.remove(place).disks.map { $0.target?.dev }
            }
        case .changeMedia(let target, _, _): targets = [target]
        default: return
        }
        for target in targets.compactMap(\.self) { try checkNotBackedUp(target) }
        guard let target = targets.compactMap({ $0 }).first(where: { jobs[$0] != nil }) else { return }
        throw VMError(
            .busy, "Requested operation is not valid: disk '\(target)' is in an active block job",
            remedy: "\(command: "blockjob") ends it", libvirt: LibvirtError(.operationInvalid))
    }
}
