internal import LibvirtWire
internal import VMCore
internal import VMManager
internal import VMNetwork
internal import VMXML

/// Virtual networks.
extension ServiceTable {
    mutating func serveNetworks() {
        serveNetworkLists()
        serveNetworkFacts()
        serveNetworkDefinitions()
        serveNetworkLife()
        serveNetworkPorts()
        serveNetworkMetadata()
    }

    // MARK: Lists and lookup

    private mutating func serveNetworkLists() {
        serve(Remote.connectNumOfNetworks) { (_, client) throws(VMError) in
            Int32(clamping: try await Self.networkNames(.active, client).count)
        }
        serve(Remote.connectListNetworks) { (limit, client) throws(VMError) in
            List(Array(try await Self.networkNames(.active, client).prefix(max(0, Int(limit)))))
        }
        serve(Remote.connectNumOfDefinedNetworks) { (_, client) throws(VMError) in
            Int32(clamping: try await Self.networkNames(.inactive, client).count)
        }
        serve(Remote.connectListDefinedNetworks) { (limit, client) throws(VMError) in
            List(Array(try await Self.networkNames(.inactive, client).prefix(max(0, Int(limit)))))
        }
        serve(Remote.connectListAllNetworks) { (arguments, client) throws(VMError) in
            try checkFlags(
                arguments.flags, NetworkFilter.known.rawValue, "networkConnectListAllNetworks", in: .network)
            let all = try await client.networks("listNetworks") { (networks) async throws(VMError) in
                try networks.networks(NetworkFilter(rawValue: arguments.flags))
            }
            return Listing(all.map { NetworkReference($0) }, wanted: arguments.needsResults)
        }
        serve(Remote.networkLookupByName) { (name, client) throws(VMError) in
            NetworkReference(
                try await client.networks("network") { (networks) async throws(VMError) in
                    try networks.network(named: name)
                })
        }
        serve(Remote.networkLookupByUUID) { (uuid, client) throws(VMError) in
            NetworkReference(
                try await client.networks("network") { (networks) async throws(VMError) in
                    try networks.network(uuid)
                })
        }
    }

    private static func networkNames(_ filter: NetworkFilter, _ client: Client) async throws(VMError) -> [String] {
        try await client.networks("listNetworks") { (networks) async throws(VMError) in
            try networks.networks(filter).map(\.name)
        }
    }

    // MARK: Facts

