/// The parts of a document outside of `<devices>`, as a command line gives them.
struct NativeGeneral {
    var domainType = "qemu"
    var name = "unnamed"
    var uuid: String?
    var memoryKiB: UInt64 = 128 << 10
    var maximumMemoryKiB: UInt64?
    var memorySlots: Int?
    var memorySource: String?
    var sharesMemory = false
    var allocatesMemory = false
    var locksMemory = false
    var processors = 1
    var maximumProcessors: Int?
    var topology: [(String, Int)] = []
    var ioThreads = 0
    var machine: String?
    var loader: DescribedElement?
    var nvram: DescribedElement?
    var kernel: String?
    var initrd: String?
    var commandLine: String?
    var deviceTree: String?
    var bootOrder: [String] = []
    var hasBootMenu: Bool?
    var hasACPI = true
    var hasSMM: Bool?
    var hasVMPort: Bool?
    var cpu: DescribedElement?
    var cpuFeatures: [DescribedElement] = []
    var clock = "utc"
    var timers: [DescribedElement] = []
    var onReboot: String?

    func elements(isX86: Bool, architecture: String) -> [DescribedElement] {
        var list: [DescribedElement] = [.init("name", text: name)]
        if let uuid { list.append(.init("uuid", text: uuid)) }
        if let maximumMemoryKiB {
            list.append(
                .init(
                    "maxMemory", ["slots": memorySlots.map(String.init), "unit": "KiB"],
                    text: String(maximumMemoryKiB)))
        }
        list.append(.init("memory", ["unit": "KiB"], text: String(memoryKiB)))
        list += memoryBacking
        let maximum = maximumProcessors ?? processors
        list.append(
            .init(
                "vcpu", ["placement": "static", "current": maximum == processors ? nil : String(processors)],
                text: String(maximum)))
        if ioThreads > 0 { list.append(.init("iothreads", text: String(ioThreads))) }
        list.append(os(architecture))
        let features = features(isX86, architecture)
        if !features.isEmpty { list.append(.init("features", children: features)) }
        if let cpu = cpuElement { list.append(cpu) }
        list.append(.init("clock", ["offset": clock], children: timers))
        if let onReboot { list.append(.init("on_reboot", text: onReboot)) }
        return list
    }

    private var memoryBacking: [DescribedElement] {
        var children: [DescribedElement] = []
        if locksMemory { children.append(.init("locked")) }
        if let memorySource { children.append(.init("source", ["type": memorySource])) }
        if sharesMemory { children.append(.init("access", ["mode": "shared"])) }
        if allocatesMemory { children.append(.init("allocation", ["mode": "immediate"])) }
        return children.isEmpty ? [] : [.init("memoryBacking", children: children)]
    }

    private func os(_ architecture: String) -> DescribedElement {
        var children: [DescribedElement] = [
            .init("type", ["arch": architecture, "machine": machine], text: "hvm")
        ]
        children += [loader, nvram].compactMap(\.self)
        for (name, text) in [
            ("kernel", kernel), ("initrd", initrd), ("cmdline", commandLine), ("dtb", deviceTree),
        ] {
            if let text { children.append(.init(name, text: text)) }
        }
        children += bootOrder.map { .init("boot", ["dev": $0]) }
        if let hasBootMenu { children.append(.init("bootmenu", ["enable": hasBootMenu ? "yes" : "no"])) }
        return DescribedElement("os", children: children)
    }

    private func features(_ isX86: Bool, _ architecture: String) -> [DescribedElement] {
        let board = machine ?? "pc"
        let canACPI = isX86 ? !["isapc", "none", "microvm"].contains(board) : architecture == "aarch64"
        var list: [DescribedElement] = []
        if hasACPI, canACPI { list.append(.init("acpi")) }
        if let hasVMPort { list.append(.init("vmport", ["state": hasVMPort ? "on" : "off"])) }
        if let hasSMM { list.append(.init("smm", ["state": hasSMM ? "on" : "off"])) }
        return list
    }

    private var cpuElement: DescribedElement? {
        if cpu == nil, topology.isEmpty, maximumMemoryKiB == nil { return nil }
        var element = cpu ?? DescribedElement("cpu")
        if !topology.isEmpty { element.children.append(topologyElement) }
        element.children += cpuFeatures
        if maximumMemoryKiB != nil {
            // A document whose memory can grow has to say of which cell it is.
            let last = max(1, maximumProcessors ?? processors) - 1
            let cell = DescribedElement(
                "cell",
                [
                    "id": "0", "cpus": last == 0 ? "0" : "0-\(last)", "memory": String(memoryKiB), "unit": "KiB",
                ])
            element.children.append(.init("numa", children: [cell]))
        }
        return element
    }

    /// QEMU fills up what isn't given, cores first; a document has to name all.
    private var topologyElement: DescribedElement {
        let given = Dictionary(topology) { $1 }
        let maximum = maximumProcessors ?? processors
        let sockets = max(1, given["sockets"] ?? 1)
        let dies = max(1, given["dies"] ?? 1)
        let threads = max(1, given["threads"] ?? 1)
        let others = sockets.multipliedReportingOverflow(by: dies).partialValue
            .multipliedReportingOverflow(by: threads).partialValue
        let cores = given["cores"] ?? max(1, maximum / max(1, others))
        let sum = others.multipliedReportingOverflow(by: max(1, cores)).partialValue
        // All but the sockets given: they are what is left.
        let left = given["sockets"] == nil && sum > 0 && maximum % sum == 0 ? maximum / sum : sockets
        return DescribedElement(
            "topology",
            [
                "sockets": String(left), "dies": String(dies), "cores": String(max(1, cores)),
                "threads": String(threads),
            ])
    }
}
