internal import VMCore
internal import VMDomain

/// The rules by which ports of the host lead to guests of a network, in a table of their own, in nftables' language.
///
/// In a namespace slirp4netns takes the host's port and passes what comes on to a port of the namespace, from where the rules
/// lead it to the guest. On the host itself the rules lead there from the host's own port.
struct ForwardRules {
    /// A port that leads to a guest whose address is known.
    struct Lead {
        var port: ForwardedPort
        /// The port of the namespace.
        var inner: UInt16
        var guest: IPAddress
    }

    let table: String
    let bridge: String
    let isApart: Bool

    init(_ plan: HolderPlan) {
        table = plan.table + "_ports"
        bridge = plan.bridge
        isApart = plan.isApart
    }

    /// What loads the rules in place of those that are there.
    ///
    /// - Parameter isGuarded: whether the host's loopback addresses are led to the bridge, now or when a guest comes, so that
    ///   nobody but the host itself may get to them.
    func text(_ leads: [Lead], isGuarded: Bool) -> String {
        let removal = FirewallRules.removal(table)
        guard !leads.isEmpty || isGuarded else { return removal }
        return removal + "table inet \(table) {\n" + (isApart ? inside(leads) : outside(leads, isGuarded)) + "}\n"
    }

    private func chain(_ name: String, _ hook: String, _ rules: [String]) -> String {
        rules.isEmpty ? "" : "  chain \(name) {\n    \(hook)\n" + rules.map { "    \($0)\n" }.joined() + "  }\n"
    }

    private func inside(_ leads: [Lead]) -> String {
        chain(
            "prerouting", "type nat hook prerouting priority -100; policy accept;",
            leads.map { lead in
                "iifname \"\(Uplink.device)\" \(lead.port.proto.rawValue) dport \(lead.inner) \(target(lead))"
            })
    }

    private func target(_ lead: Lead) -> String { "dnat ip to \(lead.guest):\(lead.port.guestPort)" }

    private func outside(_ leads: [Lead], _ isGuarded: Bool) -> String {
        func rule(_ lead: Lead) -> String {
            let address = lead.port.address.isEmpty ? "fib daddr type local" : "ip daddr \(lead.port.address)"
            return "\(address) \(lead.port.proto.rawValue) dport \(lead.port.port) \(target(lead))"
        }
        // What comes from the host's own loopback address can't be answered there: it is sent as the bridge's. And nobody on
        // the bridge, or on any other network, gets to what listens on the host's loopback addresses or is led on from there,
        // though the kernel lets packets for those through now.
        return chain(
            "prerouting", "type nat hook prerouting priority -100; policy accept;",
            leads.filter { !$0.port.address.hasPrefix("127.") }
                .map { "iifname != \"\(bridge)\" meta nfproto ipv4 \(rule($0))" })
            + chain(
                "output", "type nat hook output priority -100; policy accept;",
                leads.map { "meta nfproto ipv4 \(rule($0))" })
            + chain(
                "postrouting", "type nat hook postrouting priority 90; policy accept;",
                isGuarded ? ["oifname \"\(bridge)\" ip saddr 127.0.0.0/8 masquerade"] : [])
            + chain(
                "guard", "type filter hook prerouting priority -300; policy accept;",
                isGuarded ? ["iifname != \"lo\" ip daddr 127.0.0.0/8 drop"] : [])
    }
}

extension ForwardedPort {
    /// Whether it is reached at an address of the host's loopback device.
    var isForLoopback: Bool { address.isEmpty || address.hasPrefix("127.") }
}
