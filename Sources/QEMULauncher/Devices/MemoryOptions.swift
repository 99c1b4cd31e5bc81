internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// `-m`, the object behind it, `-overcommit`, `-smp` and `-numa`.
enum MemoryOptions {
    static func memory(_ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let domain = context.domain
        let size = initialSize(context)
        var properties: JSONObject = ["size": .string("\(size / 1024)k")]
        if let maximum = domain.maxMemory, let limit = maximum.size {
            properties.put("slots", maximum.slots)
            properties["maxmem"] = .string("\(round(limit.bytes, to: context.memoryGrain) / 1024)k")
        }
        var options = [QEMUOption(.memory, properties, from: domain.memory?.origin)]
        if let id = context.machine?.defaultRAMID, context.usesSystemMemoryObject {
            options += try systemMemory(id, size, context).make()
        } else if !NUMAOptions.hasObjects(context) {
            options += oldMemoryPath(context)
        }
        let isLocked = domain.memoryBacking.locked
        options.append(QEMUOption(.overcommit, ["mem-lock": .bool(isLocked)], from: domain.memoryBacking.origin))
        return options
    }

    /// Boards without a memory backend take a path for all their memory.
    private static func oldMemoryPath(_ context: BuildContext) -> [QEMUOption] {
        guard context.domain.memoryBacking.allocation?.mode == .immediate else { return [] }
        return [QEMUOption(flag: .memPrealloc, from: context.domain.memoryBacking.origin)]
    }

    static func systemMemory(_ id: String, _ size: UInt64, _ context: BuildContext) -> MemoryBackend {
        MemoryBackend(
            id: id, size: size, isSystemMemory: true, origin: context.domain.memory?.origin ?? XMLOrigin(),
            context: context)
    }

    /// The memory without the modules, in bytes.
    static func initialSize(_ context: BuildContext) -> UInt64 {
        let total = context.domain.memory?.size?.bytes ?? 0
        let grain = context.memoryGrain
        let cells = context.domain.cpu?.numa.cells ?? []
        if !cells.isEmpty { return cells.reduce(0) { $0 &+ round($1.memory?.bytes ?? 0, to: grain) } }
        let modules = context.domain.devices.memories.reduce(UInt64(0)) { $0 &+ ($1.target.size?.bytes ?? 0) }
        return round(total > modules ? total - modules : total, to: grain)
    }

    /// Rounds up; a size that would exceed 64 bits stays.
    static func round(_ size: UInt64, to grain: UInt64) -> UInt64 {
        guard grain > 0, size % grain != 0 else { return size }
        let (rounded, overflow) = size.addingReportingOverflow(grain - size % grain)
        return overflow ? size : rounded
    }

    static func processors(_ context: BuildContext) -> [QEMUOption] {
        let domain = context.domain
        let maximum = domain.vcpu?.count ?? 1
        // Those that may leave come when the machine has started, so that they can.
        let fixed = domain.vcpus.count { $0.enabled == .yes && $0.hotpluggable != .yes }
        let current = fixed > 0 ? UInt32(clamping: fixed) : domain.vcpu?.current ?? maximum
        var properties: JSONObject = ["cpus": JSONValue(current)]
        if current != maximum { properties["maxcpus"] = JSONValue(maximum) }
        if let topology = domain.cpu?.topology {
            properties["sockets"] = JSONValue(topology.sockets ?? 1)
            if context.capabilities.has(option: "smp-opts", parameter: "dies") {
                properties["dies"] = JSONValue(topology.dies ?? 1)
            }
            if context.capabilities.has(option: "smp-opts", parameter: "clusters") {
                properties["clusters"] = JSONValue(topology.clusters ?? 1)
            }
            properties["cores"] = JSONValue(topology.cores ?? 1)
            properties["threads"] = JSONValue(topology.threads ?? 1)
        } else {
            properties["sockets"] = JSONValue(maximum)
            properties["cores"] = 1
            properties["threads"] = 1
        }
        return [QEMUOption(.smp, properties, from: domain.vcpu?.origin)]
    }
}

extension BuildContext {
    var memoryGrain: UInt64 { traits.memoryGrain }

    /// What memory modules are counted in.
    var moduleGrain: UInt64 { traits.isPPC64 ? 256 << 20 : 2 << 20 }

    /// Whether the machine's memory is one object that `-machine memory-backend=` points to.
    var usesSystemMemoryObject: Bool {
        machine?.defaultRAMID != nil && (domain.cpu?.numa.cells.isEmpty ?? true)
    }
}
