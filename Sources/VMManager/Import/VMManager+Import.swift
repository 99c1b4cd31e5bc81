internal import QEMULauncher
internal import SupervisorProtocol
public import VMCore
internal import VMDomain
internal import VMSnapshot
internal import VMXML

extension VMManager {
    /// Takes over domains of an installation of libvirt: their definitions with autostart marks, firmware variables, states
    /// of TPMs, managed saves, and what is known of their snapshots. Disk images stay where they are; nothing of the
    /// installation is changed. The machines keep their UUIDs, addresses and hardware.
    ///
    /// - Parameters:
    ///   - names: the domains; all where there are none.
    ///   - replaces: whether domains that were taken over before are taken over again.
    ///   - isDryRun: whether it is only told what would be done.
    /// - Returns: what became of each; one that can't be taken over keeps none of the others back.
    /// - Throws: when the installation can't be read.
    public func importDomains(
        of installation: LibvirtInstallation, names: [String] = [], replaces: Bool = false, isDryRun: Bool = false
    ) throws(VMError) -> [ImportOutcome] {
        var outcomes: [ImportOutcome] = []
        var missing = names
        for path in try installation.documents() {
            let known = String((path.split(separator: "/").last ?? "").dropLast(".xml".count))
            if !names.isEmpty, !names.contains(known) { continue }
            missing.removeAll { $0 == known }
            var outcome = ImportOutcome(name: known)
            do throws(VMError) {
                var domain = try DomainImport(path, installation, self, replaces: replaces)
                outcome.name = domain.name
                outcome.uuid = domain.uuid
                if isDryRun { try domain.look() } else { try domain.carryOut() }
                outcome.parts = domain.parts
                outcome.warnings = domain.warnings
            } catch {
                outcome.error = error
            }
            outcomes.append(outcome)
        }
        outcomes += missing.map { ImportOutcome(name: $0, error: .noDomain($0)) }
        return outcomes
    }
}

/// One domain that is taken over.
private struct DomainImport {
    let installation: LibvirtInstallation
    let manager: VMManager
    let name: String
    let uuid: UUID
    var parts: [ImportOutcome.Part] = []
    var warnings: [String] = []
    private var reading: XMLReading<Domain>
    /// Whose variables of the firmware are copied, and where to.
    private var variables: (from: String, to: String)?
    private let folders: HostFacts.Folders

    init(
        _ path: String, _ installation: LibvirtInstallation, _ manager: VMManager, replaces: Bool
    ) throws(VMError) {
        self.installation = installation
        self.manager = manager
        reading = try Domain.read(try Files.read(path), file: path, options: .lenient)
        let domain = try reading.checked()
        guard let name = domain.name, let uuid = domain.uuid else {
            throw VMError(.invalidXML, "the document '\(path)' has no name or no UUID")
        }
        try DomainName.check(name)
        self.name = name
        self.uuid = uuid
        folders = HostFacts.Folders(of: domain, paths: manager.paths)
        try checkFree(replaces)
        warnings = reading.diagnostics.map(\.description)
        planVariables()
    }

    private func checkFree(_ replaces: Bool) throws(VMError) {
        if let other = try manager.machine(named: name), other.uuid != uuid {
            throw VMError(.exists, "domain '\(name)' is already defined with uuid \(other.uuid)")
        }
        if let other = try manager.machine(with: uuid) {
            if other.name != name {
                throw VMError(.exists, "domain '\(other.name)' is already defined with uuid \(uuid)")
            }
            guard replaces else {
                throw VMError(
                    .exists, "domain '\(name)' is there already",
                    remedy: "\(option: "replace") takes it over again, and forgets what was changed here")
            }
            try Operation.start.check(manager.observe(other).state, name: name)
        }
        guard !installation.isRunning(name) else {
            throw VMError(
                .wrongState, "domain '\(name)' runs under libvirt", remedy: "shut it down there, or save it, first")
        }
    }

    /// The variables get a file of their own: libvirt's may be wanted there again.
    private mutating func planVariables() {
        guard let old = reading.value.os.nvram?.file else { return }
        guard Files.exists(old) else {
            warnings.append("its firmware variables begin anew: there is no file '\(old)'")
            reading.value.os.nvram?.setFile(nil)
            return
        }
        let ending = reading.value.os.nvram?.format == .qcow2 ? "qcow2" : "fd"
        let new = "\(folders.nvram)/\(folders.nvramName ?? name)_VARS.\(ending)"
        variables = (old, new)
        reading.value.os.nvram?.setFile(new)
    }

    // MARK: Looking

    mutating func look() throws(VMError) {
        if let variables { parts.append(.variables(path: variables.to)) }
        if tpm != nil { parts.append(.tpm(path: tpmFolder)) }
        if try save() != nil { parts.append(.managedSave) }
        parts.append(.definition)
        if installation.isAutostarted(name) { parts.append(.autostart) }
        let snapshots = try snapshots()
        if !snapshots.isEmpty { parts.append(.snapshots(count: snapshots.count)) }
        let checkpoints = checkpoints()
        if !checkpoints.isEmpty { parts.append(.checkpoints(count: checkpoints.count)) }
        // The variables aren't where they will be.
        var domain = reading.value
        if let variables { domain.os.nvram?.setFile(variables.from) }
        note(manager.check(domain, source: reading.source))
    }

    private mutating func note(_ check: CheckResult) {
        warnings += check.causes.map { "it can't be started as it is: \($0.message)" }
    }

