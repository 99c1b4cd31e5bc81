internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// `-cpu`: the model, its features, and what hypervisors tell their guests.
enum CPUOptions {
    static func make(_ context: BuildContext) throws(VMError) -> [QEMUOption] {
        var properties: JSONObject = [:]
        putModel(&properties, context)
        let before = properties.count
        putTimers(&properties, context)
        putParavirtualization(&properties, context)
        putHyperV(&properties, context)
        putCPU(&properties, context)
        if properties["model"] == nil {
            guard properties.count > before else { return [] }
            guard context.traits.isX86 else {
                throw VMError(
                    .unsupported,
                    "CPU flags requested but can't determine default CPU for arch \(context.traits.architecture)",
                    remedy: "name a <model> in <cpu>")
            }
            // Features need a model to stand behind.
            let model = context.traits.architecture == "i686" ? "qemu32" : "qemu64"
            properties = JSONObject([("model", .string(model))] + properties.map { ($0.key, $0.value) })
        }
        return [QEMUOption(.cpu, properties, from: context.domain.cpu?.origin)]
    }

    // MARK: Model and features

    private static func putModel(_ properties: inout JSONObject, _ context: BuildContext) {
        guard let cpu = context.domain.cpu else { return }
        switch cpu.mode {
        case .hostPassthrough:
            properties["model"] = "host"
            properties.put("migratable", cpu.migratable)
        case .maximum:
            properties["model"] = "max"
            if context.capabilities.has(cpuProperty: "migratable") { properties.put("migratable", cpu.migratable) }
        case .hostModel:
            if context.traits.isS390 { return putHostModel(&properties, cpu, context) }
            // Software emulation has no host; the best it can do is the model with everything.
            properties["model"] = context.accelerator == .tcg ? "max" : "host"
            if context.traits.isPPC64 { return }
        case .custom, nil:
            guard let model = cpu.model?.name else { return }
            properties["model"] = .string(model)
            properties.put("vendor", cpu.model?.vendorId)
        }
        if context.traits.architecture == "armv7l", context.capabilities.target == "aarch64",
            context.accelerator == .kvm
        {
            properties["aarch64"] = false
        }
        putFeatures(&properties, cpu, context)
    }

    /// The host's CPU as QEMU itself describes it: a model that is the same everywhere, and what is different here.
    private static func putHostModel(_ properties: inout JSONObject, _ cpu: CPU, _ context: BuildContext) {
        let name = context.accelerator == .tcg ? "max" : "host"
        guard let host = context.capabilities.expansion(of: name, .static, context.accelerator) else {
            properties["model"] = .string(name)
            return putFeatures(&properties, cpu, context)
        }
        properties["model"] = .string(host.model)
        for (feature, value) in host.properties where value.bool != nil { properties[feature] = value }
        if cpu.deprecatedFeatures == .off {
            for feature in host.deprecatedProperties { properties[feature] = false }
        }
        putFeatures(&properties, cpu, context)
    }

    private static func putFeatures(_ properties: inout JSONObject, _ cpu: CPU, _ context: BuildContext) {
        for feature in cpu.features {
            guard let name = feature.name else { continue }
            let key = qemuName(of: name, context.traits)
            switch feature.policy {
            case .force, .require, nil: properties[key] = true
            case .disable, .forbid:
                // What this QEMU no longer knows needn't be taken away.
                if isKnown(key, context) { properties[key] = false }
            case .optional: break
            }
        }
    }

    /// Whether this QEMU's CPUs have a property of that name, as far as it was asked.
    private static func isKnown(_ key: String, _ context: BuildContext) -> Bool {
        guard context.traits.isX86, context.capabilities.has(cpuProperty: "vme") else { return true }
        return context.capabilities.has(cpuProperty: key)
    }

    /// QEMU spells features with dashes, and one differently altogether.
    static func qemuName(of feature: String, _ traits: MachineTraits) -> String {
        guard traits.isX86 else { return feature }
        if feature == "pclmuldq" { return "pclmulqdq" }
        return String(feature.map { $0 == "_" ? "-" : $0 })
    }

    // MARK: Timers and KVM

