internal import Glibc
internal import MonitorJSON
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMStore
internal import VMXML

/// The end of a disk's job.
///
/// While the disk goes over to another image, the CPUs stand still. From `stop` to `cont` nothing is written, so both images
/// hold the same, and whichever of them the definition names when everything dies is the right one to start from. The
/// definition has the new one, on its disk, before `cont`. Without that a start from the old image after a crash would go on
/// from what the guest has overwritten since.
extension LiveMachine {
    /// What has become of a job.
    enum BlockJobOutcome: Sendable {
        case completed
        case cancelled
        case failed(VMError)
        /// It isn't over.
        case goesOn
    }

    // MARK: Ending it

    /// Has the disk go over to the other image.
    func pivot(_ info: MachineJob) throws(VMError) -> BlockJobOutcome {
        guard let target = info.disk, let job = info.block else { return .goesOn }
        guard job.kind.staysReady else {
            throw VMError(
                .invalidArgument,
                "Requested operation is not valid: job type '\(job.kind.rawValue)' does not support pivot",
                libvirt: LibvirtError(.operationInvalid))
        }
        guard try jobOfQEMU(job.qemuID)?.status == "ready" else {
            throw VMError(
                .busy, "block copy still active: disk '\(target)' not ready for pivot yet",
                libvirt: LibvirtError(.blockCopyActive))
        }
        let isRunning = try run("query-status")["running"]?.bool ?? false
        try blockJob(target) { info in
            info.step = "pivoting"
            info.wasRunning = isRunning
            info.amendBlock { $0.ending = .pivot }
        }
        Failpoint.reached("blockjob.pivot")
        // What follows is short, and must not be given up in the middle because a client has little patience.
        deadline = max(deadline, .after(.seconds(20)))
        if isRunning { try run("stop") }
        Failpoint.reached("blockjob.stopped")
        try complete(job, target, wasRunning: isRunning)
        Failpoint.reached("blockjob.completing")
        _ = try wait(for: job.qemuID) { $0.status == "concluded" }
        return try settle(try blockJob(target) { _ in })
    }

    /// Has QEMU complete a job. One that it refuses to complete goes on as before, and so does the guest.
    private func complete(_ job: BlockJob, _ target: String, wasRunning: Bool) throws(VMError) {
        do throws(VMError) {
            try Failpoint.failing("blockjob.complete")
            try run("job-complete", ["id": .string(job.qemuID)])
        } catch {
            // Whatever was said: only a job that is still ready hasn't been told yet.
            guard error.code != .timeout, error.code != .connection, try jobOfQEMU(job.qemuID)?.status == "ready" else {
                return
            }
            if wasRunning { try run("cont") }
            try blockJob(target) { info in
                info.step = "ready"
                info.amendBlock { $0.ending = nil }
            }
            throw error
        }
    }

    /// Tells it to end with the disk where it is.
    ///
    /// - Returns: what has become of it; unless that is waited for, it goes on.
    func abort(_ info: MachineJob, isAsynchronous: Bool) throws(VMError) -> BlockJobOutcome {
        guard let target = info.disk, let job = info.block else { return .goesOn }
        guard let present = try jobOfQEMU(job.qemuID) else { return try settle(info) }
        // A copy that is the same is left whole.
        let isWhole = present.status == "ready" && job.kind == .copy
        try blockJob(target) { $0.amendBlock { $0.ending = .abort } }
        Failpoint.reached("blockjob.abort")
        if present.status != "concluded" {
            let cancel = BlockJobCancel(job.qemuID, force: isWhole ? nil : true)
            try run(BlockJobCancel.name, cancel.arguments)
        }
        Failpoint.reached("blockjob.cancelling")
        if isAsynchronous { return .goesOn }
        _ = try wait(for: job.qemuID) { $0.status == "concluded" }
        return try settle(try blockJob(target) { _ in })
    }

    // MARK: Settling

    /// Finds out what has become of a job, and does what follows. Each step can be done again: after a supervisor was
    /// killed in the middle, the next one begins anew.
    func settle(_ info: MachineJob) throws(VMError) -> BlockJobOutcome {
        guard let target = info.disk, let job = info.block else { return .goesOn }
        let present = try jobOfQEMU(job.qemuID)
        if let present, present.status != "concluded" {
            return try goOn(info, job, present)
        }
        deadline = max(deadline, .after(.seconds(20)))
        let disk = domain.devices.disks[try domain.disk(target)]
        let images = try images(of: disk)
        let outcome: BlockJobOutcome
        if job.kind.staysReady {
            outcome = try settlePair(info, job, disk, images, present)
        } else {
            outcome = try settleChain(job, disk, images, present)
        }
        if present != nil { try run("job-dismiss", ["id": .string(job.qemuID)]) }
        Failpoint.reached("blockjob.dismissed")
        clearAway(job, images)
        if info.step == "pivoting", info.wasRunning {
            try run("cont")
            Failpoint.reached("blockjob.cont")
        }
        return outcome
    }

