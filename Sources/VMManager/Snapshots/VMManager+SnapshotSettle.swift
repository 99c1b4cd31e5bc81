internal import Glibc
internal import VMCore
internal import VMDomain
internal import VMImage
internal import VMSnapshot
internal import VMStore
internal import VMXML

/// Bringing what was begun with snapshots to its end, or taking it back. All of it can be done again: whoever does it may
/// be killed as well.
extension VMManager {
    enum SettledWork { case nothing, completed, takenBack }

    /// Settles what somebody was killed in the middle of. The lock of the snapshots is held.
    ///
    /// - Throws: `busy` while the machine is still at it.
    @discardableResult
    func settle(_ store: SnapshotStore, _ machine: Machine) async throws(VMError) -> SettledWork {
        guard let work = try SnapshotWork.read(store) else { return .nothing }
        let what =
            "an interrupted change of snapshot '\(work.name)' of domain '\(machine.name)' can't be brought to its end"
        do throws(VMError) {
            switch work.operation {
            case .create: return try await settleCreation(work, store, machine)
            case .revert:
                // What was only prepared is taken back beside a machine that runs.
                if !work.isApplied, try await mend(machine).state.isActive {
                    return try await settleReversion(work, store, machine)
                }
                return try await whileShutOff(machine, "an interrupted way back to a snapshot can't be finished") {
                    () async throws(VMError) in try await settleReversion(work, store, machine)
                }
            case .delete:
                if work.isLive {
                    return work.merges.isEmpty
                        ? try await settleLiveDeletion(work, store, machine)
                        : try await settleMerges(work, store, machine)
                }
                // No image has been changed yet, and somebody may have come to need one since: whoever wants it asks anew.
                if !work.merges.isEmpty, !work.isApplied, store.contains(work.name),
                    try store.get(work.name).snapshot.deleteInProgress != 1
                {
                    try SnapshotWork.end(store)
                    return .takenBack
                }
                return try await whileShutOff(machine, "an interrupted deletion can't be finished") {
                    () async throws(VMError) in
                    try await carryOut(work, store, machine)
                    return .completed
                }
            }
        } catch {
            throw error.wrapped(what)
        }
    }

    // MARK: Starts

    /// When the definition's file was written; 0 for none.
    func definitionTime(_ machine: Machine) -> Int64 {
        Files.stamp(store.path(of: machine.name))?.modified ?? 0
    }

    /// Whether a plan is out of date: the definition was changed, renamed or removed while this waited for its turn, or snapshots
    /// are about to change images and definition.
    func isPlanOutdated(_ machine: Machine, since time: Int64) -> Bool {
        Files.exists(snapshotStore(machine).work) || definitionTime(machine) != time
    }

    // MARK: A snapshot that was being made

    private func settleCreation(
        _ work: SnapshotWork, _ store: SnapshotStore, _ machine: Machine
    ) async throws(VMError) -> SettledWork {
        let isActive = try await mend(machine).state.isActive
        if isActive { try await waitForJob(of: work, machine) }
        let isDone =
            if work.overlays.isEmpty { try isInside(work) } else if isActive {
                try hasSwitched(work, machine)
            } else {
                // Whether the machine wrote to them or not before it ended: they hold all that it wrote.
                work.overlays.allSatisfy { builds($0.path, on: $0.base) }
            }
        if isDone {
            var work = work
            // Of a machine that has ended only its job tells whether the snapshot was taken. Where that isn't known, what was
            // written since may be in the lower images: the disks are whole, but no snapshot of that moment is there.
            if !isActive, let id = work.job, !work.overlays.isEmpty {
                let job = machine.runtime.readJob()
                work.keepsDocument = work.keepsDocument && job?.id == id && job?.phase == .completed
            }
            try complete(work, store, machine)
            return .completed
        }
        if isActive {
            try await takeBack(work, store, machine)
        } else {
            try await whileShutOff(machine, "an interrupted snapshot can't be taken back") {
                () async throws(VMError) in try await takeBack(work, store, machine)
            }
        }
        return .takenBack
    }

