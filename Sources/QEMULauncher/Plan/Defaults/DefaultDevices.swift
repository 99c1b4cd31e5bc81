internal import VMCore
internal import VMDomain

/// Devices that a machine type brings or that every domain gets unless it says otherwise.
enum DefaultDevices {
    static let apply: Planner.Pass = { domain, context throws(VMError) in
        let traits = context.traits
        addUSB(&domain, context)
        if traits.family == .q35 { domain.devices.add(.sata) }
        try addPCIRoot(&domain, traits)
        if traits.addsMemoryBalloon, domain.devices.memoryBalloon == nil {
            var balloon = MemoryBalloon()
            balloon.model = .virtio
            domain.devices.memoryBalloon = balloon
        }
        addPanic(&domain, traits)
        if traits.family == .q35, !domain.devices.watchdogs.contains(where: { $0.model == .itco }) {
            var watchdog = Watchdog()
            watchdog.model = .itco
            // QEMU has one action for all.
            watchdog.action = domain.devices.watchdogs.first?.action ?? .reset
            domain.devices.watchdogs.append(watchdog)
        }
    }

    private static func addUSB(_ domain: inout Domain, _ context: PlanContext) {
        guard context.traits.addsUSB, !domain.devices.hasController(.usb, index: 0) else { return }
        let model = USBModelChoice.automatic(context)
        // On Q35 no controller at all is better than one from the last century.
        if model == nil, context.traits.family == .q35 { return }
        var controller = Controller(.usb, index: 0)
        controller.usbModel = model
        domain.devices.insert(controller)
    }

    private static func addPCIRoot(_ domain: inout Domain, _ traits: MachineTraits) throws(VMError) {
        let model: Controller.PCIModel
        switch traits.pciRoot {
        case .none: return
        case .pci: model = .pciRoot
        case .pcie: model = .pcieRoot
        }
        guard
            let given = domain.devices.controllers.first(where: {
                $0.type == .pci && $0.index ?? 0 == 0 && $0.index != nil
            })
        else {
            var root = Controller(.pci, index: 0)
            root.pciModel = model
            domain.devices.insert(root)
            return
        }
        guard given.pciModel == nil || given.pciModel == model else {
            throw VMError(
                .invalidXML,
                "The PCI controller with index='0' must be model='\(model.rawValue)' for this machine type, "
                    + "but model='\(given.pciModel?.rawValue ?? "")' was found instead")
        }
    }

    private static func addPanic(_ domain: inout Domain, _ traits: MachineTraits) {
        let model: Panic.Model
        switch traits.family {
        case .pseries: model = .pseries
        case .s390: model = .s390
        default: return
        }
        guard !domain.devices.panics.contains(where: { $0.model == model || $0.model == nil }) else { return }
        var panic = Panic()
        panic.model = model
        domain.devices.panics.append(panic)
    }
}

/// Which USB controller a machine gets.
enum USBModelChoice {
    /// For a controller that nobody asked for.
    static func automatic(_ context: PlanContext) -> Controller.USBModel? {
        if context.traits.family == .q35 {
            if context.has("qemu-xhci") { return .qemuXHCI }
            if context.has("nec-usb-xhci") { return .necXHCI }
            return nil
        }
        if context.traits.family == .armBoard { return context.has("pci-ohci") ? .pciOHCI : nil }
        return standard(context)
    }

    /// For a controller whose model the document leaves open.
    static func standard(_ context: PlanContext) -> Controller.USBModel? {
        let traits = context.traits
        if traits.isS390 { return Controller.USBModel.none }
        if traits.isPPC64 {
            if context.options.isNewDefinition, context.has("qemu-xhci") { return .qemuXHCI }
            if context.has("pci-ohci") { return .pciOHCI }
            return nil
        }
        if traits.architecture == "aarch64" || traits.isLoongArch {
            if context.has("qemu-xhci") { return .qemuXHCI }
            if context.has("nec-usb-xhci") { return .necXHCI }
        }
        if context.has("piix3-usb-uhci") { return .piix3UHCI }
        if !traits.isX86, context.has("pci-ohci") { return .pciOHCI }
        return nil
    }
}
