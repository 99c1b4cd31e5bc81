internal import VMCore
internal import VMDomain
internal import VMXML

/// `<os firmware='efi'>` and `<loader>`: which image, where its variables live, what it brings.
enum FirmwareDefaults {
    static let apply: Planner.Pass = { domain, context throws(VMError) in
        // A kind that is only assumed brings its format along.
        if domain.os.loader?.path != nil, domain.os.firmware == nil, domain.os.loader?.type == nil {
            domain.os.loader?.type = .rom
            domain.os.loader?.format.fill(.raw)
        }
        if mayChoose(domain) {
            if let descriptor = FirmwareMatch(domain: domain, context: context).first(in: context.host.firmware) {
                take(descriptor, &domain)
            } else if domain.os.firmware != nil, domain.os.loader?.path == nil {
                throw notFound(domain, context)
            }
        } else if domain.os.firmware != nil, domain.os.loader?.path == nil, context.options.isNewDefinition {
            // What is asked of the image leaves none to choose from.
            throw notFound(domain, context)
        }
        takeWellKnown(&domain)
        if domain.os.loader != nil, domain.os.loader?.type != .rom { domain.os.loader?.format.fill(.raw) }
        fillVariables(&domain, context)
    }

    private static func notFound(_ domain: Domain, _ context: PlanContext) -> VMError {
        let kind = domain.os.firmware?.rawValue ?? ""
        return VMError(
            .unsupported,
            "Unable to find '\(kind)' firmware that is compatible with the current configuration",
            remedy: Remedy(remedy(kind, domain, context)))
    }

    /// What helps depends on whether there is firmware of that kind at all.
    private static func remedy(_ kind: String, _ domain: Domain, _ context: PlanContext) -> String {
        let architecture = domain.os.type?.arch ?? context.capabilities.architecture
        if domain.os.firmware == .bios { return "leave firmware='bios' out: a board's own BIOS comes with QEMU" }
        if context.host.firmware.contains(where: { $0.targets.contains { $0.architecture == architecture } }) {
            return "this host has some for \(architecture), but none that does all that <firmware>, <loader> and the "
                + "machine type ask for: ask for less, or name its files in <loader> and <nvram>"
        }
        guard let package = packages[architecture] else {
            return "leave firmware='\(kind)' out: machines of \(architecture) start with what comes with QEMU"
        }
        return "install one (Debian: \(package)), or name its files in <loader> and <nvram>"
    }

    /// Debian's packages of UEFI.
    private static let packages = [
        "x86_64": "ovmf", "i686": "ovmf-ia32", "aarch64": "qemu-efi-aarch64", "armv7l": "qemu-efi-arm",
        "riscv64": "qemu-efi-riscv64", "loongarch64": "qemu-efi-loongarch64",
    ]

    /// Whether the image of a domain that leaves the choice to the host is one that the host's descriptors offer.
    static func isSettled(_ domain: Domain, _ context: PlanContext) -> Bool {
        guard let path = domain.os.loader?.path else { return false }
        // Before anything was described, images were simply known.
        return context.host.firmware.isEmpty || context.host.firmware.contains { $0.executable == path }
    }

    /// Whether there is something to look up: an image to choose, or one given whose description helps.
    private static func mayChoose(_ domain: Domain) -> Bool {
        let loader = domain.os.loader
        if loader?.readonly == .no || loader?.type == .rom { return false }
        if domain.os.firmware != nil { return true }
        return loader?.path != nil && loader?.type == .pflash
    }

    private static func take(_ firmware: FirmwareDescriptor, _ domain: inout Domain) {
        var loader = domain.os.loader ?? Loader()
        loader.path = firmware.executable
        loader.format = FirmwareFormat(rawValue: firmware.executableFormat)
        let keepsVariables = firmware.device == .flash && firmware.mode == .split
        let usesTemplate = keepsVariables && (domain.os.nvram?.type ?? .file) == .file
        if firmware.device == .flash {
            loader.type = .pflash
            loader.readonly = .yes
            if firmware.mode == .stateless { loader.stateless = .yes }
        } else {
            loader.type = .rom
        }
        if firmware.features.contains("requires-smm") {
            loader.secure = .yes
            domain.features.smm.fill(SMM())
            domain.features.smm?.state = .on
        }
        domain.os.loader = loader
        if keepsVariables {
            var nvram = domain.os.nvram ?? NVRAM()
            let format = FirmwareFormat(rawValue: firmware.templateFormat ?? "raw")
            if usesTemplate {
                nvram.template = firmware.template
                nvram.templateFormat = format
            }
            nvram.format = format
            domain.os.nvram = nvram
        }
        guard firmware.interfaces.contains("uefi") else { return }
        domain.os.firmware = .efi
        var features: [FirmwareFeature] = []
        if usesTemplate || firmware.mode != .split { features.append(feature(.enrolledKeys, firmware)) }
        features.append(feature(.secureBoot, firmware))
        domain.os.firmwareFeatures = features
    }

    private static func feature(_ name: FirmwareFeature.Name, _ firmware: FirmwareDescriptor) -> FirmwareFeature {
        var feature = FirmwareFeature()
        feature.name = name
        feature.enabled = YesNo(firmware.features.contains(name.rawValue))
        return feature
    }

