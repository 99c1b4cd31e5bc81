internal import VMDomain

/// The processor of an x86 machine that is about to start, by model and features: `host-model` becomes what it means on
/// this host, and features that a model has in some QEMUs only are settled.
enum ProcessorModel {
    /// QEMU had these once; that they are to be off goes without saying now.
    static let forgottenFeatures: Set<String> = ["osxsave", "ospke", "pconfig"]

    static func settle(_ domain: inout Domain, _ context: PlanContext) {
        guard context.traits.isX86, var cpu = domain.cpu else { return }
        switch cpu.mode {
        case .hostModel:
            guard let map = context.host.cpuMap.flatMap({ CPUMap.shared(folder: $0) }) else { return }
            describeHost(&cpu, map, context)
        case .custom:
            // Most models are the same everywhere, and the map takes time to read.
            guard let name = cpu.model?.name, mayLackFeatures(name) else { break }
            guard let map = context.host.cpuMap.flatMap({ CPUMap.shared(folder: $0) }) else { break }
            nameRemovedFeatures(&cpu, map)
        default: return
        }
        cpu.features.removeAll {
            guard let name = $0.name, forgottenFeatures.contains(name) else { return false }
            return $0.policy == .disable || $0.policy == .forbid
        }
        domain.cpu = cpu
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
