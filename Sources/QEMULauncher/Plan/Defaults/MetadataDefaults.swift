internal import VMDomain
internal import VMXML

/// `<metadata>`: one element for each application, which its namespace names. Others can't be told apart and are left
/// out, as libvirt does; reading a document warns of them.
enum MetadataDefaults {
    static func apply(to domain: inout Domain) {
        guard let metadata = domain.metadata else { return }
        var seen = Set<String>()
        var kept = metadata
        kept.children = metadata.children.filter { child in
            guard case .element(let element) = child else { return true }
            guard let namespace = element.namespace(within: metadata) else { return false }
            return seen.insert(namespace).inserted
        }
        domain.metadata = kept
    }
}
