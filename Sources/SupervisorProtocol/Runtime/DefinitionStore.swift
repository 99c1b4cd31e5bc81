package import VMCore
internal import VMDomain
public import VMStore
internal import VMXML

/// The definitions of domains.
public typealias DefinitionStore = DocumentStore

/// A stored definition: a domain's XML with what the store knows of it.
public typealias StoredDefinition = StoredDocument

/// A definition that was removed and can be taken back.
public typealias DiscardedDefinition = DiscardedDocument

extension DocumentKind {
    /// Domains, in libvirt's format.
    public static let domain = DocumentKind(
        word: "domain", missing: { key, remedy in .noDomain(key, remedy: remedy) },
        trashRemedy: "\(command: "list", "--undefined") shows what there is",
        identifyRemedy: { path in "define it with \(command: "define", path)" }
    ) { (bytes, path) throws(VMError) in
        let domain = try Domain.read(bytes, file: path, options: .lenient).checked()
        return Identity(name: domain.name, uuid: domain.uuid)
    }
}

extension VMError {
    /// libvirt's error for a domain that isn't there.
    package static func noDomain(_ key: String, remedy: Remedy? = nil) -> VMError {
        VMError(
            .noDomain, "failed to get domain '\(key)'",
            cause: VMError(
                .noDomain, "Domain not found: no domain with matching name '\(key)'",
                remedy: remedy ?? "\(command: "list", "--all") shows what there is"))
    }
}
