internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// `<memory model=…>` of `<devices>`: memory modules.
enum MemoryDeviceOptions {
    static func make(_ memory: MemoryDevice, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let backend = MemoryBackend(
            id: "mem" + memory.alias.id,
            // An NVDIMM of POWER has its label beside a whole number of pieces.
            size: MemoryOptions.round(
                memory.target.size?.bytes ?? 0,
                to: memory.model == .nvdimm && context.traits.isPPC64 ? 1 : context.moduleGrain),
            cell: memory.target.node,
            device: memory, origin: memory.origin, context: context)
        let options = try backend.make()
        // Enclaves' memory is told to the machine itself.
        if memory.model == .sgxEPC { return options }
        return options + (try device(memory, backend, context))
    }

    private static func device(
        _ memory: MemoryDevice, _ backend: MemoryBackend, _ context: BuildContext
    ) throws(VMError) -> [QEMUOption] {
        var properties: JSONObject = [:]
        switch memory.model {
        case .dimm: properties["driver"] = "pc-dimm"
        case .nvdimm: properties["driver"] = "nvdimm"
        case .virtioPMEM: properties["driver"] = .string(context.virtioDriver("virtio-pmem", at: memory.address))
        case .virtioMEM: properties["driver"] = .string(context.virtioDriver("virtio-mem", at: memory.address))
        case .sgxEPC: return []
        }
        if memory.model != .virtioPMEM { properties.put("node", memory.target.node) }
        if let label = memory.target.label?.size { properties["label-size"] = JSONValue(label.bytes) }
        if let block = memory.target.block { properties["block-size"] = JSONValue(block.bytes) }
        if let requested = memory.target.requested { properties["requested-size"] = JSONValue(requested.bytes) }
        properties.put("uuid", memory.uuid?.description)
        if memory.target.readonly { properties["unarmed"] = true }
        properties["memdev"] = .string("mem" + memory.alias.id)
        if memory.model == .virtioMEM, backend.preallocatesPieces { properties["prealloc"] = true }
        if let base = memory.target.address?.base { properties["memaddr"] = JSONValue(base) }
        properties.put("dynamic-memslots", memory.target.dynamicMemslots)
        if memory.isVirtio { properties.put(memory.driver) }
        properties["id"] = .string(memory.alias.id)
        if memory.model == .dimm || memory.model == .nvdimm { properties.put("slot", slot(of: memory, context)) }
        // On s390 QEMU itself makes the zPCI device of a memory device.
        return try context.device(properties, at: memory.address, acpi: memory.acpi, from: memory.origin)
            .filter { $0["driver"] != "zpci" }
    }

    /// The slot of a module: its own, or the first that no other has.
    private static func slot(of memory: MemoryDevice, _ context: BuildContext) -> UInt32? {
        if let slot = memory.address?.slot { return slot }
        let modules = context.domain.devices.memories.filter { $0.model == .dimm || $0.model == .nvdimm }
        var taken = Set(modules.compactMap { $0.address?.slot })
        for module in modules where module.address?.slot == nil {
            var next: UInt32 = 0
            while taken.contains(next) { next += 1 }
            if module.alias?.name == memory.alias?.name { return next }
            taken.insert(next)
        }
        return nil
    }
}
