/// The host and what its emulators can be: `capabilities`.
public struct HostCapabilities: Sendable {
    public var host: HostDescription
    public var guests: [Guest]

    /// What one emulator runs.
    public struct Guest: Sendable {
        public var emulator: String
        public var capabilities: Capabilities

        public init(emulator: String, capabilities: Capabilities) {
            self.emulator = emulator
            self.capabilities = capabilities
        }
    }

    public init(host: HostDescription, guests: [Guest]) {
        self.host = host
        self.guests = guests.sorted { $0.capabilities.architecture < $1.capabilities.architecture }
    }
}

extension HostCapabilities.Guest {
    var architecture: String { capabilities.architecture }

    var wordSize: Int {
        ["arm", "i386", "ppc", "mips", "mipsel", "riscv32", "sparc", "m68k", "sh4", "xtensa", "or1k", "microblaze"]
            .contains(capabilities.target) ? 32 : 64
    }

    private var accelerator: Accelerator { capabilities.accelerators.last ?? .tcg }

    /// The default machine first, then the others from the newest version on.
    var machines: [Machine] {
        capabilities.machines(accelerator).filter { $0.name != "none" }.sorted { a, b in
            if a.isDefault != b.isDefault { return a.isDefault }
            let (left, right) = (Machine.family(of: a.name), Machine.family(of: b.name))
            return left == right
                ? Self.version(a.name).lexicographicallyPrecedes(Self.version(b.name), by: >) : left < right
        }
    }

    private static func version(_ name: String) -> [Int] {
        name.split { !$0.isNumber }.compactMap { Int($0) }
    }

    /// Values of `<domain type=…>`.
    var domainTypes: [String] {
        capabilities.accelerators.reversed().map { $0 == .tcg ? "qemu" : $0.rawValue }
    }

    var isX86: Bool { capabilities.target == "x86_64" || capabilities.target == "i386" }
}

// MARK: XML

extension HostCapabilities {
    /// The document that `capabilities` prints.
    public var document: DescribedElement {
        DescribedElement("capabilities", children: [hostElement] + guests.map(\.element))
    }

    private var hostElement: DescribedElement {
        var children: [DescribedElement] = []
        if let uuid = host.uuid { children.append(.init("uuid", text: uuid)) }
        children.append(processorElement)
        var sleep: [DescribedElement] = []
        if host.canSuspendToMemory { sleep.append(.init("suspend_mem")) }
        if host.canSuspendToDisk { sleep.append(.init("suspend_disk")) }
        children.append(.init("power_management", children: sleep))
        children.append(.init("iommu", ["support": host.hasIOMMU ? "yes" : "no"]))
        children.append(
            .init(
                "topology",
                children: [.init("cells", ["num": String(host.nodes.count)], children: host.nodes.map(\.element))]))
        return DescribedElement("host", children: children)
    }

    /// What the flags are called by the emulator for the host's own architecture.
    var features: [String] {
        let own = guests.first { $0.architecture == host.processor.architecture } ?? guests.first
        return own.map { host.processor.features(known: $0.capabilities) } ?? []
    }

    private var processorElement: DescribedElement {
        let cpu = host.processor
        var children: [DescribedElement] = [.init("arch", text: cpu.architecture)]
        if let vendor = cpu.vendor { children.append(.init("vendor", text: vendor)) }
        if let microcode = cpu.microcode { children.append(.init("microcode", ["version": String(microcode)])) }
        if let family = cpu.family, let model = cpu.model, let stepping = cpu.stepping {
            children.append(
                .init(
                    "signature", ["family": String(family), "model": String(model), "stepping": String(stepping)]))
        }
        children.append(
            .init(
                "topology",
                [
                    "sockets": String(cpu.sockets), "dies": String(cpu.dies), "cores": String(cpu.cores),
                    "threads": String(cpu.threads),
                ]))
        if let bits = cpu.physicalAddressBits {
            children.append(.init("maxphysaddr", ["mode": "emulate", "bits": String(bits)]))
        }
        children += features.map { .init("feature", ["name": $0]) }
        children += host.pageSizes.map { .init("pages", ["unit": "KiB", "size": String($0)]) }
        return DescribedElement("cpu", children: children)
    }
}

extension HostNode {
    var element: DescribedElement {
        var children: [DescribedElement] = [.init("memory", ["unit": "KiB"], text: String(memoryKiB))]
        children += pages.map {
            .init("pages", ["unit": "KiB", "size": String($0.sizeKiB)], text: String($0.count))
        }
        if !distances.isEmpty {
            children.append(
                .init(
                    "distances",
                    children: distances.enumerated().map {
                        .init("sibling", ["id": String($0.offset), "value": String($0.element)])
                    }))
        }
        let cpus = processors.map { cpu in
            DescribedElement(
                "cpu",
                [
                    "id": String(cpu.id), "socket_id": String(cpu.socket), "die_id": String(cpu.die),
                    "core_id": String(cpu.core), "siblings": cpu.siblings,
                ])
        }
        children.append(.init("cpus", ["num": String(processors.count)], children: cpus))
        return DescribedElement("cell", ["id": String(id)], children: children)
    }
}

extension HostCapabilities.Guest {
    var element: DescribedElement {
        var children: [DescribedElement] = [
            .init("wordsize", text: String(wordSize)), .init("emulator", text: emulator),
        ]
        for machine in machines {
            let deprecated = machine.isDeprecated ? "yes" : nil
            let cpus = String(machine.maximumCPUs)
            children.append(.init("machine", ["maxCpus": cpus, "deprecated": deprecated], text: machine.name))
            if let alias = machine.alias {
                children.append(
                    .init(
                        "machine", ["canonical": machine.name, "maxCpus": cpus, "deprecated": deprecated],
                        text: alias))
            }
        }
        children += domainTypes.map { .init("domain", ["type": $0]) }
        return DescribedElement(
            "guest",
            children: [
                .init("os_type", text: "hvm"), .init("arch", ["name": architecture], children: children),
                .init("features", children: features.map(\.element)),
            ])
    }

    struct Switch {
        var name: String
        var standard: String?
        var toggle: String?

        var element: DescribedElement { DescribedElement(name, ["default": standard, "toggle": toggle]) }
    }

    var features: [Switch] {
        var all: [Switch] = []
        if capabilities.target == "i386" { all += [Switch(name: "pae"), Switch(name: "nonpae")] }
        if isX86 {
            all.append(Switch(name: "acpi", standard: "on", toggle: "yes"))
            all.append(Switch(name: "apic", standard: "on", toggle: "no"))
        }
        if capabilities.accepts(command: "query-cpu-definitions") { all.append(Switch(name: "cpuselection")) }
        all.append(Switch(name: "deviceboot"))
        if capabilities.accepts(command: "blockdev-snapshot") {
            all.append(Switch(name: "disksnapshot", standard: "on", toggle: "no"))
        }
        return all
    }
}
