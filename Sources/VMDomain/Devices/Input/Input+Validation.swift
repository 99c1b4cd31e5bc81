public import VMXML

extension Input: Validated {
    public func validate(_ v: inout Validation) {
        validateBus(&v)
        validateSource(&v)
        if let model, model != .virtio, type != .passthrough {
            v.error(
                "virtio-model", "a \(type.rawValue) has no generations of virtio", at: .attribute("model"),
                found: model.rawValue, accepted: ["virtio"])
        }
        if let bus, bus != .virtio {
            v.noEffect(of: driver, "an input device on the bus '\(bus.rawValue)'")
            if let model {
                v.error(
                    "virtio-model", "'model' is for the bus 'virtio'", at: .attribute("model"), found: model.rawValue)
            }
        }
        if bus == .usb { v.needsUSBAddress(address, "a \(type.rawValue) on the bus 'usb'") }
    }

    private func validateBus(_ v: inout Validation) {
        guard let bus else { return }
        let isTaken: Bool
        switch (type, bus) {
        case (.mouse, .ps2), (.keyboard, .ps2): isTaken = true
        case (.mouse, .xen), (.keyboard, .xen), (.mouse, .parallels), (.keyboard, .parallels): isTaken = !v.isQEMU
        case (.mouse, .usb), (.keyboard, .usb), (.tablet, .usb): isTaken = true
        case (.mouse, .virtio), (.keyboard, .virtio), (.tablet, .virtio), (.passthrough, .virtio): isTaken = true
        case (.evdev, .none), (.mouse, .none), (.keyboard, .none), (.tablet, .none): isTaken = true
        default: isTaken = false
        }
        guard !isTaken else { return }
        v.error(
            "input-bus", "a device of type '\(type.rawValue)' can't be on the bus '\(bus.rawValue)'",
            at: .attribute("bus"), found: bus.rawValue, accepted: type.buses)
    }

    private func validateSource(_ v: inout Validation) {
        switch type {
        case .passthrough where source?.evdev == nil:
            v.error(
                "missing-attribute", "an input of type 'passthrough' needs the attribute 'evdev' of <source>",
                at: .child("source"))
        case .evdev where source?.dev == nil:
            v.error(
                "missing-attribute", "an input of type 'evdev' needs the attribute 'dev' of <source>",
                at: .child("source"))
        default: break
        }
    }
}

extension Input.Kind {
    /// The buses on which QEMU has such devices.
    fileprivate var buses: [String] {
        switch self {
        case .mouse, .keyboard: ["ps2", "usb", "virtio"]
        case .tablet: ["usb", "virtio"]
        case .passthrough: ["virtio"]
        case .evdev: []
        }
    }
}

extension Hub: Validated {
    public func validate(_ v: inout Validation) {
        v.needsUSBAddress(address, "a USB hub")
    }
}
