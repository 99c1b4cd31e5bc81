internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON

/// The steps of a snapshot of a running machine, on a thread of their own.
///
/// Whatever happens, the CPUs run again that ran before, and the guest's file systems are thawed that were frozen.
struct SnapshotRun {
    /// How long QEMU may take for each step; the writing itself takes as long as it takes.
    static let patience = Duration.seconds(30)
    /// How long the guest may take to bring its file systems to rest.
    private static let freezePatience = Duration.seconds(20)
    /// The name under which QEMU knows the file for its memory.
    private static let fileName = "vmctl-snapshot"
    private static let bandwidth: Int64 = 9_223_372_036_853_727_232
    private static let interval = Duration.milliseconds(20)
    private static let variables = "libvirt-pflash1-format"

    private let machine: LiveMachine
    private let order: SnapshotOrder
    private let wasRunning: Bool
    private let flag: CancelMark

    init(_ machine: LiveMachine, _ order: SnapshotOrder, wasRunning: Bool, _ flag: CancelMark) {
        self.machine = machine
        self.order = order
        self.wasRunning = wasRunning
        self.flag = flag
    }

    // MARK: From the beginning

    func carryOut() throws(VMError) {
        do throws(VMError) {
            if order.quiesces { try freeze() }
            try perform()
        } catch {
            letRun(evenAtEnd: true)
            // They may be frozen though that failed, after its deadline for example.
            if order.quiesces, error.libvirt.number != .argumentUnsupported { thaw() }
            throw error
        }
        letRun(evenAtEnd: false)
        if order.quiesces { thaw() }
    }

    private func perform() throws(VMError) {
        switch order.action {
        case .save:
            if !order.copies.isEmpty { try pause() }
            try copyFiles()
            try runJob("snapshot-save", hasMemory: true)
        case .delete: try runJob("snapshot-delete", hasMemory: false)
        case .overlay:
            if order.memory != nil, !order.isLive || !wasRunning { try pause() }
            if let path = order.memory { try writeMemory(path) }
            if order.memory == nil, !order.copies.isEmpty { try pause() }
            try copyFiles()
            try switchDisks()
        }
    }

    /// A new deadline for the next step.
    @discardableResult
    private func run(
        _ command: String, _ arguments: JSONObject = [:], file: Int32? = nil
    ) throws(VMError) -> JSONValue {
        machine.deadline = .after(Self.patience)
        return try machine.run(command, arguments, file: file)
    }

    /// Writes down how far it is, before the next step is done.
    private func step(_ word: String) throws(VMError) {
        _ = try machine.port.ask(.after(Self.patience)) { supervisor, done in
            supervisor.machineJob?.step(word)
            done(.success(true))
        }
    }

    // MARK: The guest

    private func pause() throws(VMError) {
        guard wasRunning else { return }
        try step("stopping")
        machine.port.tell { $0.happened(.stopping(.creatingSnapshot)) }
        try run("stop")
        Failpoint.reached("snapshot.paused")
    }

    private func letRun(evenAtEnd: Bool) {
        guard wasRunning, evenAtEnd || !order.halts else { return }
        do throws(VMError) {
            if try run("query-status")["running"]?.bool != true { try run("cont") }
        } catch {
            machine.port.tell { $0.log.note("cannot let the machine run again: \(error)") }
        }
        Failpoint.reached("snapshot.resumed")
    }

    private func freeze() throws(VMError) {
        try step("freezing")
        try askAgent("guest-fsfreeze-freeze", Self.freezePatience)
        Failpoint.reached("snapshot.frozen")
    }

    private func thaw() {
        for attempt in 1...3 {
            do throws(VMError) { return try askAgent("guest-fsfreeze-thaw", .seconds(10)) } catch {
                guard attempt == 3 else { continue }
                machine.port.tell { $0.log.note("the guest's file systems may still be frozen: \(error)") }
            }
        }
    }

    private func askAgent(_ command: String, _ patience: Duration) throws(VMError) {
        try machine.askAgent(command, patience)
    }

    private func copyFiles() throws(VMError) {
        try order.copies.carryOut()
        Failpoint.reached("snapshot.copied")
    }

    // MARK: Inside the images

    private func nodes() throws(VMError) -> [JSONValue] {
        machine.deadline = .after(Self.patience)
        var names: [JSONValue] = []
        for target in order.disks {
            let disk = machine.domain.devices.disks[try machine.domain.disk(target)]
            guard let node = try machine.drive(disk.alias?.name ?? "").node, !node.isEmpty else {
                throw VMError(.wrongState, "disk '\(target)' is empty")
            }
            names.append(.string(node))
        }
        if order.includesVariables { names.append(.string(Self.variables)) }
        return names
    }

    private var jobName: String { "vmctl-snapshot-" + order.id }

    private func runJob(_ command: String, hasMemory: Bool) throws(VMError) {
        let nodes = try nodes()
        guard let first = nodes.first else { throw VMError(.invalidArgument, "no disk is to have the snapshot") }
        var arguments: JSONObject = [
            "job-id": .string(jobName), "tag": .string(order.name), "devices": .array(nodes),
        ]
        if hasMemory { arguments["vmstate"] = first }
        try step("writing")
        try run(command, arguments)
        Failpoint.reached("snapshot.begun")
        try waitForJob()
    }

    /// QEMU answers nothing while it writes, so a question without an answer is asked again.
    private func waitForJob() throws(VMError) {
        var isCancelled = false
        while true {
            let answer: JSONValue
            do throws(VMError) { answer = try run("query-jobs") } catch {
                guard error.code == .timeout else { throw error }
                continue
            }
            guard let job = (answer.array ?? []).first(where: { $0["id"]?.string == jobName }) else {
                throw SnapshotJob.interrupted
            }
            if job["status"]?.string == "concluded" { return try conclude(job) }
            if flag.isMarked, !isCancelled {
                isCancelled = true
                _ = try? run("job-cancel", ["id": .string(jobName)])
            }
            Poll.sleep(Self.interval)
        }
    }

