public import VMCore
public import VMDomain

extension VMManager {
    /// A domain's document of a scope: the live one when both are meant.
    public func document(_ key: String, _ scope: ChangeScope) throws(VMError) -> Domain {
        let machine = try find(key)
        let (live, _) = try resolve(scope, machine)
        if live, let domain = try liveDomain(machine) { return domain }
        return try storedDomain(machine.name)
    }

    /// Changes what a domain's documents say without touching the machine: its description, title and metadata.
    ///
    /// - Returns: the domain; nothing is changed when one of the documents can't be.
    @discardableResult
    public func describe(
        _ key: String, _ scope: ChangeScope = .current, timeout: Duration = patience,
        _ change: (inout Domain) throws(VMError) -> Void
    ) throws(VMError) -> Machine {
        let machine = try find(key)
        let (live, config) = try resolve(scope, machine)
        if config {
            _ = try store.change(machine.name) { stored throws(VMError) in
                let path = store.path(of: machine.name)
                var domain = try Domain.read(stored.xml, file: path, options: .lenient).checked()
                try change(&domain)
                return Array(domain.xml.utf8)
            }
        }
        if live {
            var session = try LiveSession(self, machine, deadline: .after(timeout))
            try session.rewrite(change)
        }
        return machine
    }
}
