internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMImage
internal import VMSnapshot

/// Deleting external snapshots of a machine that runs: QEMU writes what the upper image of each merge holds into the lower
/// one, by a job of the disk. Images that the machine hasn't got open are merged by `qemu-img`.
///
/// Until a job is over the upper image holds everything, afterwards the lower one does, and the upper one is never looked at
/// again: what the guest writes from then on isn't in there. Whether it is over says the job. When its record is gone with the
/// machine, that is read from what the supervisor has on the disk before the guest goes on: the definition names the lower
/// image, or the image above says that it builds on that.
extension VMManager {
    func mergeLive(_ asked: SnapshotWork, _ store: SnapshotStore, _ machine: Machine) async throws(VMError) {
        var work = asked
        try work.write(to: store)
        do throws(VMError) {
            try mark(work.name, store)
            for place in work.merges.indices { try await begin(place, &work, store, machine) }
            // No disk goes over before all could.
            for job in work.merges.compactMap(\.job) {
                try check(try await wait(for: job, machine, until: nil), job)
            }
            for place in work.merges.indices { try await complete(place, &work, store, machine) }
        } catch {
            if (try? await settle(store, machine)) == .completed { return }
            guard let left = try? store.get(work.name).snapshot, left.deleteInProgress == 1 else { throw error }
            throw error.wrapped(
                "snapshot '\(work.name)' was not deleted, and can't be gone back to; the machine has all its data, and "
                    + "deleting the snapshot once more goes on")
        }
        try await finishMerges(work, store, machine)
    }

    // MARK: Disk by disk

    private func begin(
        _ place: Int, _ work: inout SnapshotWork, _ store: SnapshotStore, _ machine: Machine
    ) async throws(VMError) {
        let merge = work.merges[place]
        guard let job = merge.job else { return }
        work.merges[place].isBegun = true
        try work.write(to: store)
        do throws(VMError) {
            _ = try await beginBlockJob(machine, merge.order(job), timeout: VMManager.patience)
        } catch {
            // What the supervisor has refused hasn't touched an image.
            if error.code != .timeout, record(of: job, machine) == nil, observe(machine).state.isActive {
                work.merges[place].isBegun = false
                try work.write(to: store)
            }
            throw error
        }
        Failpoint.reached("snapshot.merging")
    }

    private func complete(
        _ place: Int, _ work: inout SnapshotWork, _ store: SnapshotStore, _ machine: Machine
    ) async throws(VMError) {
        let merge = work.merges[place]
        if let job = merge.job {
            try await complete(job, machine, until: nil)
        } else {
            work.merges[place].isBegun = true
            try work.write(to: store)
            try await commit([merge])
        }
        Failpoint.reached("snapshot.merged")
        work.merges[place].isDone = true
        try work.write(to: store)
    }

    private func commit(_ merges: [SnapshotWork.Merge]) async throws(VMError) {
        try await labor(until: .after(.seconds(86_400))) { labor throws(VMError) in
            let images = try SnapshotImages(labor)
            for merge in merges { try images.commit(merge) }
        }
    }

    /// Brings a job to its end that was begun.
    ///
    /// - Throws: why it came to nothing; `busy` while it goes on at the deadline.
    private func complete(
        _ job: SnapshotWork.Merge.Job, _ machine: Machine, until deadline: Deadline?
    ) async throws(VMError) {
        var record = try await wait(for: job, machine, until: deadline)
        if record.phase == .running {
            Failpoint.reached("snapshot.ready")
            do throws(VMError) {
                try await endBlockJob(
                    machine, disk: job.disk, pivot: true, asynchronously: false, timeout: .seconds(60))
            } catch {
                // Somebody else may have ended it just now.
                guard let now = self.record(of: job, machine), now.phase != .running else { throw error }
            }
            record = self.record(of: job, machine) ?? record
        }
        try check(record, job, hasEnded: true)
    }

    /// - Throws: why a job came to nothing.
    private func check(
        _ record: MachineJob, _ job: SnapshotWork.Merge.Job, hasEnded: Bool = false
    ) throws(VMError) {
        if record.phase == .completed || record.phase == .running && !hasEnded { return }
        throw record.error
            ?? VMError(
                .cancelled, "the job of disk '\(job.disk)' that merged its images was ended before it was done")
    }

