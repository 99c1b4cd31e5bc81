internal import MonitorJSON
public import VMCore
internal import VMDomain

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
        /// The guest agent, which knows the interfaces by the guest's names.
        case agent
        /// The host's table of neighbours, which knows those that the host has spoken to.
        case arp

        /// - Parameter number: libvirt's. There are no leases, 0, to be asked.
        public init?(libvirtNumber number: Int32) {
            switch number {
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
        case .arp:
            return try neighbours(of: machine).map { entry in
                GuestInterface(
                    name: entry.interface, mac: entry.mac,
                    addresses: [.init(kind: "ipv4", address: entry.address, prefix: 0)])
            }
        }
    }
}