    private var tpm: String? { reading.value.devices.tpms.isEmpty ? nil : installation.tpm(of: uuid) }
    private var tpmFolder: String { "\(folders.tpm)/\(uuid)" }

    /// The managed save; nil when there is none, or none that can be taken.
    private mutating func save() throws(VMError) -> String? {
        guard let path = installation.managedSave(of: name) else { return nil }
        do throws(VMError) {
            _ = try SavedStart(path)
            return path
        } catch {
            throw VMError(
                error.code, "its managed save can't be taken over",
                remedy: "start it in libvirt and shut it down, or remove the save there with virsh managedsave-remove",
                cause: error)
        }
    }

    /// The documents of its snapshots, those that others build on first.
    private mutating func snapshots() throws(VMError) -> [(snapshot: DomainSnapshot, isCurrent: Bool)] {
        var waiting: [(snapshot: DomainSnapshot, isCurrent: Bool)] = []
        for path in installation.snapshotDocuments(of: name) {
            do throws(VMError) {
                var snapshot = try DomainSnapshot.read(try Files.read(path), file: path, options: .lenient).checked()
                let isCurrent = snapshot.active == 1
                if let variables {
                    snapshot.domain?.replaceVariables(variables)
                    snapshot.inactiveDomain?.replaceVariables(variables)
                }
                waiting.append((snapshot, isCurrent))
            } catch {
                warnings.append("a snapshot is left behind: \(error.message)")
            }
        }
        return ordered(waiting, "snapshot") { ($0.snapshot.name ?? "", $0.snapshot.parent?.name) }
    }

    /// The documents of its checkpoints. The bitmaps are in its images already.
    private mutating func checkpoints() -> [DomainCheckpoint] {
        var waiting: [DomainCheckpoint] = []
        for path in installation.checkpointDocuments(of: name) {
            do throws(VMError) {
                var checkpoint = try DomainCheckpoint.read(
                    try Files.read(path), file: path, options: .lenient
                ).checked()
                if let variables { checkpoint.domain?.replaceVariables(variables) }
                waiting.append(checkpoint)
            } catch {
                warnings.append("a checkpoint is left behind: \(error.message)")
            }
        }
        return ordered(waiting, "checkpoint") { ($0.name ?? "", $0.parent?.name) }
    }

    /// Parents before their children. Those without the parent that they name are told, and left out.
    private mutating func ordered<Moment>(
        _ moments: [Moment], _ what: String, _ names: (Moment) -> (own: String, parent: String?)
    ) -> [Moment] {
        var waiting = moments
        var ordered: [Moment] = []
        var known: Set<String> = []
        while let index = waiting.firstIndex(where: { names($0).parent.map { known.contains($0) } ?? true }) {
            let next = waiting.remove(at: index)
            known.insert(names(next).own)
            ordered.append(next)
        }
        warnings += waiting.map { moment in
            let (own, parent) = names(moment)
            return "\(what) '\(own)' is left behind: its parent '\(parent ?? "")' isn't there"
        }
        return ordered
    }

    // MARK: Doing

    /// What the definition refers to comes first: who is killed in between leaves files that the next try replaces.
    mutating func carryOut() throws(VMError) {
        let (snapshots, checkpoints) = (try snapshots(), checkpoints())
        if let variables {
            try manager.copyVariables(from: variables.from, to: variables.to)
            parts.append(.variables(path: variables.to))
        }
        if let tpm {
            try FolderCopy.copy(tpm, to: tpmFolder)
            parts.append(.tpm(path: tpmFolder))
        }
        if let save = try save() {
            try takeSave(save)
            parts.append(.managedSave)
        }
        Failpoint.reached("import.files")
        let machine = try define()
        for entry in snapshots {
            var flags: SnapshotCreation = [.redefine]
            if entry.isCurrent { flags.insert(.current) }
            try manager.createSnapshot("\(uuid)", entry.snapshot, flags)
        }
        if !snapshots.isEmpty { parts.append(.snapshots(count: snapshots.count)) }
        for checkpoint in checkpoints { try manager.createCheckpoint("\(uuid)", checkpoint, [.redefine]) }
        if !checkpoints.isEmpty { parts.append(.checkpoints(count: checkpoints.count)) }
        if !parts.contains(.managedSave) { note(try manager.check("\(machine.uuid)")) }
    }

    private mutating func define() throws(VMError) -> StoredDefinition {
        let definition = try manager.define(reading, expecting: .any, isNew: false).definition
        parts.append(.definition)
        Failpoint.reached("import.defined")
        if installation.isAutostarted(name) {
            try manager.setAutostart("\(uuid)", true)
            parts.append(.autostart)
        }
        return definition
    }

    private func takeSave(_ path: String) throws(VMError) {
        try Folders.make(manager.paths.state + "/save")
        try SaveImage.rewrite(path, to: manager.managedSavePath(uuid)) { image throws(VMError) in
            guard let variables else { return }
            var domain = try Domain.read(image.xml, file: path, options: .lenient).checked()
            domain.replaceVariables(variables)
            image.xml = Array(domain.xml.utf8)
        }
    }
}

extension Domain {
    fileprivate mutating func replaceVariables(_ variables: (from: String, to: String)) {
        if os.nvram?.file == variables.from { os.nvram?.setFile(variables.to) }
    }
}

extension NVRAM {
    /// Gives it another file, in the form in which the first was given.
    fileprivate mutating func setFile(_ file: String?) {
        if path != nil { path = file } else { source.file = file }
    }
}
