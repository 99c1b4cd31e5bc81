internal import Glibc
package import VMCore
package import VMDomain
internal import VMJSON

/// What an interface gets from a network: a port of a bridge.
package struct NetworkPort: Sendable {
    /// What a guest's card needs.
    package struct Wish: Sendable {
        /// The name of the device; the network chooses where it is nil.
        package var name: String?
        package var mac: MACAddress?
        package var carriesVirtioHeader = true
        package var queues = 1
        package var mtu: Int?
        package var isIsolated = false
        /// The name of the guest's domain.
        package var machine: String?
        /// Ports of the host that lead to the guest.
        package var forwards: [ForwardedPort] = []
        /// What it may carry.
        package var limits: TrafficLimits?
        /// The VLANs of which it is a member.
        package var vlans: [NetworkLink.VLANMembership] = []

        package init() {}
    }

    package var bridge: String
    /// The device's name.
    package var name: String
    /// Names the port; it begins as the network's run does, so that one of an earlier run is known as that.
    package var id: UUID
    /// The open queues, which the caller closes.
    package var files: [Int32]

    /// Whether a port is one of a network's run.
    package static func isPort(_ id: UUID, of session: UUID) -> Bool {
        id.description.prefix(13) == session.description.prefix(13)
    }

    fileprivate static func newID(_ session: UUID) -> UUID {
        let random = UUID.random().description
        return UUID(session.description.prefix(13) + random.dropFirst(13)) ?? .random()
    }
}

extension NetworkStore {
    /// The network of an interface, which has to be active.
    package func network(of interfaceNetwork: String?) throws(VMError) -> (record: NetworkRecord, network: Network) {
        let name = interfaceNetwork ?? ""
        guard let record = try find(named: name) else { throw .noNetwork(named: name) }
        guard let network = record.live else { throw .inactive(network: name) }
        return (record, network)
    }

    /// Makes a port of a network that a process serves.
    package func plug(_ record: NetworkRecord, _ wish: NetworkPort.Wish) throws(VMError) -> NetworkPort {
        guard wish.queues <= 16 else {
            throw VMError(
                .unsupported, "an interface of a network has 16 queues at most, and \(wish.queues) are asked for",
                remedy: "write a smaller number into 'queues'")
        }
        var port: JSONObject = [
            "header": .bool(wish.carriesVirtioHeader), "queues": .integer(Int64(wish.queues)),
            "isolated": .bool(wish.isIsolated), "forwards": .array(wish.forwards.map { .object($0.json) }),
        ]
        port["name"] = wish.name.map { .string($0) }
        port["mac"] = wish.mac.map { .string("\($0)") }
        port["mtu"] = wish.mtu.map { .integer(Int64($0)) }
        port["machine"] = wish.machine.map { .string($0) }
        port["limits"] = wish.limits.map { .object($0.json) }
        if !wish.vlans.isEmpty { port["vlans"] = .array(wish.vlans.map(\.json)) }
        let (answer, files) = try HolderMessages.ask(
            active.holder(of: record.uuid), ["plug": .object(port)], deadline: .after(.seconds(10)))
        guard let name = answer["name"]?.string, let bridge = answer["bridge"]?.string, files.count == wish.queues
        else {
            for file in files { close(file) }
            throw VMError(.protocolViolation, "network '\(record.name)' gave no device")
        }
        return NetworkPort(
            bridge: bridge, name: name, id: NetworkPort.newID(record.session ?? .random()), files: files)
    }
}