    /// Waits until a job is over, or until it waits for its end.
    private func wait(
        for job: SnapshotWork.Merge.Job, _ machine: Machine, until deadline: Deadline?
    ) async throws(VMError) -> MachineJob {
        var looks = 0
        while true {
            guard let record = record(of: job, machine) else {
                throw VMError(.connection, "domain '\(machine.name)' ended meanwhile")
            }
            if record.phase != .running { return record }
            if job.above == nil, record.block?.isReady == true, record.step != "pivoting" { return record }
            if let deadline, deadline.hasPassed {
                throw VMError(
                    .busy, "images of disk '\(job.disk)' of domain '\(machine.name)' are still being merged",
                    remedy: "wait for it; \(command: "blockjob", machine.name, job.disk) shows how far it is")
            }
            if Task.isCancelled { throw VMError(.cancelled, "the task was cancelled; the job goes on") }
            try await pause(.milliseconds(20))
            looks += 1
            // A supervisor that was killed is replaced, and the one that takes over goes on with the job.
            if looks % 10 == 0, try await !mend(machine).state.isActive {
                throw VMError(.connection, "domain '\(machine.name)' ended meanwhile")
            }
        }
    }

    /// What the supervisor has written down of a job; nil when it was never begun, or something else has come since.
    private func record(of job: SnapshotWork.Merge.Job, _ machine: Machine) -> MachineJob? {
        machine.runtime.readJob(of: job.disk).flatMap { $0.block?.qemuID.hasSuffix("-" + job.id) == true ? $0 : nil }
    }

    // MARK: What was interrupted

    /// Somebody was killed in the middle. The lock of the snapshots is held.
    func settleMerges(
        _ asked: SnapshotWork, _ store: SnapshotStore, _ machine: Machine
    ) async throws(VMError) -> SettledWork {
        if try await mend(machine).state.isActive { return try await settleRunning(asked, store, machine) }
        return try await whileShutOff(machine, "an interrupted deletion can't be finished") {
            () async throws(VMError) in try await settleShutOff(asked, store, machine)
        }
    }

    /// Jobs that were begun are brought to their end. None is begun anew: whoever wants the rest to go asks for it.
    private func settleRunning(
        _ asked: SnapshotWork, _ store: SnapshotStore, _ machine: Machine
    ) async throws(VMError) -> SettledWork {
        var work = asked
        for place in work.merges.indices where work.merges[place].isBegun && !work.merges[place].isDone {
            let merge = work.merges[place]
            if let job = merge.job {
                if let record = record(of: job, machine) {
                    if record.phase == .running {
                        do throws(VMError) {
                            try await complete(job, machine, until: .after(VMManager.patience))
                        } catch {
                            guard let now = self.record(of: job, machine), now.phase != .running else { throw error }
                        }
                    }
                    let now = self.record(of: job, machine) ?? record
                    work.merges[place].isDone = now.phase == .completed
                    work.merges[place].isBegun = now.block?.hasBegun != false || now.error?.code != .cancelled
                } else {
                    work.merges[place].isDone = try isMerged(merge, job, live: machine)
                }
            } else {
                try await commit([merge])
                work.merges[place].isDone = true
            }
            try work.write(to: store)
        }
        return try await settled(work, store, machine)
    }

    /// The machine has ended meanwhile. What isn't merged yet is, as of any machine that doesn't run.
    private func settleShutOff(
        _ asked: SnapshotWork, _ store: SnapshotStore, _ machine: Machine
    ) async throws(VMError) -> SettledWork {
        var work = asked
        let isBegun = work.merges.contains { $0.isBegun }
        var open: [Int] = []
        for place in work.merges.indices where isBegun && !work.merges[place].isDone {
            let merge = work.merges[place]
            switch try merge.job.map({ (job) throws(VMError) in try isMerged(merge, job, machine) }) ?? false {
            case true: work.merges[place].isDone = true
            case false: open.append(place)
            // Somebody has given the disk other images. Which of these two is the right one nobody can tell: both stay.
            case nil: break
            }
        }
        try work.write(to: store)
        // A saved state of the machine goes on from the images that it had.
        if !open.isEmpty, !hasManagedSave(machine) {
            try await commit(open.map { work.merges[$0] })
            for place in open { work.merges[place].isDone = true }
            try work.write(to: store)
        }
        return try await settled(work, store, machine)
    }

    /// Whether the disk of a running machine is on the shorter chain by now.
    private func isMerged(
        _ merge: SnapshotWork.Merge, _ job: SnapshotWork.Merge.Job, live machine: Machine
    ) throws(VMError) -> Bool {
        let disk = try liveDomain(machine)?.devices.disks.first { $0.target?.dev == job.disk }
        guard let images = disk.map({ Self.images(of: $0) }) else { return false }
        return images.contains { isSame($0, merge.base) } && !images.contains { isSame($0, merge.top) }
    }

