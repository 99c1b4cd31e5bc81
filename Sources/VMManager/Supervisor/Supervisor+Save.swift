internal import VMCore
internal import VMJSON

/// Writing the machine's state, or the guest's memory, into a file.
extension Supervisor {
    /// More than any disk writes: a save isn't to be slowed down.
    private static let bandwidth: Int64 = 9_223_372_036_853_727_232

    func save(_ arguments: JSONObject, _ reply: Reply) {
        guard canChange(reply), let path = arguments["path"]?.string, let xml = arguments["xml"]?.string,
            let id = arguments["id"]?.string
        else { return }
        let wasRunning = published.state == .running
        var resume = wasRunning ? SaveImage.Resume.running : .paused
        if let wanted = arguments["paused"]?.bool { resume = wanted ? .paused : .running }
        let image = SaveImage(resume: resume, xml: Array(xml.utf8))
        let job = RunningJob(MachineJob(id: id, kind: .save, path: path, wasRunning: wasRunning), image: image)
        beginJob(job, head: image.head(isWhole: false), stopping: .saving, reply) { [unowned self] raw in
            link?.execute(
                "migrate-set-parameters", ["max-bandwidth": .integer(Self.bandwidth)], deadline: .after(.seconds(30))
            ) { _ in }
            giveJobFile(raw, "migrate", ["uri": .string("fd:" + Self.jobFile)])
        }
    }

    func lookAtSave(_ value: JSONValue, _ next: Duration) {
        if let memory = value["ram"] {
            noteProgress(
                total: memory["total"]?.uint64 ?? 0, remaining: memory["remaining"]?.uint64 ?? 0,
                processed: memory["transferred"]?.uint64 ?? 0)
        }
        switch value["status"]?.string {
        case "completed":
            guard let job, fileHasGrown(job.info) else { return jobFailed(Self.interrupted) }
            completeJob()
        case "failed":
            let words = value["error-desc"]?.string ?? log.lastLines(1).last ?? "QEMU doesn't say why"
            jobFailed(VMError(.io, "QEMU could not write the machine's state: \(words)"))
        case "cancelled": jobFailed(Self.aborted)
        case "setup", "active", "device", "pre-switchover", "cancelling", "wait-unplug": pollJob(after: next)
        default: jobFailed(Self.interrupted)
        }
    }

    private static var interrupted: VMError { VMError(.io, "saving was interrupted before it had begun") }

    private func fileHasGrown(_ info: MachineJob) -> Bool {
        (Files.stamp(info.temporary)?.size ?? 0) > Int64(clamping: info.offset)
    }

    func dump(_ arguments: JSONObject, _ reply: Reply) {
        guard canChange(reply), let path = arguments["path"]?.string, let id = arguments["id"]?.string else { return }
        let isLive = arguments["live"]?.bool ?? false
        var info = MachineJob(
            id: id, kind: .dump, path: path, wasRunning: published.state == .running && !isLive)
        info.after = arguments["after"]?.string
        let format = arguments["format"]
        beginJob(RunningJob(info), head: [], stopping: .dumping, reply) { [unowned self] raw in
            var order: JSONObject = [
                "paging": false, "protocol": .string("fd:" + Self.jobFile), "detach": true,
            ]
            order["format"] = format
            giveJobFile(raw, "dump-guest-memory", order)
        }
    }

    func lookAtDump(_ value: JSONValue, _ next: Duration) {
        let total = value["total"]?.uint64 ?? 0
        let done = value["completed"]?.uint64 ?? 0
        noteProgress(total: total, remaining: total > done ? total - done : 0, processed: done)
        switch value["status"]?.string {
        case "active": pollJob(after: next)
        case "completed": completeJob()
        default:
            jobFailed(
                dumpError ?? VMError(.io, "QEMU could not write the guest's memory", remedy: "is the disk full?"))
        }
    }

    /// QEMU tells why a dump failed in an event only.
    func jobEvent(_ name: String, _ data: JSONValue) {
        guard name == "DUMP_COMPLETED", let words = data["error"]?.string else { return }
        dumpError = VMError(.io, "QEMU could not write the guest's memory: \(words)")
    }
}
