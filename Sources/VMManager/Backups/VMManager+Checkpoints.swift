internal import QEMULauncher
internal import SupervisorProtocol
public import VMCore
internal import VMDomain
internal import VMImage
internal import VMJSON
public import VMSnapshot
internal import VMXML

/// Checkpoints of domains: moments since which QEMU notes, inside the images, what is written.
extension VMManager {
    func checkpointStore(_ machine: Machine) -> CheckpointStore { CheckpointStore(paths, machine.uuid) }

    /// The checkpoints of a domain as a tree.
    public func checkpoints(_ key: String) throws(VMError) -> CheckpointTree {
        CheckpointTree(try checkpointStore(try find(key)).all())
    }

    public func checkpoint(_ key: String, _ name: String) throws(VMError) -> CheckpointRecord {
        try checkpointStore(try find(key)).get(name)
    }

    /// The checkpoint that another one was made after.
    public func parentCheckpoint(_ key: String, of name: String) throws(VMError) -> CheckpointRecord {
        let store = checkpointStore(try find(key))
        guard let parent = try store.get(name).parent else { throw .noParentCheckpoint(of: name) }
        return try store.get(parent)
    }

    /// Whether a domain of a list has checkpoints.
    public func hasCheckpoints(_ domain: DomainSummary) -> Bool {
        domain.uuid.map { !CheckpointStore(paths, $0).isEmpty } ?? false
    }

