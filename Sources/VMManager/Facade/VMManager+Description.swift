public import VMCore
public import VMDomain

/// Which of a domain's documents a change is for.
public enum ChangeScope: Sendable, Hashable {
    /// The live one of a domain that runs, the stored one otherwise.
    case current
    case live, config
    case both
}

extension VMManager {
    /// A domain's document of a scope; of `both` the live one.
    public func document(_ key: String, _ scope: ChangeScope) throws(VMError) -> Domain {
        let machine = try find(key)
        if scope != .config, let live = try liveDomain(machine) { return live }
        if scope == .live || scope == .both { throw VMManager.notRunning(machine.name) }
        try VMManager.requireStored(machine)
        return try storedDomain(machine.name)
    }

    /// Changes what a domain's documents say without touching the machine: its description, title and metadata.
    ///
    /// - Returns: the domain; nothing is changed when one of the documents can't be.
    @discardableResult
    public func describe(
        _ key: String, _ scope: ChangeScope = .current, _ change: (inout Domain) throws(VMError) -> Void
    ) throws(VMError) -> Machine {
        let machine = try find(key)
        let isActive = try currentState(machine.runtime)?.state.isActive ?? false
        let isLive = scope == .live || scope == .both || (scope == .current && isActive)
        let isStored = scope == .config || scope == .both || (scope == .current && !isActive)
        if isLive, !isActive { throw VMManager.notRunning(machine.name) }
        if isStored { try VMManager.requireStored(machine) }
        if isStored {
            _ = try store.change(machine.name) { stored throws(VMError) in
                let path = store.path(of: machine.name)
                var domain = try Domain.read(stored.xml, file: path, options: .lenient).checked()
                try change(&domain)
                return Array(domain.xml.utf8)
            }
        }
        if isLive { try changeLiveDocument(machine, change) }
        return machine
    }

    private func changeLiveDocument(
        _ machine: Machine, _ change: (inout Domain) throws(VMError) -> Void
    ) throws(VMError) {
        let folder = machine.runtime
        guard let lock = try FileLock.take(folder.domainLock, until: .after(.seconds(10))) else {
            throw VMError(
                .busy, "another program is changing domain '\(machine.name)'", remedy: "try again in a moment")
        }
        var domain = try Domain.read(try Files.read(folder.domain), file: folder.domain, options: .lenient).checked()
        try change(&domain)
        try Files.write(Array(domain.xml.utf8), to: folder.domain, durable: false)
        _ = consume lock
    }

    private static func notRunning(_ name: String) -> VMError {
        VMError(
            .wrongState, "Requested operation is not valid: domain is not running",
            remedy: "change the stored definition of '\(name)' with --config")
    }

    private static func requireStored(_ machine: Machine) throws(VMError) {
        guard !machine.isPersistent else { return }
        throw VMError(
            .wrongState,
            "Requested operation is not valid: cannot change persistent config of a transient domain",
            remedy: "store its definition with 'vmctl define' first")
    }
}
