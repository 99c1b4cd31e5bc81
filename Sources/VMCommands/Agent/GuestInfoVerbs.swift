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
            let deadline = Deadline.after(try invocation.seconds("timeout") ?? .seconds(5))
            let agent = try manager.guestAgent(key, deadline: deadline)
            defer { agent.close() }
            let systems = try agent.execute(GuestGetFSInfo(), deadline: deadline)
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
            let deadline = Deadline.after(try invocation.seconds("timeout") ?? .seconds(5))
            let agent = try manager.guestAgent(key, deadline: deadline)
            defer { agent.close() }
            let chosen = GuestFacts.all.filter { invocation.flag($0.name) }
            let known = try agent.execute(GuestInfo(), deadline: deadline).commands
            var facts: [(key: String, value: String)] = []
            for fact in chosen.isEmpty ? GuestFacts.all : chosen {
                // What wasn't asked for by name may be missing in an older or closed-up agent.
                if chosen.isEmpty, !known.contains(fact.command) { continue }
                facts += try fact.ask(agent, deadline)
            }
            let lines = facts.map { fact in
                fact.key + String(repeating: " ", count: max(0, 20 - fact.key.count)) + ": \(fact.value)\n"
            }
            var object: JSONObject = [:]
            for fact in facts { object[fact.key] = .string(fact.value) }
            return Report(.raw(lines.joined()), value: .object(object), names: facts.map(\.key))
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
            return try invocation.withAgent { (agent, deadline) throws(VMError) in
                let name = try agent.execute(GuestGetHostName(), deadline: deadline)
                return Report(.text(name), value: ["hostname": .string(name)], names: [name])
            }
        }
    }

    /// `domifaddr DOMAIN [--interface NAME] [--full] [--source agent|arp]`.
    static var domifaddr: Verb {
        Verb(
            "domifaddr", group: .monitoring, "the addresses of a guest's network interfaces",
            details: """
                Asks the guest agent, which knows the interfaces by the guest's names; with --source arp the host's table
                of neighbours, which knows those that the host has spoken to. There are no leases to be asked.
                """,
            parameters: [
                .domain(.running), .option("interface", "string", "one interface alone"),
                .flag("full", "repeat name and MAC address in each line"), .source(["agent", "arp"]), agentTimeout,
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let source = try invocation.word("source", among: ["agent", "arp"]) ?? "agent"
            var rows: [GuestAddress] = []
            if source == "arp" {
                let (manager, key) = try invocation.managerAndDomain()
                rows = try manager.neighbours(of: key).map { GuestAddress($0.interface, $0.mac, "ipv4", $0.address, 0) }
            } else {
                let (manager, key) = try invocation.managerAndDomain()
                let deadline = Deadline.after(try invocation.seconds("timeout") ?? .seconds(5))
                let agent = try manager.guestAgent(key, deadline: deadline)
                defer { agent.close() }
                for interface in try agent.execute(GuestNetworkGetInterfaces(), deadline: deadline) {
                    rows += interface.addresses.map {
                        GuestAddress(interface.name, interface.hardwareAddress, $0.type, $0.address, $0.prefix)
                    }
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

/// The groups of `guestinfo`, in virsh's order and with its keys.
struct GuestFacts {
    typealias Facts = [(key: String, value: String)]

    let name: String
    let command: String
    let ask: @Sendable (GuestAgent, Deadline) throws(VMError) -> Facts

    static let all: [GuestFacts] = [
        GuestFacts(name: "user", command: GuestGetUsers.name) { (agent, deadline) throws(VMError) in
            let users = try agent.execute(GuestGetUsers(), deadline: deadline)
            var facts: Facts = [("user.count", "\(users.count)")]
            for (index, user) in users.enumerated() {
                facts.append(("user.\(index).name", user.name))
                if let domain = user.domain { facts.append(("user.\(index).domain", domain)) }
                if let time = user.loginTime { facts.append(("user.\(index).login-time", "\(Int64(time * 1000))")) }
            }
            return facts
        },
        GuestFacts(name: "os", command: GuestGetOSInfo.name) { (agent, deadline) throws(VMError) in
            let info = try agent.execute(GuestGetOSInfo(), deadline: deadline)
            let keys = [
                "id", "name", "pretty-name", "version", "version-id", "machine", "variant", "variant-id",
                "kernel-release", "kernel-version",
            ]
            return keys.compactMap { key in info[key].map { ("os.\(key)", $0) } }
        },
        GuestFacts(name: "timezone", command: GuestGetTimezone.name) { (agent, deadline) throws(VMError) in
            let zone = try agent.execute(GuestGetTimezone(), deadline: deadline)
            return (zone.zone.map { [("timezone.name", $0)] } ?? []) + [("timezone.offset", "\(zone.offset)")]
        },
        GuestFacts(name: "hostname", command: GuestGetHostName.name) { (agent, deadline) throws(VMError) in
            [("hostname", try agent.execute(GuestGetHostName(), deadline: deadline))]
        },
        GuestFacts(name: "filesystem", command: GuestGetFSInfo.name) { (agent, deadline) throws(VMError) in
            let systems = try agent.execute(GuestGetFSInfo(), deadline: deadline)
            var facts: Facts = [("fs.count", "\(systems.count)")]
            for (index, system) in systems.enumerated() {
                facts.append(("fs.\(index).name", system.name))
                facts.append(("fs.\(index).mountpoint", system.mountPoint))
                facts.append(("fs.\(index).fstype", system.type))
                if let total = system.totalBytes { facts.append(("fs.\(index).total-bytes", "\(total)")) }
                if let used = system.usedBytes { facts.append(("fs.\(index).used-bytes", "\(used)")) }
            }
            return facts
        },
        GuestFacts(name: "interface", command: GuestNetworkGetInterfaces.name) { (agent, deadline) throws(VMError) in
            let interfaces = try agent.execute(GuestNetworkGetInterfaces(), deadline: deadline)
            var facts: Facts = [("if.count", "\(interfaces.count)")]
            for (index, interface) in interfaces.enumerated() {
                facts.append(("if.\(index).name", interface.name))
                if let address = interface.hardwareAddress { facts.append(("if.\(index).hwaddr", address)) }
                facts.append(("if.\(index).addr.count", "\(interface.addresses.count)"))
                for (number, address) in interface.addresses.enumerated() {
                    facts.append(("if.\(index).addr.\(number).type", address.type))
                    facts.append(("if.\(index).addr.\(number).addr", address.address))
                    facts.append(("if.\(index).addr.\(number).prefix", "\(address.prefix)"))
                }
            }
            return facts
        },
    ]
}
