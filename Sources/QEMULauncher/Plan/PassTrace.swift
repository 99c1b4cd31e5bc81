public import VMCore
public import VMDomain

/// Which planning pass made what a document doesn't have. Runs the passes once more, one at a time; only explanations
/// need it, planning itself keeps no record.
public struct PassTrace: Sendable {
    /// How many devices of each kind there are after each pass, and which controllers.
    private var steps: [(pass: String, counts: [String: Int], controllers: Set<String>)] = []
    /// Alias to kind, and to the controller's type and index.
    private var kinds: [String: String] = [:]

    /// - Parameters:
    ///   - document: the domain as it was written.
    ///   - planned: the domain as planned, with aliases.
    public init(
        _ document: Domain, planned: Domain, capabilities: Capabilities, host: HostFacts
    ) throws(VMError) {
        var domain = document
        InactiveForm.apply(to: &domain)
        note("the document", domain)
        GeneralDefaults.apply(to: &domain, capabilities)
        note("general defaults", domain)
        let context = PlanContext(
            domain: domain, capabilities: capabilities, host: host, options: Planner.Options())
        for pass in Planner.passes {
            try pass.apply(&domain, context)
            note(pass.name, domain)
        }
        note("USB addresses", planned)
        for (kind, aliases) in Self.devices(planned) {
            for case let alias? in aliases { kinds[alias] = kind }
        }
        for controller in planned.devices.controllers {
            if let alias = controller.alias?.name { kinds[alias] = Self.key(controller) }
        }
    }

    /// The pass that made the element behind an option.
    public func maker(of option: QEMUOption) -> String {
        if let fixed = Self.fixed[option.name] { return fixed }
        if let id = option.id, let kind = kind(of: id), let pass = firstPass(with: kind) { return pass }
        return "general defaults"
    }

    private mutating func note(_ pass: String, _ domain: Domain) {
        steps.append(
            (pass, Self.devices(domain).mapValues(\.count), Set(domain.devices.controllers.map(Self.key))))
    }

    /// The kind of device that has this id, or part of whose backends has it: `drive-ide0-0-0`, `netdev` `hostnet0`.
    private func kind(of id: String) -> String? {
        if let kind = kinds[id] { return kind }
        return kinds.filter { id.hasSuffix($0.key) }.max { $0.key.utf8.count < $1.key.utf8.count }?.value
    }

    private func firstPass(with kind: String) -> String? {
        var before: Int?
        for step in steps {
            if kind.hasPrefix("controller ") {
                if step.controllers.contains(kind) { return step.pass }
                continue
            }
            let count = step.counts[kind] ?? 0
            if let before, count > before { return step.pass }
            before = count
        }
        return nil
    }

    /// The aliases of all devices but controllers, by kind; nil for those that have none yet.
    private static func devices(_ domain: Domain) -> [String: [String?]] {
        let all = domain.devices
        return [
            "disk": all.disks.map(\.alias?.name), "interface": all.interfaces.map(\.alias?.name),
            "serial": all.serials.map(\.alias?.name), "console": all.consoles.map(\.alias?.name),
            "channel": all.channels.map(\.alias?.name), "input": all.inputs.map(\.alias?.name),
            "audio": all.audios.map { $0.id.map { "audio\($0)" } }, "video": all.videos.map(\.alias?.name),
            "sound": all.sounds.map(\.alias?.name), "hub": all.hubs.map(\.alias?.name),
            "watchdog": all.watchdogs.map(\.alias?.name),
            "balloon": all.memoryBalloon.map { [$0.alias?.name] } ?? [], "panic": all.panics.map(\.alias?.name),
        ]
    }

    private static func key(_ controller: Controller) -> String {
        "controller \(controller.type.rawValue) \(controller.index.map { "\($0)" } ?? "")"
    }

    /// What QEMU is told whatever the document says.
    private static let fixed: [OptionName: String] = [
        .startPaused: "supervision", .noShutdown: "supervision", .sandbox: "hardening", .msg: "always there",
        .noUserConfig: "always there", .noDefaults: "always there", .rtc: "clock defaults", .cpu: "CPU defaults",
        .smp: "general defaults", .overcommit: "memory defaults", .accel: "general defaults",
        .machine: "general defaults", .display: "no <graphics>", .noAcpi: "no <acpi>",
        .watchdogAction: "default devices", .global: "default devices",
    ]
}
