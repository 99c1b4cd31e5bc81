internal import VMCore
internal import VMDomain
internal import VMXML

/// `<memory>` among the devices: sizes that POWER's firmware can hand out.
enum MemoryModules {
    /// POWER adds memory in pieces of 256 MiB. A module is as large as it takes to hold what was asked for; what lies in a
    /// file can't be larger than that, so an NVDIMM is as large as fits, with its label beside it.
    static func align(_ domain: inout Domain, _ context: PlanContext) throws(VMError) {
        guard context.traits.isPPC64 else { return }
        let grain = context.traits.memoryGrain
        for index in domain.devices.memories.indices {
            guard let bytes = domain.devices.memories[index].target.size?.bytes else { continue }
            switch domain.devices.memories[index].model {
            case .dimm:
                domain.devices.memories[index].target.size = ScaledSize(bytes: MemoryOptions.round(bytes, to: grain))
            case .nvdimm:
                let name = uuid(of: index, in: domain)
                domain.devices.memories[index].uuid.fill(name)
                let label = domain.devices.memories[index].target.label?.size?.bytes ?? 0
                guard bytes > label, bytes - label >= grain else {
                    throw VMError(
                        .invalidXML, "an NVDIMM of this machine has at least 256 MiB beside its label",
                        remedy: "make the <size> in its <target> larger")
                }
                domain.devices.memories[index].target.size = ScaledSize(
                    bytes: (bytes - label) / grain * grain + label)
            default: break
            }
        }
    }

    /// By which the guest knows the module again: made of the machine's own, so that it stays.
    private static func uuid(of index: Int, in domain: Domain) -> UUID {
        UUID(named: "nvdimm \(domain.uuid.map { "\($0)" } ?? domain.name ?? "") \(index)")
    }
}
