public import VMCore
public import VMDomain
internal import QEMULauncher
public import VMXML

extension VMManager {
    /// What will be different when a running domain starts the next time: its live definition against the stored one.
    ///
    /// Both are compared as they are when started, so that what every start fills in is no difference, and without what
    /// each run has of its own.
    ///
    /// - Throws: `wrong-state` when the domain doesn't run, or has no stored definition.
    public func pendingChanges(_ key: String) throws(VMError) -> [XMLChange] {
        let machine = try find(key)
        guard let live = try liveDomain(machine) else {
            throw VMError(
                .wrongState, "Requested operation is not valid: domain is not running",
                remedy: "name a file to compare the stored definition of '\(machine.name)' with")
        }
        guard machine.isPersistent else {
            throw VMError(.wrongState, "Requested operation is not valid: domain is transient")
        }
        return try pendingChanges(of: machine, live)
    }

    func pendingChanges(of machine: Machine, _ live: Domain) throws(VMError) -> [XMLChange] {
        try changes(from: live, toStartOf: try storedDomain(machine), of: machine)
    }

    /// What defining the document would change in a domain: its stored definition against the document as it would be
    /// stored. Of a domain that isn't stored the live definition is compared, with what the document would start.
    public func changes(_ key: String, to document: Domain) throws(VMError) -> [XMLChange] {
        let machine = try find(key)
        var new = document
        new.uuid = new.uuid ?? machine.uuid
        if machine.isPersistent {
            let old = Planner.inactiveForm(of: try storedDomain(machine))
            return old.changes(to: Planner.inactiveForm(of: try completed(new, isNew: true)))
        }
        guard let live = try liveDomain(machine) else { throw .noDomain(key) }
        return try changes(from: live, toStartOf: new, of: machine)
    }

    private func changes(
        from live: Domain, toStartOf definition: Domain, of machine: Machine
    ) throws(VMError) -> [XMLChange] {
        var next = definition
        if planner == nil {
            next = try Planner.prepare(try completed(next, isNew: true), capabilities: try capabilities(for: next))
        }
        next.fillChannels(in: machine.runtime.sockets)
        var old = Planner.inactiveForm(of: live)
        DisplayPorts.reopen(&old, asIn: next)
        return old.changes(to: Planner.inactiveForm(of: next))
    }
}
