internal import MonitorJSON
internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    private static var agentTimeout: Parameter {
        .option("timeout", "seconds", "how long the agent may take to answer, 5 by default")
    }

    /// `domfsinfo DOMAIN`.
    static var domfsinfo: Verb {
        Verb(
            "domfsinfo", group: .monitoring, "the file systems that a guest has mounted",
            details: "Asks the guest agent.", parameters: [.domain(.active), agentTimeout]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let systems = try manager.guestFileSystems(
                key, timeout: try invocation.agentPatience(VMManager.agentPatience))
            var table = TextTable(["Mountpoint", "Name", "Type", "Target"])
            table.rows = systems.map { [$0.mountPoint, $0.name, $0.type, $0.devices.joined(separator: ",")] }
            let values: [JSONValue] = systems.map { system in
                [
                    "mountpoint": .string(system.mountPoint), "name": .string(system.name),
                    "type": .string(system.type), "devices": .array(system.devices.map { .string($0) }),
                ]
            }
            return Report(.table(table), value: .array(values), names: systems.map(\.mountPoint))
        }
    }

    /// `guestinfo DOMAIN [--user] [--os] [--timezone] [--hostname] [--filesystem] [--interface]`.
    static var guestinfo: Verb {
        Verb(
            "guestinfo", group: .monitoring, "what a guest says of itself",
            details: "Asks the guest agent. Without a choice everything that the agent knows is printed.",
            parameters: [
                .domain(.active), .flag("user", "who is logged in"), .flag("os", "the operating system"),
                .flag("timezone", "the time zone"), .flag("hostname", "the host name"),
                .flag("filesystem", "the mounted file systems"), .flag("interface", "the network interfaces"),
                agentTimeout,
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let groups: [(String, GuestInformation)] = [
                ("user", .users), ("os", .os), ("timezone", .timezone), ("hostname", .hostName),
                ("filesystem", .fileSystems), ("interface", .interfaces),
            ]
            let chosen = GuestInformation(groups.filter { invocation.flag($0.0) }.map(\.1))
            let facts = try manager.guestInformation(
                key, chosen, timeout: try invocation.agentPatience(VMManager.agentPatience))
            let lines = facts.map { fact in
                fact.name + String(repeating: " ", count: max(0, 20 - fact.name.count))
                    + ": \(DisplayText.printable(fact.value.text))\n"
            }
            let members = facts.map { ($0.name, JSONValue.string($0.value.text)) }
            return Report(
                .raw(lines.joined()), value: .object(JSONObject(members)), names: facts.map(\.name))
        }
    }
}

extension Verb {
    /// `domhostname DOMAIN`.
    static var domhostname: Verb {
        Verb(
            "domhostname", group: .monitoring, "the host name of a guest", details: "Asks the guest agent.",
            parameters: [.domain(.running), .source(["agent"]), agentTimeout]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            _ = try invocation.word("source", among: ["agent"])
            let (manager, key) = try invocation.managerAndDomain()
            let name = try manager.guestHostName(key, timeout: try invocation.agentPatience())
            return Report(.text(DisplayText.printable(name)), value: ["hostname": .string(name)], names: [name])
        }
    }

    /// `domifaddr DOMAIN [--interface NAME] [--full] [--source agent|arp]`.
    static var domifaddr: Verb {
        Verb(
            "domifaddr", group: .monitoring, "the addresses of a guest's network interfaces",
            details: """
                The networks that the cards are connected to know what they have given them (lease), the guest agent knows
                the interfaces by the guest's names (agent), and the host's table of neighbours knows those that the host
                has spoken to (arp). Without --source the leases are told, or, where there are none, what the agent says.
                """,
            parameters: [
                .domain(.running), .option("interface", "string", "one interface alone"),
                .flag("full", "repeat name and MAC address in each line"), .source(["lease", "agent", "arp"]),
                agentTimeout,
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let word = try invocation.word("source", among: ["lease", "agent", "arp"])
            let (manager, key) = try invocation.managerAndDomain()
            let patience = try invocation.agentPatience(VMManager.agentPatience)
            let wish = word.flatMap { VMManager.AddressSource(rawValue: $0) }
            var interfaces = try manager.guestInterfaces(key, from: wish ?? .lease, timeout: patience)
            if wish == nil, interfaces.isEmpty {
                interfaces = try manager.guestInterfaces(key, from: .agent, timeout: patience)
            }
            var rows = interfaces.flatMap { interface in
                interface.addresses.map {
                    GuestAddress(interface.name, interface.mac, $0.kind, $0.address, $0.prefix)
                }
            }
            if let wanted = invocation.value("interface") { rows.removeAll { $0.name != wanted } }
            var table = TextTable(["Name", "MAC address", "Protocol", "Address"])
            for (index, row) in rows.enumerated() {
                let isFirst = index == 0 || rows[index - 1].name != row.name || invocation.flag("full")
                table.rows.append([
                    isFirst ? row.name : "-", isFirst ? row.mac ?? "N/A" : "-", row.kind,
                    "\(row.address)/\(row.prefix)",
                ])
            }
            return Report(.table(table), value: .array(rows.map(\.json)), names: rows.map(\.address))
        }
    }
}

extension Parameter {
    fileprivate static func source(_ words: [String]) -> Parameter {
        .option("source", "string", "whom to ask: " + words.joined(separator: " or "), completion: .words(words))
    }
}

/// One address of a guest.
private struct GuestAddress {
    var name: String
    var mac: String?
    /// `ipv4` or `ipv6`.
    var kind: String
    var address: String
    var prefix: Int

    init(_ name: String, _ mac: String?, _ kind: String, _ address: String, _ prefix: Int) {
        (self.name, self.mac, self.kind, self.address, self.prefix) = (name, mac, kind, address, prefix)
    }

    var json: JSONValue {
        var object: JSONObject = [
            "interface": .string(name), "protocol": .string(kind), "address": .string(address),
            "prefix": JSONValue(prefix),
        ]
        object["mac"] = mac.map { .string($0) }
        return .object(object)
    }
}