    private func conclude(_ job: JSONValue) throws(VMError) {
        if let words = job["error"]?.string {
            _ = try? run("job-dismiss", ["id": .string(jobName)])
            if flag.isMarked { throw FileJob.aborted }
            throw VMError(
                .monitor, "operation failed: \(words)", libvirt: LibvirtError(.operationFailed))
        }
        Failpoint.reached("snapshot.concluded")
        try step("written")
        Failpoint.reached("snapshot.written")
        try run("job-dismiss", ["id": .string(jobName)])
    }

    // MARK: In files of their own

    /// Writes down which file it is that holds the memory: should nothing come of it, that one goes and no other.
    private func note(part: BlockJob.FileMark?) throws(VMError) {
        _ = try machine.port.ask(.after(Self.patience)) { supervisor, done in
            do throws(VMError) {
                try supervisor.machineJob?.amend { $0.part = part }
                done(.success(true))
            } catch {
                done(.failure(error))
            }
        }
    }

    private func writeMemory(_ path: String) throws(VMError) {
        if let device = machine.domain.devices.hostDevices.first {
            throw VMError(
                .unsupported,
                "Requested operation is not valid: domain has assigned host device '\(device.alias?.name ?? "")'",
                remedy: "detach it first")
        }
        var domain = machine.domain
        domain.id = nil
        let image = SaveImage(resume: wasRunning ? .running : .paused, xml: Array(domain.xml.utf8))
        let temporary = path + ".part"
        unlink(temporary)
        let file = try FileDescriptor.open(
            temporary, flags: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        do throws(VMError) {
            try note(part: BlockJob.FileMark(temporary))
            try file.writeAll(image.head(isWhole: false), temporary)
            try migrate(into: file)
            try SaveImage.complete(temporary, as: path, image)
        } catch {
            _ = try? run("migrate_cancel")
            _ = try? run("closefd", ["fdname": .string(Self.fileName)])
            unlink(temporary)
            throw error
        }
        Failpoint.reached("snapshot.memory")
    }

    private func migrate(into file: consuming FileDescriptor) throws(VMError) {
        try step("writing")
        try run("migrate-set-parameters", ["max-bandwidth": .integer(Self.bandwidth)])
        try run("getfd", ["fdname": .string(Self.fileName)], file: file.release())
        try run("migrate", ["uri": .string("fd:" + Self.fileName)])
        Failpoint.reached("snapshot.migrating")
        while true {
            let answer = try run("query-migrate")
            if let memory = answer["ram"] {
                let (total, left, done) = (
                    memory["total"]?.uint64 ?? 0, memory["remaining"]?.uint64 ?? 0, memory["transferred"]?.uint64 ?? 0
                )
                machine.port.tell { $0.machineJob?.progress(total: total, remaining: left, processed: done) }
            }
            switch answer["status"]?.string {
            case "completed": return
            case "failed":
                throw VMError(
                    .io,
                    "QEMU could not write the machine's memory: \(answer["error-desc"]?.string ?? "no reason given")")
            case "cancelled": throw FileJob.aborted
            default: break
            }
            if flag.isMarked { throw FileJob.aborted }
            Poll.sleep(Self.interval)
        }
    }

    private func switchDisks() throws(VMError) {
        try step("switching")
        machine.deadline = .after(Self.patience)
        var overlays: [Hotplug.Overlay] = []
        for overlay in order.overlays {
            let index = try machine.domain.disk(overlay.target)
            let images = try machine.images(of: machine.domain.devices.disks[index])
            let bitmaps = images.layers[0].bitmaps.filter { $0.isPersistent && $0.isRecording && !$0.isInconsistent }
            overlays.append(
                Hotplug.Overlay(
                    disk: index, path: overlay.path, top: images.root,
                    bitmaps: bitmaps.map { ($0.name, $0.granularity) }))
        }
        let change = try Hotplug.overlay(
            overlays, on: machine.domain, capabilities: machine.capabilities(), host: machine.host(),
            nodes: machine.blockNodes())
        machine.deadline = .after(Self.patience)
        try machine.make(change, completing: nil)
        Failpoint.reached("snapshot.switched")
    }

    // MARK: After a supervisor was killed

    /// Finds out from QEMU how far it got; brings to its end what can be, and takes back the rest.
    func recover(_ step: String?) throws(VMError) {
        do throws(VMError) {
            switch order.action {
            case .save, .delete: try recoverJob(step)
            case .overlay: try recoverOverlays()
            }
        } catch {
            letRun(evenAtEnd: true)
            if order.quiesces { thaw() }
            throw error
        }
        letRun(evenAtEnd: false)
        if order.quiesces { thaw() }
    }

    private func recoverJob(_ step: String?) throws(VMError) {
        let jobs = try run("query-jobs").array ?? []
        if jobs.contains(where: { $0["id"]?.string == jobName }) { return try waitForJob() }
        guard step == "written" else { throw SnapshotJob.interrupted }
    }

    private func recoverOverlays() throws(VMError) {
        let isSwitched = order.overlays.allSatisfy { overlay in
            machine.domain.devices.disks.contains {
                $0.target?.dev == overlay.target && $0.source.file == overlay.path
            }
        }
        if isSwitched { return }
        if let memory = order.memory {
            _ = try? run("migrate_cancel")
            _ = try? run("closefd", ["fdname": .string(Self.fileName)])
            unlink(memory + ".part")
        }
        throw SnapshotJob.interrupted
    }
}
