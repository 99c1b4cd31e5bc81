public import VMCore
internal import VMDomain
public import VMNetwork
public import VMXML

/// What is written about a network, which nothing of it depends on.
public enum NetworkMetadata: Sendable, Hashable {
    /// Nil removes it.
    case description(String?)
    case title(String?)
    /// An application's own element below `<metadata>`; nil removes it.
    case element(XMLTree?, uri: String, prefix: String?)

    /// libvirt's `virNetworkMetadataType`.
    var number: Int32 {
        switch self {
        case .description: 0
        case .title: 1
        case .element: 2
        }
    }
}

extension HostNetworks {
    /// A network's application's own element; nil when it has none.
    ///
    /// - Parameter stored: of the stored document, also while the network is active.
    public func metadata(of record: NetworkRecord, uri: String, stored: Bool = false) throws(VMError) -> XMLTree? {
        var carrier = Domain()
        carrier.metadata = try document(of: record, stored: stored).metadata
        return carrier.metadata(of: uri)
    }

    /// A network's title and description.
    public func description(
        of record: NetworkRecord, stored: Bool = false
    ) throws(VMError) -> (title: String?, description: String?) {
        let document = try document(of: record, stored: stored)
        return (document.title, document.description)
    }

    private func document(of record: NetworkRecord, stored: Bool) throws(VMError) -> Network {
        if stored, !record.isPersistent {
            throw .wrongNetworkState("transient networks do not have any persistent config")
        }
        guard let document = stored ? record.stored : record.network else {
            throw VMError(.invalidXML, record.problem ?? "network '\(record.name)' has no definition")
        }
        return document
    }

    /// Changes what is written about a network: in the stored document, in the active network, or in both.
    ///
    /// - Parameter live: neither means what there is: the active network if it is that, else the stored one.
    public func setMetadata(
        _ network: NetworkRecord, _ metadata: NetworkMetadata, live: Bool = false, config: Bool = false
    ) async throws(VMError) {
        try await change(network, live: live, config: config) { document throws(VMError) in
            try document.set(metadata)
        }
        var namespace: String?
        if case .element(_, let uri, _) = metadata { namespace = uri }
        record(.metadata, network, metadata.number, namespace)
    }
}

extension Network {
    fileprivate mutating func set(_ new: NetworkMetadata) throws(VMError) {
        switch new {
        case .description(let text): description = text
        case .title(let text):
            if text?.contains(where: \.isNewline) == true {
                throw VMError(
                    .invalidArgument, "invalid argument: Network title can't contain newlines",
                    remedy: "put the rest into the description", libvirt: LibvirtError(.invalidArgument, in: .network))
            }
            title = text
        case .element(let element, let uri, let prefix):
            var carrier = Domain()
            carrier.metadata = metadata
            do throws(VMError) {
                try carrier.setMetadata(element, of: uri, prefix: prefix)
            } catch {
                guard error.code == .notFound else { throw error }
                throw .noNetworkMetadata
            }
            metadata = carrier.metadata
        }
        if let text = unwritableText(as: "network") {
            throw VMError(
                .invalidArgument, "'\(text)' has a control character, which no XML document can hold",
                remedy: "leave it out")
        }
    }
}

extension VMError {
    /// Nothing of that is written about a network.
    public static var noNetworkMetadata: VMError {
        VMError(
            .notFound, "metadata not found: Requested metadata element is not present",
            libvirt: LibvirtError(.noNetworkMetadata, in: .network))
    }
}
