internal import Glibc
public import VMCore
internal import VMDomain
public import VMNetwork

/// The virtual networks of one user on this host.
///
/// A value without state of its own, as the manager is: definitions are files, and a network that is active is a file and a
/// process, which goes on whoever comes and goes. ``wait(_:)`` runs calls that are `async` on the calling thread,
/// ``perform(_:_:)`` for a task.
public struct HostNetworks: Sendable {
    let manager: VMManager
    /// How long others who change networks, and a network's process, are waited for.
    public var patience = Duration.seconds(60)

    init(manager: VMManager) { self.manager = manager }

    private func with(_ manager: VMManager) -> HostNetworks {
        var networks = HostNetworks(manager: manager)
        networks.patience = patience
        return networks
    }

    var store: NetworkStore { NetworkStore(manager.paths) }

    /// Runs something on the calling thread and waits for it.
    public func wait<Success>(
        _ body: (HostNetworks) async throws(VMError) -> Success
    ) throws(VMError) -> Success {
        try manager.blocking { (manager) async throws(VMError) -> Success in try await body(with(manager)) }
    }

    /// Runs something for a task, which gets `cancelled` at once when it is cancelled.
    ///
    /// - Parameter operation: what observers are told.
    public func perform<Success: Sendable>(
        _ operation: String, _ body: @escaping @Sendable (HostNetworks) async throws(VMError) -> Success
    ) async throws(VMError) -> Success {
        try await manager.observed(operation, domain: nil) { manager throws(VMError) in
            try await body(with(manager))
        }
    }

    func record(
        _ change: HostEvent.NetworkChange.Change, _ network: NetworkRecord, _ metadata: Int32? = nil,
        _ namespace: String? = nil
    ) {
        let event = HostEvent.NetworkChange(
            name: network.name, uuid: network.uuid, change: change, metadataType: metadata, namespace: namespace)
        manager.record(.network(event), "", nil)
    }

    /// Whether networks live in namespaces of their own: those of whoever may make no network devices on the host.
    static var areApart: Bool {
        guard geteuid() == 0 else { return true }
        return ProcFields.ownEffectiveCapabilities.map { $0 & 1 << 12 == 0 } ?? false
    }
}

extension VMManager {
    /// Virtual networks.
    public var networks: HostNetworks { HostNetworks(manager: self) }
}

/// Which networks a list has: the numbers are those of `virConnectListAllNetworksFlags`.
public struct NetworkFilter: OptionSet, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let inactive = NetworkFilter(rawValue: 1 << 0)
    public static let active = NetworkFilter(rawValue: 1 << 1)
    public static let persistent = NetworkFilter(rawValue: 1 << 2)
    public static let transient = NetworkFilter(rawValue: 1 << 3)
    public static let autostart = NetworkFilter(rawValue: 1 << 4)
    public static let noAutostart = NetworkFilter(rawValue: 1 << 5)
    public static let all: NetworkFilter = []

    /// All flags that libvirt has.
    public static let known = NetworkFilter(rawValue: 0x3f)

    func accepts(_ network: NetworkRecord) -> Bool {
        func passes(_ a: NetworkFilter, _ b: NetworkFilter, _ isA: Bool) -> Bool {
            let wanted = intersection([a, b])
            return wanted.isEmpty || wanted.contains(isA ? a : b)
        }
        return passes(.active, .inactive, network.isActive) && passes(.persistent, .transient, network.isPersistent)
            && passes(.autostart, .noAutostart, network.isAutostarted)
    }
}

extension HostNetworks {
    // MARK: Looking

    /// The networks by name.
    public func networks(_ filter: NetworkFilter = .all) throws(VMError) -> [NetworkRecord] {
        try store.all().filter(filter.accepts)
    }

    /// A network by its UUID or its name.
    public func network(_ key: String) throws(VMError) -> NetworkRecord { try store.find(key) }

    public func network(_ uuid: UUID) throws(VMError) -> NetworkRecord { try store.get(uuid) }

    public func network(named name: String) throws(VMError) -> NetworkRecord {
        guard let found = try store.find(named: name) else { throw .noNetwork(named: name) }
        return found
    }

    /// A network's document.
    ///
    /// - Parameter inactive: the stored one, also while the network is active.
    public func xml(of record: NetworkRecord, inactive: Bool = false) throws(VMError) -> String {
        let isLive = record.isActive && !(inactive && record.isPersistent)
        guard var document = isLive ? record.live : record.stored else {
            throw VMError(.invalidXML, record.problem ?? "network '\(record.name)' has no definition")
        }
        document.name = record.name
        document.uuid = record.uuid
        let count = isLive ? try ports(of: record).count { !$0.isLost } : 0
        document.connections = count > 0 ? UInt32(exactly: count) : nil
        return document.xml
    }

    /// The bridge of a network.
    public func bridge(of record: NetworkRecord) throws(VMError) -> String {
        guard let bridge = record.network?.bridge?.name else {
            throw .networkFailure("network '\(record.name)' does not have a bridge name.")
        }
        return bridge
    }

    /// Whether a port leads nowhere. One in a namespace is of the run in which it was made; one of the host's own bridges
    /// shows where it is plugged in.
    func isLost(_ id: UUID, _ device: String?, _ record: NetworkRecord) -> Bool {
        guard let network = record.live, let session = record.session else { return true }
        guard network.isServed else { return false }
        if Self.areApart { return !NetworkPort.isPort(id, of: session) }
        guard let device, let bridge = network.bridge?.name else { return true }
        return NetworkLink(device).bridge != bridge
    }

    /// The devices among which a machine's card has its own, with what has gone over them, where those are of a network's
    /// namespace; nil where they are the host's. A port of an earlier run has none that could be asked.
    func devices(of card: Interface) -> NetworkDevices? {
        guard card.type == .network, Self.areApart else { return nil }
        guard let name = card.source.network, let id = card.source.portid.flatMap({ UUID($0) }),
            let record = try? store.find(named: name), !isLost(id, card.target?.dev, record)
        else { return NetworkDevices([]) }
        guard record.live?.isServed == true else { return nil }
        guard let process = HolderRecord.process(store.active.holder(of: record.uuid)) else {
            return NetworkDevices([])
        }
        return NetworkDevices.of(process.pid)
    }

    /// The addresses that a network has given; none for one that isn't active.
    ///
    /// - Throws: when what dnsmasq has noted of them can't be read.
    public func leases(of record: NetworkRecord, mac: String? = nil) throws(VMError) -> [NetworkLease] {
        let wanted = mac.map { MACAddress($0) }
        return try store.leases(of: record).filter { lease in
            guard let wanted else { return true }
            return wanted != nil && lease.mac == wanted
        }
    }
}
