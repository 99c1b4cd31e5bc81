internal import VMCore
internal import VMDomain
internal import VMXML

/// Virtual CPUs, and the model and features of the processor.
enum ProcessorCheck {
    static let definition: DomainCheck.Check = { v, context in
        if let cpu = v.domain.cpu, cpu.check != nil, cpu.mode ?? .custom == .custom, cpu.model == nil {
            v.error("missing-element", "a CPU that is to be checked needs a <model>", at: .child("cpu", "check"))
        }
        if v.domain.cpu?.mode == .maximum, context.capabilities.cpuModel("max", context.accelerator) == nil {
            v.error("cpu-mode", "this QEMU has no CPU with everything", at: .child("cpu", "mode"), found: "maximum")
        }
        _ = checkCount(&v, context)
        if let cpu = v.domain.cpu, !context.traits.isX86 {
            for (name, isThere) in [("cache", cpu.cache != nil), ("maxphysaddr", cpu.maxphysaddr != nil)] where isThere
            {
                v.error(
                    "cpu-architecture", "<\(name)> of a CPU is for x86, not for '\(context.traits.architecture)'",
                    at: .child(["cpu", name]))
            }
        }
        if let cpu = v.domain.cpu {
            checkVectors(cpu, &v)
            if cpu.mode == .hostPassthrough, cpu.migratable == .on, !context.capabilities.has(cpuProperty: "migratable")
            {
                v.error(
                    "cpu-migratable", "this QEMU has no switch 'migratable'", at: .child("cpu", "migratable"),
                    found: "on")
            }
        }
        guard context.traits.family == .pseries, let threads = v.domain.cpu?.topology?.threads, threads > 1,
            let vcpu = v.domain.vcpu
        else { return }
        // A core is plugged whole.
        for (count, attribute) in [(vcpu.count, nil as String?), (vcpu.current, "current")] {
            guard let count, count % threads != 0 else { continue }
            v.error(
                "vcpu-granularity",
                "virtual CPUs are plugged in cores of \(threads) threads, so their number must be a multiple of it",
                at: .child("vcpu", attribute), found: "\(count)")
        }
    }

    /// Where there are no vectors they have no lengths.
    private static func checkVectors(_ cpu: CPU, _ v: inout Validation) {
        func isOff(_ feature: CPU.Feature) -> Bool { feature.policy == .disable || feature.policy == .forbid }
        guard cpu.features.contains(where: { $0.name == "sve" && isOff($0) }),
            let length = cpu.features.first(where: { feature in
                guard let name = feature.name, name.hasPrefix("sve") else { return false }
                return Int(name.dropFirst(3)) != nil
            })
        else { return }
        v.error(
            "cpu-vectors", "the CPU is to have no vectors, but those of '\(length.name ?? "")'",
            at: .child(["cpu", "feature"]))
    }

    static let launch: DomainCheck.Check = { v, context in
        if checkCount(&v, context) { checkX2APIC(&v, context) }
        guard let cpu = v.domain.cpu else { return }
        v.enter("cpu", cpu.origin) { v in
            checkMode(cpu, &v, context)
            checkModel(cpu, &v, context)
            checkFeatures(cpu, &v, context)
        }
    }

    /// Whether the board takes that many.
    private static func checkCount(_ v: inout Validation, _ context: PlanContext) -> Bool {
        guard let count = v.domain.vcpu?.count,
            let machine = context.capabilities.machine(v.domain.os.type?.machine ?? "", context.accelerator),
            machine.maximumCPUs > 0, Int(count) > machine.maximumCPUs
        else { return true }
        v.error(
            "too-many-vcpus", "machine type '\(machine.name)' takes \(machine.maximumCPUs) CPUs at most, not \(count)",
            at: .child("vcpu"), found: "\(count)")
        return false
    }

    /// Interrupt controllers of x86 number 255 processors; more need x2APIC, which not every accelerator emulates.
    private static func checkX2APIC(_ v: inout Validation, _ context: PlanContext) {
        guard context.traits.isX86, let count = v.domain.vcpu?.count, count > 255, context.accelerator == .tcg,
            let missing = context.capabilities.cpuModel("Haswell", .tcg)?.unavailableFeatures,
            missing.contains("x2apic")
        else { return }
        v.error(
            "too-many-vcpus",
            "more than 255 CPUs need x2APIC, which this QEMU doesn't emulate: an emulated machine has 255 at most",
            at: .child("vcpu"), found: "\(count)")
    }

