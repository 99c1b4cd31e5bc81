internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager

extension Verb {
    /// `vcpuinfo NAME [--pretty]`.
    static var vcpuinfo: Verb {
        Verb(
            "vcpuinfo", group: .monitoring, "detailed domain vcpu information",
            parameters: [.domain(.active), .flag("pretty", "return human readable output")]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let processors = try manager.processorStates(key)
            let host = HostProcessors.count
            let isPretty = invocation.flag("pretty")
            let blocks = processors.map { processor in
                let (thread, allowed) = (processor.thread, processor.affinity)
                var lines = [("VCPU", "\(processor.number)"), ("CPU", "\(thread.processor)"), ("State", "running")]
                let seconds = Double(thread.time) / 1e9
                if seconds >= 0.05 { lines.append(("CPU time", "\(Decimal.text(seconds, digits: 1))s")) }
                lines.append(
                    ("CPU Affinity", isPretty ? "\(allowed.xml) (out of \(host))" : allowed.flags(count: host)))
                return lines.map { "\($0.0):".padded(to: 16) + $0.1 + "\n" }.joined()
            }
            let values = processors.map { processor -> JSONValue in
                [
                    "vcpu": .integer(Int64(processor.number)), "cpu": .integer(Int64(processor.thread.processor)),
                    "state": "running", "time_ns": JSONValue(processor.thread.time),
                    "delay_ns": JSONValue(processor.thread.delay), "affinity": .string(processor.affinity.xml),
                ]
            }
            return Report(
                .text(blocks.joined(separator: "\n")), value: .array(values),
                names: processors.map { "\($0.number)" })
        }
    }

    /// Nanoseconds as virsh prints them; nil for what it leaves out.
    static func processorTime(_ nanoseconds: UInt64) -> String? {
        let seconds = Double(nanoseconds) / 1e9
        return seconds >= 0.05 ? "\(Decimal.text(seconds, digits: 1))s" : nil
    }

