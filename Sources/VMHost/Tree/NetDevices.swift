internal import VMCore

enum NetDevices {
    static func all(_ tree: SystemTree) -> [NodeDevice] {
        tree.list("/sys/class/net").compactMap { name -> NodeDevice? in
            guard let path = tree.device("/sys/class/net/" + name) else { return nil }
            let facts = NetFacts(tree, path, name)
            return NodeDevice(tree, path, bus: "net", more: facts.address, facts: .net(facts))
        }
    }
}

extension NetFacts {
    init(_ tree: SystemTree, _ path: String, _ name: String) {
        interface = name
        address = tree.text(path + "/address")
        state = Self.state(tree, path)
        // A device that is down has a speed of earlier, or -1.
        if state == "up" { speed = tree.number(path + "/speed").flatMap { $0 > 0 && $0 < 1 << 31 ? $0 : nil } }
        isWireless = tree.property("DEVTYPE", of: path) == "wlan"
    }

    static func state(_ tree: SystemTree, _ path: String) -> String? {
        let words = ["unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up"]
        return tree.text(path + "/operstate").flatMap { words.contains($0) ? $0 : nil }
    }
}
