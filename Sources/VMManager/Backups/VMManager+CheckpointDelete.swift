internal import SupervisorProtocol
public import VMCore
internal import VMDomain
internal import VMJSON
internal import VMSnapshot
internal import VMXML

/// Deleting checkpoints, and bringing to its end what was begun with them.
extension VMManager {
    /// Deletes a checkpoint: its document, and the bitmaps in the disks' images. What isn't there needs no deleting: a document
    /// without bitmaps goes, and so do bitmaps without a document.
    ///
    /// - Returns: the names of those that are gone.
    @discardableResult
    public func deleteCheckpoint(
        _ key: String, _ name: String, _ flags: CheckpointDeletion = []
    ) throws(VMError) -> [String] {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.deleteCheckpoint(machine, name, flags)
        }
    }

    func deleteCheckpoint(
        _ machine: Machine, _ name: String, _ flags: CheckpointDeletion
    ) async throws(VMError) -> [String] {
        try await withCheckpoints(machine) { (store) async throws(VMError) in
            var names: [String] = []
            if store.contains(name) {
                let below = CheckpointTree(try store.all()).descendants(of: name).map(\.name)
                if flags.contains(.children) || flags.contains(.childrenOnly) { names = below.reversed() }
                if !flags.contains(.childrenOnly) { names.append(name) }
            } else {
                guard try await hasBitmap(name, machine) else { _ = try store.get(name); return [] }
                names = [name]
            }
            for name in names {
                var work = CheckpointWork(.delete, name)
                work.removesBitmaps = !flags.contains(.metadataOnly)
                try work.write(to: store)
                try await carryOut(work, store, machine)
            }
            return names
        }
    }

    /// Whether one of the disks has such a bitmap, though there is no checkpoint.
    private func hasBitmap(_ name: String, _ machine: Machine) async throws(VMError) -> Bool {
        guard DomainCheckpoint.isName(name) else { return false }
        if let live = try liveDomain(machine) {
            let disks = live.devices.disks.compactMap { $0.target?.dev }
            let order = CheckpointOrder(.measure, name, disks: disks)
            guard case .value(let value) = try await request(.checkpoint(order), of: machine) else { return false }
            return disks.contains { value[$0]?.uint64 != nil }
        }
        return try topImages(machine).contains { (path) in
            (try? SnapshotImages.bitmaps(path))?[name] != nil
        }
    }

    /// The qcow2 images that the domain's disks write to.
    private func topImages(_ machine: Machine) throws(VMError) -> [String] {
        try storedDomain(machine).devices.disks.filter { $0.driver?.type == .qcow2 && !$0.readonly }
            .compactMap { storage.path(of: $0.source) }.filter { Files.exists($0) }
    }

    private func carryOut(
        _ work: CheckpointWork, _ store: CheckpointStore, _ machine: Machine
    ) async throws(VMError) {
        if work.removesBitmaps { try await removeBitmaps(work.name, machine) }
        try store.forget(work.name)
        try CheckpointWork.end(store)
    }

    private func removeBitmaps(_ name: String, _ machine: Machine) async throws(VMError) {
        if try await mend(machine).state.isActive {
            let order = CheckpointOrder(.delete, name, disks: [])
            try await request(.checkpoint(order), of: machine, timeout: .seconds(60))
            return
        }
        guard machine.isPersistent else { return }
        let paths = try topImages(machine)
        try await whileShutOff(machine, "its images can't be changed") { () async throws(VMError) in
            try await labor(until: .after(.seconds(600))) { labor throws(VMError) in
                let images = try SnapshotImages(labor)
                for path in paths { try images.removeBitmap(name, from: path) }
            }
        }
    }

    // MARK: What was interrupted

    /// Does something that changes a domain's checkpoints, in turn with all who do, when nothing is left of what somebody was
    /// killed in the middle of.
    func withCheckpoints<Success>(
        _ machine: Machine, _ body: (CheckpointStore) async throws(VMError) -> Success
    ) async throws(VMError) -> Success {
        let store = checkpointStore(machine)
        try Folders.make(store.folder)
        let lock = try await takeMomentLock(store.lock, "checkpoints", machine)
        defer { withExtendedLifetime(lock) {} }
        try await mend(machine)
        try await settle(store, machine)
        return try await body(store)
    }

    /// Settles what somebody was killed in the middle of. The lock of the checkpoints is held.
    @discardableResult
    func settle(_ store: CheckpointStore, _ machine: Machine) async throws(VMError) -> SettledWork {
        guard let work = try CheckpointWork.read(store) else { return .nothing }
        do throws(VMError) {
            guard work.operation == .create else {
                try await carryOut(work, store, machine)
                return .completed
            }
            if try await isNoted(work, machine) {
                try complete(work, store)
                return .completed
            }
            try await removeBitmaps(work.name, machine)
            try store.forget(work.name)
            try CheckpointWork.end(store)
            return .takenBack
        } catch {
            throw error.wrapped(
                "an interrupted change of checkpoint '\(work.name)' of domain '\(machine.name)' can't be brought to its end"
            )
        }
    }

    /// Whether all disks have the bitmaps of a checkpoint that was being made.
    private func isNoted(_ work: CheckpointWork, _ machine: Machine) async throws(VMError) -> Bool {
        guard try await mend(machine).state.isActive else {
            let paths = work.images.isEmpty ? try topImages(of: work, machine) : work.images
            guard !paths.isEmpty else { return false }
            for path in paths {
                guard Files.exists(path), try SnapshotImages.bitmaps(path)[work.name] == true else { return false }
            }
            return true
        }
        let deadline = Deadline.after(.seconds(60))
        while let id = work.job, let job = machine.runtime.readJob(), job.id == id, job.phase == .running,
            job.backup?.hasBegun == false
        {
            guard !deadline.hasPassed else {
                throw VMError(.busy, "a backup of domain '\(machine.name)' is still being begun")
            }
            try await pause(.milliseconds(20))
            try await mend(machine)
        }
        let order = CheckpointOrder(.measure, work.name, disks: work.disks)
        guard case .value(let value) = try await request(.checkpoint(order), of: machine) else {
            throw VMManager.unreadableAnswer
        }
        return !work.disks.isEmpty && work.disks.allSatisfy { value[$0]?.uint64 != nil }
    }

    private func topImages(of work: CheckpointWork, _ machine: Machine) throws(VMError) -> [String] {
        let disks = try storedDomain(machine).devices.disks
        return work.disks.compactMap { target in
            disks.first { $0.target?.dev == target }.flatMap { storage.path(of: $0.source) }
        }
    }

    /// Finishes what was interrupted of a machine's checkpoints before something else is done with its images.
    func settleCheckpoints(_ machine: Machine) async throws(VMError) {
        guard Files.exists(checkpointStore(machine).work) else { return }
        try await withCheckpoints(machine) { (_) async throws(VMError) in }
    }
}
