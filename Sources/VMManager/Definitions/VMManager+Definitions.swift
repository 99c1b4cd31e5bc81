internal import QEMULauncher
public import VMCore
internal import VMDomain
internal import VMSnapshot
public import VMXML

/// What `define` did.
public struct DefineResult: Sendable, Hashable {
    public var definition: StoredDefinition
    /// Whether there was a definition of that name and UUID before.
    public var replaced: Bool
    /// What was found in the document that doesn't keep it from being used.
    public var warnings: [Diagnostic]
}

extension VMManager {
    /// Stores a domain. The document must be without fault; what it leaves open (a UUID) is filled in.
    /// - Parameters:
    ///   - file: what diagnostics call the document.
    ///   - expectedGeneration: the generation an editor has seen; nil replaces whatever is there.
    /// - Throws: `invalid-xml` with diagnostics; `exists` when the name or the UUID is another domain's.
    public func define(
        _ document: [UInt8], file: String = "-", expectedGeneration: UInt64? = nil, options: XMLReadOptions = .strict
    ) throws(VMError) -> DefineResult {
        try define(
            document, file: file, expecting: expectedGeneration.map { .generation($0) } ?? .any, options: options)
    }

    private func define(
        _ document: [UInt8], file: String, expecting expectation: StoreExpectation, options: XMLReadOptions
    ) throws(VMError) -> DefineResult {
        try define(try Domain.read(document, file: file, options: options), expecting: expectation, isNew: true)
    }

    /// - Parameter isNew: whether it counts as new, which gets what libvirt gives to new definitions alone; one that was
    ///   defined elsewhere keeps its hardware.
    func define(
        _ reading: XMLReading<Domain>, expecting expectation: StoreExpectation, isNew: Bool
    ) throws(VMError) -> DefineResult {
        var reading = reading
        // A program with plans of its own decides itself what a document may say.
        if planner == nil { reading = reading.validated() }
        let domain = try reading.checked()
        let name = domain.name ?? ""
        try DomainName.check(name)
        if planner == nil {
            for disk in domain.devices.disks {
                if let problem = ImageFormatCheck.problemOfRaw(disk, domain) { throw problem }
            }
        }
        try settleBeforeDefining(name)
        let (definition, replaced) = try store.define(
            name, uuid: domain.uuid ?? domain.firmwareUUID, expecting: expectation,
            takenUUID: { transientUUID(of: name) }
        ) { transaction throws(VMError) in
            var domain = domain
            domain.uuid = transaction.uuid
            if let other = observe(folder(transaction.uuid)), other.state.isActive, other.name != name {
                throw VMError(
                    .exists, "domain '\(other.name)' already exists with UUID \(transaction.uuid), and runs",
                    remedy: "end that one first, or leave <uuid> out")
            }
            domain.makeGenerationID()
            return try Array(completed(domain, isNew: isNew, source: reading.source).xml.utf8)
        }
        record(.defined(replaced ? .updated : .added), definition.name, definition.uuid)
        let ignored = planner == nil ? ignoredSettings(domain, reading.source) : []
        notePendingIfRunning(definition)
        return DefineResult(
            definition: definition, replaced: replaced,
            warnings: reading.diagnostics.filter { $0.severity < .error } + ignored)
    }

    /// A way back to a snapshot that was interrupted changes the definition, too: it comes to its end first, and not over this one.
    private func settleBeforeDefining(_ name: String) throws(VMError) {
        guard let machine = (try? machine(named: name)) ?? nil,
            let work = try SnapshotWork.read(snapshotStore(machine)), work.operation == .revert, work.isApplied
        else { return }
        try blocking(name) { (manager, machine) async throws(VMError) in
            try await manager.mend(machine)
            try await manager.settleSnapshots(machine)
        }
    }

    /// The UUID of the machine that runs under a name without a definition.
    private func transientUUID(of name: String) -> UUID? {
        ((try? machine(named: name)) ?? nil).flatMap { $0.isPersistent ? nil : $0.uuid }
    }

    /// The readers of a running machine's state are told whether it differs from its new definition.
    private func notePendingIfRunning(_ definition: StoredDefinition) {
        let machine = Machine(
            name: definition.name, uuid: definition.uuid, isPersistent: true, runtime: folder(definition.uuid))
        if Files.exists(machine.runtime.domain) { notePending(machine) }
    }

    /// Replaces a stored definition by an edited one, unless somebody else was quicker.
    ///
    /// - Parameters:
    ///   - original: the definition that was edited; its name and UUID stay.
    ///   - overwrites: whether to replace whatever others have made of it meanwhile.
    /// - Throws: `busy` when the definition was changed meanwhile; otherwise as ``define(_:file:expectedGeneration:options:)``.
    public func replace(
        _ original: StoredDefinition, with document: [UInt8], file: String = "-", overwrites: Bool = false,
        options: XMLReadOptions = .strict
    ) throws(VMError) -> DefineResult {
        let new = try Domain.read(document, file: file, options: options).checked()
        guard new.name == original.name, new.uuid == original.uuid else {
            throw VMError(
                .invalidArgument, "an edit can't change the name or the UUID of domain '\(original.name)'",
                remedy: "\(command: "domrename") gives it another name, \(command: "define") makes another domain")
        }
        return try define(
            document, file: file, expecting: overwrites ? .any : .document(original), options: options)
    }

    /// Gives a domain that doesn't run another name; its UUID and everything else stay.
    @discardableResult
    public func rename(_ key: String, to name: String) throws(VMError) -> StoredDefinition {
        let machine = try find(key)
        func refused(_ why: String, _ remedy: Remedy?) -> VMError {
            VMError(.wrongState, "Requested operation is not valid: \(why)", remedy: remedy)
        }
        guard machine.isPersistent else { throw refused("cannot rename a transient domain", nil) }
        if let other = try self.machine(named: name), other.uuid != machine.uuid {
            throw VMError(.exists, "domain with name '\(name)' already exists", remedy: "choose another name")
        }
        func checkUnsaved() throws(VMError) {
            guard hasManagedSave(machine) else { return }
            throw refused(
                "cannot rename domain with a managed save: the saved state would be lost",
                "start it, or remove the state with \(command: "managedsave-remove", machine.name)")
        }
        try checkUnsaved()
        let active = refused("cannot rename active domain", "shut it down with \(command: "shutdown", machine.name)")
        if observe(machine).state.isActive { throw active }
        // A command that starts the machine needs this lock, so it can't begin to run under its old name.
        try machine.runtime.make()
        guard let lock = try FileLock.take(machine.runtime.supervisorLock, until: .after(.seconds(1))),
            !observe(machine).state.isActive
        else { throw active }
        // A save that was under way may be done by now.
        try checkUnsaved()
        let renamed = try store.rename(machine.name, uuid: machine.uuid, to: name) { stored throws(VMError) in
            let path = store.path(of: machine.name)
            var domain = try Domain.read(stored.xml, file: path, options: .lenient).checked()
            domain.name = name
            return Array(domain.xml.utf8)
        }
        record(
            [
                (machine.name, .undefined(.renamed(to: renamed.name))),
                (renamed.name, .defined(.renamed(from: machine.name))),
            ], of: renamed.uuid)
        machine.runtime.unlinkName(machine.name)
        if !Files.exists(machine.runtime.state) { try? machine.runtime.remove() }
        _ = consume lock
        return renamed
    }
}