    /// A job that isn't over: whether it has caught up is noted, and a pivot that was begun is brought to its end.
    private func goOn(
        _ info: MachineJob, _ job: BlockJob, _ present: QueryJobs.Job
    ) throws(VMError) -> BlockJobOutcome {
        guard let target = info.disk else { return .goesOn }
        if !job.hasBegun {
            try noteMirror(job, target)
            try blockJob(target) { $0.amendBlock { $0.hasBegun = true } }
        }
        if present.status == "pending" { return try finalize(info, job) }
        guard present.status == "ready" else { return .goesOn }
        // The supervisor ended before QEMU was told, or after.
        if info.step == "pivoting" { return try pivotOnceMore(info, job) }
        if !job.isReady {
            try noteMirror(job, target, .yes)
            try blockJob(target) { info in
                info.step = "ready"
                info.amendBlock { $0.isReady = true }
            }
            port.tell { $0.tellOfBlockJob(target) }
        } else if domain.devices.disks[try domain.disk(target)].mirror == nil {
            try noteMirror(job, target, .yes)
        }
        return .goesOn
    }

    /// Has a job that has done its work change the chain.
    ///
    /// QEMU keeps tables of the images in its memory, and writes what says on what an image builds before them. Were it killed
    /// in between, an image would build on nothing any more and not have what it has taken in. `stop` has everything
    /// written, whether the CPUs run or not.
    private func finalize(_ info: MachineJob, _ job: BlockJob) throws(VMError) -> BlockJobOutcome {
        guard let target = info.disk else { return .goesOn }
        // First the step, from which on nobody else stops the CPUs or lets them run.
        try blockJob(target) { $0.step = "pivoting" }
        let isRunning = try run("query-status")["running"]?.bool ?? false
        let noted = try blockJob(target) { $0.wasRunning = $0.wasRunning || isRunning }
        Failpoint.reached("blockjob.pending")
        deadline = max(deadline, .after(.seconds(20)))
        try run("stop")
        Failpoint.reached("blockjob.flushed")
        try run("job-finalize", ["id": .string(job.qemuID)])
        Failpoint.reached("blockjob.finalizing")
        _ = try wait(for: job.qemuID) { $0.status == "concluded" }
        return try settle(noted)
    }

    private func pivotOnceMore(_ info: MachineJob, _ job: BlockJob) throws(VMError) -> BlockJobOutcome {
        deadline = max(deadline, .after(.seconds(20)))
        try run("stop")
        try complete(job, info.disk ?? "", wasRunning: info.wasRunning)
        _ = try wait(for: job.qemuID) { $0.status == "concluded" }
        return try settle(info)
    }

    /// A job after which the disk has the same image as before, on a shorter chain.
    private func settleChain(
        _ job: BlockJob, _ disk: Disk, _ images: DiskImages, _ present: QueryJobs.Job?
    ) throws(VMError) -> BlockJobOutcome {
        guard isShorter(job, images) else {
            if job.ending == .abort { return .cancelled }
            let words = present?.error ?? job.failure
            guard let words else { return .failed(Self.neverBegan) }
            return .failed(VMError(.io, "the block job of disk '\(images.target)' failed: \(words)"))
        }
        // Images below are only read by now. What was written since a checkpoint is in the bitmaps of all images together, so
        // that of the disk's own image may say what another one has noted. One that it hasn't got isn't relied on anyway.
        mergeBitmaps(images, into: images.layers[0], addsMissing: job.kind == .pull)
        try noteImages(images.target, mirror: nil)
        try followInStore(images.target, before: images.paths[0])
        return .completed
    }

    private static var neverBegan: VMError {
        VMError(.cancelled, "the block job was interrupted")
    }

    /// Whether the chain is the one that the job was to come to.
    private func isShorter(_ job: BlockJob, _ images: DiskImages) -> Bool {
        switch job.kind {
        case .pull: images.layers.dropFirst().first?.node == job.base?.node
        default: !images.layers.contains { $0.node == job.top.node }
        }
    }

