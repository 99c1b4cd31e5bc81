internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager

extension Verb {
    /// `list [--all] [--inactive] [--name|--uuid|--id|--table]`.
    static var list: Verb {
        Verb(
            "list", aliases: ["ls", "ps"], group: .monitoring, "list domains",
            details: "Running ones unless told otherwise. Reads published states: no machine is asked.",
            parameters: [
                .flag("inactive", "domains that don't run"), .flag("all", "all domains"),
                .flag("transient", "only those without a stored definition"),
                .flag("persistent", "only those with a stored definition"),
                .flag("state-running", "only running ones"), .flag("state-paused", "only paused ones"),
                .flag("state-shutoff", "only those that are shut off"), .flag("state-other", "only other states"),
                .flag("uuid", "only the UUIDs"), .flag("name", "only the names"), .flag("id", "only the ids"),
                .flag("autostart", "only those that start with the host"),
                .flag("no-autostart", "only those that don't"),
                .flag("with-managed-save", "only those with a saved state to start from"),
                .flag("without-managed-save", "only those without"),
                .flag("with-snapshot", "only those with snapshots"),
                .flag("without-snapshot", "only those without"),
                .flag("with-checkpoint", "only those with checkpoints"),
                .flag("without-checkpoint", "only those without"),
                .flag("managed-save", "call those that don't run and have a saved state 'saved'"),
                .flag("undefined", "definitions that 'undefine --undo' brings back"),
                .flag("table", "a table (the default)"), .flag("title", "with the domains' titles"),
            ],
            exclusive: [["table", "name"], ["table", "uuid"], ["table", "id"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let manager = try invocation.manager()
            if invocation.flag("undefined") { return try discarded(manager) }
            let marked = manager.autostartedNames()
            let domains = try manager.list(filter(invocation))
            let saved = invocation.flag("managed-save") ? Set(domains.filter(manager.hasManagedSave).map(\.name)) : []
            let showsTitle = invocation.flag("title")
            let titles = showsTitle ? domains.map { title(of: $0, manager) } : []
            var report = Report(
                .nothing,
                value: .array(domains.enumerated().map { value($1, showsTitle ? titles[$0] : nil, marked) }),
                names: domains.map(\.name))
            report.warnings = domains.compactMap(\.problem)
            report.body =
                columns(invocation).map { .raw(lines(domains, $0)) }
                ?? .table(table(domains, titles, saved, isVirsh: invocation.global.isVirsh))
            return report
        }
    }

    /// What was undefined and can be taken back.
    private static func discarded(_ manager: VMManager) throws(VMError) -> Report {
        let found = try manager.discarded()
        var table = TextTable(["Name", "UUID", "Undefined"])
        table.rows = found.map { [$0.name, $0.uuid?.description ?? "-", Timestamp.readable($0.removed)] }
        return Report(
            .table(table),
            value: .array(
                found.map { definition in
                    var object: JSONObject = ["name": .string(definition.name)]
                    object["uuid"] = definition.uuid.map { .string($0.description) }
                    object["removed_at"] = .string(Timestamp.text(definition.removed))
                    object["path"] = .string(definition.path)
                    return .object(object)
                }), names: found.map(\.name))
    }

    private static func filter(_ invocation: Invocation) -> ListFilter {
        let flags: [(String, ListFilter)] = [
            ("persistent", .persistent), ("transient", .transient), ("state-running", .running),
            ("state-paused", .paused), ("state-shutoff", .shutOff), ("state-other", .otherState),
            ("with-managed-save", .managedSave), ("without-managed-save", .noManagedSave), ("autostart", .autostart),
            ("no-autostart", .noAutostart), ("with-snapshot", .hasSnapshot), ("without-snapshot", .noSnapshot),
            ("with-checkpoint", .hasCheckpoint), ("without-checkpoint", .noCheckpoint),
        ]
        let given = ListFilter(flags.filter { invocation.flag($0.0) }.map(\.1))
        if invocation.flag("all") { return given.union(.all) }
        let isInactive = invocation.flag("inactive") || invocation.flag("state-shutoff")
        return given.union(isInactive ? .inactive : .active)
    }

    /// The columns of a plain list; nil for a table.
    private static func columns(_ invocation: Invocation) -> [String]? {
        let columns = ["id", "uuid", "name"].filter(invocation.flag)
        return columns.isEmpty ? nil : columns
    }

    private static func lines(_ domains: [DomainSummary], _ columns: [String]) -> String {
        domains.map { domain in
            columns.map { column in
                switch column {
                case "id": domain.id.map { "\($0)" } ?? "-"
                case "uuid": domain.uuid?.description ?? "-"
                default: DisplayText.printable(domain.name)
                }
            }.joined(separator: " ") + "\n"
        }.joined()
    }

    private static func table(
        _ domains: [DomainSummary], _ titles: [String], _ saved: Set<String>, isVirsh: Bool
    ) -> TextTable {
        var table = TextTable(["Id", "Name", "State"] + (titles.isEmpty ? [] : ["Title"]))
        table.stateColumn = 2
        for (index, domain) in domains.enumerated() {
            var state = domain.problem == nil ? domain.state.rawValue : "broken"
            if domain.state == .shutOff, saved.contains(domain.name) { state = "saved" }
            if let failure = domain.diskFailures.first, !isVirsh {
                state += ", \(failure.text) for \(Timestamp.age(failure.since))"
            }
            if domain.isPending, !isVirsh { state += ", restart pending" }
            if let since = domain.notAnsweringSince { state += ", not answering for \(Timestamp.age(since))" }
            table.rows.append(
                [domain.id.map { "\($0)" } ?? "-", domain.name, state] + (titles.isEmpty ? [] : [titles[index]]))
        }
        return table
    }

    private static func title(of domain: DomainSummary, _ manager: VMManager) -> String {
        (try? manager.definition(domain.name))?.title ?? ""
    }

    private static func value(_ domain: DomainSummary, _ title: String?, _ marked: Set<String>) -> JSONValue {
        var object: JSONObject = ["name": .string(domain.name)]
        object["uuid"] = domain.uuid.map { .string($0.description) }
        object["id"] = domain.id.map { .integer(Int64($0)) }
        object["state"] = .string(domain.state.rawValue)
        object["reason"] = .string(domain.reason.rawValue)
        object["persistent"] = .bool(domain.isPersistent)
        object["autostart"] = .bool(domain.isPersistent && marked.contains(domain.name))
        object["pending_restart"] = domain.isPending ? .bool(true) : nil
        object["title"] = title.map { .string($0) }
        object["problem"] = domain.problem.map { .string($0) }
        if !domain.diskFailures.isEmpty { object["disk_errors"] = .array(domain.diskFailures.map(\.value)) }
        object["not_answering_since"] = domain.notAnsweringSince.map { .string(Timestamp.text($0)) }
        return .object(object)
    }
}
