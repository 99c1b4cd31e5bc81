internal import VMCore

/// The network interfaces of the host, by their names: those that are no part of a bridge or a bond stand for themselves,
/// the others are found by name as well.
public struct HostInterfaces: Sendable {
    /// Those that stand for themselves.
    public let interfaces: [HostInterface]
    private let all: [HostInterface]

    /// Looks at the host, or at the folder that stands for `/`.
    public init(root: String = "") {
        let tree = SystemTree(root: root)
        let names = tree.list("/sys/class/net")
        all = names.compactMap { HostInterface(tree, $0, depth: 0) }
        let members = Set(
            names.filter { name in
                guard let path = tree.device("/sys/class/net/" + name) else { return false }
                return tree.exists(path + "/brport") || tree.exists(path + "/bonding_slave")
            })
        interfaces = all.filter { !members.contains($0.name) }
    }

    public subscript(name: String) -> HostInterface? { all.first { $0.name == name } }

    /// Those that have an address, in whatever case it is written.
    public func all(withAddress mac: String) -> [HostInterface] {
        interfaces.filter { $0.mac.lowercased() == mac.lowercased() }
    }
}

extension HostInterface {
    /// - Parameter depth: how many bridges or bonds it is a member of.
    init?(_ tree: SystemTree, _ name: String, depth: Int) {
        guard let path = tree.device("/sys/class/net/" + name) else { return nil }
        let flags = tree.hex(path + "/flags") ?? 0
        let facts = NetFacts(tree, path, name)
        self.init(
            name: name, mac: facts.address ?? "00:00:00:00:00:00", isActive: flags & 1 != 0,
            mtu: tree.number(path + "/mtu"), speed: facts.speed, state: facts.state)
        if tree.exists(path + "/bridge") {
            kind = .bridge
            isSpanningTree = (tree.number(path + "/bridge/stp_state") ?? 0) != 0
            // In hundredths of a second.
            delay = tree.number(path + "/bridge/forward_delay").map { number in
                let rest = number % 100
                return "\(number / 100)" + (rest == 0 ? "" : "." + (rest < 10 ? "0" : "") + "\(rest)")
            }
            if depth == 0 { members = tree.list(path + "/brif").compactMap { .init(tree, $0, depth: 1) } }
        } else if tree.exists(path + "/bonding") {
            kind = .bond
            bondMode = (tree.text(path + "/bonding/mode")?.split(separator: " ").first).map { String($0) }
            monitorInterval = tree.number(path + "/bonding/miimon")
            let names = tree.text(path + "/bonding/slaves")?.split(separator: " ").prefix(256) ?? []
            if depth == 0 { members = names.compactMap { .init(tree, String($0), depth: 1) } }
        } else if tree.property("DEVTYPE", of: path) == "vlan" {
            kind = .vlan
            below = tree.list(path).first { $0.hasPrefix("lower_") }.map { String($0.dropFirst(6)) }
            tag = name.split(separator: ".").last.flatMap { UInt64($0) }
        }
    }
}
