internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// What all jobs have in common: the file being written, the progress that is published, the end.
extension Supervisor {
    /// The name under which QEMU knows the file that a job writes.
    static let jobFile = "vmctl-job"
    /// How long QEMU may take for each step of a job; the writing itself takes as long as it takes.
    static let jobPatience = Duration.seconds(10)

    /// Begins a job: the file gets its head, the CPUs stop when they have to, and `begin` is given the file.
    func beginJob(
        _ job: RunningJob, head: [UInt8], stopping: StateReason?, _ reply: Reply,
        begin: @escaping (Int32) -> Void
    ) {
        var job = job
        do throws(VMError) {
            let file = try openJobFile(job.info)
            let raw = dup(file.raw)
            guard raw >= 0 else { throw .system("cannot hand the file over", errno: errno) }
            do throws(VMError) {
                try file.writeAll(head, job.info.temporary)
                job.info.offset = UInt64(head.count)
                try Files.write(Array(job.info.json.description.utf8), to: folder.job, durable: false)
            } catch {
                close(raw)
                unlink(job.info.temporary)
                throw error
            }
            self.job = job
            record(.job(.init(job.info)))
            Failpoint.reached("job.journal")
            reply(.success(.job(job.info)))
            guard let stopping, job.info.wasRunning else { return begin(raw) }
            happened(.stopping(stopping))
            link?.execute("stop", deadline: .after(Self.jobPatience)) { [unowned self] result in
                Failpoint.reached("job.stopped")
                guard case .failure(let error) = result else { return begin(raw) }
                close(raw)
                jobFailed(error)
            }
        } catch {
            reply(.failure(error))
        }
    }

