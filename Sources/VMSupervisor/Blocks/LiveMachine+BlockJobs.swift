internal import Glibc
internal import MonitorJSON
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON

/// Beginning a job of a disk. It is written down before QEMU is told anything, so that a supervisor that takes over finds
/// what was begun, and QEMU says whether it was.
extension LiveMachine {
    func startBlockJob(_ order: BlockJobOrder, for client: pid_t) throws(VMError) -> SupervisorReply {
        let next = domain
        let index = try next.disk(order.disk)
        let disk = next.devices.disks[index]
        let target = disk.target?.dev ?? ""
        guard disk.device ?? .disk == .disk || disk.device == .lun, !disk.readonly || order.work.isCopy else {
            throw VMError(
                .unsupported, "disk '\(target)' can't have a job: it is only read",
                libvirt: LibvirtError(.operationUnsupported))
        }
        try activateImages()
        let images = try images(of: disk)
        let masks = try capabilities().accepts(command: "block-stream", argument: "backing-mask-protocol")
        var plan: BlockJobPlan
        switch order.work {
        case .commit(let commit):
            plan = try .commit(commit, order, images, disk, masksProtocol: masks)
            if plan.job.kind == .activeCommit {
                plan.job.outcome = try committed(disk, images, onto: plan.job.base?.node ?? "").fragment
            }
        case .pull(let pull): plan = try .pull(pull, order, images, disk, masksProtocol: masks)
        case .copy(let copy): return try startCopy(copy, order, disk, images, for: client)
        }
        plan.job.note(images)
        return try begin(plan, images, for: client)
    }

    /// Takes the images back that QEMU has given away, as it does when it has written the memory of a machine, for another
    /// QEMU to use them. One that runs on has them back; with one that was paused before, QEMU crashes when a job writes.
    private func activateImages() throws(VMError) {
        guard try run("query-status")["status"]?.string == "postmigrate" else { return }
        if try capabilities().accepts(command: "blockdev-set-active", argument: "active") {
            try run("blockdev-set-active", ["active": true])
            return
        }
        throw VMError(
            .wrongState,
            "Requested operation is not valid: since the memory of domain '\(plan.name)' was written while it was paused, its "
                + "images can't be changed until it runs", remedy: "let it run with \(command: "resume", plan.name)")
    }

    /// The disk as it is when its images down to one were written down into that one.
    private func committed(_ disk: Disk, _ images: DiskImages, onto base: String) throws(VMError) -> Disk {
        guard let elements = elements(of: images, in: disk),
            let place = images.layers.firstIndex(where: { $0.node == base })
        else {
            throw VMError(
                .unsupported, "the images of disk '\(images.target)' can't be told: one of them is no local file",
                libvirt: LibvirtError(.operationUnsupported))
        }
        var outcome = disk
        outcome.mirror = nil
        outcome.setChain(Array(elements[place...]), namesBelow: true)
        return outcome
    }

    /// Writes the job down, has QEMU begin it and says so in the live definition.
    private func begin(
        _ plan: BlockJobPlan, _ images: DiskImages, for client: pid_t
    ) throws(VMError) -> SupervisorReply {
        let target = images.target
        try accept(plan.job, target, for: client)
        do throws(VMError) {
            Failpoint.reached("blockjob.journal")
            return .job(try carryOut(plan, target))
        } catch {
            return try giveUp(plan.job, target, error)
        }
    }

    private func carryOut(_ plan: BlockJobPlan, _ target: String) throws(VMError) -> MachineJob {
        guard let command = plan.command else { throw VMError(.internalError, "the job has no command") }
        try run(command.command, command.arguments)
        Failpoint.reached("blockjob.begun")
        try noteMirror(plan.job, target)
        Failpoint.reached("blockjob.noted")
        return try blockJob(target) { $0.amendBlock { $0.hasBegun = true } }
    }

    /// What could not be begun leaves nothing behind. Of what isn't known to have been begun, the job stays, and what QEMU
    /// says decides.
    private func giveUp(_ job: BlockJob, _ target: String, _ error: VMError) throws(VMError) -> SupervisorReply {
        deadline = max(deadline, .after(.seconds(5)))
        let isThere = try? hasJob(job.qemuID)
        if isThere == false {
            withdraw(job)
            port.tell { $0.forgetBlockJob(of: target, id: job.qemuID) }
        }
        throw error
    }

    /// Takes back what was made for a job that never ran: its nodes, and the file of a copy, in which nothing is.
    func withdraw(_ job: BlockJob) {
        removeNodes(job.nodes)
        if let file = job.ownFile, file.isThere { unlink(file.path) }
    }

    /// Whether QEMU has a job of that name.
    func hasJob(_ id: String) throws(VMError) -> Bool { try jobOfQEMU(id) != nil }

    func jobOfQEMU(_ id: String) throws(VMError) -> QueryJobs.Job? {
        try QueryJobs.decode(run(QueryJobs.name)).first { $0.id == id }
    }