    /// The supervisor, or the one that takes its place, brings its job to an end by itself.
    private func waitForJob(of work: SnapshotWork, _ machine: Machine) async throws(VMError) {
        let deadline = Deadline.after(VMManager.patience)
        while let job = machine.runtime.readJob(), job.id == work.job, job.phase == .running,
            observe(machine).state.isActive
        {
            guard !deadline.hasPassed else {
                throw VMError(
                    .busy, "domain '\(machine.name)' has a running job",
                    remedy: "wait for its end; see it with \(command: "domjobinfo", machine.name)")
            }
            try await pause(.milliseconds(20))
        }
    }

    /// Whether every image has the snapshot inside.
    private func isInside(_ work: SnapshotWork) throws(VMError) -> Bool {
        for (index, path) in work.images.enumerated() {
            guard Files.exists(path), let bytes = try SnapshotImages.list(path)[work.name] else { return false }
            if index == 0, work.hasMemory, bytes == 0 { return false }
        }
        return true
    }

    /// Whether the running machine writes to the new images.
    private func hasSwitched(_ work: SnapshotWork, _ machine: Machine) throws(VMError) -> Bool {
        guard let live = try liveDomain(machine) else { return false }
        return work.overlays.allSatisfy { overlay in
            live.devices.disks.contains { $0.target?.dev == overlay.target && $0.source.file == overlay.path }
        }
    }

    func builds(_ path: String, on base: String) -> Bool {
        guard let below = SnapshotImages.backing(of: path), let identity = Files.identity(below) else { return false }
        return identity == Files.identity(base)
    }

    /// The snapshot is made: what is stored says so. The definition goes first, so that nothing starts from an image that
    /// the snapshot keeps.
    func complete(_ work: SnapshotWork, _ store: SnapshotStore, _ machine: Machine) throws(VMError) {
        try changeDefinition(machine) { domain in
            for overlay in work.overlays {
                for index in domain.devices.disks.indices
                where domain.devices.disks[index].target?.dev == overlay.target {
                    guard let path = storage.path(of: domain.devices.disks[index].source), isSame(path, overlay.base)
                    else { continue }
                    domain.devices.disks[index].stack(overlay.path, on: overlay.base)
                }
            }
        }
        Failpoint.reached("snapshot.defined")
        try store.note(made: work.overlays.filter(\.isMade).map(\.path))
        if work.keepsDocument, let text = work.document {
            var snapshot = try DomainSnapshot.read(Array(text.utf8), file: store.work, options: .lenient).checked()
            // One without its variables says so.
            if snapshot.nvram?.snapshot == .copy, let file = snapshot.nvram?.file, !Files.exists(file) {
                snapshot.nvram = nil
            }
            if let file = snapshot.tpm?.file, !Files.exists(file) { snapshot.tpm = nil }
            if snapshot.name != nil { try store.put(snapshot) }
            try store.setCurrent(work.name)
        }
        try SnapshotWork.end(store)
        record(.defined(.updated), machine.name, machine.uuid)
    }

    func isSame(_ a: String, _ b: String) -> Bool {
        if a == b { return true }
        guard let identity = Files.identity(a) else { return false }
        return identity == Files.identity(b)
    }

    /// Changes the stored definition, if there is one and there is something to change. Images that it no longer names are
    /// not looked at.
    func changeDefinition(_ machine: Machine, _ change: (inout Domain) -> Void) throws(VMError) {
        guard let name = try self.store.name(of: machine.uuid) else { return }
        _ = try self.store.retry(name) { () throws(VMError) in
            let stored = try self.store.read(name)
            let old = try Domain.read(stored.xml, file: self.store.path(of: name), options: .lenient).checked()
            var new = old
            change(&new)
            if new == old { return stored }
            return try self.store.commitIfCurrent(StoreTransaction(changing: stored), Array(new.xml.utf8))
        }
    }

