internal import LibvirtWire
internal import VMCore
internal import VMDomain
internal import VMManager
internal import VMXML

/// Title, description, and elements of applications.
extension ServiceTable {
    /// `virDomainMetadataType`.
    private enum Kind: Int32 { case description, title, element }

    mutating func serveMetadata() {
        carryOut(Remote.domainSetMetadata) { (arguments, client) throws(VMError) in
            let scope = try ChangeScope(flags: arguments.flags, "qemuDomainSetMetadata")
            let edit = try Self.edit(arguments)
            _ = try await client.machine(arguments.domain).apply(edit, scope: scope)
        }
        serve(Remote.domainGetMetadata) { (arguments, client) throws(VMError) in
            let isStored = try asksForStored(arguments.flags, "qemuDomainGetMetadata")
            let kind = try Self.kind(arguments.type)
            return try await client.perform(arguments.domain, "metadata") { (manager, key) throws(VMError) in
                let document = try manager.document(key, isStored ? .config : .current)
                return try Self.text(kind, arguments.uri, in: document)
            }
        }
    }

    private static func kind(_ number: Int32) throws(VMError) -> Kind {
        guard let kind = Kind(rawValue: number) else {
            throw VMError(.invalidArgument, "unknown metadata type '\(number)'")
        }
        return kind
    }

    private static func edit(_ arguments: DomainSetMetadataArguments) throws(VMError) -> DomainEdit {
        let text = arguments.metadata
        switch try kind(arguments.type) {
        case .description: return .setDescription(text?.isEmpty == true ? nil : text)
        case .title:
            if text?.contains("\n") == true { throw VMError(.invalidArgument, "Domain title can't contain newlines") }
            return .setTitle(text?.isEmpty == true ? nil : text)
        case .element:
            guard let uri = arguments.uri else { throw VMError(.invalidArgument, "uri must not be NULL") }
            let element = try text.map { text throws(VMError) in
                try XMLTree.read(Array(text.utf8), file: "metadata")
            }
            return .setMetadata(element, uri: uri, prefix: arguments.key)
        }
    }

    private static func text(_ kind: Kind, _ uri: String?, in document: Domain) throws(VMError) -> String {
        func missing(_ what: String) -> VMError {
            VMError(.notFound, "metadata not found: \(what)", libvirt: LibvirtError(.noDomainMetadata))
        }
        switch kind {
        case .description:
            guard let text = document.description else { throw missing("Requested metadata element is not present") }
            return text
        case .title:
            guard let text = document.title else { throw missing("Requested metadata element is not present") }
            return text
        case .element:
            guard let uri, let found = document.metadata(of: uri) else {
                throw missing("Requested metadata element is not present")
            }
            return found.markup
        }
    }
}
