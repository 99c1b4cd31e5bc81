internal import VMCore
internal import VMDomain
internal import VMXML

/// `<cpu>`: the machine type's own CPU where the document names none, and how it is checked.
enum CPUDefaults {
    static let apply: Planner.Pass = { domain, context throws(VMError) in
        fillModel(&domain, context)
        guard var cpu = domain.cpu else { return }
        if cpu.mode == nil, cpu.model != nil { cpu.mode = .custom }
        fillCheck(&cpu, domain.type, context)
        if cpu.mode == .custom, cpu.model != nil {
            cpu.match.fill(.exact)
            allowFallback(&cpu)
        }
        if cpu.mode == .hostModel { keepHostModelName(&cpu, context.traits) }
        // How a model has to match is said of models alone.
        if let mode = cpu.mode, mode != .custom { cpu.match = nil }
        if cpu.mode == .hostPassthrough, context.traits.isX86,
            context.capabilities.has(cpuProperty: "migratable")
        {
            cpu.migratable.fill(.on)
        }
        for index in cpu.features.indices where cpu.features[index].policy == nil {
            cpu.features[index].policy = .require
        }
        if context.traits.isARM { requireVectors(&cpu) }
        // What is said of a model is of no use without one.
        if cpu.model == nil, cpu.mode ?? .custom == .custom {
            (cpu.mode, cpu.match, cpu.deprecatedFeatures) = (nil, nil, nil)
        }
        fillTopology(&cpu)
        coverVCPUs(&cpu, count: domain.vcpu?.count ?? 1)
        mirrorDistances(&cpu.numa.cells)
        domain.cpu = cpu == CPU() ? nil : cpu
    }

    private static func fillTopology(_ cpu: inout CPU) {
        if cpu.topology != nil {
            cpu.topology?.dies.fill(1)
            cpu.topology?.clusters.fill(1)
        }
        for index in cpu.numa.cells.indices where cpu.numa.cells[index].id == nil {
            cpu.numa.cells[index].id = UInt32(index)
        }
        cpu.numa.cells.sort { ($0.id ?? 0) < ($1.id ?? 0) }
    }

    /// Lengths of SVE vectors, named to be had or not, mean that there are vectors.
    private static func requireVectors(_ cpu: inout CPU) {
        let hasLength = cpu.features.contains { feature in
            guard let name = feature.name, name.hasPrefix("sve") else { return false }
            return Int(name.dropFirst(3)) != nil
        }
        guard hasLength else { return }
        if let index = cpu.features.firstIndex(where: { $0.name == "sve" }) {
            if cpu.features[index].policy != .disable { cpu.features[index].policy = .require }
        } else {
            cpu.features.append(CPU.Feature("sve", .require))
        }
    }

    /// Virtual CPUs that no NUMA cell has are the first one's.
    private static func coverVCPUs(_ cpu: inout CPU, count: UInt32) {
        guard !cpu.numa.cells.isEmpty, count > 0 else { return }
        var missing = CPUSet(0...Int(count) - 1)
        for cell in cpu.numa.cells {
            for member in cell.cpus?.members ?? [] { missing.remove(member) }
        }
        guard !missing.isEmpty else { return }
        var first = cpu.numa.cells[0].cpus ?? CPUSet()
        first.formUnion(missing)
        cpu.numa.cells[0].cpus = first
    }

    /// Distances are the same in both directions unless the document says otherwise, and 10 to a cell itself.
    private static func mirrorDistances(_ cells: inout [NUMA.Cell]) {
        var known: [UInt32: [UInt32: UInt32]] = [:]
        for cell in cells {
            for distance in cell.distances {
                guard let from = cell.id, let to = distance.id, let value = distance.value else { continue }
                known[from, default: [:]][to] = value
            }
        }
        for (from, row) in known {
            for (to, value) in row where cells.contains(where: { $0.id == to }) {
                for own in [from, to] where known[own]?[own] == nil { known[own, default: [:]][own] = 10 }
                if known[to]?[from] == nil { known[to, default: [:]][from] = value }
            }
        }
        for index in cells.indices {
            guard let id = cells[index].id, let row = known[id] else { continue }
            cells[index].distances = row.sorted { $0.key < $1.key }.map { NUMA.Distance(id: $0.key, value: $0.value) }
        }
    }

    private static func fillModel(_ domain: inout Domain, _ context: PlanContext) {
        if let mode = domain.cpu?.mode, mode != .custom { return }
        if domain.cpu?.model?.name != nil { return }
        let machine = context.traits.machine
        guard let model = standardModel(machine, context) else { return }
        var cpu = domain.cpu ?? CPU()
        if domain.type == .kvm, context.traits.isS390 {
            cpu.mode = .hostModel
        } else if model == "host" {
            cpu.mode = .hostPassthrough
        } else {
            cpu.mode = .custom
            cpu.match = .exact
            cpu.check = CPU.Check.none
            var named = CPU.Model()
            named.name = model
            named.fallback = .forbid
            cpu.model = named
        }
        domain.cpu = cpu
    }

    /// The machine type's CPU by the name the format uses. 32-bit PowerPC, SPARC and MIPS have no CPU names in it.
    private static func standardModel(_ machine: String, _ context: PlanContext) -> String? {
        let architecture = context.traits.architecture
        guard architecture != "ppc", !architecture.hasPrefix("sparc"), !architecture.hasPrefix("mips") else {
            return nil
        }
        guard let model = context.capabilities.defaultCPUModel(machine: machine, context.accelerator) else {
            return nil
        }
        guard context.traits.isPPC64 else { return model }
        let family = String(model.prefix { $0 != "_" })
        if family.hasPrefix("power") { return "POWER" + family.dropFirst(5) }
        let type = context.capabilities.machine(machine, context.accelerator)?.defaultCPUType
        let names = context.capabilities.cpuModels(context.accelerator).filter { $0.typeName == type }.map(\.name)
        let name = names.first { !(type ?? "").hasPrefix($0 + "_") } ?? family
        return name.hasPrefix("power") ? "POWER" + name.dropFirst(5) : name
    }

    /// How the CPU that QEMU makes is compared with what was asked for.
    private static func fillCheck(_ cpu: inout CPU, _ type: DomainType, _ context: PlanContext) {
        guard cpu.check == nil, let mode = cpu.mode else { return }
        switch mode {
        case .hostPassthrough, .maximum: cpu.check = CPU.Check.none
        case .hostModel: cpu.check = .partial
        case .custom:
            guard cpu.model != nil else { return }
            let compared = type == .kvm && (context.traits.isX86 || context.traits.isS390 || context.traits.isPPC64)
            cpu.check = compared ? .partial : CPU.Check.none
        }
    }

    /// Only POWER's host models carry a name: the compatibility level.
    private static func keepHostModelName(_ cpu: inout CPU, _ traits: MachineTraits) {
        if traits.isPPC64, cpu.model?.name != nil {
            allowFallback(&cpu)
        } else {
            cpu.model = nil
        }
    }

    private static func allowFallback(_ cpu: inout CPU) {
        if cpu.model?.fallback == nil { cpu.model?.fallback = .allow }
    }
}
