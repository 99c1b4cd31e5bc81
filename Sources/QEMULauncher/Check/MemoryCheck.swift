internal import VMCore
internal import VMDomain
internal import VMXML

/// Memory: its size as QEMU takes it, huge pages, and the host's nodes.
enum MemoryCheck {
    static let definition: DomainCheck.Check = { v, context in
        let domain = v.domain
        let cells = domain.cpu?.numa.cells ?? []
        if domain.memory?.size?.bytes ?? 0 == 0 {
            v.error(
                "missing-element", "a machine needs <memory>, or cells of <numa> that have some", at: .child("memory"))
        }
        if domain.maxMemory != nil, cells.isEmpty, context.traits.isX86 {
            v.error(
                "memory-without-cells", "memory that can grow needs at least one NUMA cell in <cpu><numa>",
                at: .child("maxMemory"))
        }
        checkModules(cells.isEmpty, &v, context)
    }

    private static func checkModules(_ isWithoutCells: Bool, _ v: inout Validation, _ context: PlanContext) {
        var plugged: UInt64 = 0
        for memory in v.domain.devices.memories {
            plugged = plugged.addingReportingOverflow(memory.target.size?.bytes ?? 0).partialValue
        }
        let total = v.domain.memory?.size?.bytes ?? 0
        v.each("devices/memory", v.domain.devices.memories) { v, memory in
            if plugged > total || plugged == total && isWithoutCells {
                v.error(
                    "memory-too-small", "the memory devices have more memory than the machine", at: .child("target"))
            }
            if let driver = driver(of: memory.model), !context.has(driver) {
                v.error(
                    "memory-emulator", "this QEMU has no memory devices of the model '\(memory.model.rawValue)'",
                    at: .attribute("model"), found: memory.model.rawValue)
            }
            if !isWithoutCells, memory.target.node == nil, [.dimm, .nvdimm, .virtioMEM].contains(memory.model) {
                v.error("missing-element", "a memory device needs the <node> that it belongs to", at: .child("target"))
            }
        }
    }

    private static func driver(of model: MemoryDevice.Model) -> String? {
        switch model {
        case .dimm: "pc-dimm"
        case .nvdimm: "nvdimm"
        case .virtioMEM: "virtio-mem-pci"
        case .virtioPMEM: "virtio-pmem-pci"
        default: nil
        }
    }

    static let launch: DomainCheck.Check = { v, context in
        checkSizes(&v, context)
        checkHugePages(&v, context)
        checkNodes(&v, context)
    }

    // MARK: Sizes

    /// QEMU wants whole grains; what would no longer be a number then can't be had.
    private static func checkSizes(_ v: inout Validation, _ context: PlanContext) {
        let domain = v.domain
        let grain = context.traits.memoryGrain
        func fits(_ size: ScaledSize?) -> Bool {
            guard let bytes = size?.bytes else { return true }
            let (sum, overflow) = bytes.addingReportingOverflow(grain - 1)
            return !overflow && sum / grain * grain <= UInt64(Int64.max) - 1023
        }
        let message = "the size overflows when it is rounded up to whole \(grain >> 20) MiB"
        if !fits(domain.memory?.size) { v.error("memory-overflow", message, at: .child("memory")) }
        if !fits(domain.maxMemory?.size) { v.error("memory-overflow", message, at: .child("maxMemory")) }
        v.each("cpu/numa/cell", domain.cpu?.numa.cells ?? []) { v, cell in
            if !fits(cell.memory) { v.error("memory-overflow", message, at: .attribute("memory")) }
        }
        v.each("devices/memory", domain.devices.memories) { v, module in
            if !fits(module.target.size) {
                v.error("memory-overflow", message, at: .child(["target", "size"]))
            }
        }
    }

    // MARK: Huge pages

    private static func checkHugePages(_ v: inout Validation, _ context: PlanContext) {
        // Where nobody looked for mounts, nothing is known of them.
        let mounts = context.host.hugePages
        guard !mounts.isEmpty else { return }
        func isUsable(_ size: ScaledSize?) -> Bool {
            guard let size else { return true }
            return size.bytes == context.host.pageSize || mounts.contains { $0.sizeKiB == size.kibibytes }
        }
        v.each("memoryBacking/hugepages/page", v.domain.memoryBacking.hugepages?.pages ?? []) { v, page in
            guard !isUsable(page.size) else { return }
            v.error(
                "no-huge-pages",
                "there is no usable hugetlbfs mount for pages of \(page.size?.kibibytes ?? 0) KiB",
                at: .attribute("size"), accepted: mounts.map { "\($0.sizeKiB) KiB" })
        }
        v.each("devices/memory", v.domain.devices.memories) { v, module in
            guard !isUsable(module.source.pagesize) else { return }
            v.error(
                "no-huge-pages",
                "there is no usable hugetlbfs mount for pages of \(module.source.pagesize?.kibibytes ?? 0) KiB",
                at: .child(["source", "pagesize"]), accepted: mounts.map { "\($0.sizeKiB) KiB" })
        }
    }

    // MARK: Nodes of the host

    private static func checkNodes(_ v: inout Validation, _ context: PlanContext) {
        let nodes = Set(context.host.numaNodes)
        guard !nodes.isEmpty else { return }
        func missing(_ set: CPUSet?) -> Int? { set?.members.lazy.map { Int($0) }.first { !nodes.contains($0) } }
        let tuning = v.domain.numatune
        if let memory = tuning.memory, let node = missing(memory.nodeset) {
            v.error(
                "no-host-node", "NUMA node \(node) is unavailable on this host", at: .child(["numatune", "memory"]),
                found: memory.nodeset?.xml)
        }
        v.each("numatune/memnode", tuning.memnodes) { v, memnode in
            guard let node = missing(memnode.nodeset) else { return }
            v.error(
                "no-host-node", "NUMA node \(node) is unavailable on this host", at: .attribute("nodeset"),
                found: memnode.nodeset?.xml)
        }
        v.each("devices/memory", v.domain.devices.memories) { v, module in
            guard let node = missing(module.source.nodemask) else { return }
            v.error(
                "no-host-node", "NUMA node \(node) is unavailable on this host", at: .child(["source", "nodemask"]))
        }
    }
}