    /// Images that were there before descriptors were, and their templates.
    private static func takeWellKnown(_ domain: inout Domain) {
        let known = [
            "/usr/share/OVMF/OVMF_CODE.fd": "/usr/share/OVMF/OVMF_VARS.fd",
            "/usr/share/OVMF/OVMF_CODE.secboot.fd": "/usr/share/OVMF/OVMF_VARS.fd",
            "/usr/share/AAVMF/AAVMF_CODE.fd": "/usr/share/AAVMF/AAVMF_VARS.fd",
            "/usr/share/AAVMF/AAVMF32_CODE.fd": "/usr/share/AAVMF/AAVMF32_VARS.fd",
        ]
        guard let loader = domain.os.loader, loader.type == .pflash, loader.readonly == .yes, loader.stateless != .yes,
            let template = known[loader.path ?? ""], domain.os.nvram?.templateFormat == nil,
            (domain.os.nvram?.type ?? .file) == .file
        else { return }
        var nvram = domain.os.nvram ?? NVRAM()
        nvram.template.fill(template)
        nvram.templateFormat = .raw
        domain.os.nvram = nvram
    }

    /// The machine's own variable store, named by what doesn't change: another machine may get its name one day.
    private static func fillVariables(_ domain: inout Domain, _ context: PlanContext) {
        let loader = domain.os.loader
        if domain.os.nvram == nil, domain.os.firmware == nil, loader?.type == .pflash, loader?.readonly == .yes,
            loader?.stateless != .yes
        {
            domain.os.nvram = NVRAM()
        }
        guard var nvram = domain.os.nvram else { return }
        if loader?.type == .pflash, loader?.readonly == .yes || nvram.templateFormat != nil || domain.os.firmware != nil
        {
            nvram.format.fill(nvram.templateFormat ?? loader?.format ?? .raw)
        }
        if nvram.file == nil, (nvram.type ?? .file) == .file, !context.host.folders.nvram.isEmpty {
            let ending = nvram.format == .qcow2 ? "qcow2" : "fd"
            let path =
                "\(context.host.folders.nvram)/\(context.host.folders.nvramName ?? domain.name ?? "")_VARS.\(ending)"
            if nvram.type == nil { nvram.path = path } else { nvram.source.file = path }
        }
        domain.os.nvram = nvram
    }
}

/// What a domain asks of firmware.
struct FirmwareMatch {
    let domain: Domain
    let context: PlanContext

    /// The first descriptor that does; the order of descriptors is the administrator's preference.
    func first(in descriptors: [FirmwareDescriptor]) -> FirmwareDescriptor? {
        let machine = context.traits.machine
        let known = context.capabilities.machine(machine, context.accelerator)
        let names = [machine, known?.name, known?.alias].compactMap { $0 }
        return descriptors.first { descriptor in
            descriptor.supports(target: firmwareTarget, machines: names) && fits(descriptor) && fitsFiles(descriptor)
        }
    }

    /// QEMU's name of the architecture, which descriptors use.
    private var firmwareTarget: String {
        switch context.traits.architecture {
        case "armv7l": "arm"
        case "i686": "i386"
        default: context.traits.architecture
        }
    }

    private func fits(_ descriptor: FirmwareDescriptor) -> Bool {
        let wanted = domain.os.firmware == .bios ? "bios" : "uefi"
        guard descriptor.interfaces.contains(wanted), descriptor.device != .kernel else { return false }
        func has(_ feature: String) -> Bool { descriptor.features.contains(feature) }
        for request in domain.os.firmwareFeatures {
            guard let name = request.name?.rawValue, let enabled = request.enabled else { continue }
            if enabled.isYes != has(name) { return false }
        }
        if let secure = domain.os.loader?.secure, secure.isYes != has("requires-smm") { return false }
        if domain.features.smm?.state == .off, has("requires-smm") { return false }
        if domain.pm.suspendToMem?.enabled == .yes, !has("acpi-s3") { return false }
        if domain.pm.suspendToDisk?.enabled == .yes, !has("acpi-s4") { return false }
        switch domain.launchSecurity?.type {
        case .sev where !has("amd-sev"): return false
        case .sevSnp where !has("amd-sev-snp"): return false
        default: return true
        }
    }

    private func fitsFiles(_ descriptor: FirmwareDescriptor) -> Bool {
        let loader = domain.os.loader
        let nvram = domain.os.nvram
        if let path = loader?.path, path != descriptor.executable { return false }
        if let format = loader?.format, format.rawValue != descriptor.executableFormat { return false }
        if let template = nvram?.template, template != descriptor.template { return false }
        guard descriptor.device == .flash else { return loader?.type != .pflash && loader?.stateless != .no }
        if loader?.type == .rom || descriptor.mode == .combined { return false }
        if let stateless = loader?.stateless, stateless.isYes != (descriptor.mode == .stateless) { return false }
        // Definitions of old expect raw images.
        let usual: FirmwareFormat? = context.options.isNewDefinition ? nil : .raw
        let format = loader?.format ?? nvram?.format ?? usual
        return loader?.path != nil || format == nil || format?.rawValue == descriptor.executableFormat
    }
}
