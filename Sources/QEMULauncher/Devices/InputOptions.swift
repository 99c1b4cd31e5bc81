internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// `<input>` and `<hub>`.
enum InputOptions {
    static func make(_ input: Input, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let alias = input.alias.id
        if input.type == .evdev { return [eventDevice(input)] }
        var properties: JSONObject
        switch input.bus {
        case .usb:
            let driver = [Input.Kind.mouse: "usb-mouse", .tablet: "usb-tablet", .keyboard: "usb-kbd"][input.type]
            properties = ["driver": .string(driver ?? "usb-mouse"), "id": .string(alias)]
        case .virtio:
            let base =
                switch input.type {
                case .mouse: "virtio-mouse"
                case .tablet: "virtio-tablet"
                case .keyboard: "virtio-keyboard"
                case .passthrough, .evdev: "virtio-input-host"
                }
            properties = ["driver": .string(context.virtioDriver(base, at: input.address, model: input.model))]
            properties.put(input.driver)
            properties["id"] = .string(alias)
            if input.type == .passthrough { properties.put("evdev", input.source?.evdev ?? input.source?.dev) }
        case .ps2, .xen, .parallels, Input.Bus.none?, nil: return []
        }
        return try context.device(properties, at: input.address, acpi: input.acpi, from: input.origin)
    }

    /// A device of the host whose events go to the guest.
    private static func eventDevice(_ input: Input) -> QEMUOption {
        var properties: JSONObject = ["qom-type": "input-linux", "id": .string(input.alias.id)]
        properties.put("evdev", input.source?.dev ?? input.source?.evdev)
        if input.source?.repeat == .on { properties["repeat"] = true }
        if input.source?.grab == .all { properties["grab_all"] = true }
        properties.put("grab-toggle", input.source?.grabToggle?.rawValue)
        return QEMUOption(.object, properties, from: input.origin)
    }

    static func hub(_ hub: Hub, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        try context.device(
            ["driver": "usb-hub", "id": .string(hub.alias.id)], at: hub.address, acpi: hub.acpi, from: hub.origin)
    }
}
