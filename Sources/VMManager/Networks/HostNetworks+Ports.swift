public import VMCore
internal import VMDomain
public import VMNetwork
public import VMXML

/// A port of a network: a machine's interface that is, or was, one, or one that somebody has asked for.
public struct ConnectedPort: Sendable, Hashable {
    public var id: UUID
    public var domain: String
    public var domainUUID: UUID
    public var mac: MACAddress?
    public var bridge: String?
    public var device: String?
    /// Whether the port was one of an earlier run of the network, and leads nowhere now.
    public var isLost: Bool
    /// Whether it is no running machine's.
    public var isMade = false
}

extension HostNetworks {
    // MARK: Looking

    /// The interfaces of running machines that are ports of a network, and the ports that somebody has asked for.
    public func ports(of record: NetworkRecord) throws(VMError) -> [ConnectedPort] {
        var ports: [ConnectedPort] = []
        for (state, card) in try cards(of: record) {
            guard let id = card.source.portid.flatMap({ UUID($0) }) else { continue }
            let isLost = isLost(id, card.target?.dev, record)
            ports.append(
                ConnectedPort(
                    id: id, domain: state.name, domainUUID: state.uuid, mac: card.mac?.address,
                    bridge: card.source.bridge, device: card.target?.dev, isLost: isLost))
        }
        ports +=
            made(record)?.all().compactMap { port in
                guard let id = port.uuid, let owner = port.owner, let uuid = owner.uuid else { return nil }
                return ConnectedPort(
                    id: id, domain: owner.name ?? "", domainUUID: uuid, mac: port.mac?.address,
                    bridge: record.live?.bridge?.name, device: nil, isLost: false, isMade: true)
            } ?? []
        return ports.sorted { ($0.domain, $0.id.description) < ($1.domain, $1.id.description) }
    }

    private func cards(of record: NetworkRecord) throws(VMError) -> [(
        machine: (name: String, uuid: UUID), card: Interface
    )] {
        var cards: [(machine: (name: String, uuid: UUID), card: Interface)] = []
        for state in try manager.activeStates() {
            guard let domain = try? manager.liveDomain(of: state) else { continue }
            for card in domain.devices.interfaces where card.type == .network && card.source.network == record.name {
                cards.append(((state.name, state.uuid), card))
            }
        }
        return cards
    }

    /// The ports of a network's run that somebody has asked for; nil where there is none.
    private func made(_ record: NetworkRecord) -> NetworkPortRecords? {
        guard record.isActive, let session = record.session else { return nil }
        return NetworkPortRecords(store.active, record.uuid, session: session)
    }

    /// A port by its UUID.
    public func port(_ id: UUID, of record: NetworkRecord) throws(VMError) -> ConnectedPort {
        guard let port = try ports(of: record).first(where: { $0.id == id && !$0.isLost }) else {
            throw Self.noPort(id)
        }
        return port
    }

    private static func noPort(_ id: UUID) -> VMError {
        VMError(
            .notFound, "network port not found: Network port with UUID \(id) does not exist",
            libvirt: LibvirtError(.noNetworkPort, in: .network))
    }

    /// A port's document.
    public func xml(of port: ConnectedPort, in record: NetworkRecord) throws(VMError) -> String {
        var document: NetworkPortDocument
        var device: String?
        if port.isMade {
            guard let known = made(record)?.read(port.id) else { throw Self.noPort(port.id) }
            document = known
        } else {
            document = NetworkPortDocument()
            let card = try cards(of: record).first { $0.card.source.portid == port.id.description }?.card
            device = card?.source.dev
            document.uuid = port.id
            var owner = NetworkPortDocument.Owner()
            owner.name = port.domain
            owner.uuid = port.domainUUID
            document.owner = owner
            document.group = card?.source.portgroup
            document.mac = Self.mac(port.mac)
            document.bandwidth = card?.bandwidth
            document.vlan = card?.vlan
            if card?.port?.isolated == .yes {
                var isolation = NetworkPortDocument.Isolation()
                isolation.isolated = .yes
                document.isolation = isolation
            }
        }
        var plug = NetworkPortDocument.Plug()
        if let mode = record.live?.sharing {
            plug.type = .direct
            plug.dev = device
            plug.mode = mode.rawValue
        } else {
            plug.type = record.live?.isServed == true ? .network : .bridge
            plug.bridge = port.bridge
        }
        document.plug = plug
        return document.xml
    }

    private static func mac(_ address: MACAddress?) -> NetworkMAC? {
        guard let address else { return nil }
        var element = NetworkMAC()
        element.address = address
        return element
    }

    // MARK: Changing

    /// Makes a port for a device that somebody else plugs into the network's bridge: it is noted, and counts as a connection,
    /// until it is deleted or the network is stopped.
    ///
    /// - Throws: `unsupported` where only the network's own process gets at the bridge, and for what the network can't do for a
    ///   device that it doesn't know.
    public func createPort(
        _ document: [UInt8], in network: NetworkRecord, file: String = "-", options: XMLReadOptions = .strict
    ) throws(VMError) -> ConnectedPort {
        var port = try NetworkPortDocument.checked(document, file: file, options: options)
        let turn = try store.takeTurn(until: .after(patience))
        defer { withExtendedLifetime(turn) {} }
        let record = try store.get(network.uuid)
        guard let live = record.live, let records = made(record) else {
            throw VMError(
                .wrongState, "Requested operation is not valid: network '\(record.name)' is not active",
                remedy: "start it with \(command: "net-start", record.name)",
                libvirt: LibvirtError(.operationInvalid, in: .network))
        }
        if live.isServed, Self.areApart {
            throw .networkUnsupported(
                "the bridge of network '\(record.name)' is in a namespace, where nobody can plug a device in but its process",
                remedy: "use an interface of type 'network' in a machine, which gets its port at its start")
        }
        let missing =
            port.virtualPort != nil
            ? "virtualport" : port.bandwidth != nil ? "bandwidth" : port.vlan != nil ? "vlan" : nil
        if let missing {
            throw .networkUnsupported(
                "the <\(missing)> of a port can't be had: its device isn't known",
                remedy: "leave it out, and set up the device that is plugged in")
        }
        if let group = port.group, !live.portgroups.contains(where: { $0.name == group }) {
            throw .networkUnsupported("network '\(record.name)' has no <portgroup name='\(group)'>")
        }
        let id = port.uuid ?? .random()
        if try ports(of: record).contains(where: { $0.id == id }) {
            throw VMError(
                .exists, "network port with UUID \(id) already exists",
                libvirt: LibvirtError(.operationFailed, in: .network))
        }
        port.uuid = id
        port.plug = nil
        try records.write(port)
        return try self.port(id, of: record)
    }

    /// Deletes a port that somebody has asked for.
    ///
    /// - Throws: `busy` for one of a running machine, which goes with its interface.
    public func deletePort(_ id: UUID, of network: NetworkRecord) throws(VMError) {
        let turn = try store.takeTurn(until: .after(patience))
        defer { withExtendedLifetime(turn) {} }
        let record = try store.get(network.uuid)
        let port = try port(id, of: record)
        guard port.isMade else {
            throw VMError(
                .busy, "Requested operation is not valid: the port is one of running domain '\(port.domain)'",
                remedy: "take the interface out with \(command: "detach-interface", port.domain)",
                libvirt: LibvirtError(.operationInvalid, in: .network))
        }
        try made(record)?.remove(id)
    }
}
