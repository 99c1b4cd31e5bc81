internal import VMDomain
internal import VMJSON

/// The processor of an x86 machine that is about to start, by model and features: `host-model` becomes what it means on
/// this host, and features that a model has in some QEMUs only are settled.
enum ProcessorModel {
    /// QEMU had these once; that they are to be off goes without saying now.
    static let forgottenFeatures: Set<String> = ["osxsave", "ospke", "pconfig"]

    static func settle(_ domain: inout Domain, _ context: PlanContext) {
        guard context.traits.isX86, var cpu = domain.cpu else { return }
        switch cpu.mode {
        case .hostModel:
            describeHost(&cpu, CPUMap.current(folder: context.host.cpuMap), context)
            settleOptional(&cpu, context)
        case .custom where cpu.match == .minimum:
            describeHost(&cpu, CPUMap.current(folder: context.host.cpuMap), context)
        case .custom:
            settleOptional(&cpu, context)
            // Most models are the same everywhere, and the map takes time to read.
            guard let name = cpu.model?.name, mayLackFeatures(name) else { break }
            nameRemovedFeatures(&cpu, CPUMap.current(folder: context.host.cpuMap))
        default: return
        }
        cpu.features.removeAll {
            guard let name = $0.name, forgottenFeatures.contains(name) else { return false }
            return $0.policy == .disable || $0.policy == .forbid
        }
        domain.cpu = cpu
    }

    /// Features that are welcome but needn't be there: on where the host has them, off elsewhere.
    private static func settleOptional(_ cpu: inout CPU, _ context: PlanContext) {
        guard cpu.features.contains(where: { $0.policy == .optional }),
            let host = HostFeatures(CPUMap.current(folder: context.host.cpuMap), context)
        else { return }
        for index in cpu.features.indices where cpu.features[index].policy == .optional {
            cpu.features[index].policy = host.has(cpu.features[index].name ?? "") ? .require : .disable
        }
    }

    /// Software emulation has no host: there it is the processor with all that QEMU can emulate.
    private static func describeHost(_ cpu: inout CPU, _ map: CPUMap, _ context: PlanContext) {
        let asked = context.accelerator == .tcg ? "max" : "host"
        guard let expansion = context.capabilities.expansion(of: asked, .static, context.accelerator) else { return }
        let models = Dictionary(
            context.capabilities.cpuModels(context.accelerator).map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        guard let host = map.describe(expansion.properties, among: models) else { return }
        cpu.mode = .custom
        cpu.match = .exact
        var model = CPU.Model()
        model.name = host.model
        model.fallback = .forbid
        model.vendorId = cpu.model?.vendorId
        cpu.model = model
        cpu.vendor = host.vendor
        // What the document says of a feature goes before what the host has.
        let asWished = Set(cpu.features.compactMap(\.name))
        let described =
            host.enabled.map { CPU.Feature($0, .require) } + host.disabled.map { CPU.Feature($0, .disable) }
        cpu.features = described.filter { !asWished.contains($0.name ?? "") } + cpu.features
    }

    /// What a CPU of the document needs and the host's hasn't.
    static func missing(_ cpu: CPU, _ context: PlanContext) -> [String] {
        let map = CPUMap.current(folder: context.host.cpuMap)
        guard let name = cpu.model?.name, let model = map.model(name), let host = HostFeatures(map, context) else {
            return []
        }
        let settled = Set(cpu.features.compactMap(\.name))
        let asked = cpu.features.filter { $0.policy ?? .require == .require }.compactMap(\.name)
        // Of the oldest models nobody asks for what QEMU has given them since.
        let unasked: Set = modelsWithoutVME.contains(name) ? ["vme"] : []
        return
            (map.features.filter { $0.bits.isSubset(of: model.bits) }.map(\.name).filter { !settled.contains($0) }
            + asked)
            .filter { !host.has($0) && (!unasked.contains($0) || asked.contains($0)) }
    }

    /// Models that libvirt compares with the host without the 8086 mode's extensions.
    private static let modelsWithoutVME: Set = [
        "486", "pentium", "pentium2", "pentium3", "coreduo", "n270", "core2duo", "athlon", "Denverton",
    ]

    /// What the processor can do that guests run on: the host's, or all that software emulates.
    struct HostFeatures {
        private var bits = CPUBits()
        private let map: CPUMap

        /// Nil when QEMU doesn't say.
        init?(_ map: CPUMap, _ context: PlanContext) {
            let asked = context.accelerator == .tcg ? "max" : "host"
            guard let expansion = context.capabilities.expansion(of: asked, .static, context.accelerator) else {
                return nil
            }
            self.map = map
            for (name, value) in expansion.properties where value.bool == true {
                if let feature = map.feature(name) { bits.formUnion(feature.bits) }
            }
        }

        func has(_ name: String) -> Bool { map.feature(name).map { $0.bits.isSubset(of: bits) } ?? false }
    }

    /// The families whose models lost features in some version.
    private static func mayLackFeatures(_ model: String) -> Bool {
        ["Skylake", "Cascadelake", "Icelake", "Opteron", "EPYC", "Dhyana"]
            .contains { model.hasPrefix($0) }
    }

    private static func nameRemovedFeatures(_ cpu: inout CPU, _ map: CPUMap) {
        guard let name = cpu.model?.name, let model = map.model(name) else { return }
        let named = Set(cpu.features.compactMap(\.name))
        cpu.features += model.removed.filter { !named.contains($0) }.map { CPU.Feature($0, .disable) }
    }
}
