internal import VMCore
internal import VMDomain
internal import VMStore
internal import VMXML

extension VMManager {
    /// A stored definition with a change that is ready to be written: made before the running machine is touched, so that
    /// what can't be stored changes nothing.
    struct StoredChange {
        var transaction: StoreTransaction
        var xml: [UInt8]
    }

    /// Changes the stored definition, completes and checks it; doesn't write it yet.
    ///
    /// - Parameter completes: false for a change that needs no planning.
    func prepareStored(
        _ machine: Machine, completes: Bool = true, _ change: (inout Domain) throws(VMError) -> Void
    ) throws(VMError) -> StoredChange {
        let stored = try stored(machine)
        let transaction = StoreTransaction(changing: stored)
        let path = store.path(of: stored.name)
        var domain = try Domain.read(stored.xml, file: path, options: .lenient).checked()
        try change(&domain)
        guard completes else { return StoredChange(transaction: transaction, xml: Array(domain.xml.utf8)) }
        domain = try completed(domain)
        let xml = Array(domain.xml.utf8)
        var reading = try Domain.read(xml, file: stored.name, options: .lenient)
        if planner == nil { reading = reading.validated() }
        _ = try reading.checked()
        return StoredChange(transaction: transaction, xml: xml)
    }

    /// Plans a change of the stored definition and writes it; again when somebody else was quicker.
    ///
    /// - Parameter plan: called for each attempt.
    func changeStored(
        _ machine: Machine, _ plan: () throws(VMError) -> StoredChange
    ) throws(VMError) {
        _ = try store.retry(machine.name) { () throws(VMError) in
            let change = try plan()
            return try store.commitIfCurrent(change.transaction, change.xml)
        }
    }
}
