package import VMCore
internal import VMXML

/// What a network's process has to do, from its document.
package struct NetworkPlanner {
    let network: Network
    /// Whether it lives in a namespace of its own.
    let isApart: Bool

    package init(_ network: Network, isApart: Bool) {
        self.network = network
        self.isApart = isApart
    }

    /// - Parameters:
    ///   - session: names this run.
    ///   - log: where programs write what they say.
    package func plan(session: UUID, in active: ActiveNetworks, log: String) throws(VMError) -> HolderPlan {
        guard network.isServed, let bridge = network.bridge?.name, let uuid = network.uuid else {
            throw .networkUnsupported(
                "networks with forward mode '\(network.forward?.mode.rawValue ?? "none")' can't be started here",
                remedy: "use one of nat, route, open, bridge, or leave <forward> out")
        }
        if network.virtualPort != nil {
            throw .networkUnsupported(
                "<virtualport> needs Open vSwitch, which network '\(network.name ?? "")' does not use",
                remedy: "leave it out")
        }
        let addresses = addresses
        let leadsOut = network.forward != nil
        var plan = HolderPlan(
            name: network.name ?? "", folder: active.holder(of: uuid), activeFile: active.path(of: uuid),
            activeText: ActiveNetworks.text(network, session: session), log: log, isApart: isApart, bridge: bridge,
            table: FirewallRules.tableName(uuid), session: session)
        plan.mac = network.mac?.address
        plan.isSpanningTree = network.bridge?.stp != .off
        plan.delay = network.bridge?.delay ?? 0
        plan.mtu = network.mtu?.size
        plan.limits = TrafficLimits(network.bandwidth)
        plan.addresses = addresses
        plan.routes = network.routes.compactMap { route in
            guard let target = route.address.flatMap({ IPAddress($0) }), let prefix = route.prefixLength,
                let hop = route.gateway.flatMap({ IPAddress($0) })
            else { return nil }
            return .init(network: target.network(prefix: prefix), prefix: prefix, gateway: hop, metric: route.metric)
        }
        plan.hasIPv6 = network.ipv6 == .yes || addresses.contains { $0.address.family == .ipv6 }
        if leadsOut { plan.forwards = Array(Set(addresses.map(\.address.family))).sorted { $0.rawValue < $1.rawValue } }
        if isApart, leadsOut { plan.uplink = uplink }
        plan.dnsmasq = DnsmasqConfiguration(network, plan).text
        plan.rules = FirewallRules(network, plan).text
        return plan
    }

    private var addresses: [HolderPlan.Address] {
        network.ips.compactMap { ip in
            guard let address = ip.ip, let prefix = ip.prefixLength else { return nil }
            return .init(address: address, prefix: prefix)
        }
    }

    /// A network for the way out that is none of the network's own.
    private var uplink: HolderPlan.Address? {
        let own =
            network.ips.compactMap { ip in ip.ip.flatMap { address in ip.prefixLength.map { (address, $0) } } }
            + network.routes.compactMap { route in
                route.address.flatMap { IPAddress($0) }.flatMap { address in route.prefixLength.map { (address, $0) } }
            }
        for third in UInt128(2)...254 {
            let candidate = IPAddress(.ipv4, 10 << 24 | third << 8)
            let isTaken = own.contains { address, prefix in
                address.family == .ipv4 && address.isIn(candidate, prefix: min(prefix, 24))
            }
            if !isTaken { return .init(address: candidate, prefix: 24) }
        }
        return nil
    }
}
