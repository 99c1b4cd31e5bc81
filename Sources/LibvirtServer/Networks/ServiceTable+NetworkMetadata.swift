internal import LibvirtWire
internal import VMCore
internal import VMManager
internal import VMNetwork
internal import VMXML

/// Titles, descriptions, and elements of applications of networks.
extension ServiceTable {
    mutating func serveNetworkMetadata() {
        carryOut(Remote.networkSetMetadata) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 3, "networkSetMetadata", in: .network)
            let metadata = try Self.metadata(arguments)
            let flags = arguments.flags
            try await client.network(arguments.network) { networks, network async throws(VMError) in
                try await networks.setMetadata(network, metadata, live: flags & 1 != 0, config: flags & 2 != 0)
            }
        }
        serve(Remote.networkGetMetadata) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 3, "networkGetMetadata", in: .network)
            let (type, uri) = (arguments.type, arguments.uri)
            let (isLive, isStored) = (arguments.flags & 1 != 0, arguments.flags & 2 != 0)
            return try await client.network(arguments.network) { networks, network async throws(VMError) in
                if isLive, !network.isActive { throw .inactive(network: network.name) }
                let text: String?
                switch type {
                case 0: text = try networks.description(of: network, stored: isStored).description
                case 1: text = try networks.description(of: network, stored: isStored).title
                case 2: text = try networks.metadata(of: network, uri: uri ?? "", stored: isStored)?.markup
                default: throw Self.unknownKind(type)
                }
                guard let text else { throw .noNetworkMetadata }
                return text
            }
        }
    }

    private static func unknownKind(_ type: Int32) -> VMError {
        VMError(
            .invalidArgument, "invalid argument: unknown metadata type '\(type)'",
            libvirt: LibvirtError(.invalidArgument, in: .network))
    }

    private static func metadata(_ arguments: NetworkSetMetadataArguments) throws(VMError) -> NetworkMetadata {
        let text = arguments.metadata?.isEmpty == true ? nil : arguments.metadata
        switch arguments.type {
        case 0: return .description(text)
        case 1: return .title(text)
        case 2:
            guard let uri = arguments.uri else {
                throw VMError(
                    .invalidArgument, "invalid argument: uri must not be NULL",
                    libvirt: LibvirtError(.invalidArgument, in: .network))
            }
            let element = try text.map { text throws(VMError) in
                try XMLTree.read(Array(text.utf8), file: "metadata")
            }
            return .element(element, uri: uri, prefix: arguments.key)
        default: throw unknownKind(arguments.type)
        }
    }
}
