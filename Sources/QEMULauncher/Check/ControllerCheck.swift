internal import VMCore
internal import VMDomain

/// Controllers that this QEMU doesn't have.
enum ControllerCheck {
    static let launch: DomainCheck.Check = { v, context in
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
}