    /// `vcpucount NAME [--maximum|--active] [--live|--config|--current]`.
    static var vcpucount: Verb {
        Verb(
            "vcpucount", group: .monitoring, "domain vcpu counts",
            parameters: [
                .domain(), .flag("maximum", "get maximum count of vcpus"),
                .flag("active", "get number of currently active vcpus"),
                .flag("live", "get value from running domain"),
                .flag("config", "get value to be used on next boot"),
                .flag("current", "get value according to current domain state"),
                .flag("guest", "retrieve vcpu count from the guest instead of the hypervisor"),
            ],
            exclusive: [["maximum", "active"], ["live", "config", "current"], ["guest", "config"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            if invocation.flag("guest") {
                let (manager, key) = try invocation.managerAndDomain()
                let processors = try manager.guestProcessors(key, timeout: try invocation.agentPatience())
                let isMaximum = invocation.flag("maximum")
                return number(isMaximum ? processors.all.count : processors.onlineCount)
            }
            let (manager, key) = try invocation.managerAndDomain()
            let counts = try manager.processorCounts(key)
            let oneKind = invocation.flag("maximum") || invocation.flag("active")
            if oneKind || ["live", "config", "current"].contains(where: { invocation.flag($0) }) {
                let isLive = invocation.flag("live") ? true : invocation.flag("config") ? false : nil
                return number(try counts.count(live: isLive, maximum: invocation.flag("maximum")))
            }
            return table(counts)
        }
    }

    private static func number(_ count: Int) -> Report {
        Report(.text("\(count)\n"), value: .integer(Int64(count)), names: ["\(count)"])
    }

    private static func table(_ counts: ProcessorCounts) -> Report {
        let rows = [("maximum", \ProcessorCounts.Counts.maximum), ("current", \.current)].flatMap { kind, path in
            [("config", counts.config), ("live", counts.live)].compactMap { of, counts in
                counts.map { (kind: kind, of: of, count: $0[keyPath: path]) }
            }
        }
        return Report(
            .text(rows.map { $0.kind.padded(to: 13) + $0.of.padded(to: 15) + "\($0.count)\n" }.joined()),
            value: .array(
                rows.map { ["kind": .string($0.kind), "of": .string($0.of), "count": .integer(Int64($0.count))] }))
    }

    /// `vcpupin NAME [VCPU [CPULIST]]`.
    static var vcpupin: Verb {
        Verb(
            "vcpupin", group: .devices, "control or query domain vcpu affinity",
            parameters: [
                .domain(), .optional("vcpu", "number", "vcpu number"),
                .optional("cpulist", "string", "host cpu number(s) to set, or omit option to query"),
            ] + .scope,
            exclusive: .scope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let number = try invocation.number("vcpu").map { Int(clamping: $0) }
            let scope = invocation.scope(standard: .current)
            if let text = invocation.value("cpulist") {
                try manager.pin(key, .vcpu(number ?? 0), to: try HostProcessors.parse(text), scope: scope)
                return .silent(key)
            }
            var pins = try manager.pins(key, inactive: invocation.flag("config")).vcpus
            if let number { pins = pins.filter { $0.number == number } }
            guard number == nil || !pins.isEmpty else {
                throw VMError(.notFound, "invalid argument: vcpu \(number ?? 0) is out of range of live cpu count")
            }
            return affinities(["VCPU", "CPU Affinity"], pins.map { ("\($0.number)", $0.processors) }, "vcpu")
        }
    }

    /// `emulatorpin NAME [CPULIST]`.
    static var emulatorpin: Verb {
        Verb(
            "emulatorpin", group: .devices, "control or query domain emulator affinity",
            parameters: [
                .domain(),
                .optional("cpulist", "string", "host cpu number(s) to set, or omit option to query"),
            ] + .scope,
            exclusive: .scope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            if let text = invocation.value("cpulist") {
                try manager.pin(
                    key, .emulator, to: try HostProcessors.parse(text), scope: invocation.scope(standard: .current))
                return .silent(key)
            }
            let processors = try manager.pins(key, inactive: invocation.flag("config")).emulator
            return Report(
                .text("emulator: CPU Affinity\n----------------------------------\n       *: \(processors.xml)\n"),
                value: ["affinity": .string(processors.xml)], names: [processors.xml])
        }
    }

    /// `iothreadinfo NAME`.
    static var iothreadinfo: Verb {
        Verb(
            "iothreadinfo", group: .monitoring, "view domain IOThreads",
            parameters: [.domain()] + .scope, exclusive: .scope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let pins = try manager.pins(key, inactive: invocation.flag("config")).iothreads
            guard !pins.isEmpty else {
                return Report(.text("No IOThreads found for the domain\n"), value: .array([]))
            }
            return affinities(
                ["IOThread ID", "CPU Affinity"], pins.map { ("\($0.number)", $0.processors) }, "iothread")
        }
    }

    private static func affinities(
        _ headings: [String], _ pins: [(number: String, processors: CPUSet)], _ name: String
    ) -> Report {
        var table = TextTable(headings)
        table.rows = pins.map { [$0.number, $0.processors.xml] }
        return Report(
            .table(table),
            value: .array(pins.map { [name: .string($0.number), "affinity": .string($0.processors.xml)] }),
            names: pins.map(\.number))
    }

    /// `cpu-stats NAME [--total]`.
    static var cpuStats: Verb {
        Verb(
            "cpu-stats", group: .monitoring, "show domain cpu statistics",
            parameters: [.domain(.active), .flag("total", "show total statistics only, which are all there are")]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let statistics = try manager.runningStatistics(of: key, .cpuTotal)
            guard let cpu = statistics.cpu else {
                throw VMError(.wrongState, "Requested operation is not valid: domain is not running")
            }
            let times = [("cpu_time", cpu.total), ("user_time", cpu.user), ("system_time", cpu.system)]
            let text = times.map { "\t" + $0.0.padded(to: 21) + seconds($0.1) + " seconds\n" }.joined()
            return Report(.text("Total:\n" + text), value: .object(cpu.parameters.json))
        }
    }

    /// With nine digits behind the point.
    private static func seconds(_ nanoseconds: UInt64) -> String {
        let fraction = String(nanoseconds % 1_000_000_000)
        return "\(nanoseconds / 1_000_000_000)." + String(repeating: "0", count: 9 - fraction.utf8.count) + fraction
    }
}

extension CPUSet {
    /// `y` for each processor in it and `-` for each that isn't.
    fileprivate func flags(count: Int) -> String {
        String((0..<min(max(0, count), CPUSet.limit)).map { contains($0) ? "y" : "-" })
    }
}
