internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMImage
internal import VMSnapshot

/// Working out which images are merged when external snapshots are deleted, and refusing what would ruin somebody.
struct SnapshotMergePlan {
    private let manager: VMManager
    private let store: SnapshotStore
    private let machine: Machine
    private let name: String
    /// The machine as it runs; nil for one that doesn't.
    private let live: Domain?
    private let references: ImageReferences
    /// What is deleted before: these images, and these snapshots, are as good as gone.
    private let gone: Set<String>
    private let deleted: Set<String>

    /// - Parameter earlier: what is done before this.
    init(
        _ manager: VMManager, _ store: SnapshotStore, _ machine: Machine, _ snapshot: DomainSnapshot, live: Domain?,
        after earlier: [SnapshotWork]
    ) {
        (self.manager, self.store, self.machine, self.live) = (manager, store, machine, live)
        name = snapshot.name ?? ""
        var folders: Set<String> = []
        for (base, _) in Self.bases(snapshot, manager) { folders.insert(Files.folder(of: base)) }
        for entry in snapshot.disks(.external) {
            if let path = entry.source?.file { folders.insert(Files.folder(of: path)) }
        }
        for path in store.made() { folders.insert(Files.folder(of: path)) }
        references = ImageReferences(manager, folders: folders, ignoresCommitted: true)
        gone = Set(earlier.flatMap { $0.discarded + $0.merges.map(\.top) })
        deleted = Set(earlier.map(\.name) + [name])
    }

    private static func bases(_ snapshot: DomainSnapshot, _ manager: VMManager) -> [(String, Disk)] {
        snapshot.disks(.external).compactMap { entry in
            let disk = snapshot.domain?.devices.disks.first { $0.target?.dev == entry.name }
            return disk.flatMap { disk in manager.storage.path(of: disk.source).map { ($0, disk) } }
        }
    }

    func add(_ snapshot: DomainSnapshot, to work: inout SnapshotWork, _ plan: inout SnapshotPlan) throws(VMError) {
        for (base, disk) in Self.bases(snapshot, manager) { try add(base, disk, to: &work, &plan) }
        guard !work.merges.isEmpty else { return }
        work.isLive = live != nil
        work.wasRuined = snapshot.deleteInProgress == 1
        if live == nil, manager.hasManagedSave(machine) {
            throw .snapshotInvalid(
                "snapshot '\(name)' can't be deleted: the managed save of domain '\(machine.name)' goes on from images that "
                    + "would be merged",
                remedy: "start it, or remove the state with \(command: "managedsave-remove", machine.name)")
        }
    }

    private func refusal(_ path: String, _ users: [String]) -> VMError {
        .snapshotInUse(
            "snapshot '\(name)' can't be deleted: image '\(path)' would have to be changed", by: users,
            remedy: "delete those first; or forget the snapshot and keep its files with \(option: "metadata")")
    }

    // MARK: One disk

    private func add(
        _ base: String, _ disk: Disk, to work: inout SnapshotWork, _ plan: inout SnapshotPlan
    ) throws(VMError) {
        guard Files.exists(base) else { throw VMError(.io, "the image '\(base)' of snapshot '\(name)' isn't there") }
        // Who has the very state that would be lost.
        let sharers = references.owners(of: base).filter { user in
            if case .snapshot(machine.uuid, let name) = user { !deleted.contains(name) } else { true }
        }
        let tops = references.images(on: base).filter { !gone.contains($0) }
        guard let top = tops.first else {
            // Nothing builds on it: whoever has it goes on with it.
            if sharers.isEmpty, store.made().contains(base) {
                work.discarded.append(base)
                plan.add(.unlink, base, "nobody else uses it")
            } else {
                plan.add(
                    .keep, base,
                    sharers.isEmpty
                        ? "it was not made for a snapshot" : "used by " + sharers.map(\.text).joined(separator: ", "))
            }
            return
        }
        guard sharers.isEmpty else { throw refusal(base, sharers.map(\.text)) }
        guard tops.count == 1 else { throw refusal(base, tops.map { "image '\($0)'" }) }
        try checkStrangers(top, base)
        let rebased = references.images(on: top).filter { !gone.contains($0) }
        var merge = SnapshotWork.Merge(
            top: top, base: base, baseFormat: (disk.driver?.type ?? .raw).rawValue, rebased: rebased)
        merge.job = try job(merge)
        try checkFree(merge)
        try checkBitmaps(merge)
        work.merges.append(merge)
        describe(merge, &work, &plan)
    }

