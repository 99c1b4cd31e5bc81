internal import VMCore
internal import VMDomain
internal import VMXML

/// What a domain gets only when it is defined: with older definitions it would change the machine.
enum NewDefinition {
    static let apply: Planner.Pass = { domain, context throws(VMError) in
        guard context.options.isNewDefinition else { return }
        try refuse(domain, context)
        // Of RISC-V only where something is said of the processors already.
        if !context.traits.isS390, !context.traits.isRISCV || domain.cpu != nil { addCell(&domain, context) }
        try MemoryModules.align(&domain, context)
        sumMemory(&domain)
    }

    /// What older versions took and passed over.
    private static func refuse(_ domain: Domain, _ context: PlanContext) throws(VMError) {
        let machine = context.capabilities.machine(context.traits.machine, context.accelerator)
        if context.traits.isS390, domain.features.acpi, machine?.acpi == false {
            throw VMError(
                .unsupported, "machine type '\(context.traits.machine)' does not support ACPI",
                remedy: "take <acpi/> out of <features>")
        }
        if domain.os.firmware == nil, !domain.os.firmwareFeatures.isEmpty {
            throw VMError(
                .unsupported, "features of a firmware are asked for, but <os> doesn't ask for one to be chosen",
                remedy: "write <os firmware='efi'>, or take <firmware> out")
        }
    }

    // MARK: Memory

    /// QEMU can't add memory to a machine without NUMA cells.
    static func addCell(_ domain: inout Domain, _ context: PlanContext) {
        let modules = domain.devices.memories
        guard domain.maxMemory != nil, domain.cpu?.numa.cells.isEmpty ?? true,
            let total = domain.memory?.size?.bytes, let plugged = sum(modules.map(\.target.size)), total > plugged
        else { return }
        var cell = NUMA.Cell()
        cell.id = 0
        cell.memory = ScaledSize(bytes: total - plugged)
        cell.cpus = CPUSet(0...Int(clamping: max(domain.vcpu?.count ?? 1, 1) - 1))
        domain.cpu.fill(CPU())
        domain.cpu?.numa.cells = [cell]
        let grain = context.traits.memoryGrain
        for index in modules.indices {
            if modules[index].model != .virtioPMEM { domain.devices.memories[index].target.node.fill(0) }
            guard let bytes = modules[index].target.size?.bytes, bytes <= UInt64.max - grain else { continue }
            domain.devices.memories[index].target.size = ScaledSize(bytes: (bytes + grain - 1) / grain * grain)
        }
    }

    /// The cells and the modules together are the machine's memory, whatever the document says.
    private static func sumMemory(_ domain: inout Domain) {
        let cells = domain.cpu?.numa.cells ?? []
        guard !cells.isEmpty, let inCells = sum(cells.map(\.memory)),
            let plugged = sum(domain.devices.memories.map(\.target.size))
        else { return }
        let (total, overflow) = inCells.addingReportingOverflow(plugged)
        guard !overflow, total > 0 else { return }
        domain.memory.fill(Memory(ScaledSize(bytes: total)))
        domain.memory?.size = ScaledSize(bytes: total)
        if let current = domain.currentMemory?.size {
            domain.currentMemory?.size = min(current, ScaledSize(bytes: total))
        }
    }

    /// Nil when it is too much to count.
    private static func sum(_ sizes: [ScaledSize?]) -> UInt64? {
        var total: UInt64 = 0
        for size in sizes {
            let (next, overflow) = total.addingReportingOverflow(size?.bytes ?? 0)
            guard !overflow else { return nil }
            total = next
        }
        return total
    }
}
