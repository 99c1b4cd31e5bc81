public import VMCore

/// What a domain is looked up by, where the caller says which of them it is.
public enum DomainKey: Sendable, Hashable {
    case name(String)
    case uuid(UUID)
    /// The number of its run.
    case id(Int)

    fileprivate var text: String {
        switch self {
        case .name(let name): "name '\(name)'"
        case .uuid(let uuid): "uuid '\(uuid)'"
        case .id(let id): "id '\(id)'"
        }
    }
}

extension VMManager {
    /// The state of the domain of that name, UUID or id.
    ///
    /// - Throws: `no-domain`; `io` or `invalid-xml` when its definition is broken.
    public func lookUp(_ key: DomainKey) async throws(VMError) -> PublishedState {
        try await perform("lookUp") { (manager) throws(VMError) in
            let machine =
                switch key {
                case .name(let name): try manager.machine(named: name)
                case .uuid(let uuid): try manager.machine(with: uuid)
                case .id(let id): manager.machine(withID: id)
                }
            guard let machine else {
                throw VMError(.noDomain, "Domain not found: no domain with matching \(key.text)")
            }
            return manager.observe(machine)
        }
    }
}
