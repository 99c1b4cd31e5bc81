internal import MonitorJSON
public import VMCore
internal import VMDomain
internal import VMNetwork

/// An interface of a guest with its addresses, `virDomainInterface`.
public struct GuestInterface: Sendable, Hashable {
    public struct Address: Sendable, Hashable {
        /// `ipv4` or `ipv6`.
        public var kind: String
        public var address: String
        /// Bits of the network's part; 0 where it isn't known.
        public var prefix: Int
    }

    /// The guest's name of it, or of the host's end where the host is asked.
    public var name: String
    public var mac: String?
    public var addresses: [Address]
}

extension VMManager {
    /// Whom to ask for the addresses of a guest, `virDomainInterfaceAddressesSource`.
    public enum AddressSource: String, Sendable, CaseIterable {
        /// The virtual networks, which have given them.
        case lease
        /// The guest agent, which knows the interfaces by the guest's names.
        case agent
        /// The host's table of neighbours, which knows those that the host has spoken to.
        case arp

        /// - Parameter number: libvirt's.
        public init?(libvirtNumber number: Int32) {
            switch number {
            case 0: self = .lease
            case 1: self = .agent
            case 2: self = .arp
            default: return nil
            }
        }
    }

    /// The addresses of a running machine's interfaces; interfaces without any have none.
    public func guestInterfaces(
        _ key: String, from source: AddressSource = .agent, timeout: Duration = agentActionPatience
    ) throws(VMError) -> [GuestInterface] {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.guestInterfaces(machine, from: source, timeout: timeout)
        }
    }

    func guestInterfaces(
        _ machine: Machine, from source: AddressSource, timeout: Duration
    ) async throws(VMError) -> [GuestInterface] {
        switch source {
        case .agent:
            return try await ask(machine, GuestNetworkGetInterfaces(), timeout).map { interface in
                GuestInterface(
                    name: interface.name, mac: interface.hardwareAddress,
                    addresses: interface.addresses.map { .init(kind: $0.type, address: $0.address, prefix: $0.prefix) })
            }
        case .lease: return try leases(of: machine)
        case .arp:
            return try neighbours(of: machine).map { entry in
                GuestInterface(
                    name: entry.interface, mac: entry.mac,
                    addresses: [.init(kind: "ipv4", address: entry.address, prefix: 0)])
            }
        }
    }

    /// What the networks of a machine's cards have given them.
    private func leases(of machine: Machine) throws(VMError) -> [GuestInterface] {
        let cards = try domain(machine).devices.interfaces.filter { $0.type == .network }
        var found: [GuestInterface] = []
        for card in cards {
            guard let name = card.source.network, let mac = card.mac?.address,
                let network = try networks.store.find(named: name)
            else { continue }
            let leases = try networks.leases(of: network, mac: "\(mac)")
            guard !leases.isEmpty else { continue }
            found.append(
                GuestInterface(
                    name: card.target?.dev ?? "-", mac: "\(mac)",
                    addresses: leases.map {
                        .init(kind: $0.isIPv6 ? "ipv6" : "ipv4", address: $0.address, prefix: $0.prefix)
                    }))
        }
        return found
    }
}
