internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// An object that holds guest memory: of the whole machine, of a NUMA cell, or of a memory module.
struct MemoryBackend {
    var id: String
    var size: UInt64
    /// The guest's NUMA cell; nil for the whole machine.
    var cell: UInt32?
    /// Whether this is the machine's own memory, whose name in migration must stay what it was.
    var isSystemMemory = false
    var device: MemoryDevice?
    var origin: XMLOrigin
    let context: BuildContext

    private var domain: Domain { context.domain }

    /// The options: the object, and before it the thread context that allocates it on its nodes.
    func make() throws(VMError) -> [QEMUOption] {
        var properties = JSONObject()
        let page = hugePage
        let nodes = hostNodes
        var preallocates = domain.memoryBacking.allocation?.mode == .immediate
        if device?.model == .virtioMEM { preallocates = false }
        switch kind(page) {
        case .epc:
            properties["qom-type"] = "memory-backend-epc"
            preallocates = true
        case .memfd:
            properties["qom-type"] = "memory-backend-memfd"
            if let page {
                properties["hugetlb"] = true
                properties["hugetlbsize"] = JSONValue(page.size << 10)
                if device?.model != .virtioMEM { preallocates = true }
            }
        case .file:
            properties["qom-type"] = "memory-backend-file"
            properties["mem-path"] = .string(path(page))
            if page != nil || device?.source.path != nil, device?.model != .virtioMEM, device?.model != .virtioPMEM {
                preallocates = true
            }
            if device?.source.pmem == true { preallocates = false }
            properties.put("discard-data", discard)
        case .ram: properties["qom-type"] = "memory-backend-ram"
        }
        properties["id"] = .string(id)
        properties["share"] = shared.map { .bool($0) }
        if isSystemMemory, properties["qom-type"] != "memory-backend-ram",
            context.capabilities.has(
                object: properties["qom-type"]?.string ?? "", property: "x-use-canonical-path-for-ramblock-id")
        {
            properties["x-use-canonical-path-for-ramblock-id"] = false
        }
        if preallocates {
            properties["prealloc"] = true
        }
        if preallocates || device == nil || device?.model == .virtioPMEM {
            properties.put("prealloc-threads", domain.memoryBacking.allocation?.threads)
        }
        if device?.model == .virtioMEM { properties["reserve"] = false }
        properties["size"] = JSONValue(size)
        if let align = device?.source.alignsize { properties["align"] = JSONValue(align.bytes) }
        if device?.source.pmem == true { properties["pmem"] = true }
        return putNodes(nodes, preallocates, &properties)
    }

    private func putNodes(
        _ nodes: (set: CPUSet, mode: NUMATuning.Mode)?, _ preallocates: Bool, _ properties: inout JSONObject
    ) -> [QEMUOption] {
        var before: [QEMUOption] = []
        if let nodes, nodes.mode != .restrictive {
            let list = JSONValue.array(nodes.set.members.map { JSONValue($0) })
            properties["host-nodes"] = list
            properties["policy"] =
                switch nodes.mode {
                case .strict: "bind"
                case .preferred: "preferred"
                case .interleave: "interleave"
                case .restrictive: "default"
                }
            if preallocates, device?.model != .sgxEPC, context.capabilities.has(type: "thread-context") {
                properties["prealloc-context"] = .string("tc-" + id)
                before.append(
                    QEMUOption(
                        .object,
                        ["qom-type": "thread-context", "id": .string("tc-" + id), "node-affinity": list],
                        from: origin))
            }
        }
        return before + [QEMUOption(.object, properties, from: origin)]
    }

    /// Whether a device that hands memory out in pieces is to have them at once.
    var preallocatesPieces: Bool { hugePage != nil || domain.memoryBacking.allocation?.mode == .immediate }

    // MARK: What kind of memory

    private enum Kind { case ram, file, memfd, epc }

    private func kind(_ page: Page?) -> Kind {
        if device?.model == .sgxEPC { return .epc }
        let source = domain.memoryBacking.source?.type
        if device?.source.path == nil, source == .memfd { return .memfd }
        if page != nil || device?.source.path != nil || shared != nil || source == .file { return .file }
        return .ram
    }

    /// Whether something about this memory can't be said without an object of its own.
    var isSpecial: Bool { kind(hugePage) != .ram || hostNodes != nil }

    private var cellSettings: NUMA.Cell? {
        cell.flatMap { cell in domain.cpu?.numa.cells.first { $0.id == cell } }
    }

    private var shared: Bool? {
        if let access = device?.access { return access == .shared }
        if device?.model == .virtioPMEM { return true }
        return (cellSettings?.memAccess ?? domain.memoryBacking.access?.mode).map { $0 == .shared }
    }

    private var discard: YesNo? {
        // What is in a file on purpose stays there.
        if device?.model == .nvdimm || device?.model == .virtioPMEM { return device?.discard }
        return device?.discard ?? cellSettings?.discard ?? (domain.memoryBacking.discard ? .yes : nil)
    }

    private func path(_ page: Page?) -> String {
        if let path = device?.source.path { return path }
        let folders = context.host.folders
        if let page { return "\(page.mount)/libvirt/qemu/\(domain.uuid?.description ?? "")" }
        return "\(folders.memory)/\(id)"
    }

    // MARK: Huge pages

    struct Page {
        var size: UInt64
        var mount: String
    }

    /// The huge pages this memory consists of; nil for ordinary ones.
    private var hugePage: Page? {
        var wanted: UInt64?
        if let size = device?.source.pagesize {
            wanted = size.kibibytes
        } else if let pages = domain.memoryBacking.hugepages {
            if pages.pages.isEmpty {
                wanted = 0
            } else if let match = pages.pages.first(where: { page in
                page.nodeset.map { set in cell.map { set.contains(Int($0)) } ?? false } ?? false
            }) ?? pages.pages.first(where: { $0.nodeset == nil }) {
                wanted = match.size?.kibibytes ?? 0
            } else if cell == nil, let only = pages.pages.first {
                wanted = only.size?.kibibytes ?? 0
            }
        }
        guard let wanted, wanted << 10 != context.host.pageSize else { return nil }
        let mounts = context.host.hugePages
        let mount = wanted == 0 ? mounts.first { $0.isDefault } ?? mounts.first : mounts.first { $0.sizeKiB == wanted }
        return Page(size: mount?.sizeKiB ?? wanted, mount: mount?.mount ?? "/dev/hugepages")
    }

    // MARK: Nodes of the host

    private var hostNodes: (set: CPUSet, mode: NUMATuning.Mode)? {
        if let mask = device?.source.nodemask { return (mask, tuningMode ?? .strict) }
        let tuning = domain.numatune
        if let cell, let node = tuning.memnodes.first(where: { $0.cellid == cell }), let set = node.nodeset {
            return (set, node.mode ?? .strict)
        }
        guard let memory = tuning.memory else { return nil }
        if memory.placement == .auto {
            return context.host.automaticNodes.flatMap { CPUSet(xml: $0) }.map { ($0, memory.mode ?? .strict) }
        }
        return memory.nodeset.map { ($0, memory.mode ?? .strict) }
    }

    private var tuningMode: NUMATuning.Mode? {
        cell.flatMap { cell in domain.numatune.memnodes.first { $0.cellid == cell }?.mode }
            ?? domain.numatune.memory?.mode
    }
}