    private mutating func serveNetworkFacts() {
        serve(Remote.networkGetXMLDesc) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 1, "networkGetXMLDesc", in: .network)
            return try await client.network(arguments.subject) { networks, network async throws(VMError) in
                try networks.xml(of: network, inactive: arguments.flags & 1 != 0)
            }
        }
        serve(Remote.networkGetBridgeName) { (network, client) throws(VMError) in
            try await client.network(network) { networks, network async throws(VMError) in
                try networks.bridge(of: network)
            }
        }
        serve(Remote.networkIsActive) { (network, client) throws(VMError) in
            try await client.network(network) { _, network async throws(VMError) in network.isActive }
        }
        serve(Remote.networkIsPersistent) { (network, client) throws(VMError) in
            try await client.network(network) { _, network async throws(VMError) in network.isPersistent }
        }
        serve(Remote.networkGetAutostart) { (network, client) throws(VMError) in
            try await client.network(network) { _, network async throws(VMError) in network.isAutostarted }
        }
        serve(Remote.networkGetDHCPLeases) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "networkGetDHCPLeases", in: .network)
            let leases = try await client.network(arguments.network) { networks, network async throws(VMError) in
                let bridge = network.network?.bridge?.name ?? ""
                return try networks.leases(of: network, mac: arguments.mac).map { DHCPLease($0, bridge) }
            }
            return Listing(leases, wanted: arguments.needsResults)
        }
    }

    // MARK: Definitions

    private mutating func serveNetworkDefinitions() {
        serve(Remote.networkDefineXML) { (xml, client) throws(VMError) in try await Self.define(xml, 0, client) }
        serve(Remote.networkDefineXMLFlags) { (arguments, client) throws(VMError) in
            // 1 holds the document against the schema.
            try checkFlags(arguments.flags, 1, "networkDefineXMLFlags", in: .network)
            return try await Self.define(arguments.subject, arguments.flags, client)
        }
        carryOut(Remote.networkUndefine) { (network, client) throws(VMError) in
            try await client.network(network) { networks, network async throws(VMError) in
                _ = try networks.undefine(network)
            }
        }
        carryOut(Remote.networkSetAutostart) { (arguments, client) throws(VMError) in
            try await client.network(arguments.subject) { networks, network async throws(VMError) in
                _ = try networks.setAutostart(network, arguments.autostart)
            }
        }
        carryOut(Remote.networkUpdate) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 3, "networkUpdate", in: .network)
            guard let command = NetworkUpdate.Command(rawValue: Int32(clamping: arguments.command)),
                let section = NetworkUpdate.Section(rawValue: Int32(clamping: arguments.section))
            else {
                throw VMError(
                    .unsupported, "Operation not supported: unrecognized network update command or section",
                    libvirt: LibvirtError(.operationUnsupported, in: .network))
            }
            let update = NetworkUpdate(
                command, section, parentIndex: Int(arguments.parentIndex), xml: arguments.xml)
            let flags = arguments.flags
            try await client.network(arguments.network) { networks, network async throws(VMError) in
                try await networks.update(network, update, live: flags & 1 != 0, config: flags & 2 != 0)
            }
        }
    }

    private static func define(
        _ xml: String, _ flags: UInt32, _ client: Client
    ) async throws(VMError) -> NetworkReference {
        NetworkReference(
            try await client.networks("defineNetwork") { (networks) async throws(VMError) in
                try networks.define(
                    Array(xml.utf8), file: "network.xml", options: flags & 1 != 0 ? .strict : .lenient)
            })
    }

    // MARK: Life

    private mutating func serveNetworkLife() {
        serve(Remote.networkCreateXML) { (xml, client) throws(VMError) in try await Self.create(xml, 0, client) }
        serve(Remote.networkCreateXMLFlags) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 1, "networkCreateXMLFlags", in: .network)
            return try await Self.create(arguments.subject, arguments.flags, client)
        }
        carryOut(Remote.networkCreate) { (network, client) throws(VMError) in
            try await client.network(network) { networks, network async throws(VMError) in
                _ = try await networks.start(network)
            }
        }
        carryOut(Remote.networkDestroy) { (network, client) throws(VMError) in
            try await client.network(network) { networks, network async throws(VMError) in
                _ = try await networks.stop(network)
            }
        }
    }

    private static func create(
        _ xml: String, _ flags: UInt32, _ client: Client
    ) async throws(VMError) -> NetworkReference {
        NetworkReference(
            try await client.networks("createNetwork") { (networks) async throws(VMError) in
                try await networks.create(
                    Array(xml.utf8), file: "network.xml", options: flags & 1 != 0 ? .strict : .lenient)
            })
    }
}

extension NetworkReference {
    init(_ network: NetworkRecord) {
        self.init()
        name = network.name
        uuid = network.uuid
    }
}

extension DHCPLease {
    init(_ lease: NetworkLease, _ bridge: String) {
        self.init()
        interface = bridge
        expiry = lease.expiry
        type = lease.isIPv6 ? 1 : 0
        mac = lease.mac.map { "\($0)" }
        iaid = lease.iaid
        address = lease.address
        prefix = UInt32(clamping: lease.prefix)
        hostname = lease.hostname
        clientID = lease.clientID
    }
}

extension Client {
    /// Does something with networks.
    func networks<Success: Sendable>(
        _ operation: String, _ body: @escaping @Sendable (HostNetworks) async throws(VMError) -> Success
    ) async throws(VMError) -> Success { try await manager.networks.perform(operation, body) }

    /// Does something with the network of a reference, of which only the UUID counts.
    func network<Success: Sendable>(
        _ reference: NetworkReference,
        _ body: @escaping @Sendable (HostNetworks, NetworkRecord) async throws(VMError) -> Success
    ) async throws(VMError) -> Success {
        let uuid = reference.uuid
        return try await networks("network") { (networks) async throws(VMError) in
            try await body(networks, try networks.network(uuid))
        }
    }
}