    /// Others than this domain may neither have the upper image nor build on it, nor on the one that is written.
    private func checkStrangers(_ top: String, _ base: String) throws(VMError) {
        func isOurs(_ user: ImageReferences.User) -> Bool {
            guard case .image(let path) = user else { return user.domain == machine.uuid }
            return references.users(of: path).allSatisfy { user in
                if case .image = user { true } else { user.domain == machine.uuid }
            }
        }
        let users = references.users(of: top)
        let strangers = users.filter { !isOurs($0) }
        guard strangers.isEmpty else { throw refusal(top, strangers.map(\.text)) }
        guard !users.isEmpty else {
            throw refusal(base, ["image '\(top)', which no definition and no snapshot of the domain has"])
        }
        let below = references.users(of: base).filter { !isOurs($0) }
        guard below.isEmpty else { throw refusal(base, below.map(\.text)) }
    }

    /// The disk of the running machine that has both images; nil when it has neither of them open.
    private func job(_ merge: SnapshotWork.Merge) throws(VMError) -> SnapshotWork.Merge.Job? {
        for disk in live?.devices.disks ?? [] {
            let target = disk.target?.dev ?? ""
            let images = VMManager.images(of: disk).filter { !gone.contains($0) }
            guard let place = images.firstIndex(where: { manager.isSame($0, merge.top) }) else {
                if images.contains(where: { manager.isSame($0, merge.base) }) {
                    throw refusal(merge.base, ["disk '\(target)' of the running domain"])
                }
                continue
            }
            guard place + 1 < images.count, manager.isSame(images[place + 1], merge.base) else {
                throw refusal(merge.top, ["disk '\(target)' of the running domain, which has it on another image"])
            }
            if place == 0, !merge.rebased.isEmpty { throw refusal(merge.top, merge.rebased.map { "image '\($0)'" }) }
            if let busy = machine.runtime.readJobs().first(where: {
                $0.phase == .running && ($0.disk == nil || $0.disk == target)
            }) {
                let owner = busy.disk.map { "disk '\($0)'" } ?? "the domain"
                throw VMError(
                    .busy,
                    "Requested operation is not valid: snapshot '\(name)' can't be deleted: \(owner) has a running "
                        + "\(busy.kind.rawValue) job", remedy: "wait for its end, or end it",
                    libvirt: LibvirtError(.operationInvalid))
            }
            return SnapshotWork.Merge.Job(
                disk: target, id: BlockJobOrder(target, .pull(.init())).id, above: place == 0 ? nil : images[place - 1])
        }
        return nil
    }

    /// What has to be changed can be.
    private func checkFree(_ merge: SnapshotWork.Merge) throws(VMError) {
        if let code = Files.obstacle(merge.base, writing: true) {
            throw .system("cannot write to '\(merge.base)', which would take in '\(merge.top)'", errno: code)
        }
        var closed = merge.rebased.filter { $0 != merge.job?.above }
        if merge.job == nil { closed += [merge.base, merge.top] }
        for path in closed where ImageLocks(path).isTaken(forWriting: true) {
            throw refusal(path, ["a program that has it open"])
        }
    }

    private func checkBitmaps(_ merge: SnapshotWork.Merge) throws(VMError) {
        guard merge.baseFormat != "qcow2" else { return }
        func refusal(_ what: String) -> VMError {
            .snapshotOperation(
                unsupported: "'\(merge.base)' can't keep what \(what) notes of '\(merge.top)'",
                remedy: "delete the checkpoint first with \(command: "checkpoint-delete")")
        }
        guard let job = merge.job else {
            if let bitmap = try SnapshotImages.bitmaps(merge.top).keys.sorted().first {
                throw refusal("the bitmap '\(bitmap)'")
            }
            return
        }
        // Those of an image that is open are in no file.
        let checkpoint = try manager.checkpointStore(machine).all().first { record in
            record.checkpoint.noted.contains { $0.name == job.disk }
        }
        if let checkpoint { throw refusal("the checkpoint '\(checkpoint.name)'") }
    }

    private func describe(_ merge: SnapshotWork.Merge, _ work: inout SnapshotWork, _ plan: inout SnapshotPlan) {
        let (top, base) = (merge.top, merge.base)
        switch merge.job {
        case nil: plan.add(.merge, base, "takes in what '\(top)' holds")
        case let job? where job.above == nil:
            plan.add(.merge, base, "takes in what '\(top)' holds by a job of disk '\(job.disk)', which goes over to it")
        case let job?: plan.add(.merge, base, "takes in what '\(top)' holds by a job of disk '\(job.disk)'")
        }
        for image in merge.rebased { plan.add(.change, image, "builds on '\(base)' then") }
        if store.made().contains(top) {
            work.discarded.append(top)
            plan.add(.unlink, top, "what it holds is in '\(base)' then")
        } else {
            plan.add(.keep, top, "it was not made for a snapshot")
        }
    }
}
