internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager
internal import VMSnapshot

extension Parameter {
    /// The checkpoint that a verb is about.
    static var checkpoint: Parameter { argument("checkpointname", "string", "checkpoint name") }
}

/// Looking at checkpoints.
extension Verb {
    /// `checkpoint-list DOMAIN …`.
    static var checkpointList: Verb {
        Verb(
            "checkpoint-list", group: .backups, "list checkpoints for a domain",
            parameters: [
                .domain(), .flag("parent", "add a column showing parent checkpoint"),
                .flag("roots", "list only checkpoints without parents"),
                .flag("leaves", "list only checkpoints without children"),
                .flag("no-leaves", "list only checkpoints that aren't leaves (with children)"),
                .flag("tree", "list checkpoints in a tree"),
                .option("from", "string", "limit list to children of given checkpoint"),
                .flag("descendants", "with --from, list all descendants"),
                .flag("name", "list checkpoint names only"),
                .flag("topological", "sort list topologically rather than by name"),
            ],
            exclusive: [
                ["tree", "parent"], ["tree", "roots"], ["tree", "name"], ["roots", "from"], ["leaves", "no-leaves"],
                ["parent", "roots"], ["parent", "name"],
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let tree = try manager.checkpoints(key)
            let from = invocation.value("from")
            if let from { _ = try manager.checkpoint(key, from) }
            if invocation.flag("tree") { return MomentText.tree(tree, from: from) { $0.value } }
            let records = tree.list(filter(invocation, hasStart: from != nil), from: from)
            let value = JSONValue.array(records.map { .object($0.value) })
            if invocation.flag("name") {
                return Report(
                    .raw(records.map { DisplayText.printable($0.name) + "\n" }.joined()), value: value,
                    names: records.map(\.name))
            }
            let hasParent = invocation.flag("parent")
            var table = TextTable(["Name", "Creation Time"] + (hasParent ? ["Parent"] : []))
            table.rows = records.map { record in
                [record.name, record.created] + (hasParent ? [record.parent ?? ""] : [])
            }
            return Report(.table(table), value: value, names: records.map(\.name))
        }
    }

    private static func filter(_ invocation: Invocation, hasStart: Bool) -> CheckpointFilter {
        let words: [(String, CheckpointFilter)] = [
            ("roots", .roots), ("leaves", .leaves), ("no-leaves", .noLeaves), ("topological", .topological),
        ]
        var filter: CheckpointFilter = words.reduce(into: []) { if invocation.flag($1.0) { $0.insert($1.1) } }
        if hasStart, invocation.flag("descendants") { filter.insert(.descendants) }
        return filter
    }

    /// `checkpoint-info DOMAIN CHECKPOINT`.
    static var checkpointInfo: Verb {
        Verb(
            "checkpoint-info", group: .backups, "tell the main facts about a checkpoint",
            parameters: [.domain(), .checkpoint]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let name = try invocation.required("checkpointname")
            let record = try manager.checkpoint(key, name)
            let tree = try manager.checkpoints(key)
            let (children, below) = (tree.children(of: name).count, tree.descendants(of: name).count)
            let domain = try manager.find(key).name
            let lines = [
                ("Name:", name), ("Domain:", domain), ("Parent:", record.parent ?? "-"), ("Children:", "\(children)"),
                ("Descendants:", "\(below)"),
            ]
            var value = record.value
            value["domain"] = .string(domain)
            value["children"] = JSONValue(children)
            value["descendants"] = JSONValue(below)
            return Report(.text(facts(lines)), value: .object(value), names: [name])
        }
    }

    /// `checkpoint-dumpxml DOMAIN CHECKPOINT`.
    static var checkpointDumpxml: Verb {
        Verb(
            "checkpoint-dumpxml", group: .backups, "print a checkpoint's XML",
            parameters: [
                .domain(), .checkpoint, .flag("no-domain", "exclude <domain> from XML"),
                .flag("size", "include backup size estimate in XML dump"),
            ] + .printedXML
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let words: [(String, CheckpointDetail)] = [
                ("security-info", .secrets), ("no-domain", .noDomain), ("size", .size),
            ]
            let detail: CheckpointDetail = words.reduce(into: []) { if invocation.flag($1.0) { $0.insert($1.1) } }
            return try invocation.printed(
                try manager.checkpointXML(key, try invocation.required("checkpointname"), detail))
        }
    }

    /// `checkpoint-parent DOMAIN CHECKPOINT`.
    static var checkpointParent: Verb {
        Verb(
            "checkpoint-parent", group: .backups, "tell the parent of a checkpoint",
            parameters: [.domain(), .checkpoint]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let record = try manager.parentCheckpoint(key, of: try invocation.required("checkpointname"))
            return Report(.text(DisplayText.printable(record.name)), value: .object(record.value), names: [record.name])
        }
    }
}

extension CheckpointRecord {
    /// What programs are told of a checkpoint.
    var value: JSONObject {
        var object: JSONObject = [
            "name": .string(name), "current": .bool(isCurrent),
            "disks": .array(checkpoint.noted.compactMap(\.name).map { .string($0) }),
        ]
        object["created"] = checkpoint.creationTime.map { .string(Timestamp.text(seconds: $0)) }
        object["parent"] = parent.map { .string($0) }
        object["description"] = checkpoint.description.map { .string($0) }
        return object
    }

    var created: String { checkpoint.creationTime.map { Timestamp.text(seconds: $0) } ?? "-" }
}

/// Snapshots and checkpoints as a tree.
enum MomentText {
    static func tree<Record>(
        _ tree: MomentTree<Record>, from: String?, _ value: (Record) -> JSONObject
    ) -> Report {
        var text = ""
        var names: [String] = []
        var values: [JSONValue] = []
        func draw(_ record: Record, _ indent: String, isLast: Bool, isRoot: Bool) {
            // Documents that name each other as parents end here.
            guard !names.contains(record.name), names.count < 65_536 else { return }
            names.append(record.name)
            values.append(.object(value(record)))
            text += indent + (isRoot ? "" : "+- ") + DisplayText.printable(record.name) + "\n"
            let children = tree.children(of: record.name)
            let next = indent + (isRoot ? "  " : isLast ? "    " : "|   ")
            if !children.isEmpty { text += next + "|\n" }
            for (index, child) in children.enumerated() {
                draw(child, next, isLast: index == children.count - 1, isRoot: false)
            }
        }
        for root in from.flatMap({ tree[$0] }).map({ [$0] }) ?? tree.roots {
            draw(root, "", isLast: true, isRoot: true)
            text += "\n"
        }
        return Report(.raw(text), value: .array(values), names: names)
    }
}