    /// Says in the live definition where a job is writing to.
    func noteMirror(_ job: BlockJob, _ target: String, _ ready: DiskMirror.Ready? = nil) throws(VMError) {
        guard job.kind.staysReady,
            let outcome = try job.outcome.map({ (text) throws(VMError) in try Disk(fragment: text) })
        else { return }
        var mirror = DiskMirror(job.kind, of: outcome)
        mirror.ready = ready
        var next = domain
        next.devices.disks[try next.disk(target)].mirror = mirror
        try note(next)
    }

    // MARK: The supervisor's record of it

    private func accept(_ job: BlockJob, _ target: String, for client: pid_t) throws(VMError) {
        _ = try port.ask(deadline) { supervisor, done in
            done(
                Result { () throws(VMError) in
                    try supervisor.accept(job, of: target, for: client)
                    return true
                })
        }
    }

    /// Changes what is written down of a disk's job.
    @discardableResult
    func blockJob(_ target: String, _ change: @escaping @Sendable (inout MachineJob) -> Void) throws(VMError)
        -> MachineJob
    {
        try port.ask(deadline) { supervisor, done in
            done(
                Result { () throws(VMError) in
                    guard let job = supervisor.jobs[target] else { throw VMError.noBlockJob(target) }
                    try job.amend(change)
                    return job.info
                })
        }
    }

    // MARK: Copy

    private func startCopy(
        _ copy: BlockJobOrder.Copy, _ order: BlockJobOrder, _ disk: Disk, _ images: DiskImages, for client: pid_t
    ) throws(VMError) -> SupervisorReply {
        var outcome = try Self.destination(copy, of: disk, images)
        let elements = elements(of: images, in: disk)
        // There is nothing below to be shared.
        let isShallow = copy.isShallow && images.layers.count > 1
        var chain = outcome.chain.prefix(1)
        if isShallow {
            guard let below = elements?.dropFirst() else {
                throw VMError(
                    .unsupported, "the images of disk '\(images.target)' can't be told: one of them is no local file",
                    libvirt: LibvirtError(.operationUnsupported))
            }
            chain += below
        }
        outcome.setChain(Array(chain), namesBelow: true)
        let file = CopyFile(self, outcome, images, reuses: copy.reusesFile, isShallow: isShallow)
        let path = try file.check()
        let nodes = try Hotplug.imageNodes(
            of: outcome, backing: isShallow ? images.layers[1].node : nil, in: domain,
            capabilities: capabilities(), host: host(), nodes: blockNodes())
        var plan = BlockJobPlan.copy(copy, order, images, outcome: outcome)
        plan.job.base = .init(node: nodes.top, path: path)
        plan.job.nodes = nodes.names
        plan.job.note(images)
        plan.mirror(copy, order, to: nodes.top, isShallow: isShallow)
        let target = images.target
        try accept(plan.job, target, for: client)
        Failpoint.reached("blockjob.journal")
        do throws(VMError) {
            if let mark = try file.make() {
                plan.job.ownFile = mark
                let job = plan.job
                try blockJob(target) { $0.setBlock(job) }
            }
            Failpoint.reached("blockjob.file")
            try file.open(nodes, id: order.id)
            Failpoint.reached("blockjob.nodes")
            return .job(try carryOut(plan, target))
        } catch {
            return try giveUp(plan.job, target, error)
        }
    }

    /// The disk with the image that the client wants the copy to be in.
    private static func destination(
        _ copy: BlockJobOrder.Copy, of disk: Disk, _ images: DiskImages
    ) throws(VMError) -> Disk {
        let wanted = try Disk(fragment: copy.destination)
        guard wanted.source.type == .file || wanted.source.type == .block,
            let path = wanted.source.file ?? wanted.source.dev, path.hasPrefix("/")
        else {
            throw VMError(
                .unsupported, "a disk can be copied to a file or a block device, by its whole path",
                libvirt: LibvirtError(.operationUnsupported))
        }
        if wanted.source.encryption != nil || wanted.source.dataStore != nil {
            throw VMError(
                .unsupported, "a copy can't be encrypted, nor have a data file",
                libvirt: LibvirtError(.operationUnsupported))
        }
        var outcome = disk
        outcome.mirror = nil
        outcome.backingStore = nil
        outcome.source = wanted.source
        var driver = disk.driver ?? DiskDriver()
        driver.type = wanted.driver?.type ?? disk.driver?.type ?? .raw
        driver.metadataCache = wanted.driver?.metadataCache
        outcome.driver = driver
        return outcome
    }
}

extension BlockJob {
    /// The images that the disk has before.
    fileprivate mutating func note(_ disk: DiskImages) {
        images = disk.layers.map(\.node)
        imageNodes = disk.layers.flatMap(\.ownNodes)
    }
}

extension BlockJobOrder.Work {
    fileprivate var isCopy: Bool { if case .copy = self { true } else { false } }
}

extension VMError {
    /// A disk is asked about a job that has none.
    static func noBlockJob(_ target: String) -> VMError {
        VMError(
            .notFound, "invalid argument: disk \(target) does not have an active block job",
            libvirt: LibvirtError(.invalidArgument))
    }
}
