internal import Glibc
internal import MonitorJSON
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// Beginning a backup. What it will need is written down before it is made, so that whoever takes over takes it back.
///
/// 1. an image for each disk, with its nodes
/// 2. `stop`: a filter goes between each disk and its front end, and keeps from then on what the guest overwrites; bitmaps are
///    merged, and a checkpoint's are begun; `cont`
/// 3. copying begins, or serving
///
/// The CPUs stand still for 2, so that all disks and bitmaps are of the same moment. Nobody is told of that.
extension LiveMachine {
    func startBackup(_ order: BackupOrder, for client: pid_t) throws(VMError) -> SupervisorReply {
        var plan = try planBackup(order)
        try checkSpace(order, plan)
        let job = plan.job
        try acceptBackup(order, job, for: client)
        do throws(VMError) {
            Failpoint.reached("backup.journal")
            for index in plan.parts.indices { try makeImage(index, &plan, order) }
            try switchOver(plan, order)
            try beginWork(plan, order)
            let info = try amendBackup { info in
                info.step = order.server == nil ? "copying" : "serving"
                info.backup?.hasBegun = true
            }
            Failpoint.reached("backup.begun")
            return .job(info)
        } catch {
            deadline = max(deadline, .after(.seconds(20)))
            // What can't be taken back now, from a QEMU that doesn't answer for example, is later: the CPUs may stand still.
            let isTakenBack = (try? takeBack()) != nil
            port.tell { isTakenBack ? $0.forgetBackup(id: order.id) : $0.takeBackLater(id: order.id) }
            throw error
        }
    }

    // MARK: Planning

    /// A disk's part, with what is only needed while it begins.
    private struct Part {
        var images: DiskImages
        var order: BackupOrder.Disk
        var bitmaps: BackupBitmaps?
        var size: UInt64
        var file: CopyFile
        var nodes: Hotplug.ImageNodes
    }

    private struct BackupPlan {
        var job = BackupJob()
        var parts: [Part] = []
        /// Nodes of disks whose checkpoint begins now.
        var checkpointNodes: [String] = []
    }

    private func planBackup(_ order: BackupOrder) throws(VMError) -> BackupPlan {
        var plan = BackupPlan()
        plan.job.isPull = order.server != nil
        plan.job.checkpoint = order.checkpoint
        if case .unix(let path) = order.server { plan.job.socket = path }
        try checkBackupAbilities(order)
        let facts = try nodeFacts()
        var names = try blockNodes()
        for wanted in order.disks {
            let disk = domain.devices.disks[try domain.disk(wanted.target)]
            try checkIdle(disk, wanted.target)
            let images = try images(of: disk)
            guard let size = facts[images.layers[0].node]?.size else {
                throw VMError(.protocolViolation, "QEMU doesn't tell the size of disk '\(wanted.target)'")
            }
            var outcome = disk
            outcome.mirror = nil
            outcome.backingStore = nil
            outcome.source = wanted.isBlockDevice ? .block(wanted.path) : .file(wanted.path)
            outcome.driver = DiskDriver()
            outcome.driver?.type = ImageFormat(rawValue: wanted.format) ?? .qcow2
            let file = CopyFile(self, outcome, images, reuses: order.reusesFiles, isShallow: false)
            _ = try file.check()
            let nodes = try Hotplug.imageNodes(
                of: outcome, backing: nil, in: domain, capabilities: capabilities(), host: host(), nodes: names)
            names += nodes.names
            let bitmaps = wanted.incremental.map { BackupBitmaps($0, in: images.layers) }
            var entry = BackupJob.Disk(target: wanted.target, path: wanted.path)
            entry.incremental = wanted.incremental
            entry.isIncremental = bitmaps != nil && bitmaps?.flaw == nil
            entry.whyWhole = bitmaps?.flaw
            entry.index = Hotplug.number(of: nodes.top)
            entry.frontEnd = Self.path(ofFrontEnd: try drive(disk.alias?.name ?? "").qdev)
            entry.root = images.root
            entry.source = images.layers[0].node
            entry.nodes = nodes.names
            entry.exportName = wanted.exportName
            entry.bitmap = wanted.bitmap
            entry.isMade = !order.reusesFiles && !Files.isBlockDevice(wanted.path)
            entry.job = "backup-\(wanted.target)-\(order.id)"
            plan.job.disks.append(entry)
            plan.parts.append(
                Part(images: images, order: wanted, bitmaps: bitmaps, size: size, file: file, nodes: nodes))
        }
        for target in order.checkpointDisks { plan.checkpointNodes.append(try checkpointNode(target)) }
        return plan
    }

    /// A front end as `qom-set` names it.
    private static func path(ofFrontEnd qdev: String) -> String {
        qdev.hasPrefix("/") ? qdev : "/machine/peripheral/" + qdev
    }

