internal import VMCore
internal import VMJSON
internal import VMManager
internal import VMNetwork

/// What becomes of networks.
extension Verb {
    /// `net-define FILE`.
    static var netDefine: Verb {
        Verb(
            "net-define", group: .networks, "store a virtual network from an XML file, or store it anew",
            parameters: [
                .argument("file", "file", "file containing an XML network description", completion: .file),
                .flag("validate", "check the document (always done)"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let file = InputFile(name: try invocation.required("file"))
            do throws(VMError) {
                let network = try invocation.manager().networks.define(try file.read(), file: file.name)
                return told(network, "Network \(network.name) defined from \(file.name)")
            } catch {
                throw error.message.hasPrefix("Failed to open file")
                    ? error : error.wrapped("Failed to define network from \(file.name)")
            }
        }
    }

    /// `net-create FILE`.
    static var netCreate: Verb {
        Verb(
            "net-create", group: .networks, "start a virtual network from an XML file without storing it",
            details: "The network is transient: it is gone when it is stopped. 'net-define' makes it persistent.",
            parameters: [
                .argument("file", "file", "file containing an XML network description", completion: .file),
                .flag("validate", "check the document (always done)"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let file = InputFile(name: try invocation.required("file"))
            do throws(VMError) {
                let text = try file.read()
                let network = try invocation.manager().networks.wait { (networks) async throws(VMError) in
                    try await networks.create(text, file: file.name)
                }
                return told(network, "Network \(network.name) created from \(file.name)")
            } catch {
                throw error.message.hasPrefix("Failed to open file")
                    ? error : error.wrapped("Failed to create network from \(file.name)")
            }
        }
    }

    /// `net-start NETWORK`.
    static var netStart: Verb {
        Verb(
            "net-start", group: .networks, "start a stored network",
            details: """
                A network of root's is made on the host itself. Anybody else's lives in a namespace of its own: its guests see
                each other, get addresses and names from it, and reach what this user can reach; the host doesn't see them.
                'vmctl doctor' tells what it takes.
                """,
            parameters: [.network(.inactive)]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            try act(invocation, "start", "started") { networks, network throws(VMError) in
                try networks.wait { (networks) async throws(VMError) in try await networks.start(network) }
            }
        }
    }

    /// `net-destroy NETWORK`.
    static var netDestroy: Verb {
        Verb(
            "net-destroy", group: .networks, "stop a network",
            details: "Machines that are connected to it go on, with nothing behind their cards.",
            parameters: [.network(.active)]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            try act(invocation, "destroy", "destroyed") { networks, network throws(VMError) in
                try networks.wait { (networks) async throws(VMError) in try await networks.stop(network) }
            }
        }
    }

    /// `net-undefine NETWORK`.
    static var netUndefine: Verb {
        Verb(
            "net-undefine", group: .networks,
            "remove a network's definition; an active one goes on until it is stopped",
            parameters: [.network()]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            try act(invocation, "undefine", "has been undefined") { networks, network throws(VMError) in
                try networks.undefine(network)
            }
        }
    }

    /// `net-autostart NETWORK [--disable]`.
    static var netAutostart: Verb {
        Verb(
            "net-autostart", group: .networks, "have a network started with the host",
            details: "As for domains: 'vmctl help autostart' tells what starts what is marked. Networks come first.",
            parameters: [.network(), .flag("disable", "disable autostarting")]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let isWanted = !invocation.flag("disable")
            let word = isWanted ? "mark" : "unmark"
            return try act(
                invocation, word, "\(word)ed as autostarted", failed: "failed to \(word) network %s as autostarted"
            ) { networks, network throws(VMError) in try networks.setAutostart(network, isWanted) }
        }
    }

    /// `net-update NETWORK COMMAND SECTION XML …`.
    static var netUpdate: Verb {
        Verb(
            "net-update", group: .networks, "change a part of a network",
            details: """
                The commands are add-first, add-last (or add), delete and modify. An active network is changed at once, without
                --config for as long as it is active.
                """,
            parameters: [
                .network(), .argument("command", "string", "type of update", completion: .words(commands.map(\.0))),
                .argument(
                    "section", "string", "which section of network configuration to update",
                    completion: .words(sections)),
                .argument(
                    "xml", "string",
                    "name of file containing xml (or, if it starts with '<', the complete xml element)",
                    completion: .file),
                .option("parent-index", "number", "which parent object to search through"),
                .flag("config", "affect next network startup"), .flag("live", "affect running network"),
                .flag("current", "affect current state of network"),
            ], exclusive: [["current", "live"], ["current", "config"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let update = try requestedUpdate(invocation)
            let networks = try invocation.manager().networks
            let network = try invocation.network(networks)
            let (live, config) = (invocation.flag("live"), invocation.flag("config"))
            do throws(VMError) {
                try networks.wait { (networks) async throws(VMError) in
                    try await networks.update(network, update, live: live, config: config)
                }
            } catch {
                throw error.wrapped("Failed to update network \(network.name)")
            }
            let isLive = live || !config && network.isActive
            let isStored = config || !live && !network.isActive
            let what =
                isLive && isStored
                ? "persistent config and live state" : isLive ? "live state" : "persistent config"
            return told(network, "Updated network \(network.name) \(what)")
        }
    }

    private static let commands: [(String, NetworkUpdate.Command)] = [
        ("add", .addLast), ("add-last", .addLast), ("add-first", .addFirst), ("delete", .delete), ("modify", .modify),
    ]
    private static var sections: [String] { NetworkUpdate.Section.allCases.filter { $0 != .none }.map(\.word) }

    private static func requestedUpdate(_ invocation: Invocation) throws(VMError) -> NetworkUpdate {
        let command = try invocation.word("command", among: commands.map(\.0))
        let section = try invocation.word("section", among: sections)
        var xml = try invocation.required("xml")
        if xml.utf8.first != UInt8(ascii: "<") {
            xml = String(decoding: try InputFile(name: xml).read(), as: UTF8.self)
        }
        var parent = -1
        if let text = invocation.value("parent-index") {
            guard let number = Int(text) else {
                throw VMError(.usage, "malformed parent-index argument '\(text)': a number is expected")
            }
            parent = number
        }
        return NetworkUpdate(
            commands.first { $0.0 == command }?.1 ?? .addLast,
            NetworkUpdate.Section.allCases.first { $0.word == section } ?? .none, parentIndex: parent, xml: xml)
    }

    // MARK: What they share

    /// Does something with the network that is named.
    private static func act(
        _ invocation: Invocation, _ verb: String, _ done: String, failed: String? = nil,
        _ body: (HostNetworks, NetworkRecord) throws(VMError) -> NetworkRecord
    ) throws(VMError) -> Report {
        let networks = try invocation.manager().networks
        let network = try invocation.network(networks)
        do throws(VMError) {
            return told(try body(networks, network), "Network \(network.name) \(done)")
        } catch {
            throw error.wrapped(
                failed?.replacing("%s", with: network.name) ?? "Failed to \(verb) network \(network.name)")
        }
    }

    static func told(_ network: NetworkRecord, _ sentence: String) -> Report {
        Report(.message(sentence), value: .object(network.value), names: [network.name])
    }
}

extension Parameter {
    /// The network that a verb is about.
    static func network(_ filter: NetworkFilter = .any) -> Parameter {
        argument("network", "string", "network name or uuid", completion: .network(filter))
    }
}

extension Invocation {
    /// The network that the user means, in virsh's words when there is none.
    func network(_ networks: HostNetworks) throws(VMError) -> NetworkRecord {
        try network(networks, required("network"))
    }

    func network(_ networks: HostNetworks, _ key: String) throws(VMError) -> NetworkRecord {
        do throws(VMError) {
            return try networks.network(key)
        } catch {
            throw error.code == .notFound ? error.wrapped("failed to get network '\(key)'") : error
        }
    }
}

extension NetworkRecord {
    /// What programs are told of a network.
    var value: JSONObject {
        var object: JSONObject = [
            "name": .string(name), "uuid": .string(uuid.description), "active": .bool(isActive),
            "persistent": .bool(isPersistent), "autostart": .bool(isAutostarted),
        ]
        object["bridge"] = (network?.bridge?.name).map { .string($0) }
        object["forward"] = network.map { .string($0.forward?.mode.rawValue ?? "none") }
        object["problem"] = problem.map { .string($0) }
        return object
    }
}