    private static func putTimers(_ properties: inout JSONObject, _ context: BuildContext) {
        for timer in context.domain.clock?.timers ?? [] {
            let isOfPCs = timer.name == .kvmclock || timer.name == .hypervclock
            if isOfPCs, !context.traits.isX86 { continue }
            switch timer.name {
            case .kvmclock: if let present = timer.present { properties["kvmclock"] = .bool(present == .yes) }
            case .hypervclock: if timer.present == .yes { properties["hv-time"] = true }
            case .tsc:
                if let frequency = timer.frequency, frequency > 0 { properties["tsc-frequency"] = JSONValue(frequency) }
            case .armvtimer:
                switch timer.tickpolicy {
                case .delay: properties["kvm-no-adjvtime"] = false
                case .discard: properties["kvm-no-adjvtime"] = true
                default: break
                }
            default: break
            }
        }
    }

    private static func putParavirtualization(_ properties: inout JSONObject, _ context: BuildContext) {
        let features = context.domain.features
        if let eoi = features.apic?.eoi { properties["kvm-pv-eoi"] = .bool(eoi.isOn) }
        if let spinlock = features.pvspinlock { properties["kvm-pv-unhalt"] = .bool(spinlock.isOn) }
        // POWER always has one.
        if let pmu = features.pmu, !context.traits.isPPC64 { properties["pmu"] = .bool(pmu.isOn) }
        if let kvm = features.kvm {
            if kvm.hidden?.isOn == true { properties["kvm"] = false }
            if kvm.hintDedicated?.isOn == true { properties["kvm-hint-dedicated"] = true }
            if kvm.pollControl?.isOn == true { properties["kvm-poll-control"] = true }
            if let ipi = kvm.pvIpi, ipi.state == .off { properties["kvm-pv-ipi"] = false }
        }
    }

    // MARK: Hyper-V

    private static func putHyperV(_ properties: inout JSONObject, _ context: BuildContext) {
        if context.domain.devices.panics.contains(where: { $0.model == .hyperv }) { properties["hv-crash"] = true }
        guard let hyperv = context.domain.features.hyperv else { return }
        if hyperv.mode == .passthrough { properties["hv-passthrough"] = true }
        let switches: [(String, FeatureSwitch?)] = [
            ("hv-relaxed", hyperv.relaxed), ("hv-vapic", hyperv.vapic), ("hv-vpindex", hyperv.vpindex),
            ("hv-runtime", hyperv.runtime), ("hv-synic", hyperv.synic), ("hv-reset", hyperv.reset),
            ("hv-frequencies", hyperv.frequencies), ("hv-reenlightenment", hyperv.reenlightenment),
            ("hv-ipi", hyperv.ipi), ("hv-evmcs", hyperv.evmcs), ("hv-avic", hyperv.avic),
            ("hv-emsr-bitmap", hyperv.emsrBitmap), ("hv-xmm-input", hyperv.xmmInput),
        ]
        for (name, feature) in switches where feature?.isOn == true { properties[name] = true }
        if let locks = hyperv.spinlocks, locks.state == .on {
            properties["hv-spinlocks"] = .string("0x" + String(locks.retries ?? 0xfff, radix: 16))
        }
        if let timer = hyperv.stimer, timer.state == .on {
            properties["hv-stimer"] = true
            if timer.direct?.isOn == true { properties["hv-stimer-direct"] = true }
        }
        if let vendor = hyperv.vendorId, vendor.state == .on { properties.put("hv-vendor-id", vendor.value) }
        if let flush = hyperv.tlbflush, flush.state == .on {
            properties["hv-tlbflush"] = true
            if flush.direct?.isOn == true { properties["hv-tlbflush-direct"] = true }
            if flush.extended?.isOn == true { properties["hv-tlbflush-ext"] = true }
        }
    }

    // MARK: Cache and address width

    private static func putCPU(_ properties: inout JSONObject, _ context: BuildContext) {
        guard let cpu = context.domain.cpu else { return }
        if let cache = cpu.cache {
            let isHost = cpu.mode == .hostPassthrough || cpu.mode == .maximum
            switch cache.mode {
            case .disable:
                if isHost {
                    properties["host-cache-info"] = false
                    properties["l3-cache"] = false
                } else {
                    properties["l3-cache"] = false
                }
            case .emulate:
                properties["l3-cache"] = true
                if isHost { properties["host-cache-info"] = false }
            case .passthrough:
                if isHost {
                    properties["host-cache-info"] = true
                    properties["l3-cache"] = false
                }
            case nil: break
            }
        }
        if let width = cpu.maxphysaddr {
            switch width.mode {
            case .passthrough: properties["host-phys-bits"] = true
            case .emulate: properties.put("phys-bits", width.bits)
            case nil: break
            }
            properties.put("host-phys-bits-limit", width.limit)
        }
    }
}
