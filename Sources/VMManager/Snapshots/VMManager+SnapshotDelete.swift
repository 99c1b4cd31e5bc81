internal import Glibc
public import VMCore
internal import VMDomain
internal import VMImage
internal import VMSnapshot
internal import VMXML

/// Deleting snapshots. What a machine and other snapshots need stays: an image whose state isn't wanted any more takes in
/// what the one above it holds.
extension VMManager {
    /// What deleting snapshots would do; nothing is done.
    public func deletionPlan(
        _ key: String, _ name: String, _ flags: SnapshotDeletion = []
    ) throws(VMError) -> SnapshotPlan {
        let machine = try find(key)
        let store = snapshotStore(machine)
        var plan = SnapshotPlan()
        for name in try namesToDelete(store, name, flags) {
            plan.snapshots.append(name)
            guard !flags.contains(.metadataOnly) else { continue }
            let (_, steps) = try deletion(of: name, store, machine)
            for step in steps.steps { plan.add(step.change, step.path, step.detail) }
        }
        return plan
    }

    /// Deletes a snapshot, with those that follow from it where that is asked for.
    @discardableResult
    public func deleteSnapshot(
        _ key: String, _ name: String, _ flags: SnapshotDeletion = []
    ) throws(VMError) -> SnapshotPlan {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.deleteSnapshot(machine, name, flags)
        }
    }

    func deleteSnapshot(
        _ machine: Machine, _ name: String, _ flags: SnapshotDeletion
    ) async throws(VMError) -> SnapshotPlan {
        try await withSnapshots(machine) { (store) async throws(VMError) in
            var done = SnapshotPlan()
            for name in try namesToDelete(store, name, flags) {
                done.snapshots.append(name)
                if flags.contains(.metadataOnly) {
                    try forget(name, store)
                    continue
                }
                let (work, plan) = try deletion(of: name, store, machine)
                for step in plan.steps { done.add(step.change, step.path, step.detail) }
                try await delete(work, store, machine)
            }
            return done
        }
    }

    /// The snapshots that go, those first that follow from others.
    private func namesToDelete(
        _ store: SnapshotStore, _ name: String, _ flags: SnapshotDeletion
    ) throws(VMError) -> [String] {
        _ = try store.get(name)
        guard !flags.isDisjoint(with: [.children, .childrenOnly]) else { return [name] }
        let below = SnapshotTree(try store.all()).descendants(of: name).map(\.name)
        return below.reversed() + (flags.contains(.childrenOnly) ? [] : [name])
    }

    // MARK: Planning

    private func deletion(
        of name: String, _ store: SnapshotStore, _ machine: Machine
    ) throws(VMError) -> (SnapshotWork, SnapshotPlan) {
        let snapshot = try store.get(name).snapshot
        var work = SnapshotWork(.delete, name)
        var plan = SnapshotPlan()
        plan.snapshots = [name]
        let isActive = observe(machine).state.isActive
        let disks = snapshot.disks.filter { $0.snapshot == .internal || $0.snapshot == .external }
        guard disks.isEmpty || snapshot.domain != nil else {
            throw .snapshotInvalid(
                "snapshot '\(name)' has no <domain>, so that nobody can tell where its disks are",
                remedy: "\(option: "metadata") forgets it and leaves its files")
        }
        if snapshot.isInternal {
            try planInside(snapshot, isActive, machine, &work, &plan)
        } else if snapshot.isExternal {
            try planMerges(snapshot, isActive, store, machine, &work, &plan)
        }
        for path in [snapshot.memory?.file, snapshot.nvram?.snapshot == .copy ? snapshot.nvram?.file : nil] {
            guard let path, Files.exists(path) else { continue }
            // What a document names may be anybody's: only what was made for a snapshot goes.
            guard
                path.hasPrefix(store.files + "/") || path == snapshot.memory?.file && (try? SaveImage.read(path)) != nil
            else {
                plan.add(.keep, path, "it was not made for a snapshot")
                continue
            }
            work.files.append(path)
            plan.add(.unlink, path, "belongs to snapshot '\(name)' alone")
        }
        return (work, plan)
    }

    private func planInside(
        _ snapshot: DomainSnapshot, _ isActive: Bool, _ machine: Machine, _ work: inout SnapshotWork,
        _ plan: inout SnapshotPlan
    ) throws(VMError) {
        let name = snapshot.name ?? ""
        let live = isActive ? try liveDomain(machine) : nil
        work.isLive = live != nil
        for entry in snapshot.disks(.internal) {
            let disk = snapshot.domain?.devices.disks.first { $0.target?.dev == entry.name }
            guard let disk, let path = storage.path(of: disk.source) else { continue }
            if let live {
                let now = live.devices.disks.first { $0.target?.dev == entry.name }
                guard let current = now.flatMap({ storage.path(of: $0.source) }), isSame(current, path) else {
                    throw .snapshotOperation(
                        unsupported: "the running domain's disk '\(entry.name ?? "")' isn't '\(path)', which has the "
                            + "snapshot inside", remedy: "shut it down first")
                }
            }
            guard Files.exists(path), try SnapshotImages.list(path)[name] != nil else { continue }
            work.images.append(path)
            plan.add(.change, path, "gives up its snapshot '\(name)'")
        }
        if snapshot.nvram?.snapshot == .internal, let path = snapshot.nvram?.file, Files.exists(path),
            try SnapshotImages.list(path)[name] != nil
        {
            work.images.append(path)
            plan.add(.change, path, "gives up its snapshot '\(name)'")
        }
    }

    private func planMerges(
        _ snapshot: DomainSnapshot, _ isActive: Bool, _ store: SnapshotStore, _ machine: Machine,
        _ work: inout SnapshotWork, _ plan: inout SnapshotPlan
    ) throws(VMError) {
        let name = snapshot.name ?? ""
        if isActive {
            throw .snapshotOperation(
                unsupported: "deletion of external snapshot '\(name)' while domain '\(machine.name)' is running",
                remedy: "shut it down first; or forget the snapshot and keep its files with \(option: "metadata")")
        }
        var bases: [(String, Disk)] = []
        for entry in snapshot.disks(.external) {
            let disk = snapshot.domain?.devices.disks.first { $0.target?.dev == entry.name }
            guard let disk, let path = storage.path(of: disk.source) else { continue }
            bases.append((path, disk))
        }
        var folders = Set(bases.map { Files.folder(of: $0.0) })
        for entry in snapshot.disks(.external) {
            if let path = entry.source?.file { folders.insert(Files.folder(of: path)) }
        }
        for path in store.made() { folders.insert(Files.folder(of: path)) }
        let references = ImageReferences(self, folders: folders)
        for (base, disk) in bases {
            try planMerge(base, disk, name, references, store, machine, &work, &plan)
        }
    }

    private func planMerge(
        _ base: String, _ disk: Disk, _ name: String, _ references: ImageReferences, _ store: SnapshotStore,
        _ machine: Machine, _ work: inout SnapshotWork, _ plan: inout SnapshotPlan
    ) throws(VMError) {
        guard Files.exists(base) else { throw VMError(.io, "the image '\(base)' of snapshot '\(name)' isn't there") }
        func refusal(_ path: String, _ users: [String]) -> VMError {
            .snapshotInUse(
                "snapshot '\(name)' can't be deleted: image '\(path)' would have to be changed", by: users,
                remedy: "delete those first; or forget the snapshot and keep its files with \(option: "metadata")")
        }
        // Who has the very state that would be lost.
        let sharers = references.owners(of: base).filter { user in
            if case .snapshot(machine.uuid, name) = user { false } else { true }
        }
        let tops = references.images(on: base)
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
        // Others than this domain may neither have the upper image nor build on it.
        let isOurs: (ImageReferences.User) -> Bool = { user in
            switch user {
            case .definition(let domain, _), .running(let domain, _), .snapshot(let domain, _): domain == machine.uuid
            case .image(let path):
                references.users(of: path).allSatisfy { user in
                    switch user {
                    case .definition(let domain, _), .running(let domain, _), .snapshot(let domain, _):
                        domain == machine.uuid
                    case .image: true
                    }
                }
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
        if ImageLocks(base).isTaken(forWriting: true) || ImageLocks(top).isTaken(forWriting: true) {
            throw refusal(base, ["a program that has it open"])
        }
        let rebased = references.images(on: top)
        let baseFormat = (disk.driver?.type ?? .raw).rawValue
        if baseFormat != "qcow2", let bitmap = try SnapshotImages.bitmaps(top).keys.sorted().first {
            throw .snapshotOperation(
                unsupported: "'\(base)' can't keep what the bitmap '\(bitmap)' of '\(top)' notes for a checkpoint",
                remedy: "delete the checkpoint first with \(command: "checkpoint-delete")")
        }
        work.merges.append(SnapshotWork.Merge(top: top, base: base, baseFormat: baseFormat, rebased: rebased))
        plan.add(.merge, base, "takes in what '\(top)' holds")
        for image in rebased { plan.add(.change, image, "builds on '\(base)' then") }
        if store.made().contains(top) {
            work.discarded.append(top)
            plan.add(.unlink, top, "what it holds is in '\(base)' then")
        } else {
            plan.add(.keep, top, "it was not made for a snapshot")
        }
    }

    // MARK: Doing

    private func delete(
        _ asked: SnapshotWork, _ store: SnapshotStore, _ machine: Machine
    ) async throws(VMError) {
        var work = asked
        guard work.isLive else {
            if work.images.isEmpty, work.merges.isEmpty {
                try work.write(to: store)
                return try await carryOut(work, store, machine)
            }
            return try await whileShutOff(machine, "its images can't be changed") { () async throws(VMError) in
                try work.write(to: store)
                try await carryOut(work, store, machine)
            }
        }
        let snapshot = try store.get(work.name).snapshot
        if !work.images.isEmpty {
            let id = VMManager.newJobID()
            var order = SnapshotOrder(id: id, action: .delete, name: work.name)
            order.disks = snapshot.disks(.internal).compactMap(\.name).filter { target in
                let disk = snapshot.domain?.devices.disks.first { $0.target?.dev == target }
                return disk.flatMap { storage.path(of: $0.source) }.map { work.images.contains($0) } ?? false
            }
            order.includesVariables =
                snapshot.nvram?.snapshot == .internal && snapshot.nvram?.file.map { work.images.contains($0) } == true
            work.job = id
            try work.write(to: store)
            do throws(VMError) {
                try await runJob(.snapshot(order), id, of: machine, path: machine.runtime.state) { _ in false }
            } catch {
                guard (try? await settle(store, machine)) == .completed else { throw error }
                return
            }
        } else {
            try work.write(to: store)
        }
        try conclude(work, store, machine)
    }

    /// A running machine was asked to give a snapshot up: its images tell whether it has.
    func settleLiveDeletion(
        _ work: SnapshotWork, _ store: SnapshotStore, _ machine: Machine
    ) async throws(VMError) -> SettledWork {
        if try await mend(machine).state.isActive {
            let deadline = Deadline.after(VMManager.patience)
            while let job = machine.runtime.readJob(), job.id == work.job, job.phase == .running, !deadline.hasPassed {
                try await pause(.milliseconds(20))
            }
            var left = 0
            for path in work.images where try SnapshotImages.list(path)[work.name] != nil { left += 1 }
            // One that is in none of the images, or in some, is as good as gone; one that is whole is kept.
            guard left < work.images.count || work.images.isEmpty else {
                try SnapshotWork.end(store)
                return .takenBack
            }
            try conclude(work, store, machine)
            return .completed
        }
        return try await whileShutOff(machine, "an interrupted deletion can't be finished") {
            () async throws(VMError) in
            try await carryOut(work, store, machine)
            return .completed
        }
    }

    /// Changes the images of a machine that doesn't run; done again, it comes to the same.
    func carryOut(_ asked: SnapshotWork, _ store: SnapshotStore, _ machine: Machine) async throws(VMError) {
        var work = asked
        let isMerged = work.isApplied
        if !work.merges.isEmpty, !isMerged, store.contains(work.name) {
            // From now on nobody can go back to it.
            var snapshot = try store.get(work.name).snapshot
            if snapshot.deleteInProgress != 1 {
                snapshot.deleteInProgress = 1
                try store.put(snapshot)
            }
        }
        if !work.images.isEmpty || !work.merges.isEmpty {
            let todo = work
            try await labor(until: .after(.seconds(86_400))) { labor throws(VMError) in
                let images = try SnapshotImages(labor)
                for path in todo.images {
                    try images.delete(todo.name, from: path)
                    Failpoint.reached("snapshot.image")
                }
                for merge in todo.merges where !isMerged { try images.commit(merge) }
            }
            // Both images of each merge hold the same now; which one is written to next must be decided once.
            work.isApplied = true
            try work.write(to: store)
            let merged = work
            try await labor(until: .after(.seconds(600))) { labor throws(VMError) in
                let images = try SnapshotImages(labor)
                for merge in merged.merges {
                    for path in merge.rebased where Files.exists(path) {
                        try images.rebase(path, on: merge.base, format: merge.baseFormat)
                    }
                }
            }
        }
        try conclude(work, store, machine)
    }

    /// The images are as they are to be: what is stored says so, and what isn't needed any more goes.
    private func conclude(_ work: SnapshotWork, _ store: SnapshotStore, _ machine: Machine) throws(VMError) {
        if !work.merges.isEmpty {
            try changeDefinition(machine) { drop(work.merges, in: &$0) }
            Failpoint.reached("snapshot.defined")
            for record in try store.all() where record.name != work.name {
                var snapshot = record.snapshot
                if var domain = snapshot.domain {
                    drop(work.merges, in: &domain)
                    snapshot.domain = domain
                }
                if var domain = snapshot.inactiveDomain {
                    drop(work.merges, in: &domain)
                    snapshot.inactiveDomain = domain
                }
                if snapshot != record.snapshot { try store.put(snapshot) }
            }
        }
        try forget(work.name, store)
        for path in work.files where Files.exists(path) {
            guard ImageReferences(self, folders: []).users(of: path).isEmpty else { continue }
            try Files.remove(path)
        }
        removeUnused(work.discarded, store)
        try SnapshotWork.end(store)
    }

    private func drop(_ merges: [SnapshotWork.Merge], in domain: inout Domain) {
        for merge in merges {
            let format = VMDomain.ImageFormat(rawValue: merge.baseFormat) ?? .raw
            for index in domain.devices.disks.indices {
                domain.devices.disks[index].drop(merge.base, format) { $0 == merge.top || isSame($0, merge.top) }
            }
        }
    }

    /// Takes a snapshot out of the tree: those that follow from it follow from its parent then.
    private func forget(_ name: String, _ store: SnapshotStore) throws(VMError) {
        guard store.contains(name) else { return }
        let record = try store.get(name)
        for child in try store.all() where child.parent == name && child.name != name {
            var snapshot = child.snapshot
            snapshot.parent = record.parent.map { SnapshotParent($0) }
            try store.put(snapshot)
        }
        if store.current == name {
            try store.setCurrent(record.parent.flatMap { store.contains($0) ? $0 : nil })
        }
        try store.remove(name)
    }
}
