internal import VMCore
internal import VMDomain

extension VMManager {
    /// A stored definition with a change that is ready to be written: made before the running machine is touched, so that
    /// what can't be stored changes nothing.
    struct StoredChange {
        var name: String
        var stored: StoredDefinition
        var xml: [UInt8]
    }

    /// Changes the stored definition, completes and checks it; doesn't write it yet.
    func prepareStored(
        _ machine: Machine, _ change: (inout Domain) throws(VMError) -> Void
    ) throws(VMError) -> StoredChange {
        let stored = try store.read(machine.name)
        var domain = try storedDomain(machine.name)
        try change(&domain)
        domain = try completed(domain)
        let xml = Array(domain.xml.utf8)
        var reading = try Domain.read(xml, file: machine.name, options: .lenient)
        if planner == nil { reading = reading.validated() }
        _ = try reading.checked()
        return StoredChange(name: machine.name, stored: stored, xml: xml)
    }

    /// Writes it, unless somebody has changed the definition since.
    func commit(_ change: StoredChange) throws(VMError) {
        _ = try store.write(
            name: change.name, uuid: change.stored.uuid, expected: change.stored.generation
        ) { _ throws(VMError) in change.xml }
    }
}
