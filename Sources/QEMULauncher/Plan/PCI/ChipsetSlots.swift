internal import VMCore
internal import VMDomain

/// Places on the root bus that boards give to their own devices.
enum ChipsetSlots {
    /// Whether the place is where the board has this device anyway, so that it isn't taken a second time.
    static func isFixed(_ slot: DeviceSlot, _ address: PCIAddress, _ domain: Domain, _ context: PlanContext) -> Bool {
        guard case .controller(let index) = slot, (address.bus ?? 0) == 0 else { return false }
        let controller = domain.devices.controllers[index]
        guard controller.index ?? 0 == 0 else { return false }
        let place = (address.slot ?? 0, address.function ?? 0)
        switch (context.traits.family, controller.type) {
        case (.i440fx, .ide): return place == (1, 1)
        case (.i440fx, .usb): return place == (1, 2) && isPIIX(controller)
        case (.q35, .sata): return place == (0x1f, 2)
        default: return false
        }
    }

    static func occupy(
        _ domain: inout Domain, _ pool: inout PCIAddressPool, _ context: PlanContext
    ) throws(VMError) {
        switch context.traits.family {
        case .i440fx: try occupyI440FX(&domain, &pool, context)
        case .q35: try occupyQ35(&domain, &pool, context)
        default: break
        }
    }

    /// Whether a device on PCI may be put anywhere.
    private static func isOpen(_ address: DeviceAddress?) -> Bool {
        address.map { $0.type == .pci && $0.pci?.isPlaced != true } ?? true
    }

    private static func isPIIX(_ controller: Controller) -> Bool {
        controller.usbModel == nil || controller.usbModel == .piix3UHCI
    }

    // MARK: i440FX

    private static func occupyI440FX(
        _ domain: inout Domain, _ pool: inout PCIAddressPool, _ context: PlanContext
    ) throws(VMError) {
        for index in domain.devices.controllers.indices {
            let controller = domain.devices.controllers[index]
            guard controller.index ?? 0 == 0 else { continue }
            if controller.type == .ide {
                try pin(index, slot: 1, function: 1, "Primary IDE controller", &domain, &pool)
            } else if controller.type == .usb, isPIIX(controller), controller.master == nil {
                try pin(index, slot: 1, function: 2, "PIIX3 USB controller", &domain, &pool)
            }
        }
        // The ISA bridge and the power management function.
        for function: UInt32 in [0, 3] {
            try reserve(PCIAddress(slot: 1, function: function), for: .pciDevice, domain, &pool, context)
        }
        try placePrimaryVideo(&domain, &pool, context, slot: 2)
    }

    /// Puts a controller where the board has it and refuses other places.
    private static func pin(
        _ index: Int, slot: UInt32, function: UInt32, _ name: String, _ domain: inout Domain,
        _ pool: inout PCIAddressPool
    ) throws(VMError) {
        var address = PCIAddress(slot: slot, function: function)
        if let given = domain.devices.controllers[index].address?.pci, given.isPlaced {
            guard given.bus ?? 0 == 0, given.slot == slot, given.function ?? 0 == function else {
                throw VMError(.invalidXML, "\(name) must have PCI address 0:0:\(slot).\(function)")
            }
            address.multifunction = given.multifunction
        }
        domain.devices.controllers[index].address = .pci(address)
        try pool.take(address, for: .pciDevice, device: name)
    }

    /// Keeps a function of the board's own chip: QEMU has it there, whatever the document puts in its place.
    private static func reserve(
        _ address: PCIAddress, for needs: PCIConnection, _ domain: Domain, _ pool: inout PCIAddressPool,
        _ context: PlanContext
    ) throws(VMError) {
        guard pool.isUsed(slot: address.slot ?? 0, function: address.function ?? 0) else {
            try pool.take(address, for: needs, device: "the board")
            return
        }
        let guest = PCIDevices.all(domain, context).first { entry in
            guard let given = domain.devices[addressOf: entry.slot]?.pci, given.isPlaced else { return false }
            return given.bus ?? 0 == 0 && given.slot == address.slot && given.function ?? 0 == address.function
        }
        throw VMError(
            .invalidXML,
            "Invalid PCI address \(address) of \(guest.map { domain.devices.describe($0.slot) } ?? "a device"): "
                + "Attempted double use of PCI Address: the board has a device of its own there",
            remedy: "give it another slot, or leave its <address> out")
    }

