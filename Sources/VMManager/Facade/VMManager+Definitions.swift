public import VMCore
public import VMDomain

/// What `define` did.
public struct DefineResult: Sendable, Hashable {
    public var definition: StoredDefinition
    /// Whether there was a definition of that name and UUID before.
    public var replaced: Bool
    /// What was found in the document that doesn't keep it from being used.
    public var warnings: [Diagnostic]
}

/// What `undefine` did.
public struct UndefineResult: Sendable, Hashable {
    public var machine: Machine
    /// The machine runs on, and will be gone when it ends.
    public var isStillRunning: Bool
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
        var reading = try Domain.read(document, file: file, options: options)
        // A program with plans of its own decides itself what a document may say.
        if planner == nil { reading = reading.validated() }
        var domain = try reading.checked()
        let name = domain.name ?? ""
        try DomainName.check(name)
        let running = ((try? machine(named: name)) ?? nil).flatMap { $0.isPersistent ? nil : $0.uuid }
        let isNew = !store.contains(name)
        let (definition, replaced) = try store.write(
            name: name, uuid: domain.uuid, expected: expectedGeneration, runningUUID: running
        ) { uuid throws(VMError) in
            domain.uuid = uuid
            return try Array(completed(domain, isNew: isNew, source: reading.source).xml.utf8)
        }
        return DefineResult(
            definition: definition, replaced: replaced, warnings: reading.diagnostics.filter { $0.severity < .error })
    }

    /// Removes a stored definition. A running machine runs on and is gone when it ends.
    @discardableResult
    public func undefine(_ key: String) throws(VMError) -> UndefineResult {
        // A broken definition can be removed by its name.
        if store.contains(key), (try? store.read(key)) == nil {
            try store.remove(key)
            return UndefineResult(
                machine: Machine(
                    name: key, uuid: UUID(high: 0, low: 0), isPersistent: false, runtime: folder(UUID(high: 0, low: 0))),
                isStillRunning: false)
        }
        var machine = try find(key)
        guard machine.isPersistent else {
            throw VMError(
                .wrongState, "Failed to undefine domain '\(machine.name)'",
                cause: VMError(.wrongState, "Requested operation is not valid: domain is transient"))
        }
        let state = try currentState(machine.runtime)
        let tpm = (try? storedDomain(machine.name)).flatMap { $0.devices.tpms.first { $0.backend?.type == .emulator } }
        try store.remove(machine.name)
        forgetFailure(machine.name)
        machine.isPersistent = false
        let isRunning = state?.state.isActive ?? false
        if !isRunning {
            // A running machine's supervisor does so at its end.
            if let tpm, tpm.backend?.persistentState != .yes {
                Folders.removeTree("\(paths.state)/swtpm/\(machine.uuid)")
            }
            machine.runtime.unlinkName(machine.name)
            try? Folders.remove(machine.runtime.path)
        }
        return UndefineResult(machine: machine, isStillRunning: isRunning)
    }
}
