internal import Glibc
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// Writes the guest's memory into a file, for a debugger.
final class DumpJob: FileJob {
    private let format: String?
    /// QEMU tells why a dump failed in an event only.
    private var failure: VMError?

    init(format: String?, isLive: Bool) {
        self.format = format
        super.init(stopping: isLive ? nil : .dumping)
    }

    init(goingOnWith info: MachineJob) {
        format = nil
        super.init(stopping: .dumping)
    }

    override var command: (name: String, arguments: JSONObject) {
        var arguments: JSONObject = [
            "paging": false, "protocol": .string("fd:" + Self.fileName), "detach": true,
        ]
        arguments["format"] = format.map { .string($0) }
        return ("dump-guest-memory", arguments)
    }

    override var question: String { "query-dump" }

    override func hear(_ event: String, _ data: JSONValue, _ job: JobRun) {
        guard event == "DUMP_COMPLETED" else { return }
        if let words = data["error"]?.string {
            failure = VMError(.io, "QEMU could not write the guest's memory: \(words)")
        }
        job.look(after: .zero)
    }

    override func understand(_ answer: JSONValue, _ job: JobRun) {
        let total = answer["total"]?.uint64 ?? 0
        let done = answer["completed"]?.uint64 ?? 0
        job.progress(total: total, remaining: total > done ? total - done : 0, processed: done)
        switch answer["status"]?.string {
        case "active": goesOn(job)
        case "completed": complete(job)
        default:
            job.fail(
                failure ?? VMError(.io, "QEMU could not write the guest's memory", remedy: "is the disk full?"))
        }
    }

    private func complete(_ job: JobRun) {
        let info = job.info
        job.complete { () throws(VMError) in
            let file = try FileDescriptor.open(info.temporary, flags: O_RDWR | O_NOFOLLOW)
            guard fsync(file.raw) == 0, rename(info.temporary, info.path) == 0 else {
                throw .system("cannot write '\(info.path)'", errno: errno)
            }
            try Files.syncFolder(of: info.path)
        }
    }

    override func cancel(_ job: JobRun, _ reply: @escaping (Result<Void, VMError>) -> Void) {
        let text = "Requested operation is not valid: cannot abort memory-only dump"
        reply(.failure(VMError(.unsupported, text, libvirt: .init(.operationInvalid))))
    }

    override func conclude(_ job: JobRun) {
        let supervisor = job.supervisor
        switch job.info.after {
        case "crash":
            supervisor.happened(.destroyRequested)
            supervisor.endQEMU()
        case "reset":
            supervisor.reset(deadline: .after(.seconds(10))) { [self] _ in letRun(job) }
        default: letRun(job)
        }
    }
}

extension Supervisor {
    func dump(_ request: DumpRequest, for client: pid_t, _ reply: Reply) {
        guard hasMonitor(reply) else { return }
        var info = MachineJob(
            id: request.id, kind: .dump, path: request.path,
            wasRunning: published.state == .running && !request.isLive)
        info.after = request.after
        begin(info, DumpJob(format: request.format, isLive: request.isLive), for: client, reply)
    }
}
