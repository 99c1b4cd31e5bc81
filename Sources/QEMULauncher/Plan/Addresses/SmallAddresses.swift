internal import VMCore
internal import VMDomain

/// Addresses on buses that need no planning of their own.
enum SmallAddresses {
    /// Virtio devices of ARM boards without PCI, and slots of memory modules.
    static let apply: Planner.Pass = { domain, context throws(VMError) in
        if context.traits.family == .armBoard && context.traits.machine.hasPrefix("vexpress")
            || context.traits.family == .virt && isOnMMIO(domain.devices)
        {
            for slot in domain.devices.boardSlots where domain.devices[addressOf: slot] == nil {
                domain.devices[addressOf: slot] = DeviceAddress(type: .virtioMMIO)
            }
        }
        try assignModuleSlots(&domain)
    }

    /// A document that puts one device on virtio-mmio means all that don't say where they are.
    private static func isOnMMIO(_ devices: Devices) -> Bool {
        devices.all.contains { $0.element.address?.type == .virtioMMIO }
    }

    private static func assignModuleSlots(_ domain: inout Domain) throws(VMError) {
        var taken = Set(domain.devices.memories.compactMap { $0.address?.type == .dimm ? $0.address?.slot : nil })
        for index in domain.devices.memories.indices {
            let memory = domain.devices.memories[index]
            guard memory.model == .dimm || memory.model == .nvdimm, memory.address?.slot == nil else { continue }
            let slots = domain.maxMemory?.slots ?? 0
            guard let free = (0..<max(slots, 1)).first(where: { !taken.contains($0) }), slots > 0 else {
                throw VMError(
                    .unsupported, "no free memory device slot available",
                    remedy: "raise the 'slots' of <maxMemory>")
            }
            taken.insert(free)
            var address = memory.address ?? DeviceAddress(type: .dimm)
            address.slot = free
            domain.devices.memories[index].address = address
        }
    }
}
