internal import VMXML

/// Checks across the controllers, and of USB devices against there being USB at all.
extension Devices {
    func validateControllers(_ v: inout Validation) {
        var seen: [String: Controller] = [:]
        // The first one says so; one with a higher number keeps the machine from starting.
        let hasNoUSB = controllers.contains {
            $0.type == .usb && $0.usbModel == Controller.USBModel.none && $0.index ?? 0 == 0
        }
        let usbCount = controllers.count { $0.type == .usb }
        let masters = Set(
            controllers.lazy.filter { $0.type == .usb && $0.usbModel?.isCompanion != true }.map { $0.index ?? 0 })
        v.each("controller", controllers) { v, controller in
            if let index = controller.index {
                let key = "\(controller.type.rawValue) \(index)"
                if let first = seen[key], !Devices.shareIndex(first, controller) {
                    v.error(
                        "duplicate-controller",
                        "the \(controller.type.rawValue) controller \(index) is there\(v.line(of: first.origin)) already",
                        at: .attribute("index"), found: String(index))
                } else if seen[key] == nil {
                    seen[key] = controller
                }
            }
            if controller.type == .usb, hasNoUSB, usbCount > 1, controller.usbModel != Controller.USBModel.none,
                v.isQEMU
            {
                v.error(
                    "usb-disabled", "a USB controller of the model 'none' says that the machine has no USB")
            }
            if v.isQEMU, controller.type == .usb, controller.usbModel?.isCompanion == true,
                let index = controller.index,
                !masters.contains(index)
            {
                let message = "a companion needs a USB 2 controller of the same index"
                if index == 0 {
                    v.error("no-master", message, at: .attribute("model"), found: controller.usbModel?.rawValue)
                } else {
                    v.warning("no-master", message, at: .attribute("model"), found: controller.usbModel?.rawValue)
                }
            }
            if controller.type == .pci { validatePCI(controller, &v) }
        }
    }

    /// Companions of a USB 2 controller have its index.
    private static func shareIndex(_ a: Controller, _ b: Controller) -> Bool {
        guard a.type == .usb, b.type == .usb else { return false }
        return a.master != nil || b.master != nil || (a.usbModel?.isICH9 == true && b.usbModel?.isICH9 == true)
    }

    private func validatePCI(_ controller: Controller, _ v: inout Validation) {
        let isRoot = controller.pciModel == .pciRoot || controller.pciModel == .pcieRoot
        if isRoot, controller.address != nil {
            v.error("root-address", "a root of the PCI buses has no address", at: .child("address"))
        }
        guard v.isQEMU, v.isX86 == true, let isQ35 = v.isQ35, controller.index == 0, let model = controller.pciModel,
            v.isMachine("isapc") == false, v.isMachine("microvm") == false
        else { return }
        let wanted = isQ35 ? Controller.PCIModel.pcieRoot : .pciRoot
        if model != wanted {
            v.error(
                "wrong-root-bus",
                "PCI controller 0 of the machine '\(v.machine ?? "")' is of the model '\(wanted.rawValue)'",
                at: .attribute("model"), found: model.rawValue, accepted: [wanted.rawValue])
        }
    }

    func validateUSB(_ devices: [PlacedDevice], _ v: inout Validation) {
        let usb = controllers.filter { $0.type == .usb }
        guard !usb.isEmpty, usb.allSatisfy({ $0.usbModel == Controller.USBModel.none }) else { return }
        for device in devices where device.isOnUSB {
            v.enter(device.pathPart, device.element.origin) { v in
                v.error(
                    "usb-disabled", "this device needs USB, but the USB controller has the model 'none'",
                    at: .element)
            }
        }
    }
}

extension Controller.USBModel {
    /// Whether it serves the slow devices of a USB 2 controller.
    package var isCompanion: Bool { self == .ich9UHCI1 || self == .ich9UHCI2 || self == .ich9UHCI3 }

    /// Whether it is a part of the USB 2 controller of Intel's chipset.
    package var isICH9: Bool {
        switch self {
        case .ich9EHCI1, .ich9UHCI1, .ich9UHCI2, .ich9UHCI3: true
        default: false
        }
    }
}

extension PlacedDevice {
    /// Whether the document puts the device on a USB bus.
    package var isOnUSB: Bool {
        if element.address?.type == .usb { return true }
        if element is Hub || element is RedirectedDevice { return true }
        if let disk = element as? Disk { return disk.target?.bus == .usb }
        if let input = element as? Input { return input.bus == .usb }
        if let card = element as? Interface { return card.model?.type == "usb-net" }
        if let sound = element as? Sound { return sound.model == .usb }
        if let serial = element as? Serial { return serial.target?.type == .usbSerial }
        if let host = element as? HostDevice { return host.type == .usb && host.mode == .subsystem }
        if let controller = element as? Controller { return controller.type == .ccid }
        return false
    }
}