    private func openJobFile(_ job: MachineJob) throws(VMError) -> FileDescriptor {
        if let odd = Files.exists(job.path) ? Files.oddKind(job.path) : nil {
            throw VMError(.io, "cannot write '\(job.path)': it is \(odd)")
        }
        unlink(job.temporary)
        return try FileDescriptor.open(
            job.temporary, flags: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
    }

    /// Hands the file over to QEMU and runs the command that writes it.
    func giveJobFile(_ raw: Int32, _ command: String, _ arguments: JSONObject) {
        guard let link else {
            close(raw)
            return jobFailed(VMError(.connection, "QEMU's monitor is closed"))
        }
        let deadline = Deadline.after(Self.jobPatience)
        link.execute("getfd", ["fdname": .string(Self.jobFile)], descriptors: [raw], deadline: deadline) {
            [unowned self] result in
            Failpoint.reached("job.file")
            if case .failure(let error) = result { return jobFailed(error) }
            if job?.isAborted == true { return jobFailed(Self.aborted) }
            link.execute(command, arguments, deadline: deadline) { [unowned self] result in
                Failpoint.reached("job.begun")
                if case .failure(let error) = result { return jobFailed(error) }
                pollJob(after: .milliseconds(10))
            }
        }
    }

    static var aborted: VMError { VMError(.cancelled, "operation aborted: canceled by client") }

    /// Asks how far the job is, now and then.
    func pollJob(after pause: Duration) {
        reactor.schedule(at: .after(pause)) { [unowned self] in
            guard let job, !job.isCompleting, let link else { return }
            let next = min(pause * 2, .milliseconds(200))
            let command = job.info.kind == .save ? "query-migrate" : "query-dump"
            link.execute(command, deadline: .after(.seconds(30))) { [unowned self] result in
                switch result {
                case .failure(let error):
                    // A QEMU that hangs may go on; one that has ended is noticed elsewhere.
                    if error.code == .timeout { return pollJob(after: .seconds(1)) }
                    if error.code != .connection { jobFailed(error) }
                case .success(let value):
                    if job.info.kind == .save { lookAtSave(value, next) } else { lookAtDump(value, next) }
                }
            }
        }
    }

    func noteProgress(total: UInt64, remaining: UInt64, processed: UInt64) {
        job?.info.bytesTotal = total
        job?.info.bytesRemaining = remaining
        job?.info.bytesProcessed = processed
        publishJob()
    }

    private func publishJob() {
        guard let info = job?.info else { return }
        try? Files.write(Array(info.json.description.utf8), to: folder.job, durable: false)
    }

    /// The file is written: it is made to last, and takes its name.
    func completeJob() {
        guard let job, !job.isCompleting else { return }
        self.job?.isCompleting = true
        Failpoint.reached("job.written")
        let info = job.info
        let image = job.image
        let work = try? DiskWork(
            reactor,
            { () throws(VMError) in
                if let image { return try SaveImage.complete(info.temporary, as: info.path, image) }
                let file = try FileDescriptor.open(info.temporary, flags: O_RDWR | O_NOFOLLOW)
                guard fsync(file.raw) == 0, rename(info.temporary, info.path) == 0 else {
                    throw .system("cannot write '\(info.path)'", errno: errno)
                }
                try Files.syncFolder(of: info.path)
            },
            then: { [unowned self] error in
                diskWork = nil
                if let error { return jobFailed(error) }
                Failpoint.reached("job.renamed")
                jobSucceeded()
            })
        diskWork = work
        if work == nil { jobFailed(VMError(.io, "cannot make the file '\(info.path)' last")) }
    }

    private func jobSucceeded() {
        guard let info = job?.info else { return }
        job?.info.bytesRemaining = 0
        endJob(.completed)
        switch (info.kind, info.after) {
        case (.save, _):
            happened(.saved)
            endQEMU()
        case (.dump, "crash"):
            happened(.destroyRequested)
            endQEMU()
        case (.dump, "reset"):
            reset(deadline: .after(.seconds(10))) { [unowned self] _ in resume(info) }
        case (.dump, _): resume(info)
        }
    }

    private func endJob(_ phase: MachineJob.Phase) {
        job?.info.phase = phase
        job?.info.ended = WallClock.now
        publishJob()
        if let info = job?.info { record(.job(.init(info))) }
        job = nil
    }

    /// The job came to nothing: what was written goes, and the machine runs on.
    func jobFailed(_ error: VMError) {
        guard let job else { return }
        unlink(job.info.temporary)
        self.job?.info.error = error
        log.note("the \(job.info.kind.rawValue) to '\(job.info.path)' failed: \(error)")
        endJob(job.isAborted ? .cancelled : .failed)
        // Whatever QEMU may still have in hand of it: in this order, so that the CPUs run when it is over.
        if job.info.kind == .save {
            link?.execute("migrate_cancel", deadline: .after(.seconds(30))) { _ in }
        }
        link?.execute("closefd", ["fdname": .string(Self.jobFile)], deadline: .after(.seconds(30))) { _ in }
        resume(job.info)
    }

    private func resume(_ info: MachineJob) {
        guard info.wasRunning, info.after != "crash" else { return }
        link?.execute("cont", deadline: .after(.seconds(30))) { [unowned self] result in
            if case .failure(let error) = result { log.note("cannot let the machine run again: \(error)") }
        }
    }

    /// QEMU has ended: nothing more is written.
    func abandonJob() {
        guard let job, !job.isCompleting else { return }
        unlink(job.info.temporary)
        self.job?.info.error = VMError(.connection, "QEMU ended meanwhile")
        endJob(.failed)
    }

    func abortJob(_ reply: @escaping Reply) {
        guard let job else {
            return reply(
                .failure(VMError(.wrongState, "Requested operation is not valid: no job is active on the domain")))
        }
        guard job.info.kind == .save else {
            let text = "Requested operation is not valid: cannot abort memory-only dump"
            return reply(.failure(VMError(.unsupported, text, libvirt: .init(.operationInvalid))))
        }
        guard !job.isCompleting else {
            return reply(.failure(VMError(.wrongState, "Requested operation is not valid: the job is nearly done")))
        }
        self.job?.isAborted = true
        link?.execute("migrate_cancel", deadline: .after(.seconds(10))) { [unowned self] result in
            switch result {
            case .success: reply(.success(.state(published)))
            case .failure(let error): reply(.failure(error))
            }
        }
    }

    /// Goes on with what another supervisor began.
    func takeOverJob() {
        guard let info = folder.readJob(), info.phase == .running else { return }
        var job = RunningJob(info)
        if info.kind == .save { job.image = try? SaveImage.read(info.temporary, evenUnfinished: true) }
        self.job = job
        if info.kind == .save, !Files.exists(info.temporary), (try? SaveImage.read(info.path)) != nil {
            return jobSucceeded()
        }
        log.note("going on with the \(info.kind.rawValue) to '\(info.path)'")
        pollJob(after: .milliseconds(1))
    }
}