    /// Nothing came of it: what was made for it goes.
    func takeBack(_ work: SnapshotWork, _ store: SnapshotStore, _ machine: Machine) async throws(VMError) {
        let isActive = observe(machine).state.isActive
        let references = work.overlays.isEmpty ? nil : ImageReferences(self, folders: [])
        for overlay in work.overlays where Files.exists(overlay.path) {
            // A QEMU that didn't answer may write to it by now: then nothing is taken back, and nothing is forgotten.
            guard references?.users(of: overlay.path).isEmpty ?? true,
                !ImageLocks(overlay.path).isTaken(forWriting: true)
            else {
                throw VMError(
                    .busy, "somebody uses image '\(overlay.path)', which was made for snapshot '\(work.name)'",
                    remedy: "try again when QEMU answers, or end the machine")
            }
        }
        for overlay in work.overlays where overlay.isMade && Files.exists(overlay.path) {
            // Only what is one of ours for certain: it builds on the base, or is the beginning of such an image.
            guard builds(overlay.path, on: overlay.base) || SnapshotImages.isUnfinished(overlay.path) else { continue }
            try Files.remove(overlay.path, durable: true)
            Failpoint.reached("snapshot.undone")
        }
        if !isActive, !work.images.isEmpty {
            let (name, paths) = (work.name, work.images)
            try await labor(until: .after(.seconds(86_400))) { labor throws(VMError) in
                let images = try SnapshotImages(labor)
                for path in paths { try images.delete(name, from: path) }
            }
        }
        // A file elsewhere may be somebody else's by now: only the one that the job has made goes.
        let made = machine.runtime.readJob().flatMap { $0.id == work.job ? $0.part : nil }
        for file in work.files.flatMap({ [$0, $0 + ".part"] }) {
            if store.owns(file) {
                FolderCopy.remove(file)
            } else if let made, made.isThere(as: file) {
                try Files.remove(file)
            }
        }
        try SnapshotWork.end(store)
    }
}

extension Disk {
    /// Has the disk write to a new image on top of the present one.
    mutating func stack(_ path: String, on base: String) {
        var below = DiskBackingStore()
        // A volume has its path from the pool, which is asked for the top of a chain alone.
        below.source = source.type == .volume ? .file(base) : source
        below.source?.startupPolicy = nil
        below.format = DiskFormat(driver?.type ?? .raw)
        below.backingStore = backingStore
        let policy = source.startupPolicy
        backingStore = below
        source = .file(path)
        source.startupPolicy = policy
        var driver = driver ?? DiskDriver()
        driver.type = .qcow2
        self.driver = driver
    }

    /// Takes an image out of the chain whose contents have come into the one below it.
    ///
    /// - Parameter isIt: tells the image.
    mutating func drop(_ base: String, _ baseFormat: VMDomain.ImageFormat, where isIt: (String) -> Bool) {
        if let path = source.file ?? source.dev, isIt(path) {
            let policy = source.startupPolicy
            source = backingStore?.source ?? (Files.isBlockDevice(base) ? .block(base) : .file(base))
            source.startupPolicy = policy
            source.index = nil
            var settings = driver ?? DiskDriver()
            settings.type = backingStore?.format?.type ?? baseFormat
            driver = settings
            backingStore = backingStore?.backingStore
        } else if var store = backingStore {
            store.drop(base, baseFormat, where: isIt)
            backingStore = store
        }
    }
}

extension DiskBackingStore {
    fileprivate mutating func drop(_ base: String, _ format: VMDomain.ImageFormat, where isIt: (String) -> Bool) {
        if let path = source?.file ?? source?.dev, isIt(path) {
            if let next = backingStore, next.source != nil {
                self = next
            } else {
                source = Files.isBlockDevice(base) ? .block(base) : .file(base)
                self.format = DiskFormat(format)
            }
        } else if var next = backingStore {
            next.drop(base, format, where: isIt)
            backingStore = next
        }
    }
}

// MARK: Images that snapshots have brought

extension SnapshotStore {
    private var madeList: String { folder + "/.made" }

    /// The images that were made for snapshots, and are ours to remove when nobody uses them.
    func made() -> Set<String> {
        guard let bytes = try? OwnFiles.read(madeList, limit: 16 << 20) else { return [] }
        return Set(bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
    }

    func note(made paths: [String]) throws(VMError) {
        let known = made()
        let all = known.union(paths).filter { Files.exists($0) }
        guard all != known else { return }
        try Files.write(all.sorted().flatMap { Array($0.utf8) + [0] }, to: madeList, durable: true)
    }
}