    /// A job that has kept two images alike: QEMU says in which of them the disk is now.
    private func settlePair(
        _ info: MachineJob, _ job: BlockJob, _ disk: Disk, _ images: DiskImages, _ present: QueryJobs.Job?
    ) throws(VMError) -> BlockJobOutcome {
        guard images.layers[0].node == job.base?.node else {
            try forgetMirror(images.target)
            if job.ending == .abort { return .cancelled }
            guard present != nil else {
                if !job.hasBegun { withdraw(job) }
                return .failed(Self.neverBegan)
            }
            let words = present?.error ?? "it ended by itself"
            return .failed(VMError(.io, "the block job of disk '\(images.target)' failed: \(words)"))
        }
        mergeBitmaps(images, into: images.layers[0])
        Failpoint.reached("blockjob.merged")
        guard let outcome = try job.outcome.map({ (text) throws(VMError) in try Disk(fragment: text) }) else {
            throw VMError(.internalError, "it isn't known what disk '\(images.target)' is after its job")
        }
        var next = domain
        let index = try next.disk(images.target)
        next.devices.disks[index].setChain(outcome.chain, namesBelow: true)
        next.devices.disks[index].mirror = nil
        try followInStore(next.devices.disks[index], before: job.top.path)
        Failpoint.reached("blockjob.stored")
        try note(next)
        Failpoint.reached("blockjob.live")
        return .completed
    }

    private func forgetMirror(_ target: String) throws(VMError) {
        var next = domain
        let index = try next.disk(target)
        guard next.devices.disks[index].mirror != nil else { return }
        next.devices.disks[index].mirror = nil
        try note(next)
    }

    // MARK: What follows

    /// What the images that are no more among the disk's noted of the guest's writes is noted in the one that holds them now.
    /// Where that can't be, the bitmaps go, which is told in the log: who asks for what was written since gets everything, and
    /// no wrong answer.
    private func mergeBitmaps(_ images: DiskImages, into target: BlockGraph.Layer, addsMissing: Bool = true) {
        guard let gone = try? departed(images) else { return }
        let name = images.target
        do throws(VMError) {
            // An image without a name of its own leaves QEMU together with what it noted.
            if let lost = try vanished(images) {
                throw VMError(.notFound, "QEMU has dropped '\(lost)' and what was noted in it")
            }
            let actions = BitmapMerge.actions(gone, into: target, addsMissing: addsMissing)
            if !actions.isEmpty { try run(Transaction.name, Transaction(actions).arguments) }
        } catch {
            for layer in images.layers {
                for bitmap in layer.bitmaps where bitmap.isPersistent {
                    let remove = DirtyBitmap(.remove, node: layer.node, bitmap: bitmap.name).request(for: nil)
                    // An image that is only read keeps its own; what builds on it has none, and is asked first.
                    _ = try? run(remove.command, remove.arguments)
                }
            }
            port.tell {
                $0.log.note("the bitmaps of disk '\(name)' are gone, since they could not be merged: \(error)")
            }
        }
    }

    /// An image that was the disk's before the job, of which QEMU has no node left though nobody has taken that away.
    private func vanished(_ images: DiskImages) throws(VMError) -> String? {
        guard let job = try blockJob(images.target, { _ in }).block else { return nil }
        return job.images.first { $0.hasPrefix("#") && !images.graph.has($0) }
    }

    /// The images that were the disk's before the job and aren't any more, as far as they have nodes of their own.
    private func departed(_ images: DiskImages) throws(VMError) -> [BlockGraph.Layer] {
        guard let job = try blockJob(images.target, { _ in }).block else { return [] }
        let present = Set(images.layers.map(\.node))
        return job.images.filter { !present.contains($0) && images.graph.has($0) }
            .compactMap { images.graph.chain(from: $0).first }
    }

    /// Takes away the nodes that nothing uses any more.
    private func clearAway(_ job: BlockJob, _ images: DiskImages) {
        let present = Set(images.layers.flatMap { [$0.node, $0.storage] })
        let names = (job.imageNodes + job.nodes).filter { !present.contains($0) && images.graph.has($0) }
        if !names.isEmpty { removeNodes(names) }
    }

    // MARK: The stored definition

    private func followInStore(_ target: String, before: String?) throws(VMError) {
        try followInStore(domain.devices.disks[try domain.disk(target)], before: before)
    }

    /// Has the stored definition name the image that the disk has now, and makes that last.
    private func followInStore(_ disk: Disk, before: String?) throws(VMError) {
        let store = DefinitionStore(folder: plan.paths.domains, kind: .domain)
        guard store.contains(plan.name), try store.uuidOfListed(plan.name) == plan.uuid else { return }
        try Failpoint.failing("blockjob.store")
        let sources = SourcePaths(plan.paths)
        _ = try store.retry(plan.name) { () throws(VMError) -> Bool? in
            let stored = try store.read(plan.name)
            var definition = try Domain.read(stored.xml, file: store.path(of: plan.name), options: .lenient).checked()
            guard stored.uuid == plan.uuid, definition.follow(disk, before: before, isSame: sources.isSame)
            else { return true }
            let change = StoreTransaction(changing: stored)
            return try store.commitIfCurrent(change, Array(definition.xml.utf8)) == nil ? nil : true
        }
    }
}

extension MachineJob {
    mutating func amendBlock(_ change: (inout BlockJob) -> Void) {
        guard var block else { return }
        change(&block)
        setBlock(block)
    }
}
