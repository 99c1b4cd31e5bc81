internal import Glibc
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON

/// Writes the machine's state into a file and ends the machine.
final class SaveJob: FileJob {
    /// More than any disk writes: a save isn't to be slowed down.
    private static let bandwidth: Int64 = 9_223_372_036_853_727_232

    private let image: SaveImage?

    init(_ image: SaveImage) {
        self.image = image
        super.init(head: image.head(isWhole: false), stopping: .saving)
    }

    init(goingOnWith info: MachineJob) {
        image = try? SaveImage.read(info.temporary, evenUnfinished: true)
        super.init(stopping: .saving)
    }

    override var command: (name: String, arguments: JSONObject) {
        ("migrate", ["uri": .string("fd:" + Self.fileName)])
    }

    override var question: String { "query-migrate" }

    override func introduce(_ link: QEMULink) {
        let deadline = Deadline.after(.seconds(30))
        link.execute(
            "migrate-set-parameters", ["max-bandwidth": .integer(Self.bandwidth)], deadline: deadline
        ) { _ in }
        let events: JSONObject = ["capability": "events", "state": true]
        link.execute("migrate-set-capabilities", ["capabilities": [.object(events)]], deadline: deadline) {
            [self] result in
            if case .failure = result { hearsEnd = false }
        }
    }

    override func hear(_ event: String, _ data: JSONValue, _ job: JobRun) {
        guard event == "MIGRATION", ["completed", "failed", "cancelled"].contains(data["status"]?.string) else {
            return
        }
        job.look(after: .zero)
    }

    override func understand(_ answer: JSONValue, _ job: JobRun) {
        if let memory = answer["ram"] {
            job.progress(
                total: memory["total"]?.uint64 ?? 0, remaining: memory["remaining"]?.uint64 ?? 0,
                processed: memory["transferred"]?.uint64 ?? 0)
        }
        switch answer["status"]?.string {
        case "completed": complete(job)
        case "failed":
            let words =
                answer["error-desc"]?.string ?? job.supervisor.log.lastLines(1).last ?? "QEMU doesn't say why"
            job.fail(VMError(.io, "QEMU could not write the machine's state: \(words)"))
        case "cancelled": job.fail(Self.aborted)
        case "setup", "active", "device", "pre-switchover", "cancelling", "wait-unplug": goesOn(job)
        default: job.fail(Self.interrupted)
        }
    }

    private static var interrupted: VMError { VMError(.io, "saving was interrupted before it had begun") }

    private func complete(_ job: JobRun) {
        let info = job.info
        guard let image, (Files.stamp(info.temporary)?.size ?? 0) > Int64(clamping: info.offset) else {
            return job.fail(Self.interrupted)
        }
        job.complete { () throws(VMError) in try SaveImage.complete(info.temporary, as: info.path, image) }
    }

    override func cancel(_ job: JobRun, _ reply: @escaping (Result<Void, VMError>) -> Void) {
        job.isCancelled = true
        guard let link = job.supervisor.link else { return reply(.success(())) }
        link.execute("migrate_cancel", deadline: .after(Self.stepPatience)) { result in
            reply(result.map { _ in })
        }
    }

    override func takeBack(_ link: QEMULink) {
        link.execute("migrate_cancel", deadline: .after(.seconds(30))) { _ in }
    }

    override func goOn(_ job: JobRun) {
        // It had its name already: only the end is missing.
        if job.info.hasItsName, (try? SaveImage.read(job.info.path)) != nil { return job.succeed() }
        super.goOn(job)
    }

    override func conclude(_ job: JobRun) {
        job.supervisor.happened(.saved)
        job.supervisor.endQEMU()
    }
}

extension Supervisor {
    func save(_ request: SaveRequest, for client: pid_t, _ reply: Reply) {
        guard hasMonitor(reply) else { return }
        let xml: [UInt8]
        do throws(VMError) { xml = try savedDefinition(request) } catch { return reply(.failure(error)) }
        let wasRunning = published.state == .running
        var resume = wasRunning ? SaveImage.Resume.running : .paused
        if let wanted = request.isPaused { resume = wanted ? .paused : .running }
        let info = MachineJob(id: request.id, kind: .save, path: request.path, wasRunning: wasRunning)
        begin(info, SaveJob(SaveImage(resume: resume, xml: xml, format: request.format)), for: client, reply)
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
        if request.format == .libvirt { domain.emptyChannels(in: folder.sockets) }
        return Array(domain.xml.utf8)
    }
}
