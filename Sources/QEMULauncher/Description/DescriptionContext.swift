internal import VMJSON

/// What an emulator's answers mean for domains of one machine type: everything but the devices.
struct DescriptionContext {
    typealias Feature = DomainCapabilities.Feature
    typealias Enumeration = DomainCapabilities.Enumeration

    let capabilities: Capabilities
    let machine: Machine
    let accelerator: Accelerator
    let traits: MachineTraits
    let host: HostFacts

    /// The words whose condition holds, in their order.
    func words(_ pairs: KeyValuePairs<String, Bool>) -> [String] { pairs.filter(\.value).map(\.key) }

    func has(_ type: String) -> Bool { capabilities.has(type: type) }

    // MARK: Firmware and memory

    var firmware: DomainCapabilities.FirmwareChoice {
        let names = [machine.name] + (machine.alias.map { [$0] } ?? [])
        let fitting = host.firmware.filter { $0.supports(target: capabilities.target, machines: names) }
        var choice = DomainCapabilities.FirmwareChoice()
        choice.interfaces = words([
            "bios": fitting.contains { $0.interfaces.contains("bios") },
            "efi": fitting.contains { $0.interfaces.contains("uefi") },
        ])
        for path in fitting.map(\.executable) where !choice.paths.contains(path) { choice.paths.append(path) }
        choice.loaderTypes = words([
            "rom": true,
            // Boards make the property for it only when they are built, so that no answer lists it.
            "pflash": has("cfi.pflash01") && traits.family != .microvm && traits.family != .isapc,
        ])
        // Secure boot needs firmware made for it and a machine that has system management mode.
        let isSecure = fitting.contains { $0.features.contains("secure-boot") && $0.features.contains("requires-smm") }
        choice.secure = words([
            "yes": isSecure && capabilities.has(machine: machine.name, property: "smm"), "no": true,
        ])
        return choice
    }

    var memoryBacking: Feature {
        Feature(
            "memoryBacking",
            [
                Enumeration(
                    "sourceType",
                    words([
                        "file": has("memory-backend-file"), "anonymous": has("memory-backend-ram"),
                        "memfd": has("memory-backend-memfd"),
                    ]))
            ])
    }

    // MARK: CPU

    var cpuModes: [DomainCapabilities.CPUMode] {
        let onOff = ["on", "off"]
        let canMigrate = capabilities.has(cpuProperty: "migratable")
        let hasHost = accelerator != .tcg
        let hasMaximum = capabilities.cpuModel("max", accelerator) != nil
        let model = hostModel
        return [
            .init(
                name: "host-passthrough", isSupported: hasHost,
                enumerations: hasHost && canMigrate ? [.init("hostPassthroughMigratable", onOff)] : []),
            .init(
                name: "maximum", isSupported: hasMaximum,
                enumerations: hasMaximum && canMigrate ? [.init("maximumMigratable", onOff)] : []),
            .init(name: "host-model", isSupported: model != nil, hostModel: model),
            .init(name: "custom", isSupported: !namedModels.isEmpty, models: namedModels),
        ]
    }

    /// The models that a document can name; what stands for the host, or for everything, has modes of its own.
    private var namedModels: [CPUModel] {
        capabilities.cpuModels(accelerator).filter { !["host", "max", "base"].contains($0.name) }
            .sorted { $0.name > $1.name }
    }

    private var hostModel: DomainCapabilities.HostModel? {
        let model = accelerator == .tcg ? "max" : "host"
        let full = capabilities.target == "aarch64" || capabilities.target == "arm"
        let expansion =
            capabilities.expansion(of: model, full ? .full : .static, properties: ["migratable": false], accelerator)
            ?? capabilities.expansion(of: model, full ? .full : .static, accelerator)
        guard let expansion else { return nil }
        if traits.isX86 {
            // As the model that a machine gets when it is started with `host-model`.
            let models = Dictionary(
                capabilities.cpuModels(accelerator).map { ($0.name, $0) }, uniquingKeysWith: { $1 })
            let map = CPUMap.current(folder: host.cpuMap)
            guard let found = map.describe(expansion.properties, among: models) else { return nil }
            return .init(
                name: found.model, vendor: found.vendor, features: found.enabled, disabled: found.disabled)
        }
        // What is off in a full model is off anyway, and a static base has nothing that could be turned off.
        let features = expansion.properties.filter { $0.value.bool == true }.map(\.key)
        return .init(name: expansion.model, features: features.sorted())
    }

    // MARK: Features

    var features: [Feature] {
        var all: [Feature] = [
            gic,
            Feature("vmcoreinfo", supported: has("vmcoreinfo")),
            Feature("genid", supported: has("vmgenid")),
            Feature("backingStoreInput", supported: capabilities.accepts(command: "blockdev-add")),
            Feature("backup", supported: capabilities.accepts(command: "blockdev-backup", argument: "bitmap")),
            Feature("async-teardown", supported: capabilities.has(option: "run-with", parameter: "async-teardown")),
            Feature("sev", supported: accelerator == .kvm && capabilities.sev != nil),
            Feature("sgx", supported: accelerator == .kvm && capabilities.sgx?["sgx"]?.bool == true),
        ]
        if traits.isX86 { all.append(hyperV) }
        return all
    }

    private var gic: Feature {
        guard capabilities.target == "aarch64" || capabilities.target == "arm" else {
            return Feature("gic", supported: false)
        }
        let versions = capabilities.gic.filter { accelerator == .kvm ? $0.kernel : $0.emulated }.map(\.version)
        return Feature("gic", [Enumeration("version", versions.sorted().map(String.init))])
    }

    private var hyperV: Feature {
        let names = [
            ("relaxed", "hv-relaxed"), ("vapic", "hv-vapic"), ("spinlocks", "hv-spinlocks"),
            ("vpindex", "hv-vpindex"), ("runtime", "hv-runtime"), ("synic", "hv-synic"), ("stimer", "hv-stimer"),
            ("reset", "hv-reset"), ("vendor_id", "hv-vendor-id"), ("frequencies", "hv-frequencies"),
            ("reenlightenment", "hv-reenlightenment"), ("tlbflush", "hv-tlbflush"), ("ipi", "hv-ipi"),
            ("evmcs", "hv-evmcs"), ("avic", "hv-avic"), ("emsr_bitmap", "hv-emsr-bitmap"),
            ("xmm_input", "hv-xmm-input"),
        ]
        // Software emulation accepts these two and ignores the rest.
        let inert: Set = ["spinlocks", "vendor_id"]
        let known = names.filter { name, property in
            capabilities.has(cpuProperty: property) && (accelerator == .kvm || inert.contains(name))
        }
        return Feature("hyperv", [Enumeration("features", known.map(\.0))])
    }
}
