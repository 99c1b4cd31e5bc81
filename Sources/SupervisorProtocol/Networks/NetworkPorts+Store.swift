package import QEMULauncher
package import VMCore
package import VMDomain
internal import VMNetwork
internal import VMXML

extension NetworkPorts {
    /// The ports of a user's networks.
    ///
    /// - Parameter machine: the name of the domain that gets them.
    package init(_ paths: UserPaths, for machine: String? = nil) {
        self.init(
            open: { (interface, numbers) throws(VMError) in try Self.open(interface, numbers, paths, machine) },
            limit: { (link, bandwidth) throws(VMError) in try TrafficControl.limit(link.name, TrafficLimits(bandwidth))
            },
            join: { (link, vlan) throws(VMError) in try link.join(vlan.memberships) })
    }

    private static func open(
        _ interface: Interface, _ numbers: TapDescriptors, _ paths: UserPaths, _ machine: String?
    ) throws(VMError) -> Port {
        let store = NetworkStore(paths)
        let (record, network) = try store.network(of: interface.source.network)
        let group = try group(of: interface, network)
        let bandwidth = interface.bandwidth ?? group?.bandwidth
        let vlan = interface.vlan ?? group?.vlan ?? network.vlan
        guard network.isServed else {
            if let mode = network.sharing {
                return .shared(try network.freeDevice(mode), mode, bandwidth)
            }
            guard let bridge = network.bridge?.name else {
                throw .networkUnsupported("network '\(record.name)' has no bridge")
            }
            guard interface.portForwards.isEmpty else {
                throw .networkUnsupported(
                    "network '\(record.name)' is a bridge of the host's, which passes no ports on",
                    remedy: "reach the guest at its own address")
            }
            return .bridge(bridge, bandwidth, vlan)
        }
        var wish = NetworkPort.Wish()
        if let name = interface.target?.dev, !name.isEmpty, !name.hasPrefix("vnet") { wish.name = name }
        wish.machine = machine
        wish.mac = interface.mac?.address
        wish.carriesVirtioHeader = TapDescriptors.isVirtio(interface)
        wish.queues = numbers.taps.count
        wish.mtu = interface.mtu?.size.flatMap { Int(exactly: $0) }
        wish.isIsolated = interface.port?.isolated == .yes
        wish.forwards = try ForwardedPort.all(of: interface)
        wish.limits = TrafficLimits(bandwidth)
        wish.vlans = vlan?.memberships ?? []
        let port = try store.plug(record, wish)
        return .device(name: port.name, bridge: port.bridge, id: port.id, files: port.files)
    }

    /// Gives a running machine's card other limits of what it carries; nil takes them away.
    package static func limit(_ interface: Interface, _ bandwidth: Bandwidth?, _ paths: UserPaths) throws(VMError) {
        guard let device = interface.target?.dev, !device.isEmpty else {
            throw .networkUnsupported("the interface has no device on the host whose traffic could be limited")
        }
        var limits = TrafficLimits(bandwidth)
        var isShared = interface.type == .direct
        if interface.type == .network {
            let (record, network) = try NetworkStore(paths).network(of: interface.source.network)
            if network.isServed {
                return try HolderMessages.limit(
                    NetworkStore(paths).active.holder(of: record.uuid), device: device, mac: interface.mac?.address,
                    limits, deadline: .after(.seconds(30)))
            }
            isShared = network.sharing != nil
        }
        // What such a device gets the guest gets: it is on the guest's side.
        if isShared { limits = limits.map { TrafficLimits(inbound: $0.outbound, outbound: $0.inbound) } }
        try TrafficControl.limit(device, limits)
    }

    /// Whether an interface could get a port of its network now.
    package static func check(_ interface: Interface, _ paths: UserPaths) throws(VMError) {
        let (_, network) = try NetworkStore(paths).network(of: interface.source.network)
        let group = try group(of: interface, network)
        if let mode = network.sharing { _ = try network.freeDevice(mode) }
        if TrafficLimits(interface.bandwidth ?? group?.bandwidth) != nil { try TrafficControl.check() }
    }

    /// The group of an interface, whose settings are its own where it has none; nil where there is none.
    ///
    /// - Throws: `unsupported` for one that isn't there, and for settings that can't be had.
    private static func group(of interface: Interface, _ network: Network) throws(VMError) -> NetworkPortgroup? {
        let name = network.name ?? ""
        let wanted = interface.source.portgroup
        let group = network.portgroups.first { group in
            wanted == nil ? group.isDefault == .yes : group.name == wanted
        }
        if let wanted, group == nil {
            throw .networkUnsupported("network '\(name)' has no <portgroup name='\(wanted)'>")
        }
        if group?.virtualPort != nil {
            throw .networkUnsupported(
                "the <virtualport> of portgroup '\(group?.name ?? "")' can't be had", remedy: "leave it out")
        }
        return group
    }
}

extension Network {
    /// The device of the host that a guest shares with the fewest others; in mode passthrough one that nobody has.
    fileprivate func freeDevice(_ mode: InterfaceSource.DirectMode) throws(VMError) -> String {
        let name = name ?? ""
        let devices = sharedDevices
        let counts = devices.filter { NetworkLink($0).exists }.map { ($0, MacVTap.count(on: $0)) }
        guard let least = counts.min(by: { $0.1 < $1.1 }) else {
            throw .networkUnsupported(
                "none of the devices of network '\(name)' is there: \(devices.joined(separator: ", "))",
                remedy: "'ip link' shows those that there are")
        }
        guard mode != .passthrough || least.1 == 0 else {
            throw .networkFailure(
                "network '\(name)' requires exclusive access to interfaces, but none are available",
                remedy: "give the network another <interface dev='…'/>, or end a machine that has one")
        }
        return least.0
    }
}
