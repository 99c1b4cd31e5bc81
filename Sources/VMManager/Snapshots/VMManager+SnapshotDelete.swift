internal import Glibc
internal import SupervisorProtocol
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
        var earlier: [SnapshotWork] = []
        for name in try namesToDelete(store, name, flags) {
            plan.snapshots.append(name)
            guard !flags.contains(.metadataOnly) else { continue }
            let (work, steps) = try deletion(of: name, store, machine, after: earlier)
            earlier.append(work)
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
            let begun = WallClock.now
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
            done.note(trash.all(), since: begun)
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

    /// - Parameter earlier: what is deleted before.
    private func deletion(
        of name: String, _ store: SnapshotStore, _ machine: Machine, after earlier: [SnapshotWork] = []
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
            let live = isActive ? try liveDomain(machine) : nil
            let merges = SnapshotMergePlan(self, store, machine, snapshot, live: live, after: earlier)
            try merges.add(snapshot, to: &work, &plan)
        }
        let copies = [snapshot.nvram, snapshot.tpm].map { $0?.snapshot == .copy ? $0?.file : nil }
        for path in [snapshot.memory?.file] + copies {
            guard let path, Files.exists(path) else { continue }
            // What a document names may be anybody's: only what was made for a snapshot goes.
            guard
                store.owns(path) || path == snapshot.memory?.file && (try? SaveImage.read(path)) != nil
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
                // One may have been made since that was looked at.
                try checkNoManagedSave(machine, "its images can't be changed")
                try work.write(to: store)
                try await carryOut(work, store, machine)
            }
        }
        if !work.merges.isEmpty { return try await mergeLive(work, store, machine) }
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
            try mark(work.name, store)
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
            try await rebase(work.merges)
        }
        try conclude(work, store, machine)
    }

    /// The images are as they are to be: what is stored says so, and what isn't needed any more goes.
    func conclude(_ work: SnapshotWork, _ store: SnapshotStore, _ machine: Machine) throws(VMError) {
        try follow(work.merges, except: work.name, store, machine)
        try forget(work.name, store)
        for path in work.files where Files.exists(path) {
            guard ImageReferences(self, folders: []).users(of: path).isEmpty else { continue }
            if store.owns(path) {
                FolderCopy.remove(path)
            } else {
                // What can't be moved stays: the snapshot is gone, and nothing may wait for this file.
                try? discard(path, machine, Self.reason(work.name))
            }
        }
        removeUnused(work.discarded, store, machine, Self.reason(work.name))
        try SnapshotWork.end(store)
    }

    /// Why files of a snapshot went.
    static func reason(_ name: String) -> String { "snapshot '\(name)' was deleted" }

    /// The definition, and the other snapshots, name the lower image of each merge.
    func follow(
        _ merges: [SnapshotWork.Merge], except name: String, _ store: SnapshotStore, _ machine: Machine
    ) throws(VMError) {
        guard !merges.isEmpty else { return }
        try changeDefinition(machine) { drop(merges, in: &$0) }
        Failpoint.reached("snapshot.defined")
        for record in try store.all() where record.name != name {
            var snapshot = record.snapshot
            if var domain = snapshot.domain {
                drop(merges, in: &domain)
                snapshot.domain = domain
            }
            if var domain = snapshot.inactiveDomain {
                drop(merges, in: &domain)
                snapshot.inactiveDomain = domain
            }
            if snapshot != record.snapshot { try store.put(snapshot) }
        }
        // What stays is in nobody's way.
        let committed = CommittedImages(paths)
        for merge in merges { try? committed.note(merge.top) }
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
