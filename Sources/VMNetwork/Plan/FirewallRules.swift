internal import VMCore
internal import VMXML

/// The rules of a network, in a table of its own, in nftables' language.
struct FirewallRules {
    private let network: Network
    private let plan: HolderPlan

    init(_ network: Network, _ plan: HolderPlan) {
        self.network = network
        self.plan = plan
    }

    static func tableName(_ uuid: UUID) -> String {
        "vmctl_" + uuid.description.filter { $0 != "-" }
    }

    /// What takes a table away, whether it is there or not.
    static func removal(_ table: String) -> String { "table inet \(table)\ndelete table inet \(table)\n" }

    /// Nil for a network without rules: an open one, and one that nothing leads out of anyway.
    var text: String? {
        switch network.forward?.mode {
        case nil: plan.isApart ? nil : table(forwarding: closed, translation: [])
        case .open: plan.isApart ? table(forwarding: [], translation: masquerade) : nil
        // What leaves the namespace is seen as the user's anyway.
        case .route: table(forwarding: forwarding(isOpen: true), translation: plan.isApart ? masquerade : [])
        case .nat: table(forwarding: forwarding(isOpen: false), translation: masquerade)
        default: nil
        }
    }

    private func table(forwarding: [String], translation: [String]) -> String {
        func chain(_ name: String, _ hook: String, _ rules: [String]) -> String {
            guard !rules.isEmpty else { return "" }
            let lines = rules.map { "    \($0)\n" }.joined()
            return "  chain \(name) {\n    \(hook)\n\(lines)  }\n"
        }
        return Self.removal(plan.table) + "table inet \(plan.table) {\n"
            + chain("forward", "type filter hook forward priority 0; policy accept;", forwarding)
            + chain("postrouting", "type nat hook postrouting priority 100; policy accept;", translation) + "}\n"
    }

    private var bridge: String { "\"\(plan.bridge)\"" }

    private var closed: [String] {
        ["iifname \(bridge) oifname \(bridge) accept", "iifname \(bridge) reject", "oifname \(bridge) reject"]
    }

    private func prefix(_ address: HolderPlan.Address) -> (word: String, network: String) {
        let word = address.address.family == .ipv4 ? "ip" : "ip6"
        return (word, "\(address.address.network(prefix: address.prefix))/\(address.prefix)")
    }

    /// - Parameter isOpen: guests may be reached from outside.
    private func forwarding(isOpen: Bool) -> [String] {
        let device = plan.isApart ? nil : network.forward?.dev
        let enters = device.map { "iifname \"\($0)\" " } ?? ""
        let leaves = device.map { "oifname \"\($0)\" " } ?? ""
        // What a port of the host leads to a guest was asked for.
        var rules = ["iifname \(bridge) oifname \(bridge) accept", "oifname \(bridge) ct status dnat accept"]
        for address in plan.addresses {
            let (word, own) = prefix(address)
            let isAsked = isOpen || address.address.family == .ipv6 && network.forward?.nat?.ipv6 != .yes
            let state = isAsked ? "" : " ct state established,related"
            rules.append("\(enters)oifname \(bridge) \(word) daddr \(own)\(state) accept")
            rules.append("iifname \(bridge) \(leaves)\(word) saddr \(own) accept")
        }
        return rules + ["iifname \(bridge) reject", "oifname \(bridge) reject"]
    }

    private var masquerade: [String] {
        let nat = network.forward?.nat
        let device = plan.isApart ? nil : network.forward?.dev
        let leaves = device.map { "oifname \"\($0)\" " } ?? ""
        var rules: [String] = []
        for address in plan.addresses where address.address.family == .ipv4 || nat?.ipv6 == .yes {
            let (word, own) = prefix(address)
            let from = "\(leaves)\(word) saddr \(own) "
            let others = address.address.family == .ipv4 ? ["224.0.0.0/24", "255.255.255.255"] : ["ff00::/8"]
            for other in others { rules.append("\(from)\(word) daddr \(other) return") }
            let range = nat?.address.flatMap { range in self.range(range, address.address.family) }
            let ports = nat?.port.map { ":\($0.start ?? 1024)-\($0.end ?? 65535)" } ?? ":1024-65535"
            let target = range.map { "snat \(word) to \($0)" } ?? "masquerade"
            let named = range == nil ? " to \(ports)" : ports
            rules.append("\(from)\(word) daddr != \(own) meta l4proto { tcp, udp } \(target)\(named)")
            rules.append("\(from)\(word) daddr != \(own) \(target)")
        }
        return rules
    }

    private func range(_ range: NetworkForward.AddressRange, _ family: IPAddress.Family) -> String? {
        guard !plan.isApart, let start = range.start.flatMap({ IPAddress($0) }), start.family == family,
            let end = range.end.flatMap({ IPAddress($0) })
        else { return nil }
        return start == end ? "\(start)" : "\(start)-\(end)"
    }
}
