internal import VMCore
internal import VMDomain
internal import VMXML

/// Controllers that this QEMU doesn't have.
enum ControllerCheck {
    /// What the board has room for.
    static let definition: DomainCheck.Check = { v, context in
        v.each("devices/controller", v.domain.devices.controllers) { v, controller in
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

    static let launch: DomainCheck.Check = { v, context in
        checkBuses(&v)
        v.each("devices/controller", v.domain.devices.controllers) { v, controller in
            guard controller.type == .usb else { return }
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

    /// Devices with a USB address are on buses that are there.
    private static func checkBuses(_ v: inout Validation) {
        let buses = Set(v.domain.devices.controllers.filter { $0.type == .usb }.map { $0.index ?? 0 })
        for device in v.domain.devices.all {
            guard let address = device.element.address, address.type == .usb, let bus = address.bus,
                !buses.contains(bus)
            else { continue }
            v.enter("devices/" + device.pathPart, device.element.origin) {
                $0.error(
                    "unknown-bus", "there is no USB controller with the index \(bus)", at: .child("address", "bus"),
                    found: String(bus))
            }
        }
    }
}
