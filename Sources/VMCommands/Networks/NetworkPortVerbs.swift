internal import VMCore
internal import VMJSON
internal import VMManager
internal import VMNetwork
internal import VMXML

/// Ports of networks.
extension Verb {
    /// `net-port-list NETWORK`.
    static var netPortList: Verb {
        Verb(
            "net-port-list", group: .networks, "list the interfaces of machines that are ports of a network",
            details: "And the ports that somebody has asked for with net-port-create.",
            parameters: [
                .network(), .flag("uuid", "list uuid's only"), .flag("table", "list table (default)"),
            ], exclusive: [["uuid", "table"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let networks = try invocation.manager().networks
            let network = try invocation.network(networks)
            let ports = try networks.ports(of: network).filter { !$0.isLost }
            var table = TextTable(["UUID", "Domain", "Device"])
            table.rows = ports.map { [$0.id.description, $0.domain, $0.device ?? "-"] }
            return Report(
                invocation.flag("uuid") ? .raw(ports.map { "\($0.id)\n" }.joined()) : .table(table),
                value: .array(ports.map { .object($0.value) }), names: ports.map(\.id.description))
        }
    }

    /// `net-port-create NETWORK FILE`.
    static var netPortCreate: Verb {
        Verb(
            "net-port-create", group: .networks, "note a port of a network for a device of one's own",
            details: """
                For a device that somebody plugs into the bridge of a network of root's, or of a bridge network: it counts as a
                connection until the port is deleted or the network is stopped. Interfaces of machines get theirs by themselves.
                """,
            parameters: [
                .network(.active),
                .argument("file", "file", "file containing an XML network port description", completion: .file),
                .flag("validate", "check the document (always done)"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let file = InputFile(name: try invocation.required("file"))
            let networks = try invocation.manager().networks
            let network = try invocation.network(networks)
            do throws(VMError) {
                let port = try networks.createPort(try file.read(), in: network, file: file.name)
                return told(port, "Network port \(port.id) created from \(file.name)")
            } catch {
                throw error.wrapped("Failed to create network port from \(file.name)")
            }
        }
    }

    /// `net-port-dumpxml NETWORK PORT`.
    static var netPortDumpxml: Verb {
        Verb(
            "net-port-dumpxml", group: .networks, "print a network port's XML", parameters: [.network(.active), .port]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let networks = try invocation.manager().networks
            let network = try invocation.network(networks)
            let port = try invocation.port(networks, network)
            return printed(try networks.xml(of: port, in: network))
        }
    }

    /// `net-port-delete NETWORK PORT`.
    static var netPortDelete: Verb {
        Verb(
            "net-port-delete", group: .networks, "delete a port of a network that net-port-create has noted",
            parameters: [.network(.active), .port]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let networks = try invocation.manager().networks
            let network = try invocation.network(networks)
            let port = try invocation.port(networks, network)
            do throws(VMError) {
                try networks.deletePort(port.id, of: network)
            } catch {
                throw error.wrapped("Failed to delete network port \(port.id)")
            }
            return told(port, "Network port \(port.id) deleted")
        }
    }

    private static func told(_ port: ConnectedPort, _ sentence: String) -> Report {
        Report(.message(sentence), value: .object(port.value), names: [port.id.description])
    }
}

extension Parameter {
    fileprivate static var port: Parameter { argument("port", "string", "port UUID") }
}

extension Invocation {
    /// The port that the user means.
    fileprivate func port(_ networks: HostNetworks, _ network: NetworkRecord) throws(VMError) -> ConnectedPort {
        let key = try required("port")
        guard let id = UUID(key) else {
            throw VMError(.usage, "'\(key)' is no UUID", remedy: "see \(command: "net-port-list", network.name)")
        }
        do throws(VMError) {
            return try networks.port(id, of: network)
        } catch {
            throw error.code == .notFound ? error.wrapped("failed to get network port '\(key)'") : error
        }
    }
}

extension ConnectedPort {
    /// What programs are told of a port.
    var value: JSONObject {
        var object: JSONObject = [
            "uuid": .string(id.description), "domain": .string(domain), "domain_uuid": .string(domainUUID.description),
        ]
        object["mac"] = mac.map { .string("\($0)") }
        object["device"] = device.map { .string($0) }
        return object
    }
}
