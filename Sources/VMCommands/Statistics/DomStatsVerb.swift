internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `domstats [--state] [--cpu-total] … [--list-running …] [DOMAIN…]`.
    static var domstats: Verb {
        Verb(
            "domstats", group: .monitoring, "get statistics about one or multiple domains",
            details: """
                All running domains when none is named, all groups of figures when none is asked for. Machines are asked
                at the same time, and one that doesn't answer holds up no other: its figures are those it gave last, and
                'stale.age' says how old they are, in milliseconds.
                """,
            parameters: [
                .flag("state", "report domain state"), .flag("cpu-total", "report domain physical cpu usage"),
                .flag("balloon", "report domain balloon statistics"),
                .flag("vcpu", "report domain virtual cpu information"),
                .flag("interface", "report domain network interface information"),
                .flag("block", "report domain block device statistics"),
                .flag("iothread", "report domain IOThread information"),
                .flag("perf", "accepted; there are no perf events"),
                .flag("dirtyrate", "report how fast memory changes, where that was measured"),
                .flag("memory", "accepted; the host's memory bandwidth isn't measured"),
                .flag("vm", "accepted; QEMU's own counters aren't read"),
                .flag("list-active", "list only active domains"),
                .flag("list-inactive", "list only inactive domains"),
                .flag("list-persistent", "list only persistent domains"),
                .flag("list-transient", "list only transient domains"),
                .flag("list-running", "list only running domains"), .flag("list-paused", "list only paused domains"),
                .flag("list-shutoff", "list only shutoff domains"),
                .flag("list-other", "list only domains in other states"),
                .flag("raw", "print figures as they are, which they are anyway"),
                .flag("enforce", "fail when a machine doesn't answer, or when there are no figures of a kind"),
                .flag("nowait", "take what is known at once"),
                .option("timeout", "seconds", "how long a machine may take to answer"),
                .rest("domain", "string", "domain name, id or uuid", completion: .domain(.active), required: false),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let manager = try invocation.manager()
            let unknown = unmeasured.filter(invocation.flag)
            if invocation.flag("enforce"), let kind = unknown.first {
                throw VMError(
                    .unsupported, "there are no figures of '--\(kind)'", remedy: "leave --\(kind) or --enforce out",
                    libvirt: LibvirtError(.argumentUnsupported))
            }
            var patience = try invocation.seconds("timeout")
            if invocation.flag("nowait") { patience = .milliseconds(20) }
            let keys = invocation.all("domain")
            var states: [PublishedState] = []
            if keys.isEmpty {
                states = try manager.states(filter(invocation))
            } else {
                for key in keys { states.append(try manager.status(key)) }
            }
            let standard = states.count == 1 ? Duration.seconds(1) : VMManager.statisticsPatience
            let found = manager.statistics(of: states, groups(invocation), patience: patience ?? standard)
            if invocation.flag("enforce"), let problem = found.compactMap(\.problem).first { throw problem }
            let fields = found.map { $0.parameters(groups(invocation)) }
            let text = zip(found, fields).map { statistics, fields in
                "Domain: '\(DisplayText.printable(statistics.name))'\n" + fields.map(line).joined()
            }.joined(separator: "\n")
            var report = Report(
                found.isEmpty ? .nothing : .text(text), value: .array(zip(found, fields).map { value($0, $1) }),
                names: found.map(\.name))
            report.warnings = found.compactMap { $0.staleness } + unknown.map { "there are no figures of '--\($0)'" }
            return report
        }
    }

    private static func groups(_ invocation: Invocation) -> StatisticsGroups {
        var groups: StatisticsGroups = []
        for (flag, group) in [
            ("state", StatisticsGroups.state), ("cpu-total", .cpuTotal), ("balloon", .balloon), ("vcpu", .vcpu),
            ("interface", .interface), ("block", .block), ("iothread", .iothread), ("dirtyrate", .dirtyRate),
        ] where invocation.flag(flag) { groups.insert(group) }
        // Who asks for nothing else gets none.
        return groups.isEmpty && !unmeasured.contains(where: invocation.flag) ? .all : groups
    }

    /// Kinds of which there are no figures.
    private static let unmeasured = ["perf", "memory", "vm"]

    private static func filter(_ invocation: Invocation) -> ListFilter {
        let flags: [(String, ListFilter)] = [
            ("list-active", .active), ("list-inactive", .inactive), ("list-persistent", .persistent),
            ("list-transient", .transient), ("list-running", .running), ("list-paused", .paused),
            ("list-shutoff", .shutOff), ("list-other", .otherState),
        ]
        let given = ListFilter(flags.filter { invocation.flag($0.0) }.map(\.1))
        return given.isEmpty ? .active : given
    }

    private static func line(_ field: TypedParameter) -> String {
        "  \(field.name)=\(DisplayText.printable(field.value.text))\n"
    }

    private static func value(_ statistics: DomainStatistics, _ fields: [TypedParameter]) -> JSONValue {
        var object: JSONObject = ["name": .string(statistics.name), "uuid": .string("\(statistics.uuid)")]
        object["state"] = .string(statistics.state.rawValue)
        object["measured_at"] = statistics.measured.map { .string(Timestamp.text($0)) }
        object["problem"] = statistics.problem.map { .string($0.description) }
        object["statistics"] = .object(fields.json)
        return .object(object)
    }
}

extension DomainStatistics {
    /// What the user should know of the figures' age; nil when they are fresh.
    var staleness: String? {
        guard let problem else { return nil }
        guard let age else { return "'\(name)' gives no figures: \(problem)" }
        return "the figures of '\(name)' are \(Decimal.text(age.inSeconds, digits: 1)) s old: \(problem)"
    }
}
