internal import VMCore
internal import VMJSON
internal import VMManager
internal import VMNetwork
internal import VMXML

/// What is written about networks.
extension Verb {
    private static let scope: [Parameter] = [
        .flag("config", "affect next network startup"), .flag("live", "affect running network"),
        .flag("current", "affect current state of network"),
    ]
    private static let exclusive = [["current", "live"], ["current", "config"]]

    /// `net-desc NETWORK [--title] [--edit] [NEW-DESC…]`.
    static var netDesc: Verb {
        Verb(
            "net-desc", group: .networks, "show or set a network's description or title",
            details: "An empty text removes it.",
            parameters: [.network()] + scope + [
                .flag("title", "modify/get the title instead of description"),
                .flag("edit", "open an editor to modify the description"),
                .rest("new-desc", "string", "the new text", required: false),
            ], exclusive: exclusive + [["edit", "new-desc"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let manager = try invocation.manager()
            let network = try invocation.network(manager.networks)
            let isTitle = invocation.flag("title")
            let what = isTitle ? "title" : "description"
            let known = try manager.networks.description(of: network, stored: invocation.meansStored(network))
            let old = isTitle ? known.title : known.description
            var new = invocation.has("new-desc") ? invocation.all("new-desc").joined(separator: " ") : nil
            guard new != nil || invocation.flag("edit") else {
                let value: JSONValue = ["name": .string(network.name), what: old.map { .string($0) } ?? .null]
                guard let old else { return Report(.message("No \(what) for network: \(network.name)"), value: value) }
                return Report(.text(isTitle ? DisplayText.printable(old) : old), value: value)
            }
            if new == nil {
                let text = try EditedFile.edit((old ?? "") + "\n", name: "\(network.name).\(what)", manager)
                new = text.hasSuffix("\n") ? String(text.dropLast()) : text
                if new == old ?? "" {
                    return Report(
                        .message("Network \(what) not changed"),
                        value: ["name": .string(network.name), what: old.map { .string($0) } ?? .null])
                }
            }
            let text = new ?? ""
            try Invocation.requireDocumentText(text, "the \(what)")
            let value = text.isEmpty ? nil : text
            try invocation.set(isTitle ? .title(value) : .description(value), of: network, manager)
            return Report(
                .message("Network \(what) updated successfully"),
                value: ["name": .string(network.name), what: value.map { .string($0) } ?? .null],
                names: [network.name])
        }
    }

    /// `net-metadata NETWORK URI [--key K --set XML|--remove|--edit]`.
    static var netMetadata: Verb {
        Verb(
            "net-metadata", group: .networks, "show or set an application's own XML in a network",
            parameters: [.network(), .argument("uri", "string", "URI of the namespace")] + scope + [
                .flag("edit", "use an editor to change the metadata"),
                .option("key", "string", "key to be used as a namespace identifier"),
                .option("set", "xml", "new metadata to set"),
                .flag("remove", "remove the metadata corresponding to an uri"),
            ], exclusive: exclusive + [["set", "remove"], ["edit", "set"], ["edit", "remove"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let manager = try invocation.manager()
            let network = try invocation.network(manager.networks)
            let uri = try invocation.required("uri")
            func done(_ sentence: String, _ xml: String?) -> Report {
                Report(
                    .message(sentence),
                    value: [
                        "name": .string(network.name), "uri": .string(uri), "xml": xml.map { .string($0) } ?? .null,
                    ], names: [network.name])
            }
            let prefix = invocation.value("key")
            if invocation.flag("remove") {
                try invocation.set(.element(nil, uri: uri, prefix: prefix), of: network, manager)
                return done("Metadata removed", nil)
            }
            let old = try manager.networks.metadata(of: network, uri: uri, stored: invocation.meansStored(network))
            var text = invocation.value("set")
            if text == nil, invocation.flag("edit") {
                text = try EditedFile.edit((old?.markup ?? "") + "\n", name: "\(network.name).metadata", manager)
            }
            guard let text else {
                guard let old else { throw .noNetworkMetadata }
                return Report(
                    .document(old.markup + "\n"),
                    value: ["name": .string(network.name), "uri": .string(uri), "xml": .string(old.markup)])
            }
            let element = try XMLTree.read(Array(text.utf8), file: "--set")
            try invocation.set(.element(element, uri: uri, prefix: prefix), of: network, manager)
            return done("Metadata modified", element.markup)
        }
    }
}

extension Invocation {
    fileprivate func meansStored(_ network: NetworkRecord) -> Bool { flag("config") && !flag("live") }

    fileprivate func set(
        _ metadata: NetworkMetadata, of network: NetworkRecord, _ manager: VMManager
    ) throws(VMError) {
        let (live, config) = (flag("live"), flag("config"))
        try manager.networks.wait { (networks) async throws(VMError) in
            try await networks.setMetadata(network, metadata, live: live, config: config)
        }
    }
}
