package import QEMULauncher
package import VMCore
package import VMDomain
internal import VMNetwork
internal import VMXML

extension NetworkPorts {
    /// The ports of a user's networks.
    package init(_ paths: UserPaths) {
        self.init { (interface, numbers) throws(VMError) in
            let store = NetworkStore(paths)
            let (record, network) = try store.network(of: interface.source.network)
            try Self.check(interface, network)
            guard network.isServed else {
                guard let bridge = network.bridge?.name else {
                    throw .networkUnsupported("network '\(record.name)' has no bridge")
                }
                guard interface.portForwards.isEmpty else {
                    throw .networkUnsupported(
                        "network '\(record.name)' is a bridge of the host's, which passes no ports on",
                        remedy: "reach the guest at its own address")
                }
                return .bridge(bridge)
            }
            var wish = NetworkPort.Wish()
            if let name = interface.target?.dev, !name.isEmpty, !name.hasPrefix("vnet") { wish.name = name }
            wish.mac = interface.mac?.address
            wish.carriesVirtioHeader = TapDescriptors.isVirtio(interface)
            wish.queues = numbers.taps.count
            wish.mtu = interface.mtu?.size.flatMap { Int(exactly: $0) }
            wish.isIsolated = interface.port?.isolated == .yes
            wish.forwards = try ForwardedPort.all(of: interface)
            let port = try store.plug(record, wish)
            return .device(name: port.name, bridge: port.bridge, id: port.id, files: port.files)
        }
    }

    /// Whether an interface could get a port of its network now.
    package static func check(_ interface: Interface, _ paths: UserPaths) throws(VMError) {
        let (_, network) = try NetworkStore(paths).network(of: interface.source.network)
        try check(interface, network)
    }

    /// Refuses an interface whose settings, or those of its group, can't be had.
    private static func check(_ interface: Interface, _ network: Network) throws(VMError) {
        let name = network.name ?? ""
        let wanted = interface.source.portgroup
        let group = network.portgroups.first { group in
            wanted == nil ? group.isDefault == .yes : group.name == wanted
        }
        if let wanted, group == nil {
            throw .networkUnsupported("network '\(name)' has no <portgroup name='\(wanted)'>")
        }
        guard let group else { return }
        if group.vlan != nil || group.virtualPort != nil || group.bandwidth != nil {
            throw .networkUnsupported(
                "the <vlan>, <virtualport> or <bandwidth> of portgroup '\(group.name ?? "")' can't be had",
                remedy: "leave them out")
        }
    }
}
