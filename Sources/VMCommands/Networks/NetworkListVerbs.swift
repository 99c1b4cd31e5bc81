internal import VMCore
internal import VMJSON
internal import VMManager
internal import VMNetwork
internal import VMXML

/// Looking at networks.
extension Verb {
    /// `net-list [--all]`.
    static var netList: Verb {
        Verb(
            "net-list", group: .networks, "list virtual networks", details: "Active ones unless told otherwise.",
            parameters: [
                .flag("inactive", "list inactive networks"), .flag("all", "list inactive & active networks"),
                .flag("persistent", "list persistent networks"), .flag("transient", "list transient networks"),
                .flag("autostart", "list networks with autostart enabled"),
                .flag("no-autostart", "list networks with autostart disabled"),
                .flag("uuid", "list uuid's only"), .flag("name", "list network names only"),
                .flag("table", "list table (default)"),
            ], exclusive: [["uuid", "name", "table"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let flags: [(String, NetworkFilter)] = [
                ("transient", .transient), ("persistent", .persistent), ("autostart", .autostart),
                ("no-autostart", .noAutostart),
            ]
            var filter = NetworkFilter(flags.filter { invocation.flag($0.0) }.map(\.1))
            if !invocation.flag("all") { filter.insert(invocation.flag("inactive") ? .inactive : .active) }
            let networks = try invocation.manager().networks.networks(filter)
            var report = Report(
                .nothing, value: .array(networks.map { .object($0.value) }), names: networks.map(\.name))
            report.warnings = networks.compactMap { network in
                network.problem.map { "network '\(network.name)': \($0)" }
            }
            if invocation.flag("uuid") {
                report.body = .raw(networks.map { "\($0.uuid)\n" }.joined())
            } else if invocation.flag("name") {
                report.body = .raw(networks.map { "\($0.name)\n" }.joined())
            } else {
                var table = TextTable(["Name", "State", "Autostart", "Persistent"])
                table.rows = networks.map { network in
                    [
                        network.name, network.isActive ? "active" : "inactive", network.isAutostarted ? "yes" : "no",
                        network.isPersistent ? "yes" : "no",
                    ]
                }
                report.body = .table(table)
            }
            return report
        }
    }

    /// `net-info NETWORK`.
    static var netInfo: Verb {
        Verb("net-info", group: .networks, "tell the main facts about a network", parameters: [.network()]) {
            (invocation: Invocation) throws(VMError) -> Report in
            let networks = try invocation.manager().networks
            let network = try invocation.network(networks)
            let lost = try networks.ports(of: network).filter(\.isLost)
            var lines = [
                ("Name:", network.name), ("UUID:", network.uuid.description),
                ("Active:", network.isActive ? "yes" : "no"), ("Persistent:", network.isPersistent ? "yes" : "no"),
                ("Autostart:", network.isAutostarted ? "yes" : "no"),
            ]
            if let bridge = network.network?.bridge?.name { lines.append(("Bridge:", bridge)) }
            if let problem = network.problem { lines.append(("Problem:", problem)) }
            for port in lost {
                lines.append(("Lost:", "\(port.device ?? "-") of domain '\(port.domain)', leads nowhere"))
            }
            var value = network.value
            value["lost"] = .array(lost.map { .object($0.value) })
            return Report(.text(facts(lines)), value: .object(value), names: [network.name])
        }
    }

    /// `net-name NETWORK`.
    static var netName: Verb {
        Verb("net-name", group: .networks, "tell the name of a network known by its UUID", parameters: [.network()]) {
            (invocation: Invocation) throws(VMError) -> Report in
            let network = try invocation.network(try invocation.manager().networks)
            return Report(.text(network.name), value: .object(network.value), names: [network.name])
        }
    }

    /// `net-uuid NETWORK`.
    static var netUUID: Verb {
        Verb("net-uuid", group: .networks, "tell a network's UUID", parameters: [.network()]) {
            (invocation: Invocation) throws(VMError) -> Report in
            let network = try invocation.network(try invocation.manager().networks)
            return Report(.text(network.uuid.description), value: .object(network.value), names: [network.name])
        }
    }

    /// `net-dumpxml NETWORK [--inactive]`.
    static var netDumpxml: Verb {
        Verb(
            "net-dumpxml", group: .networks, "print a network's XML",
            parameters: [
                .network(), .flag("inactive", "show inactive defined XML"),
                .option("xpath", "string", "xpath expression to filter the XML document"),
                .flag("wrap", "wrap xpath results in an common root element"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let networks = try invocation.manager().networks
            let network = try invocation.network(networks)
            var report = try invocation.printed(networks.xml(of: network, inactive: invocation.flag("inactive")))
            if report.names.isEmpty { report.names = [network.name] }
            return report
        }
    }

    /// `net-edit NETWORK`.
    static var netEdit: Verb {
        Verb(
            "net-edit", group: .networks, "edit a network's stored XML",
            details: """
                Opens $VISUAL, $EDITOR or vi on the stored XML, and stores the result when it is without fault. An active
                network goes by it from its next start on. A text that wasn't stored stays in a file whose path is told.
                """,
            parameters: [.network()]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let manager = try invocation.manager()
            let network = try invocation.network(manager.networks)
            guard network.isPersistent else {
                throw VMError(
                    .wrongState, "network '\(network.name)' has no stored definition",
                    remedy: "store one with \(command: "net-define")")
            }
            let before = try manager.networks.xml(of: network, inactive: true)
            let file = try EditedFile(before, name: network.name + ".xml", manager)
            try file.openEditor()
            let text = try file.read()
            func report(_ sentence: String, changed: Bool) -> Report {
                var value = network.value
                value["changed"] = .bool(changed)
                return Report(.message(sentence), value: .object(value), names: [network.name])
            }
            if text == Array(before.utf8) {
                file.remove()
                return report("Network \(network.name) XML configuration not changed.", changed: false)
            }
            do throws(VMError) {
                let new = try Network.checked(text, file: file.path)
                guard new.name == network.name, new.uuid == network.uuid else {
                    throw VMError(
                        .invalidArgument, "an edit can't change the name or the UUID of network '\(network.name)'",
                        remedy: "\(command: "net-define") makes another network")
                }
                try manager.networks.define(text, file: file.path)
            } catch {
                throw VMError(
                    error.code, "Failed to edit network '\(network.name)'", remedy: "your text is in '\(file.path)'",
                    cause: error)
            }
            file.remove()
            return report("Network \(network.name) XML configuration edited.", changed: true)
        }
    }

    /// `net-dhcp-leases NETWORK [--mac MAC]`.
    static var netDhcpLeases: Verb {
        Verb(
            "net-dhcp-leases", group: .networks, "list the addresses that a network has given",
            parameters: [.network(.active), .optional("mac", "string", "MAC address")]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let networks = try invocation.manager().networks
            let network = try invocation.network(networks)
            let leases = try networks.leases(of: network, mac: invocation.value("mac"))
            var table = TextTable([
                "Expiry Time", "MAC address", "Protocol", "IP address", "Hostname", "Client ID or DUID",
            ])
            table.rows = leases.map { lease in
                let time = Timestamp.text(lease.expiry &* 1_000_000_000)
                return [
                    lease.expiry == 0 ? "never" : String(time.prefix(19)).replacing("T", with: " "),
                    lease.mac.map { "\($0)" } ?? "-", lease.isIPv6 ? "ipv6" : "ipv4",
                    "\(lease.address)/\(lease.prefix)", lease.hostname ?? "-", lease.clientID ?? "-",
                ]
            }
            return Report(
                .table(table), value: .array(leases.map { .object($0.value) }), names: leases.map(\.address))
        }
    }

    /// `net-event`.
    static var netEvent: Verb {
        Verb(
            "net-event", group: .networks, "wait for events of networks, as virsh does",
            parameters: [
                .option("network", "string", "filter by network name or uuid", completion: .network(.any))
            ] + ObjectEvents.parameters(["lifecycle"])
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let manager = try invocation.manager()
            let wanted = try invocation.value("network").map { key throws(VMError) in
                try invocation.network(manager.networks, key).uuid
            }
            return try ObjectEvents.follow(invocation, manager, ["lifecycle"], word: "network") {
                guard case .network(let change) = $0.kind, wanted == nil || wanted == change.uuid else { return nil }
                let word: String? =
                    switch change.change {
                    case .defined: "Defined"
                    case .undefined: "Undefined"
                    case .started: "Started"
                    case .stopped: "Stopped"
                    case .updated, .metadata: nil
                    }
                return word.map { .init("lifecycle", change.name, ": \($0)") }
            }
        }
    }
}

extension NetworkLease {
    /// What programs are told of a lease.
    var value: JSONObject {
        var object: JSONObject = [
            "address": .string(address), "prefix": .integer(Int64(prefix)), "expiry": .integer(expiry),
            "protocol": .string(isIPv6 ? "ipv6" : "ipv4"),
        ]
        object["mac"] = mac.map { .string("\($0)") }
        object["hostname"] = hostname.map { .string($0) }
        object["client_id"] = clientID.map { .string($0) }
        return object
    }
}
