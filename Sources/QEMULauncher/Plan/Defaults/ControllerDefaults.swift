internal import VMCore
internal import VMDomain

/// `<controller>`: numbers and models that the document leaves open.
enum ControllerDefaults {
    static let apply: Planner.Pass = { domain, context throws(VMError) in
        if context.options.isExtension { copyModels(&domain.devices) }
        for index in domain.devices.controllers.indices { fillModel(&domain.devices.controllers[index], context) }
    }

    /// Gives controllers without a number the lowest free one of their type, in the order of the document.
    static let numbers: Planner.Pass = { domain, context throws(VMError) in number(&domain.devices) }

    private static func number(_ devices: inout Devices) {
        // libvirt puts the whole list in order once more when parts of USB 2 controllers had to be numbered, unless the one
        // that had to was the first of all; addresses follow that order.
        let isOrderedAnew = devices.controllers.dropFirst().contains {
            $0.index == nil && $0.type == .usb && $0.usbModel?.isICH9 == true
        }
        defer {
            if isOrderedAnew {
                devices.controllers = InactiveForm.sorted(devices.controllers, by: \.type) { $0.index ?? 0 }
            }
        }
        // By words: each further type of keys has the runtime look for how it is hashed, which takes longer than all this.
        var taken: [String: Set<Int>] = [:]
        for controller in devices.controllers {
            if let index = controller.index { taken[controller.type.rawValue, default: []].insert(Int(index)) }
        }
        // What is below is taken.
        var lowest: [String: UInt32] = [:]
        for index in devices.controllers.indices where devices.controllers[index].index == nil {
            let type = devices.controllers[index].type.rawValue
            if let shared = companionIndex(index, devices.controllers) {
                devices.controllers[index].index = shared
                continue
            }
            var next = lowest[type] ?? 0
            while taken[type]?.contains(Int(next)) == true { next += 1 }
            devices.controllers[index].index = next
            taken[type, default: []].insert(Int(next))
            lowest[type] = next
        }
    }

    /// The number of the USB 2 controller that stands before a part of it: the parts share one, unless the one before has
    /// such a part already.
    private static func companionIndex(_ place: Int, _ controllers: [Controller]) -> UInt32? {
        let part = controllers[place]
        guard part.type == .usb, part.usbModel?.isICH9 == true,
            let previous = controllers[..<place].last(where: { $0.type == .usb }), previous.usbModel?.isICH9 == true,
            !controllers.contains(where: {
                $0.type == .usb && $0.index == previous.index && $0.usbModel == part.usbModel
            })
        else { return nil }
        return previous.index
    }

    /// Gives controllers that a running machine gets for a device the model of those of their type that it has: for that
    /// one the guest has a driver.
    private static func copyModels(_ devices: inout Devices) {
        for index in devices.controllers.indices where devices.controllers[index].alias == nil {
            let new = devices.controllers[index]
            let others = devices.controllers.filter { $0.type == new.type && $0.alias != nil }
            switch new.type {
            case .scsi where new.scsiModel == nil || new.scsiModel == .auto:
                devices.controllers[index].scsiModel = others.last { $0.scsiModel != nil }?.scsiModel ?? new.scsiModel
            case .usb where new.usbModel == nil:
                // Companions share the ports of another one.
                let model = others.last { $0.usbModel != Controller.USBModel.none && $0.master == nil }?.usbModel
                if let model, model != .ich9EHCI1 { devices.controllers[index].usbModel = model }
            case .virtioSerial where new.virtioModel == nil:
                devices.controllers[index].virtioModel = others.last?.virtioModel
            default: continue
            }
        }
    }

    /// Where a companion's ports begin among those of its EHCI controller.
    private static func firstPort(_ model: Controller.USBModel?) -> UInt32? {
        switch model {
        case .ich9UHCI1: 0
        case .ich9UHCI2: 2
        case .ich9UHCI3: 4
        default: nil
        }
    }

    static func fillModel(_ controller: inout Controller, _ context: PlanContext) {
        if let driver = controller.driver, driver.saysNothing { controller.driver = nil }
        switch controller.type {
        case .usb:
            if controller.usbModel == nil { controller.usbModel = USBModelChoice.standard(context) }
            if controller.master == nil, let port = firstPort(controller.usbModel) {
                controller.master = USBMaster(startport: port)
            }
        case .scsi where controller.scsiModel == nil || controller.scsiModel == .auto:
            controller.scsiModel = SCSIModelChoice.standard(context) ?? controller.scsiModel
        default: break
        }
        // Their place is a register, which they get whatever a document says.
        if controller.type == .scsi, controller.scsiModel == .ibmvscsi, controller.address?.type == .unassigned {
            controller.address = nil
        }
    }
}

/// Which SCSI controller a machine gets when the document leaves it open.
enum SCSIModelChoice {
    static func standard(_ context: PlanContext) -> Controller.SCSIModel? {
        let traits = context.traits
        if traits.family == .pseries, context.has("spapr-vscsi") { return .ibmvscsi }
        if traits.isS390 || traits.isLoongArch { return .virtioSCSI }
        if traits.architecture.hasPrefix("sparc") { return .ncr53c90 }
        if context.has("lsi53c895a") { return .lsilogic }
        if context.has("virtio-scsi-pci") { return .virtioSCSI }
        return nil
    }
}
