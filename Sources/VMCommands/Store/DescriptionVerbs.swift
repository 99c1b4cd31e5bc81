internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager
internal import VMXML

extension Verb {
    /// `desc NAME [--title] [--live] [--config] [--current] [--edit] [NEW-DESC…]`.
    static var desc: Verb {
        Verb(
            "desc", group: .domain, "show or set a domain's description or title",
            details: "An empty text removes it. Titles are in 'list --title'.",
            parameters: [.domain()] + [Parameter].scope + [
                .flag("title", "the title instead of the description"),
                .flag("edit", "open an editor on the text"),
                .rest("new-desc", "string", "the new text", required: false),
            ],
            exclusive: [["current", "live"], ["current", "config"], ["edit", "new-desc"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let isTitle = invocation.flag("title")
            let what = isTitle ? "title" : "description"
            var new = invocation.has("new-desc") ? invocation.all("new-desc").joined(separator: " ") : nil
            if new == nil, !invocation.flag("edit") {
                return try show(manager, key, invocation.scope(standard: .current), isTitle)
            }
            if new == nil {
                let document = try manager.document(key, invocation.scope(standard: .current))
                let old = (isTitle ? document.title : document.description) ?? ""
                let text = try EditedFile.edit(old + "\n", name: "\(key).\(what)", manager)
                new = text.hasSuffix("\n") ? String(text.dropLast()) : text
                if new == old {
                    return Report(.message("Domain \(what) not changed"), value: ["changed": .bool(false)])
                }
            }
            let text = new ?? ""
            try Invocation.requireDocumentText(text, "the \(what)")
            if isTitle, text.contains("\n") {
                throw VMError(
                    .invalidArgument, "Domain title can't contain newlines", remedy: "put the rest into the description"
                )
            }
            let value = text.isEmpty ? nil : text
            let machine = try manager.find(key)
            try manager.apply(
                isTitle ? .setTitle(value) : .setDescription(value), to: key,
                scope: invocation.scope(standard: .current))
            return Report(
                .message("Domain \(what) updated successfully"),
                value: ["name": .string(machine.name), what: text.isEmpty ? .null : .string(text)],
                names: [machine.name])
        }
    }

    private static func show(
        _ manager: VMManager, _ key: String, _ scope: ChangeScope, _ isTitle: Bool
    ) throws(VMError) -> Report {
        let document = try manager.document(key, scope)
        let text = isTitle ? document.title : document.description
        let what = isTitle ? "title" : "description"
        let value: JSONValue = [
            "name": .string(document.name ?? key), what: text.map { .string($0) } ?? .null,
        ]
        guard let text else {
            return Report(.message("No \(what) for domain: \(document.name ?? key)"), value: value)
        }
        return Report(.text(isTitle ? DisplayText.printable(text) : text), value: value)
    }

    /// `metadata NAME URI [--key K --set XML|--remove|--edit] [--live] [--config] [--current]`.
    static var metadata: Verb {
        Verb(
            "metadata", group: .domain, "show or set an application's own XML in a domain",
            details:
                "vmctl's own is in 'urn:vmctl:domain:1': <ioerror resume='when-space-returns' free='64' unit='MiB'/> "
                + "lets a machine that a full disk has paused go on when so much is free.",
            parameters: [.domain(), .argument("uri", "string", "the namespace's URI")] + [Parameter].scope + [
                .flag("edit", "open an editor on it"),
                .option("key", "string", "what the namespace is called in the document"),
                .option("set", "xml", "the new element"), .flag("remove", "remove the element"),
            ],
            exclusive: [
                ["current", "live"], ["current", "config"], ["set", "remove"], ["edit", "set"], ["edit", "remove"],
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let uri = try invocation.required("uri")
            let name = invocation.value("key")
            if invocation.flag("remove") {
                let machine = try manager.find(key)
                try manager.apply(
                    .setMetadata(nil, uri: uri, prefix: name), to: key, scope: invocation.scope(standard: .current))
                return done("Metadata removed", machine, uri, nil)
            }
            let old = try? manager.document(key, invocation.scope(standard: .current)).metadata(of: uri)
            var text = invocation.value("set")
            if text == nil, invocation.flag("edit") {
                text = try EditedFile.edit((old?.markup ?? "") + "\n", name: "\(key).metadata", manager)
            }
            guard let text else {
                guard let found = try manager.document(key, invocation.scope(standard: .current)).metadata(of: uri)
                else {
                    throw VMError(
                        .notFound, "metadata not found: Requested metadata element is not present",
                        libvirt: .init(.noDomainMetadata))
                }
                return Report(
                    .document(found.markup + "\n"), value: ["uri": .string(uri), "xml": .string(found.markup)])
            }
            let element = try XMLTree.read(Array(text.utf8), file: "--set")
            let machine = try manager.find(key)
            try manager.apply(
                .setMetadata(element, uri: uri, prefix: name), to: key, scope: invocation.scope(standard: .current))
            return done("Metadata modified", machine, uri, element.markup)
        }
    }

    private static func done(_ sentence: String, _ machine: Machine, _ uri: String, _ xml: String?) -> Report {
        Report(
            .message(sentence),
            value: [
                "name": .string(machine.name), "uri": .string(uri), "xml": xml.map { .string($0) } ?? .null,
            ], names: [machine.name])
    }
}
