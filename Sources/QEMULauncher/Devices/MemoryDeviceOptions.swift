internal import VMCore
internal import VMDomain
internal import VMJSON

/// `<memory model=…>` of `<devices>`: memory modules.
enum MemoryDeviceOptions {
    static func make(_ memory: MemoryDevice, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let options = try MemoryBackend(
            id: "mem" + memory.alias.id,
            size: MemoryOptions.round(memory.target.size?.bytes ?? 0, to: context.moduleGrain),
            cell: memory.target.node,
            device: memory, origin: memory.origin, context: context
        ).make()
        // Enclaves' memory is told to the machine itself.
        if memory.model == .sgxEPC { return options }
        return options + (try device(memory, context))
    }

    private static func device(_ memory: MemoryDevice, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
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
        if memory.model == .virtioMEM, context.domain.memoryBacking.allocation?.mode == .immediate {
            properties["prealloc"] = true
        }
        if let base = memory.target.address?.base { properties["memaddr"] = JSONValue(base) }
        properties.put("dynamic-memslots", memory.target.dynamicMemslots)
        properties["id"] = .string(memory.alias.id)
        return try context.device(properties, at: memory.address, acpi: memory.acpi, from: memory.origin)
    }
}
