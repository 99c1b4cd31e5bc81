package import VMCore
internal import VMStore
internal import VMXML

/// What becomes of definitions. All of it is done in turn: the caller holds the lock.
extension NetworkStore {
    /// Stores a network. One of the same name and UUID is replaced, whether it is active or not.
    package func define(_ document: Network) throws(VMError) -> (record: NetworkRecord, replaced: Bool) {
        let network = try identified(document)
        let (name, uuid) = (network.name ?? "", network.uuid ?? .random())
        let (_, replaced) = try definitions.define(name, uuid: uuid) { _ throws(VMError) in Array(network.xml.utf8) }
        return (try get(uuid), replaced)
    }

    /// Removes a definition. An active network goes on without one.
    package func undefine(_ uuid: UUID) throws(VMError) -> NetworkRecord {
        let record = try get(uuid)
        guard record.isPersistent else {
            throw .wrongNetworkState("can't undefine transient network '\(record.name)'")
        }
        try definitions.remove(record.name, uuid: record.uuid)
        return record
    }

    /// Replaces the stored document of a network by one that was made from it.
    package func store(_ network: Network, _ record: NetworkRecord) throws(VMError) {
        _ = try definitions.define(record.name, uuid: record.uuid) { _ throws(VMError) in Array(network.xml.utf8) }
    }

    /// Marks a network to be started with the host.
    package func setAutostart(_ uuid: UUID, _ isWanted: Bool) throws(VMError) -> NetworkRecord {
        let record = try get(uuid)
        guard record.isPersistent else { throw .wrongNetworkState("cannot set autostart for transient network") }
        try definitions.mark(record.name, record.uuid, isWanted)
        return try get(uuid)
    }

    /// A document with a name, a UUID, and what every network has: those of the network of its name where it has none.
    ///
    /// - Throws: `exists` when name, UUID or bridge are another network's.
    package func identified(_ document: Network) throws(VMError) -> Network {
        let name = document.name ?? ""
        try definitions.check(name)
        var network = document
        let known = try find(named: name)
        let uuid = network.uuid ?? known?.uuid ?? .random()
        network.uuid = uuid
        let others = try all().filter { $0.uuid != uuid || $0.name != name }
        try checkConflicts(network, name, uuid, others)
        complete(&network, known?.network, others)
        return network
    }

    /// Gives a network the bridge and the address that it doesn't name.
    private func complete(_ network: inout Network, _ known: Network?, _ others: [NetworkRecord]) {
        guard network.isServed else { return }
        if network.forward?.mode == .nat, network.forward?.nat == nil { network.forward?.nat = .init() }
        if network.forward?.mode == .nat, network.forward?.nat?.port == nil {
            network.forward?.nat?.port = .init()
            network.forward?.nat?.port?.start = 1024
            network.forward?.nat?.port?.end = 65535
        }
        var bridge = network.bridge ?? NetworkBridge()
        if let pattern = bridge.name, Network.isLinkPattern(pattern) {
            bridge.name = freeBridge(others, pattern)
        }
        bridge.name = bridge.name ?? known?.bridge?.name ?? freeBridge(others, "virbr%d")
        bridge.stp = bridge.stp ?? .on
        bridge.delay = bridge.delay ?? 0
        network.bridge = bridge
        if network.mac?.address == nil {
            network.mac = NetworkMAC()
            network.mac?.address = known?.mac?.address ?? .random()
        }
    }

    private func freeBridge(_ others: [NetworkRecord], _ pattern: String) -> String {
        let taken = Set(others.flatMap { [$0.live?.bridge?.name, $0.stored?.bridge?.name] }.compactMap(\.self))
        let free = (0...).lazy.map { pattern.replacing("%d", with: "\($0)") }.first {
            !taken.contains($0) && !NetworkLink($0).exists
        }
        return free ?? pattern.replacing("%d", with: "0")
    }

    private func checkConflicts(
        _ network: Network, _ name: String, _ uuid: UUID, _ others: [NetworkRecord]
    ) throws(VMError) {
        for other in others {
            if other.name == name {
                throw .networkConflict(
                    "network '\(name)' already exists with uuid \(other.uuid)",
                    remedy: "choose another <name>, or give the document that <uuid> to change the network")
            }
            if other.uuid == uuid {
                throw .networkConflict(
                    "network '\(other.name)' is already defined with uuid \(uuid)",
                    remedy: "leave <uuid> out to get a new one")
            }
            guard let bridge = network.bridge?.name, network.isServed, other.network?.isServed == true else { continue }
            if other.live?.bridge?.name == bridge || other.stored?.bridge?.name == bridge {
                throw .network(
                    .exists, .internalError, "internal error: bridge name '\(bridge)' already in use.",
                    remedy: "leave the bridge's name out to get a free one")
            }
        }
    }
}
