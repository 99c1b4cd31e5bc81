internal import MonitorJSON
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
                .flag("dirtyrate", "accepted; nothing is known of it"),
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
                .flag("enforce", "fail when a machine doesn't answer"),
                .flag("nowait", "take what is known at once"),
                .option("timeout", "seconds", "how long a machine may take to answer"),
                .rest("domain", "string", "domain name, id or uuid", completion: .domain(.active), required: false),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let manager = try invocation.manager()
            var patience = try invocation.seconds("timeout")
            if invocation.flag("nowait") { patience = .milliseconds(20) }
            let keys = invocation.all("domain")
            var states: [PublishedState] = []
            if keys.isEmpty {
                for domain in try manager.list(listed(invocation)) where isWanted(domain, invocation) {
                    if let state = try? manager.status(domain.name) { states.append(state) }
                }
            } else {
                for key in keys { states.append(try manager.status(key)) }
            }
            let standard = states.count == 1 ? Duration.seconds(1) : VMManager.statisticsPatience
            let found = manager.statistics(of: states, groups(invocation), patience: patience ?? standard)
            if invocation.flag("enforce"), let problem = found.compactMap(\.problem).first { throw problem }
            let fields = found.map { StatisticsFields($0, groups(invocation)) }
            let text = zip(found, fields).map { statistics, fields in
                "Domain: '\(DisplayText.printable(statistics.name))'\n" + fields.text
            }.joined(separator: "\n")
            var report = Report(
                found.isEmpty ? .nothing : .text(text), value: .array(zip(found, fields).map { value($0, $1) }),
                names: found.map(\.name))
            report.warnings = found.compactMap { $0.staleness }
            return report
        }
    }

    private static func groups(_ invocation: Invocation) -> StatisticsGroups {
        var groups: StatisticsGroups = []
        for (flag, group) in [
            ("state", StatisticsGroups.state), ("cpu-total", .cpuTotal), ("balloon", .balloon), ("vcpu", .vcpu),
            ("interface", .interface), ("block", .block), ("iothread", .iothread),
        ] where invocation.flag(flag) { groups.insert(group) }
        // Of these there are no figures, and who asks for them alone gets none.
        let asksOthers = ["perf", "dirtyrate", "memory", "vm"].contains(where: invocation.flag)
        return groups.isEmpty && !asksOthers ? .all : groups
    }

    private static func listed(_ invocation: Invocation) -> ListFilter {
        let wantsInactive = ["list-inactive", "list-shutoff"].contains { invocation.flag($0) }
        let wantsKinds = ["list-persistent", "list-transient"].contains { invocation.flag($0) }
        let wantsActive = ["list-active", "list-running", "list-paused", "list-other"].contains { invocation.flag($0) }
        if wantsInactive { return wantsActive ? .all : .inactive }
        return wantsKinds && !wantsActive ? .all : .active
    }

    private static func isWanted(_ domain: DomainSummary, _ invocation: Invocation) -> Bool {
        if domain.problem != nil { return false }
        if invocation.flag("list-persistent"), !domain.isPersistent { return false }
        if invocation.flag("list-transient"), domain.isPersistent { return false }
        let wanted = [
            ("list-running", domain.state == .running), ("list-paused", domain.state == .paused),
            ("list-shutoff", domain.state == .shutOff),
            ("list-other", ![.running, .paused, .shutOff].contains(domain.state)),
        ].filter { invocation.flag($0.0) }
        return wanted.isEmpty || wanted.contains { $0.1 }
    }

    private static func value(_ statistics: DomainStatistics, _ fields: StatisticsFields) -> JSONValue {
        var object: JSONObject = ["name": .string(statistics.name), "uuid": .string("\(statistics.uuid)")]
        object["state"] = .string(statistics.state.rawValue)
        object["measured_at"] = statistics.measured.map { .string(Timestamp.text($0)) }
        object["problem"] = statistics.problem.map { .string($0.description) }
        object["statistics"] = .object(JSONObject(fields.all.map { ($0.name, $0.value) }))
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

extension Duration {
    fileprivate var inMilliseconds: Int64 {
        components.seconds &* 1000 &+ components.attoseconds / 1_000_000_000_000_000
    }
}

/// The figures by libvirt's names, in libvirt's order.
struct StatisticsFields {
    private(set) var all: [(name: String, value: JSONValue)] = []

    /// `  name=value`, a line each.
    var text: String {
        all.map { field in
            let value = field.value.string ?? field.value.description
            return "  \(field.name)=\(DisplayText.printable(value))\n"
        }.joined()
    }

    init(_ statistics: DomainStatistics, _ groups: StatisticsGroups) {
        if groups.contains(.state) {
            add("state.state", Int(statistics.state.libvirtNumber))
            add("state.reason", Int(statistics.reason.libvirtNumber(in: statistics.state)))
        }
        if let cpu = statistics.cpu {
            add("cpu.time", cpu.total)
            add("cpu.user", cpu.user)
            add("cpu.system", cpu.system)
        }
        if let memory = statistics.memory { add(memory) }
        if groups.contains(.vcpu), statistics.id != nil { addProcessors(statistics) }
        if groups.contains(.interface), statistics.id != nil { addInterfaces(statistics) }
        if groups.contains(.block), statistics.id != nil { addDisks(statistics) }
        if groups.contains(.iothread), !statistics.iothreads.isEmpty { addIOThreads(statistics) }
        if statistics.problem != nil {
            add("stale.age", statistics.age?.inMilliseconds ?? -1)
        }
    }

    private mutating func add(_ name: String, _ value: UInt64) { all.append((name, JSONValue(value))) }
    private mutating func add(_ name: String, _ value: Int64) { all.append((name, .integer(value))) }
    private mutating func add(_ name: String, _ value: Int) { all.append((name, .integer(Int64(value)))) }
    private mutating func add(_ name: String, _ value: String) { all.append((name, .string(value))) }

    private mutating func add(_ memory: DomainStatistics.Memory) {
        add("balloon.current", memory.current)
        add("balloon.maximum", memory.maximum)
        for figure in memory.guest { add("balloon.\(figure.name)", figure.value) }
        add("balloon.last-update", memory.lastUpdate)
        if let resident = memory.resident { add("balloon.rss", resident) }
    }

    private mutating func addProcessors(_ statistics: DomainStatistics) {
        add("vcpu.current", statistics.vcpus.count)
        add("vcpu.maximum", statistics.maximumVCPUs)
        for vcpu in statistics.vcpus {
            add("vcpu.\(vcpu.index).state", 1)
            guard let thread = vcpu.thread else { continue }
            add("vcpu.\(vcpu.index).time", thread.time)
            add("vcpu.\(vcpu.index).delay", thread.delay)
        }
    }

    private mutating func addInterfaces(_ statistics: DomainStatistics) {
        add("net.count", statistics.interfaces.count)
        for (index, card) in statistics.interfaces.enumerated() {
            guard let target = card.target else { continue }
            add("net.\(index).name", target)
            for (direction, counters) in [("rx", card.received), ("tx", card.sent)] {
                guard let counters else { continue }
                add("net.\(index).\(direction).bytes", counters.bytes)
                add("net.\(index).\(direction).pkts", counters.packets)
                add("net.\(index).\(direction).errs", counters.errors)
                add("net.\(index).\(direction).drop", counters.drops)
            }
        }
    }

    private mutating func addDisks(_ statistics: DomainStatistics) {
        add("block.count", statistics.disks.count)
        for (index, disk) in statistics.disks.enumerated() {
            let name = "block.\(index)"
            add("\(name).name", disk.target)
            if let path = disk.path { add("\(name).path", path) }
            if let number = disk.index { add("\(name).backingIndex", UInt64(number)) }
            if let counters = disk.counters {
                for (key, value) in [
                    ("rd.reqs", counters.readOperations), ("rd.bytes", counters.readBytes),
                    ("rd.times", counters.readTime), ("wr.reqs", counters.writeOperations),
                    ("wr.bytes", counters.writtenBytes), ("wr.times", counters.writeTime),
                    ("fl.reqs", counters.flushOperations), ("fl.times", counters.flushTime),
                ] { add("\(name).\(key)", value) }
                if disk.path != nil, let highest = counters.highestOffset { add("\(name).allocation", highest) }
            }
            if let capacity = disk.capacity { add("\(name).capacity", capacity) }
            if let physical = disk.physical { add("\(name).physical", physical) }
        }
    }

    private mutating func addIOThreads(_ statistics: DomainStatistics) {
        add("iothread.count", statistics.iothreads.count)
        for thread in statistics.iothreads {
            let name = "iothread.\(thread.id)"
            if let value = thread.pollMax { add("\(name).poll-max-ns", value) }
            if let value = thread.pollGrow { add("\(name).poll-grow", value) }
            if let value = thread.pollShrink { add("\(name).poll-shrink", value) }
        }
    }
}
