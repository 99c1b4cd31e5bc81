internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON

/// Writing the machine's state, or the guest's memory, into a file.
extension Supervisor {
    /// More than any disk writes: a save isn't to be slowed down.
    private static let bandwidth: Int64 = 9_223_372_036_853_727_232

    func save(_ request: SaveRequest, _ reply: Reply) {
        guard hasMonitor(reply) else { return }
        let xml: [UInt8]
        do throws(VMError) { xml = try savedDefinition(request) } catch { return reply(.failure(error)) }
        let wasRunning = published.state == .running
        var resume = wasRunning ? SaveImage.Resume.running : .paused
        if let wanted = request.isPaused { resume = wanted ? .paused : .running }
        let image = SaveImage(resume: resume, xml: xml)
        let info = MachineJob(id: request.id, kind: .save, path: request.path, wasRunning: wasRunning)
        let job = RunningJob(info, image: image)
        beginJob(job, head: image.head(isWhole: false), stopping: .saving, reply) { [unowned self] raw in
            link?.execute(
                "migrate-set-parameters", ["max-bandwidth": .integer(Self.bandwidth)], deadline: .after(.seconds(30))
            ) { _ in }
            giveJobFile(raw, "migrate", ["uri": .string("fd:" + Self.jobFile)])
        }
    }

    /// The document that goes into the file: the live definition, unless the client gives another one of the same domain.
    ///
    /// - Throws: `unsupported` for devices whose state QEMU can't write.
    private func savedDefinition(_ request: SaveRequest) throws(VMError) -> [UInt8] {
        var domain = try definition()
        if let device = domain.devices.hostDevices.first {
            throw VMError(
                .unsupported,
                "Requested operation is not valid: domain has assigned host device '\(device.alias?.name ?? "")'",
                remedy: "detach it first")
        }
        if let xml = request.xml { return Array(xml.utf8) }
        domain.id = nil
        return Array(domain.xml.utf8)
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

    func dump(_ request: DumpRequest, _ reply: Reply) {
        guard hasMonitor(reply) else { return }
        var info = MachineJob(
            id: request.id, kind: .dump, path: request.path,
            wasRunning: published.state == .running && !request.isLive)
        info.after = request.after
        beginJob(RunningJob(info), head: [], stopping: .dumping, reply) { [unowned self] raw in
            var order: JSONObject = [
                "paging": false, "protocol": .string("fd:" + Self.jobFile), "detach": true,
            ]
            order["format"] = request.format.map { .string($0) }
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
