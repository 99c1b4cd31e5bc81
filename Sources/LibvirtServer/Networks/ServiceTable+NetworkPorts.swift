internal import LibvirtWire
internal import VMCore
internal import VMManager
internal import VMNetwork
internal import VMXML

/// Ports of networks.
extension ServiceTable {
    mutating func serveNetworkPorts() {
        serve(Remote.networkListAllPorts) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "networkListAllPorts", in: .network)
            let parent = arguments.parent
            let ports = try await client.network(parent) { networks, network async throws(VMError) in
                try networks.ports(of: network).filter { !$0.isLost }.map { NetworkPortReference(parent, $0.id) }
            }
            return Listing(ports, wanted: arguments.needsResults)
        }
        serve(Remote.networkPortLookupByUUID) { (arguments, client) throws(VMError) in
            _ = try await client.port(arguments.network, arguments.uuid)
            return NetworkPortReference(arguments.network, arguments.uuid)
        }
        serve(Remote.networkPortGetXMLDesc) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "networkPortGetXMLDesc", in: .network)
            let id = arguments.subject.uuid
            return try await client.network(arguments.subject.network) { networks, network async throws(VMError) in
                try networks.xml(of: networks.port(id, of: network), in: network)
            }
        }
        serve(Remote.networkPortCreateXML) { (arguments, client) throws(VMError) in
            // VIR_NETWORK_PORT_CREATE_RECLAIM is for who forgot its ports, which here belong to the network.
            try checkFlags(arguments.flags, 3, "networkPortCreateXML", in: .network)
            let options: XMLReadOptions = arguments.flags & 2 != 0 ? .strict : .lenient
            let xml = arguments.xml
            let port = try await client.network(arguments.network) { networks, network async throws(VMError) in
                try networks.createPort(Array(xml.utf8), in: network, file: "networkport.xml", options: options)
            }
            return NetworkPortReference(arguments.network, port.id)
        }
        carryOut(Remote.networkPortDelete) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "networkPortDelete", in: .network)
            let id = arguments.subject.uuid
            try await client.network(arguments.subject.network) { networks, network async throws(VMError) in
                try networks.deletePort(id, of: network)
            }
        }
        servePortParameters()
    }

    private mutating func servePortParameters() {
        serve(Remote.networkPortGetParameters) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, TypedParameter.stringsFlag, "networkPortGetParameters", in: .network)
            let port = try await client.port(arguments.subject.network, arguments.subject.uuid)
            guard let group = port.tuning else { return Listing(count: 0) }
            if arguments.count == 0 { return Listing(count: group.count) }
            let parameters = try await client.perform(port.machine, "tuning") { (manager, key) throws(VMError) in
                try manager.tuning(key, group, scope: ChangeScope(live: true))
            }
            return Listing(parameters, room: arguments.count)
        }
        carryOut(Remote.networkPortSetParameters) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "networkPortSetParameters", in: .network)
            let port = try await client.port(arguments.subject.network, arguments.subject.uuid)
            guard let group = port.tuning else {
                throw VMError.networkUnsupported(
                    "what a port carries whose device isn't known can't be limited",
                    remedy: "limit the device that is plugged in")
            }
            try await client.machine(port.machine).tune(group, arguments.parameters, scope: ChangeScope(live: true))
        }
    }
}

extension NetworkPortReference {
    fileprivate init(_ network: NetworkReference, _ id: UUID) {
        self.init()
        self.network = network
        uuid = id
    }
}

extension ConnectedPort {
    fileprivate var machine: DomainReference { DomainReference(name: domain, uuid: domainUUID) }

    /// What can be limited of it; nil for one whose device isn't known.
    fileprivate var tuning: TuningGroup? {
        isMade ? nil : mac.map { .bandwidth(interface: "\($0)") }
    }
}

extension Client {
    /// A port of a network.
    fileprivate func port(_ network: NetworkReference, _ id: UUID) async throws(VMError) -> ConnectedPort {
        try await self.network(network) { networks, network async throws(VMError) in
            try networks.port(id, of: network)
        }
    }
}