    /// The first graphics card has a place of its own; where somebody else sits there, it is the first to get another.
    private static func placePrimaryVideo(
        _ domain: inout Domain, _ pool: inout PCIAddressPool, _ context: PlanContext, slot: UInt32
    ) throws(VMError) {
        guard let video = domain.devices.videos.first, isOpen(video.address),
            let needs = PCIDevices.needs(ofVideo: video, context)
        else { return }
        var address = PCIAddress(slot: slot)
        if pool.isUsed(slot: slot) {
            address = try pool.next(for: needs, device: "the primary video card")
        } else {
            try pool.take(
                address, for: needs.union([.pciDevice, .pcieDevice]).subtracting(.hotpluggable),
                device: "the primary video card")
        }
        domain.devices.videos[0].address = .pci(address)
    }

    // MARK: Q35

    private static func occupyQ35(
        _ domain: inout Domain, _ pool: inout PCIAddressPool, _ context: PlanContext
    ) throws(VMError) {
        let companions = USBCompanions(domain.devices.controllers)
        for index in domain.devices.controllers.indices {
            let controller = domain.devices.controllers[index]
            switch controller.type {
            case .sata where controller.index ?? 0 == 0:
                try pinSATA(index, &domain, &pool)
            case .usb where isOpen(controller.address): try placeICH9USB(index, companions, &domain, &pool)
            case .pci where controller.pciModel == .dmiToPCIBridge && isOpen(controller.address):
                guard !pool.isUsed(slot: 0x1e) else { continue }
                try pool.take(PCIAddress(slot: 0x1e), for: .dmiToPCIBridge, device: "the DMI to PCI bridge")
                domain.devices.controllers[index].address = .pci(PCIAddress(slot: 0x1e))
            default: break
            }
        }
        // The ISA bridge and the SMBus.
        for function: UInt32 in [0, 3] {
            try reserve(PCIAddress(slot: 0x1f, function: function), for: .pcieDevice, domain, &pool, context)
        }
        try placePrimaryVideo(&domain, &pool, context, slot: 1)
        for index in domain.devices.sounds.indices {
            guard domain.devices.sounds[index].model == .ich9, isOpen(domain.devices.sounds[index].address),
                !pool.isUsed(slot: 0x1b)
            else { continue }
            try pool.take(PCIAddress(slot: 0x1b), for: .pcieDevice, device: "sound card 'ich9'")
            domain.devices.sounds[index].address = .pci(PCIAddress(slot: 0x1b))
            break
        }
    }

    private static func pinSATA(
        _ index: Int, _ domain: inout Domain, _ pool: inout PCIAddressPool
    ) throws(VMError) {
        var address = PCIAddress(slot: 0x1f, function: 2)
        if let given = domain.devices.controllers[index].address?.pci, given.isPlaced {
            guard given.bus ?? 0 == 0, given.slot == 0x1f, given.function ?? 0 == 2 else {
                throw VMError(.invalidXML, "Primary SATA controller must have PCI address 0:0:1f.2")
            }
            address.multifunction = given.multifunction
        }
        domain.devices.controllers[index].address = .pci(address)
        try pool.take(address, for: .pcieDevice, device: "Primary SATA controller")
    }

    /// The board has two USB slots, for controllers with a first companion; the others go beside those that are placed.
    private static func placeICH9USB(
        _ index: Int, _ companions: USBCompanions, _ domain: inout Domain, _ pool: inout PCIAddressPool
    ) throws(VMError) {
        let controller = domain.devices.controllers[index]
        guard let function = USBCompanions.function(of: controller.usbModel) else { return }
        var address = companions.place(of: index, in: domain.devices.controllers)
        if address == nil, companions.isWhole(controller.index) {
            let free = [UInt32(0x1d), 0x1a].first { !pool.isUsed(slot: $0) }
            address = free.map { PCIAddress(slot: $0, function: function) }
        }
        guard let address, !pool.isUsed(bus: address.bus ?? 0, slot: address.slot ?? 0, function: function) else {
            return
        }
        try pool.take(address, for: [.pciDevice, .pcieDevice], device: "usb controller \(controller.index ?? 0)")
        domain.devices.controllers[index].address = .pci(address)
    }
}