    /// A checkpoint's document.
    public func checkpointXML(
        _ key: String, _ name: String, _ detail: CheckpointDetail = .secrets
    ) throws(VMError) -> String {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.checkpointXML(machine, name, detail)
        }
    }

    func checkpointXML(_ machine: Machine, _ name: String, _ detail: CheckpointDetail) async throws(VMError) -> String {
        var checkpoint = try checkpointStore(machine).get(name).checkpoint
        if detail.contains(.noDomain) { checkpoint.domain = nil }
        if !detail.contains(.secrets) { checkpoint = checkpoint.withoutSecrets }
        guard detail.contains(.size) else { return checkpoint.xml }
        let sizes = try await sizes(of: checkpoint, machine)
        for index in checkpoint.disks.indices {
            guard let target = checkpoint.disks[index].name else { continue }
            checkpoint.disks[index].size = sizes[target] ?? nil
        }
        return checkpoint.xml
    }

    /// Bytes that were written since, by the disks' targets; nil for a disk of which that isn't known.
    private func sizes(of checkpoint: DomainCheckpoint, _ machine: Machine) async throws(VMError) -> [String: UInt64?] {
        _ = try resolve(.live, machine)
        let disks = checkpoint.noted.compactMap(\.name)
        let order = CheckpointOrder(.measure, checkpoint.name ?? "", disks: disks)
        guard case .value(let value) = try await request(.checkpoint(order), of: machine) else {
            throw VMManager.unreadableAnswer
        }
        return Dictionary(uniqueKeysWithValues: Set(disks).map { ($0, value[$0]?.uint64) })
    }

    // MARK: Making

    /// Makes a checkpoint of a domain, or stores the document of one.
    ///
    /// - Throws: `exists`, `invalid-xml`, `unsupported` in libvirt's terms; nothing has changed then.
    @discardableResult
    public func createCheckpoint(
        _ key: String, _ document: DomainCheckpoint, _ flags: CheckpointCreation = []
    ) throws(VMError) -> CheckpointRecord {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.createCheckpoint(machine, document, flags)
        }
    }

    func createCheckpoint(
        _ machine: Machine, _ document: DomainCheckpoint, _ flags: CheckpointCreation
    ) async throws(VMError) -> CheckpointRecord {
        guard machine.isPersistent else {
            throw .snapshotInvalid(
                "cannot create checkpoint for transient domain",
                remedy: "store its definition first, with \(command: "define")")
        }
        return try await withCheckpoints(machine) { (store) async throws(VMError) in
            if flags.contains(.redefine) { return try await redefine(store, machine, document, flags) }
            let live = try liveDomain(machine)
            let domain = if let live { live } else { try storedDomain(machine) }
            let draft = try checkpointDraft(store, document, domain)
            if live == nil, flags.contains(.quiesce) {
                throw .snapshotInvalid("the guest of a domain that is not running can't be quiesced")
            }
            var work = CheckpointWork(.create, draft.name ?? "")
            work.document = draft.xml
            work.isLive = live != nil
            work.disks = draft.noted.compactMap(\.name)
            if live == nil { work.images = try images(of: draft) }
            try work.write(to: store)
            do throws(VMError) {
                try await live == nil ? noteOffline(work, machine) : note(work, machine, flags)
            } catch {
                // What became of it is asked of the images, not of the error.
                guard (try? await settle(store, machine)) == .completed else { throw error }
                return try store.get(work.name)
            }
            try complete(work, store)
            return try store.get(work.name)
        }
    }

    /// A new checkpoint's document, complete.
    func checkpointDraft(
        _ store: CheckpointStore, _ document: DomainCheckpoint, _ domain: Domain
    ) throws(VMError) -> DomainCheckpoint {
        var draft = document
        let now = WallClock.now / 1_000_000_000
        let name = document.name ?? "\(now)"
        draft.name = name
        draft.creationTime = Int(now)
        draft.parent = store.current.map { SnapshotParent($0) }
        draft.domain = domain
        draft.domain?.id = nil
        try store.documents.check(name)
        if store.contains(name) { throw .checkpointExists(name) }
        var seen: Set<String> = []
        var wanted: [String: CheckpointDisk] = [:]
        for entry in document.disks {
            let disk = domain.devices.disks.first {
                $0.target?.dev == entry.name || ($0.source.file != nil && $0.source.file == entry.name)
            }
            guard let target = disk?.target?.dev else {
                throw .snapshotUnsupported("no disk named '\(entry.name ?? "")'", in: .domainCheckpoint)
            }
            guard seen.insert(target).inserted else {
                throw .snapshotUnsupported("disk '\(target)' specified twice", in: .domainCheckpoint)
            }
            wanted[target] = entry
        }
        draft.disks = []
        for disk in domain.devices.disks {
            guard let target = disk.target?.dev else { continue }
            draft.disks.append(try checkpointDisk(disk, target, wanted[target], document.disks.isEmpty, name))
        }
        guard !draft.noted.isEmpty else {
            throw .snapshotUnsupported("no disks selected for checkpoint", in: .domainCheckpoint)
        }
        return draft
    }

    private func checkpointDisk(
        _ disk: Disk, _ target: String, _ entry: CheckpointDisk?, _ takesAll: Bool, _ name: String
    ) throws(VMError) -> CheckpointDisk {
        let path = storage.path(of: disk.source)
        let isWritten = disk.device ?? .disk == .disk && !disk.readonly && path != nil
        let mode = entry.map { $0.checkpoint ?? .bitmap } ?? (takesAll && isWritten ? .bitmap : .no)
        var result = CheckpointDisk(target, mode)
        guard mode == .bitmap else { return result }
        if let bitmap = entry?.bitmap, bitmap != name {
            throw .snapshotUnsupported(
                "disk '\(target)' bitmap name '\(bitmap)' doesn't match checkpoint name '\(name)'",
                in: .domainCheckpoint)
        }
        guard path != nil else {
            throw .snapshotUnsupported("disk '\(target)' has no media", in: .domainCheckpoint)
        }
        guard isWritten else {
            throw .snapshotUnsupported(
                "checkpoint for disk \(target) unsupported: it is no disk that is written to", in: .domainCheckpoint)
        }
        guard disk.driver?.type == .qcow2 else {
            throw .snapshotUnsupported(
                "checkpoint for disk \(target) unsupported for storage type \(disk.driver?.type?.rawValue ?? "raw")",
                remedy: "leave it out with checkpoint='no'")
        }
        result.bitmap = name
        return result
    }

    private func note(_ work: CheckpointWork, _ machine: Machine, _ flags: CheckpointCreation) async throws(VMError) {
        var order = CheckpointOrder(.create, work.name, disks: work.disks)
        order.quiesces = flags.contains(.quiesce)
        try await request(.checkpoint(order), of: machine, timeout: .seconds(60))
        Failpoint.reached("checkpoint.live")
    }

    // MARK: A machine that doesn't run

    private func images(of checkpoint: DomainCheckpoint) throws(VMError) -> [String] {
        let disks = checkpoint.domain?.devices.disks ?? []
        return checkpoint.noted.compactMap { entry in
            disks.first { $0.target?.dev == entry.name }.flatMap { storage.path(of: $0.source) }
        }
    }

    private func noteOffline(_ work: CheckpointWork, _ machine: Machine) async throws(VMError) {
        try await whileShutOff(machine, "its images can't be changed") { () async throws(VMError) in
            try await labor(until: .after(.seconds(600))) { labor throws(VMError) in
                let images = try SnapshotImages(labor)
                for path in work.images { try images.addBitmap(work.name, to: path) }
            }
        }
    }

    func complete(_ work: CheckpointWork, _ store: CheckpointStore) throws(VMError) {
        if let text = work.document {
            if !store.contains(work.name) {
                try store.put(try DomainCheckpoint.read(Array(text.utf8), options: .lenient).checked())
            }
            try store.setCurrent(work.name)
        }
        try CheckpointWork.end(store)
    }

    // MARK: Documents alone

    private func redefine(
        _ store: CheckpointStore, _ machine: Machine, _ document: DomainCheckpoint, _ flags: CheckpointCreation
    ) async throws(VMError) -> CheckpointRecord {
        func missing(_ what: String) -> VMError {
            VMError(
                .invalidXML, "XML error: \(what) from existing checkpoint",
                libvirt: LibvirtError(.xmlError, in: .domainCheckpoint))
        }
        guard let name = document.name else { throw missing("missing name") }
        guard document.creationTime != nil else { throw missing("missing creationTime") }
        if let uuid = document.domain?.uuid, uuid != machine.uuid {
            throw .snapshotArgument("definition for checkpoint \(name) must use uuid \(machine.uuid)")
        }
        if let parent = document.parent?.name {
            guard parent != name else { throw .snapshotArgument("cannot set checkpoint \(name) as its own parent") }
            guard store.contains(parent) else {
                throw .snapshotArgument("parent \(parent) for checkpoint \(name) not found")
            }
            guard !CheckpointTree(try store.all()).wouldLoop(name, below: parent) else {
                throw .snapshotArgument("parent \(parent) would create cycle to \(name)")
            }
        }
        try store.documents.check(name)
        var kept = document
        for index in kept.disks.indices where kept.disks[index].checkpoint ?? .bitmap == .bitmap {
            kept.disks[index].checkpoint = .bitmap
            kept.disks[index].bitmap = kept.disks[index].bitmap ?? name
            kept.disks[index].size = nil
        }
        if kept.domain == nil {
            kept.domain = if let live = try liveDomain(machine) { live } else { try storedDomain(machine) }
        }
        if flags.contains(.validate) {
            let sizes = try await sizes(of: kept, machine)
            if let target = kept.noted.compactMap(\.name).first(where: { sizes[$0] == .some(nil) }) {
                throw VMError(
                    .wrongState, "checkpoint inconsistent: missing or broken bitmap '\(name)' for disk '\(target)'",
                    libvirt: LibvirtError(.checkpointInconsistent))
            }
        }
        let isNew = !store.contains(name)
        try store.put(kept)
        if isNew { try store.setCurrent(name) }
        return try store.get(name)
    }
}

extension LibvirtError.Number {
    /// A checkpoint's bitmap is missing, or isn't to be relied on.
    public static let checkpointInconsistent = LibvirtError.Number(rawValue: 109)
}
