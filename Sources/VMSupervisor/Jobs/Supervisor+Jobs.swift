internal import Glibc
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// The machine's jobs: at most one of the whole machine, and one for each disk.
extension Supervisor {
    /// The job of the whole machine.
    var machineJob: JobRun? { jobs[nil] }

    /// Begins a job: it is written down before anything is done.
    func begin(_ info: MachineJob, _ work: any JobWork, for client: pid_t, _ reply: Reply) {
        if info.kind == .save || info.kind == .snapshot, let disk = jobs.keys.compactMap({ $0 }).min() {
            return reply(
                .failure(
                    VMError(
                        .wrongState,
                        "Requested operation is not valid: domain has active block job on disk '\(disk)'",
                        remedy: "\(command: "blockjob") shows it, and ends it")))
        }
        var info = info
        info.owner = ProcessTable.name(of: client).map { "\($0) (process \(client))" }
        let job = JobRun(info, work, of: self)
        do throws(VMError) {
            guard jobs[info.disk] == nil else {
                throw VMError(.busy, "disk '\(info.disk ?? "")' of domain '\(plan.name)' has a running job")
            }
            try job.prepare()
            do throws(VMError) { try job.publish() } catch {
                work.undo(job)
                throw error
            }
            jobs[info.disk] = job
            record(.job(.init(job.info)))
            Failpoint.reached("job.journal")
            reply(.success(.job(job.info)))
            work.begin(job)
        } catch {
            reply(.failure(error))
        }
    }

    /// QEMU's events are every job's.
    func jobsHear(_ event: String, _ data: JSONValue) {
        for job in Array(jobs.values) { job.work.hear(event, data, job) }
    }

    /// Stops the machine's job.
    func abortJob(_ reply: @escaping Reply) {
        guard let job = machineJob else {
            return reply(
                .failure(VMError(.wrongState, "Requested operation is not valid: no job is active on the domain")))
        }
        guard !job.isCompleting else {
            return reply(.failure(VMError(.wrongState, "Requested operation is not valid: the job is nearly done")))
        }
        job.work.cancel(job) { [unowned self] result in
            reply(result.map { .state(published) })
        }
    }

    /// Goes on with the jobs that a supervisor began that was killed.
    func takeOverJobs() {
        for info in folder.readJobs() where info.phase == .running {
            guard let work = work(of: info) else {
                log.note("the job '\(info.kind.rawValue)' is of a newer version, and goes on without its supervisor")
                continue
            }
            let job = JobRun(info, work, of: self)
            jobs[info.disk] = job
            log.note("going on with the \(info.kind.rawValue) to '\(info.path)'")
            work.goOn(job)
        }
        thawLeftFrozen()
    }

    /// A supervisor was killed while the guest's file systems stood still.
    private func thawLeftFrozen() {
        guard Files.exists(folder.freezeMark) else { return }
        whenUnchanging { [unowned self] in
            beginChange(
                until: .after(.seconds(60)),
                { machine throws(VMError) in
                    machine.thawGuest()
                    return .edited(.done)
                }, { _ in })
        }
    }

    private func work(of info: MachineJob) -> (any JobWork)? {
        switch info.kind {
        case .save: SaveJob(goingOnWith: info)
        case .dump: DumpJob(goingOnWith: info)
        case .snapshot: SnapshotJob(goingOnWith: info)
        case .backup: BackupWork()
        case _ where info.block != nil: BlockJobWork()
        default: nil
        }
    }

    /// QEMU has ended: nothing more is done.
    func abandonJobs() {
        finishBackup()
        for job in Array(jobs.values) where !job.isCompleting {
            job.fail(VMError(.connection, "QEMU ended meanwhile"))
        }
        writeEnds()
        // A job of the supervisor before, which this one never got to.
        guard machineJob == nil, unwrittenEnds[nil] == nil, let info = folder.abandonJob() else { return }
        if info.backup != nil { recordBackup(info) }
        record(.job(.init(info)))
    }

    // MARK: Ends that couldn't be written down

    func writeEndsLater() {
        reactor.schedule(at: .after(.milliseconds(200))) { [unowned self] in
            writeEnds()
            if !unwrittenEnds.isEmpty { writeEndsLater() }
        }
    }

    private func writeEnds() {
        for (disk, info) in unwrittenEnds {
            let text = Array(info.json.description.utf8)
            guard jobs[disk] != nil || (try? Files.write(text, to: folder.job(of: disk), durable: false)) != nil else {
                continue
            }
            unwrittenEnds[disk] = nil
        }
    }
}