    private func checkBackupAbilities(_ order: BackupOrder) throws(VMError) {
        let capabilities = try capabilities()
        guard capabilities.accepts(command: "blockdev-backup", argument: "sync") else {
            throw VMError(
                .unsupported, "incremental backup is not supported yet: the machine's QEMU has no 'blockdev-backup'",
                libvirt: LibvirtError(.operationUnsupported))
        }
        // Before 9.0, as which QEMU is known by this argument, a client of NBD that leaves ends QEMU when the disk has a thread of
        // its own.
        guard order.server != nil, !capabilities.accepts(command: "block-commit", argument: "backing-mask-protocol")
        else { return }
        for wanted in order.disks {
            let disk = domain.devices.disks[try domain.disk(wanted.target)]
            guard disk.driver?.iothread != nil || disk.driver?.iothreads.isEmpty == false || hasThread(disk) else {
                continue
            }
            throw VMError(
                .unsupported,
                "disk '\(wanted.target)' has an I/O thread, and QEMU \(capabilities.version) ends when a client of such a disk "
                    + "leaves: it can't be pulled from",
                remedy: "push the backup, or start the machine with QEMU 9.0 or later",
                libvirt: LibvirtError(.operationUnsupported))
        }
    }

    /// Whether the disk's controller has a thread of its own.
    private func hasThread(_ disk: Disk) -> Bool {
        guard disk.target?.bus == .scsi, let number = disk.address?.controller else { return false }
        return domain.devices.controllers.contains {
            $0.type == .scsi && $0.index == number && $0.driver?.iothread != nil
        }
    }

    private func checkIdle(_ disk: Disk, _ target: String) throws(VMError) {
        let isBusy: Bool = try port.ask(deadline) { supervisor, done in
            done(.success(supervisor.jobs[target] != nil))
        }
        guard isBusy else { return }
        throw VMError(
            .busy, "Operation not supported: disk '\(target)' already in active block job",
            remedy: "\(command: "blockjob") shows it, and ends it", libvirt: LibvirtError(.operationUnsupported))
    }

    // MARK: Space

    /// Bytes of a node as its guest sees them, and on the disk.
    func nodeFacts() throws(VMError) -> [String: (size: UInt64, allocated: UInt64)] {
        var facts: [String: (size: UInt64, allocated: UInt64)] = [:]
        for entry in try run("query-named-block-nodes", ["flat": true]).array ?? [] {
            guard let name = entry["node-name"]?.string, let size = entry["image"]?["virtual-size"]?.uint64 else {
                continue
            }
            facts[name] = (size, entry["image"]?["actual-size"]?.uint64 ?? size)
        }
        return facts
    }

    /// Refuses what has no room. A copy needs as much as the disk holds; of what a guest will overwrite nothing is known, so
    /// room for a part of the disk has to be there.
    private func checkSpace(_ order: BackupOrder, _ plan: BackupPlan) throws(VMError) {
        let facts = try nodeFacts()
        var needed: [UInt64: (bytes: UInt64, path: String)] = [:]
        for part in plan.parts where !part.order.isBlockDevice {
            let folder = Files.folder(of: part.order.path)
            guard let identity = Files.identity(folder) else { continue }
            let held = part.images.layers.reduce(UInt64(0)) { sum, layer in
                let (next, overflow) = sum.addingReportingOverflow(facts[layer.node]?.allocated ?? 0)
                return overflow ? .max : next
            }
            var bytes = min(held, part.size)
            if let bitmaps = part.bitmaps, bitmaps.flaw == nil { bytes = min(bytes, bitmaps.dirtyBytes) }
            if order.server != nil { bytes /= 16 }
            let device = UInt64(truncatingIfNeeded: identity.device)
            let (sum, overflow) = (needed[device]?.bytes ?? 0).addingReportingOverflow(bytes)
            needed[device] = (overflow ? .max : sum, folder)
        }
        for (bytes, folder) in needed.values {
            guard let space = FileSystemSpace(folder), space.available < bytes else { continue }
            throw VMError(
                .io,
                "a backup in '\(folder)' may need \(ScaledSize(bytes: bytes)), and \(ScaledSize(bytes: space.available)) are "
                    + "free there", remedy: "make room, or name another folder",
                libvirt: LibvirtError(.operationFailed))
        }
    }

    // MARK: Images

    private func makeImage(_ index: Int, _ plan: inout BackupPlan, _ order: BackupOrder) throws(VMError) {
        let part = plan.parts[index]
        if let mark = try part.file.make() {
            try amendBackup { $0.backup?.disks[index].ownFile = mark }
        }
        Failpoint.reached("backup.file.\(index)")
        try part.file.open(part.nodes, id: "\(order.id)-\(part.order.target)")
        Failpoint.reached("backup.nodes.\(index)")
    }

    // MARK: The moment

    private func switchOver(_ plan: BackupPlan, _ order: BackupOrder) throws(VMError) {
        deadline = max(deadline, .after(.seconds(20)))
        var whole: [String: FullBitmap] = [:]
        for (part, disk) in zip(plan.parts, plan.job.disks) where disk.whyWhole != nil {
            whole[disk.target] = try FullBitmap(self, for: disk.target, size: part.size)
        }
        defer { for bitmap in whole.values { bitmap.remove(self) } }
        let isRunning = try run("query-status")["running"]?.bool ?? false
        try amendBackup { info in
            info.step = "switching"
            info.wasRunning = isRunning
        }
        Failpoint.reached("backup.switching")
        if isRunning { try run("stop") }
        Failpoint.reached("backup.stopped")
        try order.copies.carryOut()
        Failpoint.reached("backup.copied")
        for disk in plan.job.disks { try insertFilter(disk) }
        Failpoint.reached("backup.filtered")
        let actions = bitmapActions(plan, order, whole)
        if !actions.isEmpty { try run(Transaction.name, Transaction(actions).arguments) }
        Failpoint.reached("backup.noted")
        if isRunning { try run("cont") }
        Failpoint.reached("backup.cont")
        try amendBackup { $0.step = "beginning" }
        port.tell { $0.askState() }
    }

