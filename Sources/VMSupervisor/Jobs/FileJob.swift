internal import Glibc
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// A job in which QEMU writes one file, through a descriptor that it is given: a save, a dump. The file has another name
/// until it is whole.
class FileJob: JobWork {
    /// The name under which QEMU knows the file.
    static let fileName = "vmctl-job"
    /// How long QEMU may take for each step; the writing itself takes as long as it takes.
    static let stepPatience = Duration.seconds(10)
    /// How often it is looked how far it is.
    private static let interval = Duration.milliseconds(200)

    /// What stands in the file before QEMU writes.
    let head: [UInt8]
    /// Why the CPUs stop for it; nil lets them run.
    let stopping: StateReason?
    /// Whether an event of QEMU's tells the end, so that looking is for the figures alone.
    var hearsEnd = true
    private var raw: Int32 = -1

    init(head: [UInt8] = [], stopping: StateReason?) {
        self.head = head
        self.stopping = stopping
    }

    deinit { closeFile() }

    private func closeFile() {
        if raw >= 0 { close(raw) }
        raw = -1
    }

    // MARK: What each kind adds

    /// The command that writes into the file.
    var command: (name: String, arguments: JSONObject) { ("", [:]) }
    /// The command that asks how far it is.
    var question: String { "" }
    /// What has to be said to QEMU before.
    func introduce(_ link: QEMULink) {}
    func understand(_ answer: JSONValue, _ job: JobRun) {}
    func hear(_ event: String, _ data: JSONValue, _ job: JobRun) {}
    func cancel(_ job: JobRun, _ reply: @escaping (Result<Void, VMError>) -> Void) {}
    func goOn(_ job: JobRun) { job.look(after: .milliseconds(1)) }
    func conclude(_ job: JobRun) {}
    /// What QEMU is told when it came to nothing.
    func takeBack(_ link: QEMULink) {}

    // MARK: The steps

    func prepare(_ info: inout MachineJob) throws(VMError) {
        if let odd = Files.exists(info.path) ? Files.oddKind(info.path) : nil {
            throw VMError(.io, "cannot write '\(info.path)': it is \(odd)")
        }
        unlink(info.temporary)
        let file = try FileDescriptor.open(
            info.temporary, flags: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        do throws(VMError) {
            try file.writeAll(head, info.temporary)
        } catch {
            unlink(info.temporary)
            throw error
        }
        info.offset = UInt64(head.count)
        info.part = BlockJob.FileMark(info.temporary)
        raw = file.release()
    }

    func begin(_ job: JobRun) {
        let supervisor = job.supervisor
        guard let stopping, job.info.wasRunning else { return handOver(job) }
        job.step("stopping")
        supervisor.happened(.stopping(stopping))
        guard let link = supervisor.link else { return job.fail(Self.noMonitor) }
        link.execute("stop", deadline: .after(Self.stepPatience)) { [self] result in
            Failpoint.reached("job.stopped")
            if case .failure(let error) = result { return job.fail(error) }
            handOver(job)
        }
    }

    private static var noMonitor: VMError { VMError(.connection, "QEMU's monitor is closed") }

    static var aborted: VMError { VMError(.cancelled, "operation aborted: canceled by client") }

    /// Hands the file over to QEMU and runs the command that writes it.
    private func handOver(_ job: JobRun) {
        guard let link = job.supervisor.link else { return job.fail(Self.noMonitor) }
        job.step("writing")
        introduce(link)
        let deadline = Deadline.after(Self.stepPatience)
        let file = raw
        raw = -1
        link.execute("getfd", ["fdname": .string(Self.fileName)], descriptors: [file], deadline: deadline) {
            [self] result in
            Failpoint.reached("job.file")
            if case .failure(let error) = result { return job.fail(error) }
            if job.isCancelled { return job.fail(Self.aborted) }
            let (name, arguments) = command
            link.execute(name, arguments, deadline: deadline) { [self] result in
                Failpoint.reached("job.begun")
                if case .failure(let error) = result { return job.fail(error) }
                job.look(after: hearsEnd ? Self.interval : .milliseconds(10))
            }
        }
    }

    func look(_ job: JobRun) {
        guard let link = job.supervisor.link else { return }
        link.execute(question, deadline: .after(.seconds(30))) { [self] result in
            guard job.info.phase == .running, !job.isCompleting else { return }
            switch result {
            case .failure(let error):
                // A QEMU that hangs may go on; one that has ended is noticed elsewhere.
                if error.code == .timeout { return job.look(after: .seconds(1)) }
                if error.code != .connection { job.fail(error) }
            case .success(let value): understand(value, job)
            }
        }
    }

    func goesOn(_ job: JobRun) { job.look(after: Self.interval) }

    /// What was written goes, and the machine runs on.
    func undo(_ job: JobRun) {
        unlink(job.info.temporary)
        closeFile()
        guard let link = job.supervisor.link, !link.hasEnded else { return }
        // Whatever QEMU may still have in hand of it: in this order, so that the CPUs run when it is over.
        takeBack(link)
        link.execute("closefd", ["fdname": .string(Self.fileName)], deadline: .after(.seconds(30))) { _ in }
        letRun(job)
    }

    /// Lets the CPUs run again, if they ran before.
    func letRun(_ job: JobRun) {
        guard job.info.wasRunning, job.info.after != "crash" else { return }
        let log = job.supervisor.log
        job.supervisor.link?.execute("cont", deadline: .after(.seconds(30))) { result in
            if case .failure(let error) = result { log.note("cannot let the machine run again: \(error)") }
        }
    }
}