    /// Whether the job of a machine that has ended was completed; nil when that can't be told.
    private func isMerged(
        _ merge: SnapshotWork.Merge, _ job: SnapshotWork.Merge.Job, _ machine: Machine
    ) throws(VMError) -> Bool? {
        // Somebody may have stored an older definition since.
        if record(of: job, machine)?.phase == .completed || CommittedImages(paths).contains(merge.top) { return true }
        if let above = job.above {
            if builds(above, on: merge.base) { return true }
            return builds(above, on: merge.top) ? false : nil
        }
        guard machine.isPersistent else { return nil }
        let paths = try storedDomain(machine).devices.disks.compactMap { storage.path(of: $0.source) }
        if paths.contains(where: { isSame($0, merge.top) }) { return false }
        return paths.contains { isSame($0, merge.base) } ? true : nil
    }

    // MARK: The end

    private func settled(
        _ work: SnapshotWork, _ store: SnapshotStore, _ machine: Machine
    ) async throws(VMError) -> SettledWork {
        if work.merges.allSatisfy(\.isDone) {
            try await finishMerges(work, store, machine)
            return .completed
        }
        if work.merges.contains(where: { $0.isBegun || $0.isDone }) {
            try await finishPart(work, store, machine)
        } else {
            if !work.wasRuined { try unmark(work.name, store) }
            try SnapshotWork.end(store)
        }
        return .takenBack
    }

    private func finishMerges(
        _ asked: SnapshotWork, _ store: SnapshotStore, _ machine: Machine
    ) async throws(VMError) {
        try await rebase(asked.merges)
        try conclude(asked, store, machine)
    }

    /// Some of the disks are merged: these are the snapshot's no more. It stays for the others, and can't be gone back to.
    private func finishPart(_ work: SnapshotWork, _ store: SnapshotStore, _ machine: Machine) async throws(VMError) {
        let done = work.merges.filter(\.isDone)
        if !done.isEmpty {
            try await rebase(done)
            try follow(done, except: work.name, store, machine)
            var snapshot = try store.get(work.name).snapshot
            for index in snapshot.disks.indices where snapshot.disks[index].snapshot == .external {
                let name = snapshot.disks[index].name ?? ""
                let disk = snapshot.domain?.devices.disks.first { $0.target?.dev == name }
                guard let path = disk.flatMap({ storage.path(of: $0.source) }),
                    done.contains(where: { isSame($0.base, path) })
                else { continue }
                snapshot.disks[index] = SnapshotDisk(name, .no)
            }
            try store.put(snapshot)
            let tops = work.discarded.filter { path in done.contains { $0.top == path } }
            removeUnused(tops, store, machine, Self.reason(work.name))
        }
        try SnapshotWork.end(store)
    }

    /// From now on nobody can go back to it.
    func mark(_ name: String, _ store: SnapshotStore) throws(VMError) {
        guard store.contains(name) else { return }
        var snapshot = try store.get(name).snapshot
        guard snapshot.deleteInProgress != 1 else { return }
        snapshot.deleteInProgress = 1
        try store.put(snapshot)
    }

    private func unmark(_ name: String, _ store: SnapshotStore) throws(VMError) {
        guard store.contains(name) else { return }
        var snapshot = try store.get(name).snapshot
        guard snapshot.deleteInProgress != nil else { return }
        snapshot.deleteInProgress = nil
        try store.put(snapshot)
    }

    /// Images that have built on what was merged say that they build on the lower image, as QEMU has had those do that it has
    /// open itself.
    func rebase(_ merges: [SnapshotWork.Merge]) async throws(VMError) {
        var todo: [(path: String, merge: SnapshotWork.Merge)] = []
        for merge in merges {
            for path in merge.rebased where Files.exists(path) && !builds(path, on: merge.base) {
                todo.append((path, merge))
            }
        }
        guard !todo.isEmpty else { return }
        let images = todo
        try await labor(until: .after(.seconds(600))) { labor throws(VMError) in
            let tool = try SnapshotImages(labor)
            for (path, merge) in images { try tool.rebase(path, on: merge.base, format: merge.baseFormat) }
        }
    }
}

extension SnapshotWork.Merge {
    fileprivate func order(_ job: Job) -> BlockJobOrder {
        var commit = BlockJobOrder.Commit()
        (commit.top, commit.base) = (top, base)
        commit.isShallow = true
        commit.isActive = job.above == nil
        var order = BlockJobOrder(job.disk, .commit(commit))
        order.id = job.id
        return order
    }
}
