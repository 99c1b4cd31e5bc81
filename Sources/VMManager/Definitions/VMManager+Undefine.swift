public import VMCore
internal import VMDomain
internal import VMImage
internal import VMSnapshot
internal import VMXML

extension VMManager {
    /// Removes a stored definition, and what is asked for besides. A running machine runs on and is gone when it ends.
    @discardableResult
    public func undefine(_ key: String, _ request: UndefineRequest = .init()) throws(VMError) -> UndefineResult {
        try carryOut(try undefinePlan(key, request))
    }

    /// What was undefined, the last first.
    public func discarded() throws(VMError) -> [DiscardedDefinition] { try store.discarded() }

    /// Brings an undefined domain back, by name or UUID; the files removed with it stay gone.
    public func takeBack(_ key: String) throws(VMError) -> DiscardedDefinition {
        let definition = try store.takeBack(key)
        record(.defined(.fromTrash), definition.name, definition.uuid)
        return definition
    }

    /// Works out what undefining will remove and what stays, and refuses what can't be done.
    public func undefinePlan(_ key: String, _ request: UndefineRequest) throws(VMError) -> UndefinePlan {
        // A broken definition can be removed by its name.
        if store.contains(key), (try? store.read(key)) == nil {
            let none = UUID(high: 0, low: 0)
            let machine = Machine(name: key, uuid: none, isPersistent: true, runtime: folder(none))
            return UndefinePlan(machine: machine, isRunning: false, possessions: [])
        }
        return try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.undefinePlan(machine, request)
        }
    }

    func undefinePlan(_ machine: Machine, _ request: UndefineRequest) async throws(VMError) -> UndefinePlan {
        guard machine.isPersistent else {
            throw VMError(.wrongState, "Requested operation is not valid: domain is transient")
        }
        let isRunning = try await mend(machine).state.isActive
        if isRunning, request.storage != .none {
            throw refused(machine, "Storage volume deletion is supported only on stopped domains", .shutOff)
        }
        if isRunning, request.nvram == .remove || request.tpm != .unsaid {
            throw refused(machine, "the state of a running machine can't be removed or set aside", .shutOff)
        }
        try await settleSnapshots(machine)
        try await settleCheckpoints(machine)
        var plan = UndefinePlan(
            machine: machine, isRunning: isRunning,
            possessions: try possessions(of: machine, request, isRunning: isRunning))
        plan.request = request
        return plan
    }

    private func possessions(
        of machine: Machine, _ request: UndefineRequest, isRunning: Bool
    ) throws(VMError) -> [DomainPossession] {
        var possessions = try snapshots(machine, request.forgetsSnapshots, isRunning: isRunning)
        possessions += try checkpoints(machine, request.forgetsCheckpoints, isRunning: isRunning)
        if let domain = try? storedDomain(machine) {
            possessions += try nvram(domain, machine, request.nvram)
            possessions += tpm(domain, machine, request.tpm)
            possessions += try managedSave(machine, request.removesManagedSave)
            possessions += try disks(domain, machine, request.storage)
        }
        return possessions
    }

    /// Keeps a machine from being started while what belongs to it is removed.
    private func holdStill(_ machine: Machine) throws(VMError) -> FileLock {
        try machine.runtime.make()
        guard let lock = try FileLock.take(machine.runtime.supervisorLock, until: .after(.seconds(1))),
            !observe(machine).state.isActive
        else { throw refused(machine, "domain '\(machine.name)' was started meanwhile", .shutOff) }
        return lock
    }

    /// What there is now of what was planned to be removed or kept: others may have come to use it since. What came to belong to
    /// the machine isn't removed, for nobody was asked.
    private func possessionsNow(_ plan: UndefinePlan) throws(VMError) -> [DomainPossession] {
        let planned = Set(plan.possessions.filter(\.isRemoved).map { [$0.kind.rawValue, $0.path] })
        return try possessions(of: plan.machine, plan.request, isRunning: false).filter {
            !$0.isRemoved || planned.contains([$0.kind.rawValue, $0.path])
        }
    }

    /// The definition goes first: whatever interrupts the rest, nothing stored then names a file that is gone.
    ///
    /// - Throws: `no-domain` when the name has been given to another domain since the plan was made.
    public func carryOut(_ plan: UndefinePlan) throws(VMError) -> UndefineResult {
        var machine = plan.machine
        // A broken definition has no UUID.
        let uuid = machine.uuid.isZero ? nil : machine.uuid
        let isStill = !plan.isRunning && uuid != nil
        let lock = isStill ? try holdStill(machine) : nil
        let possessions = isStill ? try possessionsNow(plan) : plan.possessions
        let isInTrash = try store.remove(machine.name, uuid: uuid)
        record(.undefined(.removed), machine.name, uuid)
        forgetFailure(machine)
        let snapshots = snapshotStore(machine)
        if uuid != nil, snapshots.isThere, snapshots.isEmpty { snapshots.removeAll() }
        let checkpoints = checkpointStore(machine)
        if uuid != nil, checkpoints.isThere, checkpoints.isEmpty { checkpoints.removeAll() }
        machine.isPersistent = false
        var result = UndefineResult(machine: machine, isStillRunning: plan.isRunning, isInTrash: isInTrash)
        defer {
            if isStill { forgetRuns(machine) }
            withExtendedLifetime(lock) {}
        }
        for possession in possessions {
            guard possession.isRemoved else {
                result.kept.append(possession)
                continue
            }
            do throws(VMError) {
                if possession.kind == .snapshot {
                    SnapshotStore(paths, machine.uuid).removeAll()
                } else if possession.kind == .checkpoint {
                    CheckpointStore(paths, machine.uuid).removeAll()
                } else if possession.kind == .tpm {
                    Folders.removeTree(possession.path)
                } else {
                    try Files.remove(possession.path)
                }
                result.removed.append(possession)
            } catch {
                result.failures.append(error)
            }
        }
        return result
    }

    /// Removes what tells of a machine's earlier runs. Its lock is held.
    private func forgetRuns(_ machine: Machine) {
        machine.runtime.unlinkName(machine.name)
        try? machine.runtime.remove()
    }

    // MARK: What belongs to a domain

    private enum Way { case shutOff, flags(Remedy) }

    private func refused(_ machine: Machine, _ why: String, _ way: Way) -> VMError {
        let text: Remedy =
            switch way {
            case .shutOff: "shut it down first, with \(command: "shutdown", machine.name, "--wait")"
            case .flags(let flags): "say what is to become of it with \(flags)"
            }
        return VMError(.wrongState, "Requested operation is not valid: \(why)", remedy: text)
    }

    private func nvram(
        _ domain: Domain, _ machine: Machine, _ fate: UndefineRequest.Fate
    ) throws(VMError) -> [DomainPossession] {
        guard let path = domain.os.nvram?.path ?? domain.os.nvram?.source.file, Files.exists(path) else { return [] }
        if fate == .unsaid {
            throw refused(
                machine, "cannot undefine domain with nvram", .flags("\(option: "nvram") or \(option: "keep-nvram")"))
        }
        return [
            DomainPossession(
                kind: .nvram, path: path,
                reasonToStay: fate == .keep
                    ? "as --keep-nvram says" : otherUser(of: path, than: machine).map { "\($0) uses it" })
        ]
    }

    private func tpm(
        _ domain: Domain, _ machine: Machine, _ fate: UndefineRequest.Fate
    ) -> [DomainPossession] {
        guard let backend = domain.devices.tpms.first(where: { $0.backend?.type == .emulator })?.backend else {
            return []
        }
        let path = "\(paths.state)/swtpm/\(machine.uuid)"
        // Of a running machine the supervisor removes it at the end.
        guard Files.exists(path), !observe(machine).state.isActive else { return [] }
        let isKept = fate == .keep || (fate == .unsaid && backend.persistentState == .yes)
        let reason = fate == .keep ? "as --keep-tpm says" : "its state is persistent"
        return [DomainPossession(kind: .tpm, path: path, reasonToStay: isKept ? reason : nil)]
    }

    private func managedSave(_ machine: Machine, _ isRemoved: Bool) throws(VMError) -> [DomainPossession] {
        guard let path = managedSave(of: machine) else { return [] }
        guard isRemoved else {
            throw refused(
                machine, "Refusing to undefine while domain managed save image exists",
                .flags("\(option: "managed-save")"))
        }
        return [DomainPossession(kind: .managedSave, path: path)]
    }

    /// The folder of its snapshots goes, and with it copies of firmware variables; images and memory files stay.
    private func snapshots(
        _ machine: Machine, _ areForgotten: Bool, isRunning: Bool
    ) throws(VMError) -> [DomainPossession] {
        let store = snapshotStore(machine)
        guard store.isThere else { return [] }
        let records = try store.all()
        let count = try records.count + store.broken().count
        if count > 0, !areForgotten {
            throw refused(
                machine,
                "cannot \(isRunning ? "undefine transient" : "delete inactive") domain with \(count) snapshots",
                .flags("\(option: "snapshots-metadata")"))
        }
        guard count > 0 else { return [] }
        var found = [DomainPossession(kind: .snapshot, path: store.folder)]
        let files = records.flatMap { record -> [String] in
            let images = (record.snapshot.domain?.devices.disks ?? []).compactMap { storage.path(of: $0.source) }
            return (record.snapshot.isExternal ? images : []) + [record.snapshot.memory?.file].compactMap(\.self)
        }
        var seen: Set<String> = []
        for path in files where Files.exists(path) && seen.insert(path).inserted {
            found.append(DomainPossession(kind: .snapshot, path: path, reasonToStay: "it holds what a snapshot was"))
        }
        return found
    }

    /// The folder of its checkpoints goes; bitmaps stay in the images, as in libvirt.
    private func checkpoints(
        _ machine: Machine, _ areForgotten: Bool, isRunning: Bool
    ) throws(VMError) -> [DomainPossession] {
        let store = checkpointStore(machine)
        guard !store.isEmpty else { return [] }
        if !areForgotten {
            throw refused(
                machine,
                "cannot \(isRunning ? "undefine transient" : "delete inactive") domain with "
                    + "\(try store.documents.names().count) checkpoints",
                .flags("\(option: "checkpoints-metadata")"))
        }
        return [DomainPossession(kind: .checkpoint, path: store.folder)]
    }

    // MARK: Disks

    private func disks(
        _ domain: Domain, _ machine: Machine, _ storage: UndefineRequest.Storage
    ) throws(VMError) -> [DomainPossession] {
        var wanted: [String] = []
        if case .named(let names) = storage { wanted = names }
        var found: [DomainPossession] = []
        for disk in domain.devices.disks {
            guard let path = self.storage.path(of: disk.source), !path.isEmpty else { continue }
            let target = disk.target?.dev
            let names = [target, path].compactMap(\.self)
            let isNamed = !Set(names).isDisjoint(with: wanted)
            wanted.removeAll { names.contains($0) }
            let obstacle = obstacle(to: disk, path, of: machine)
            if isNamed, let obstacle {
                throw VMError(
                    .wrongState, "Storage volume '\(target ?? path)'(\(path)) can't be removed: \(obstacle)",
                    remedy: "leave it out, and remove it by hand")
            }
            let reason = isNamed ? nil : storage == .all ? obstacle : "not asked for"
            found.append(DomainPossession(kind: .disk, device: target, path: path, reasonToStay: reason))
            for image in BackingChain(walking: path, reach: .anywhere).images {
                found.append(
                    DomainPossession(
                        kind: .disk, device: target, path: image, reasonToStay: "base image of '\(target ?? path)'"))
            }
        }
        if let name = wanted.first {
            throw VMError(
                .notFound, "Volume '\(name)' was not found in domain's definition.",
                remedy: "name a disk's target or its file")
        }
        return found
    }

    /// Why a disk's image must not be removed with its domain.
    private func obstacle(to disk: Disk, _ path: String, of machine: Machine) -> String? {
        if disk.device == .cdrom || disk.device == .floppy { return "a removable medium" }
        if disk.source.type == .volume { return "a volume of pool '\(disk.source.pool ?? "")'" }
        if disk.source.type != .file { return "not a file" }
        if disk.readonly { return "read-only" }
        if disk.shareable { return "shared" }
        if !Files.exists(path) { return "it is not there" }
        if let kind = Files.oddKind(path) { return "it is \(kind)" }
        if Files.linkTarget(path) != nil { return "a link to another place" }
        if let user = otherUser(of: path, than: machine) { return "\(user) uses it" }
        let user = ImageReferences(self, folders: [Files.folder(of: path)]).users(of: path).first { user in
            user.domain != machine.uuid
        }
        return user.map { "\($0.text) needs it" }
    }

    /// Another domain, stored or running, that has the file as a disk, as the base of one, or for its variables.
    private func otherUser(of path: String, than machine: Machine) -> String? {
        let identity = Files.identity(path)
        func uses(_ domain: Domain) -> Bool {
            if let variables = domain.os.nvram?.file,
                variables == path || identity != nil && Files.identity(variables) == identity
            {
                return true
            }
            return domain.devices.disks.contains { disk in
                guard let other = storage.path(of: disk.source) else { return false }
                return other == path
                    || ([other] + BackingChain(walking: other, reach: .anywhere).images).contains {
                        identity != nil && Files.identity($0) == identity
                    }
            }
        }
        for name in (try? store.names()) ?? [] where name != machine.name {
            guard let stored = try? store.read(name),
                let domain = try? Domain.read(stored.xml, options: .lenient).checked()
            else {
                let file = store.path(of: name)
                if OwnFiles.mentions(file, path) { return "'\(file)', which can't be read," }
                continue
            }
            if uses(domain) { return "domain '\(name)'" }
        }
        for state in (try? activeStates()) ?? [] where state.uuid != machine.uuid {
            if let domain = try? liveDomain(of: state), uses(domain) { return "domain '\(state.name)'" }
        }
        return nil
    }
}