    private static func checkMode(_ cpu: CPU, _ v: inout Validation, _ context: PlanContext) {
        switch cpu.mode {
        case .hostPassthrough where v.domain.type == .qemu:
            v.error(
                "cpu-mode", "CPU mode 'host-passthrough' needs hardware virtualization, and this domain is emulated",
                at: .attribute("mode"), found: "host-passthrough", accepted: ["maximum", "host-model", "custom"])
        case .hostModel
        where v.domain.type == .qemu && context.traits.architecture != HostProcessor.machineName
            && !(context.traits.isX86 && HostProcessor.machineName == "x86_64"):
            v.error(
                "cpu-mode", "CPU mode 'host-model' is for the host's own architecture, and this domain is emulated",
                at: .attribute("mode"), found: "host-model", accepted: ["maximum", "custom"])
        case .custom where context.traits.isS390 && cpu.match == .minimum:
            v.error(
                "cpu-match", "s390's CPUs are exactly what is asked for: match='minimum' can't be had",
                at: .attribute("match"),
                found: "minimum", accepted: ["exact"])
        case .custom
        where context.traits.isX86 && context.accelerator == .tcg && cpu.check == .partial:
            let missing = ProcessorModel.missing(cpu, context)
            guard !missing.isEmpty else { break }
            v.error(
                "cpu-features", "Host CPU does not provide required features: \(missing.joined(separator: ", "))",
                at: .attribute("check"), found: cpu.check?.rawValue)
        case .custom
        where !context.traits.isX86 && context.accelerator == .tcg
            && cpu.check == .partial:
            v.error(
                "cpu-features", "an emulated CPU can't be compared with the host's, which is of another architecture",
                at: .attribute("check"), found: cpu.check?.rawValue, accepted: ["none"])
        case .custom where cpu.model?.name != nil && !context.capabilities.listsCPUModels(context.accelerator):
            v.error(
                "cpu-mode", "this QEMU doesn't say which CPU models it has", at: .child("model"),
                found: cpu.model?.name)
        case .hostModel:
            if let wanted = cpu.model?.name, let host = context.host.processorModel, context.traits.isPPC64,
                let generation = generation(wanted), let limit = Self.generation(host), generation > limit
            {
                v.error(
                    "cpu-compatibility", "the host's processor is a \(host), which can't act as a \(wanted)",
                    at: .child("model"), found: wanted)
            }
        default: break
        }
        if cpu.migratable == .on, cpu.mode == .hostPassthrough, !context.capabilities.has(cpuProperty: "migratable") {
            v.error("cpu-migratable", "this QEMU has no switch 'migratable'", at: .attribute("migratable"))
        }
        if cpu.deprecatedFeatures != nil,
            !context.capabilities.returns(command: "query-cpu-model-expansion", member: "deprecated-props")
        {
            v.error(
                "deprecated-features", "this QEMU doesn't say which features of a CPU model are deprecated",
                at: .attribute("deprecated_features"))
        }
    }

    /// Models must be ones that QEMU knows; the host's need not.
    private static func checkModel(_ cpu: CPU, _ v: inout Validation, _ context: PlanContext) {
        guard cpu.mode == .custom || cpu.mode == nil, cpu.match != .minimum, let name = cpu.model?.name else { return }
        guard context.traits.isX86 else { return }
        let isReserved = name == "host" || name == "max"
        if !isReserved, context.capabilities.cpuModel(name, context.accelerator) != nil { return }
        let known = context.capabilities.cpuModels(context.accelerator).map(\.name)
        guard !known.isEmpty else { return }
        v.error(
            "unknown-cpu-model", "Unknown CPU model '\(name)'", at: .child("model"), found: name,
            suggestion: NearMatch.best(for: name, among: known))
    }

    /// The number in `power9` or `POWER10`; nil for other models.
    private static func generation(_ model: String) -> Int? {
        let lower = model.lowercased()
        guard lower.hasPrefix("power") else { return nil }
        return Int(lower.dropFirst("power".count).prefix { $0.isNumber })
    }

    /// Features must be ones that QEMU or libvirt's map knows.
    private static func checkFeatures(_ cpu: CPU, _ v: inout Validation, _ context: PlanContext) {
        if context.traits.isS390 { checkPolicies(cpu, &v) }
        guard context.traits.isARM || context.traits.isX86, !cpu.features.isEmpty else { return }
        let type = context.traits.isX86 ? "max-x86_64-cpu" : "max-arm-cpu"
        let properties = context.capabilities.properties(of: type).map(\.name)
        guard !properties.isEmpty else { return }
        let known = Set(properties)
        v.each("feature", cpu.features) { v, feature in
            guard let name = feature.name else { return }
            if context.traits.isARM, !isNamedOnARM(name) {
                return v.error(
                    "unknown-cpu-feature", "a CPU feature '\(name)' is none that documents have a name for",
                    at: .attribute("name"), found: name,
                    accepted: name == "pmu" ? ["<features><pmu state='…'/></features>"] : ["sve", "sve128 …", "pauth"])
            }
            guard !known.contains(name), !isMapped(name, context) else { return }
            let spelt = CPUOptions.qemuName(of: name, context.traits)
            guard !known.contains(spelt) else { return }
            v.error(
                "unknown-cpu-feature", "unknown CPU feature '\(name)'", at: .attribute("name"), found: name,
                suggestion: NearMatch.best(for: name, among: properties))
        }
    }

    /// What the format knows of ARM's CPUs: vectors with their lengths, and signed pointers. The rest of QEMU's properties are
    /// switches of its own.
    private static func isNamedOnARM(_ feature: String) -> Bool { feature.hasPrefix("sve") || feature == "pauth" }

    /// On s390 features are there or not.
    private static func checkPolicies(_ cpu: CPU, _ v: inout Validation) {
        v.each("feature", cpu.features) { v, feature in
            guard feature.policy == .optional else { return }
            v.error(
                "cpu-feature-policy", "s390's CPUs have a feature or don't: '\(feature.name ?? "")' can't be optional",
                at: .attribute("policy"), found: "optional", accepted: ["require", "disable"])
        }
    }

    private static func isMapped(_ feature: String, _ context: PlanContext) -> Bool {
        guard context.traits.isX86 else { return false }
        if ProcessorModel.forgottenFeatures.contains(feature) { return true }
        return CPUMap.current(folder: context.host.cpuMap).feature(feature) != nil
    }
}