    private func insertFilter(_ disk: BackupJob.Disk) throws(VMError) {
        try run(
            "blockdev-add",
            [
                "driver": "copy-before-write", "node-name": .string(disk.filter), "file": .string(disk.root),
                "target": .string(disk.nodes.first ?? ""), "on-cbw-error": "break-snapshot", "cbw-timeout": 45,
            ])
        try setFrontEnd(disk, to: disk.filter)
        try run(
            "blockdev-add",
            ["driver": "snapshot-access", "node-name": .string(disk.view), "file": .string(disk.filter)])
    }

    /// Has a disk's front end use another node.
    func setFrontEnd(_ disk: BackupJob.Disk, to node: String) throws(VMError) {
        try run(
            "qom-set", ["path": .string(disk.frontEnd), "property": "drive", "value": .string(node)])
    }

    private func bitmapActions(
        _ plan: BackupPlan, _ order: BackupOrder, _ whole: [String: FullBitmap]
    ) -> [QMPRequest] {
        var actions: [QMPRequest] = []
        for (part, disk) in zip(plan.parts, plan.job.disks) {
            guard let bitmaps = part.bitmaps else { continue }
            let add = DirtyBitmap(
                .add, node: disk.view, bitmap: disk.bitmap, granularity: UInt32(exactly: bitmaps.granularity),
                isPersistent: false, isDisabled: true)
            actions.append(add.request(for: nil))
            let sources = whole[disk.target].map { [$0.source] } ?? bitmaps.sources
            actions.append(
                DirtyBitmapMerge(node: disk.view, target: disk.bitmap, sources: sources).request(for: nil))
        }
        if let name = order.checkpoint { actions += Self.checkpointActions(name, plan.checkpointNodes) }
        return actions
    }

    // MARK: Copying, or serving

    private func beginWork(_ plan: BackupPlan, _ order: BackupOrder) throws(VMError) {
        guard let server = order.server else {
            let actions = zip(plan.parts, plan.job.disks).map { part, disk in
                let hasBitmap = part.bitmaps != nil
                return BlockdevBackup(
                    jobID: disk.job, device: disk.view, target: disk.nodes.first ?? "",
                    sync: hasBitmap ? "incremental" : "full", bitmap: hasBitmap ? disk.bitmap : nil, autoDismiss: false
                ).request(for: nil)
            }
            try run(Transaction.name, Transaction(actions).arguments)
            return
        }
        try serve(at: server)
        Failpoint.reached("backup.server")
        for (part, disk) in zip(plan.parts, plan.job.disks) {
            var export: JSONObject = [
                "type": "nbd", "id": .string(disk.job), "node-name": .string(disk.view),
                "name": .string(disk.exportName), "writable": false,
            ]
            if part.bitmaps != nil { export["bitmaps"] = [.string(disk.bitmap)] }
            try run("block-export-add", export)
        }
        Failpoint.reached("backup.exports")
    }

    /// The socket is made here and handed over: a confined QEMU may make none there.
    private func serve(at server: BackupOrder.Server) throws(VMError) {
        let address: SocketAddress =
            switch server {
            case .unix(let path): .unix(path: path)
            case .tcp(let host, let port): .tcp(host: host, port: port)
            }
        let socket = try Socket.listen(at: address)
        if case .unix = server { try amendBackup { $0.backup?.hasSocket = true } }
        try run("getfd", ["fdname": .string(Self.serverFile)], file: socket.release())
        try run("nbd-server-start", ["addr": ["type": "fd", "data": ["str": .string(Self.serverFile)]]])
    }

    /// The name under which QEMU knows the socket.
    static var serverFile: String { "vmctl-backup" }

    // MARK: The supervisor's record of it

    private func acceptBackup(_ order: BackupOrder, _ backup: BackupJob, for client: pid_t) throws(VMError) {
        _ = try port.ask(deadline) { supervisor, done in
            done(
                Result { () throws(VMError) in
                    try supervisor.acceptBackup(order, backup, for: client)
                    return true
                })
        }
    }

    /// Changes what is written down of the backup.
    @discardableResult
    func amendBackup(_ change: @escaping @Sendable (inout MachineJob) -> Void) throws(VMError) -> MachineJob {
        try port.ask(deadline) { supervisor, done in
            done(
                Result { () throws(VMError) in
                    guard let job = supervisor.machineJob, job.info.backup != nil else {
                        throw VMError(.wrongState, "the backup is over")
                    }
                    try job.amend(change)
                    return job.info
                })
        }
    }
}
