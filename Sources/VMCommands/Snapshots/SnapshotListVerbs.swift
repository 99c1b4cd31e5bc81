internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager
internal import VMSnapshot

/// Looking at snapshots.
extension Verb {
    /// `snapshot-list DOMAIN …`.
    static var snapshotList: Verb {
        Verb(
            "snapshot-list", group: .snapshots, "list snapshots for a domain",
            parameters: [
                .domain(), .flag("parent", "add a column showing parent snapshot"),
                .flag("roots", "list only snapshots without parents"),
                .flag("leaves", "list only snapshots without children"),
                .flag("no-leaves", "list only snapshots that aren't leaves (with children)"),
                .flag("metadata", "list only snapshots that have metadata that would prevent undefine"),
                .flag("no-metadata", "list only snapshots that have no metadata managed by vmctl"),
                .flag("inactive", "filter by snapshots taken while inactive"),
                .flag("active", "filter by snapshots taken while active (full system snapshots)"),
                .flag("disk-only", "filter by disk-only snapshots"),
                .flag("internal", "filter by internal snapshots"), .flag("external", "filter by external snapshots"),
                .flag("tree", "list snapshots in a tree"),
                .option("from", "string", "limit list to children of given snapshot"),
                .flag("descendants", "with --from, list all descendants"),
                .flag("current", "list from the current snapshot"),
                .flag("name", "list snapshot names only"),
                .flag("topological", "sort list topologically rather than by name"),
            ],
            exclusive: [
                ["tree", "parent"], ["tree", "roots"], ["tree", "name"], ["roots", "from"], ["roots", "current"],
                ["from", "current"], ["leaves", "no-leaves"], ["internal", "external"], ["parent", "roots"],
                ["parent", "name"],
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let tree = try manager.snapshots(key)
            var from = invocation.value("from")
            if invocation.flag("current") { from = try manager.currentSnapshot(key).name }
            if let from { _ = try manager.snapshot(key, from) }
            if invocation.flag("tree") { return MomentText.tree(tree, from: from) { $0.value } }
            let records = tree.list(filter(invocation, hasStart: from != nil), from: from)
            let value = JSONValue.array(records.map { .object($0.value) })
            if invocation.flag("name") {
                return Report(
                    .raw(records.map { DisplayText.printable($0.name) + "\n" }.joined()), value: value,
                    names: records.map(\.name))
            }
            let hasParent = invocation.flag("parent")
            var table = TextTable(["Name", "Creation Time", "State"] + (hasParent ? ["Parent"] : []))
            table.rows = records.map { record in
                [record.name, record.created, record.snapshot.state?.rawValue ?? "nostate"]
                    + (hasParent ? [record.parent ?? ""] : [])
            }
            return Report(.table(table), value: value, names: records.map(\.name))
        }
    }

    private static func filter(_ invocation: Invocation, hasStart: Bool) -> SnapshotFilter {
        let words: [(String, SnapshotFilter)] = [
            ("roots", .roots), ("leaves", .leaves), ("no-leaves", .noLeaves), ("metadata", .metadata),
            ("no-metadata", .noMetadata), ("inactive", .inactive), ("active", .active), ("disk-only", .diskOnly),
            ("internal", .internal), ("external", .external), ("topological", .topological),
        ]
        var filter: SnapshotFilter = words.reduce(into: []) { if invocation.flag($1.0) { $0.insert($1.1) } }
        if hasStart, invocation.flag("descendants") { filter.insert(.descendants) }
        return filter
    }

    /// `snapshot-info DOMAIN SNAPSHOT`.
    static var snapshotInfo: Verb {
        Verb(
            "snapshot-info", group: .snapshots, "tell the main facts about a snapshot",
            parameters: [.domain(), .snapshot, .currentSnapshot]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let name = try invocation.snapshotName(manager, key)
            let record = try manager.snapshot(key, name)
            let tree = try manager.snapshots(key)
            let (children, below) = (tree.children(of: name).count, tree.descendants(of: name).count)
            let domain = try manager.find(key).name
            let variables: String =
                record.snapshot.nvram != nil ? "yes" : record.snapshot.domain?.os.nvram == nil ? "-" : "no"
            let tpm = record.snapshot.hasTPM.map { $0 ? "yes" : "no" } ?? "-"
            let lines = [
                ("Name:", name), ("Domain:", domain), ("Current:", record.isCurrent ? "yes" : "no"),
                ("State:", record.snapshot.state?.rawValue ?? "nostate"), ("Location:", record.location),
                ("Parent:", record.parent ?? "-"), ("Children:", "\(children)"), ("Descendants:", "\(below)"),
                ("Metadata:", "yes"),
            ]
            let more = invocation.global.isVirsh ? [] : [("NVRAM:", variables), ("TPM:", tpm)]
            var value = record.value
            value["domain"] = .string(domain)
            value["children"] = JSONValue(children)
            value["descendants"] = JSONValue(below)
            return Report(.text(facts(lines + more)), value: .object(value), names: [name])
        }
    }

    /// `snapshot-dumpxml DOMAIN SNAPSHOT`.
    static var snapshotDumpxml: Verb {
        Verb(
            "snapshot-dumpxml", group: .snapshots, "print a snapshot's XML",
            parameters: [.domain(), .argument("snapshotname", "string", "snapshot name")] + .printedXML
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let xml = try manager.snapshotXML(
                key, try invocation.required("snapshotname"), secrets: invocation.flag("security-info"))
            return try invocation.printed(xml)
        }
    }

    /// `snapshot-current DOMAIN [SNAPSHOT]`.
    static var snapshotCurrent: Verb {
        Verb(
            "snapshot-current", group: .snapshots, "get or set the current snapshot",
            parameters: [
                .domain(), .flag("name", "list the name, rather than the full xml"),
                .flag("security-info", "include security sensitive information in XML dump"),
                .option("snapshotname", "string", "name of existing snapshot to make current"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            if let name = invocation.value("snapshotname") {
                try manager.setCurrentSnapshot(key, name)
                return Report(
                    .message("Snapshot \(name) set as current"), value: .object(try manager.snapshot(key, name).value),
                    names: [name])
            }
            let record: SnapshotRecord
            do throws(VMError) {
                record = try manager.currentSnapshot(key)
            } catch {
                throw error.libvirt.number == .noDomainSnapshot
                    ? error.wrapped("domain '\(key)' has no current snapshot") : error
            }
            if invocation.flag("name") {
                return Report(
                    .text(DisplayText.printable(record.name)), value: .object(record.value), names: [record.name])
            }
            let snapshot = invocation.flag("security-info") ? record.snapshot : record.snapshot.withoutSecrets
            return Report(.document(snapshot.xml), value: .object(record.value), names: [record.name])
        }
    }

    /// `snapshot-parent DOMAIN SNAPSHOT`.
    static var snapshotParent: Verb {
        Verb(
            "snapshot-parent", group: .snapshots, "tell the parent of a snapshot",
            parameters: [.domain(), .snapshot, .currentSnapshot]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let record = try manager.parentSnapshot(key, of: try invocation.snapshotName(manager, key))
            return Report(.text(DisplayText.printable(record.name)), value: .object(record.value), names: [record.name])
        }
    }

    /// `snapshot-verify DOMAIN [SNAPSHOT]`.
    static var snapshotVerify: Verb {
        Verb(
            "snapshot-verify", group: .snapshots, "look whether all is there that snapshots need",
            details: """
                Looks at each file: whether it is there, in its format, with its size, with what it builds on, and with the
                snapshot inside where that is where it is kept. The exit status is 1 when something is wrong.
                """,
            parameters: [.domain(), .optional("snapshotname", "string", "snapshot name; all without it")]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let findings = try manager.verifySnapshots(key, invocation.value("snapshotname"))
            let isWhole = findings.allSatisfy { $0.problem == nil }
            var table = TextTable(["Snapshot", "What", "File", "Problem"])
            table.rows = findings.map { [$0.snapshot, $0.role, $0.path ?? "-", $0.problem ?? "-"] }
            let value = JSONValue.array(
                findings.map { finding in
                    var object: JSONObject = [
                        "snapshot": .string(finding.snapshot), "what": .string(finding.role),
                        "ok": .bool(finding.problem == nil),
                    ]
                    object["path"] = finding.path.map { .string($0) }
                    object["problem"] = finding.problem.map { .string($0) }
                    return .object(object)
                })
            return Report(.table(table), value: value, exitStatus: isWhole ? 0 : 1)
        }
    }
}
