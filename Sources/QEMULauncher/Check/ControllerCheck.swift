internal import VMCore
internal import VMDomain
internal import VMXML

/// Controllers that this QEMU doesn't have.
enum ControllerCheck {
    /// What the board has room for.
    static let definition: DomainCheck.Check = { v, context in
        v.each("devices/controller", v.domain.devices.controllers) { v, controller in
            checkPlace(controller, &v, context)
            guard controller.type == .ide else { return }
            if !context.traits.hasBuiltInIDE {
                v.error(
                    "no-ide", "machine type '\(v.machine ?? "")' has no IDE controller", at: .attribute("type"),
                    found: "ide", accepted: ["sata", "scsi"])
            } else if let index = controller.index, index > 0 {
                v.error(
                    "one-ide", "the board has a single IDE controller, of the index 0", at: .attribute("index"),
                    found: String(index))
            }
        }
    }

    private static func checkPlace(_ controller: Controller, _ v: inout Validation, _ context: PlanContext) {
        let index = controller.index ?? 0
        switch controller.type {
        case .xenbus, .isa:
            v.error(
                "no-controller", "QEMU has no controller '\(controller.type.rawValue)'", at: .attribute("type"),
                found: controller.type.rawValue)
        case .fdc where index > 0:
            v.error(
                "one-fdc", "a machine has one controller of floppy drives", at: .attribute("index"), found: "\(index)")
        case .scsi where controller.scsiModel == .ncr53c90 && context.traits.architecture != "sparc":
            v.error("built-in", "the machine has no 'ncr53c90' of its own", at: .attribute("model"), found: "ncr53c90")
        case .scsi where controller.scsiModel == .buslogic:
            v.error("scsi-model", "QEMU has no SCSI controller 'buslogic'", at: .attribute("model"), found: "buslogic")
        case .pci where controller.pciModel == .pciBridge:
            // Bridges are told in the order of their numbers, each behind the one it sits on.
            guard let bus = controller.address?.pci?.bus, index > 0, bus >= index else { return }
            v.error(
                "bridge-order", "the PCI controller \(index) sits on bus \(bus), whose number must be lower",
                at: .attribute("index"), found: "\(index)")
        default: break
        }
    }

    /// Devices on USB, of a machine that has none.
    static let usb: DomainCheck.Check = { v, context in
        if context.options.isNewDefinition { checkBuses(&v) }
        let isThere = v.domain.devices.controllers.contains {
            $0.type == .usb && $0.usbModel != Controller.USBModel.none
        }
        guard !isThere else { return }
        for device in v.domain.devices.all where device.isOnUSB {
            v.enter("devices/" + device.pathPart, device.element.origin) {
                $0.error("usb-disabled", "this device needs USB, and the machine has no USB controller", at: .element)
            }
        }
    }

    static let launch: DomainCheck.Check = { v, context in
        checkBuses(&v)
        checkDisabled(&v)
        v.each("devices/controller", v.domain.devices.controllers) { v, controller in
            guard controller.type == .usb else { return }
            if controller.ports != nil, controller.usbModel != .qemuXHCI, controller.usbModel != .necXHCI {
                v.error(
                    "usb-ports", "only the models 'qemu-xhci' and 'nec-xhci' have a number of ports to choose",
                    at: .attribute("ports"))
            }
            guard let model = controller.usbModel else {
                return v.error(
                    "no-usb-model", "no model is given for this USB controller, and this QEMU has none to choose",
                    at: .attribute("model"))
            }
            guard let driver = ControllerOptions.usbDriver(model), !context.has(driver) else { return }
            v.error(
                "usb-model-emulator", "USB controller model '\(model.rawValue)' is not supported by this QEMU",
                at: .attribute("model"), found: model.rawValue,
                accepted: Controller.USBModel.allCases.filter {
                    ControllerOptions.usbDriver($0).map { context.has($0) } ?? false
                }.map(\.rawValue))
        }
    }

    /// A machine has USB controllers, or says that it has none; and companions serve a controller that is there.
    private static func checkDisabled(_ v: inout Validation) {
        let usb = v.domain.devices.controllers.filter { $0.type == .usb }
        let masters = Set(usb.filter { $0.usbModel?.isCompanion != true }.map { $0.index ?? 0 })
        v.each("devices/controller", v.domain.devices.controllers) { v, controller in
            guard controller.type == .usb else { return }
            if controller.usbModel == Controller.USBModel.none, usb.count > 1 {
                v.error(
                    "usb-disabled", "a USB controller of the model 'none' says that the machine has no USB",
                    at: .attribute("model"), found: "none")
            }
            if controller.usbModel?.isCompanion == true, !masters.contains(controller.index ?? 0) {
                v.error(
                    "no-master", "a companion needs a USB 2 controller of the same index", at: .attribute("model"),
                    found: controller.usbModel?.rawValue)
            }
        }
    }

    /// Devices with a USB address are on buses that are there.
    private static func checkBuses(_ v: inout Validation) {
        let buses = Set(v.domain.devices.controllers.filter { $0.type == .usb }.map { $0.index ?? 0 })
        for device in v.domain.devices.all {
            guard let address = device.element.address, address.type == .usb,
                address.bus != nil || address.usbPort != nil,
                !buses.isEmpty, !buses.contains(address.bus ?? 0)
            else { continue }
            let bus = address.bus ?? 0
            v.enter("devices/" + device.pathPart, device.element.origin) {
                $0.error(
                    "unknown-bus", "there is no USB controller with the index \(bus)", at: .child("address", "bus"),
                    found: String(bus))
            }
        }
    }
}
