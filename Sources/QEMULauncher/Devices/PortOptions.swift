internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// `<serial>`.
enum SerialOptions {
    static func make(_ serial: Serial, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let alias = serial.alias.id
        let chardev = "char" + alias
        var options = try CharacterOptions.make(
            chardev, serial.backend, context, keeping: alias, from: serial.origin)
        var properties: JSONObject = ["chardev": .string(chardev), "id": .string(alias)]
        func device(_ driver: String) throws(VMError) {
            properties = JSONObject([("driver", .string(driver))] + properties.map { ($0.key, $0.value) })
            options += try context.device(properties, at: serial.address, acpi: serial.acpi, from: serial.origin)
        }
        switch serial.target?.model?.name {
        case .pl011, .uart16550A:
            // A port that the board brings can only be connected, not made.
            options.append(QEMUOption(.serial, word: "chardev:" + chardev, from: serial.origin))
        case .isaSerial:
            properties.put("index", serial.target?.port)
            try device("isa-serial")
        case .usbSerial: try device("usb-serial")
        case .pciSerial: try device("pci-serial")
        case .spaprVTY: try device("spapr-vty")
        case .sclpConsole: try device("sclpconsole")
        case .sclplmConsole: try device("sclplmconsole")
        case .isaDebugCon: try device("isa-debugcon")
        case nil:
            options.append(QEMUOption(.serial, word: "chardev:" + chardev, from: serial.origin))
        }
        return options
    }
}

/// `<parallel>`.
enum ParallelOptions {
    static func make(_ parallel: Parallel, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let alias = parallel.alias.id
        var chardev = try CharacterOptions.make("char" + alias, parallel.backend, context, from: parallel.origin)
        for index in chardev.indices where chardev[index]["backend"] == "serial" {
            chardev[index]["backend"] = "parallel"
        }
        return chardev
            + (try context.device(
                ["driver": "isa-parallel", "chardev": .string("char" + alias), "id": .string(alias)],
                at: parallel.address, acpi: parallel.acpi, from: parallel.origin))
    }
}

/// `<console>`, except the one that stands for the first serial port.
enum ConsoleOptions {
    static func make(_ console: Console, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let driver: String
        switch console.target?.type {
        case .virtio: driver = "virtconsole"
        case .sclp: driver = "sclpconsole"
        case .sclplm: driver = "sclplmconsole"
        case .serial, nil: return []
        case .xen, .uml, .lxc, .openvz:
            throw VMError(
                .unsupported, "QEMU has no console of type '\(console.target?.type?.rawValue ?? "")'",
                remedy: "use serial, virtio, sclp or sclplm")
        }
        let alias = console.alias.id
        var options = try CharacterOptions.make(
            "char" + alias, console.backend, context, keeping: alias, from: console.origin)
        var properties: JSONObject = ["driver": .string(driver)]
        if console.target?.type == .virtio { VirtioSerialPlace.put(console.address, context, &properties) }
        properties["chardev"] = .string("char" + alias)
        properties["id"] = .string(alias)
        options.append(QEMUOption(.device, properties, from: console.origin))
        return options
    }
}

/// `<channel>`.
enum ChannelOptions {
    static func make(_ channel: Channel, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let alias = channel.alias.id
        let chardev = "char" + alias
        let name = channel.target?.name ?? (channel.backend.type == .spicevmc ? "com.redhat.spice.0" : nil)
        var options = try CharacterOptions.make(
            chardev, channel.backend, context, channelName: name, from: channel.origin)
        switch channel.target?.type {
        case .virtio, nil:
            var properties: JSONObject = ["driver": "virtserialport"]
            VirtioSerialPlace.put(channel.address, context, &properties)
            properties["chardev"] = .string(chardev)
            properties["id"] = .string(alias)
            properties.put("name", name)
            options.append(QEMUOption(.device, properties, from: channel.origin))
        case .guestfwd:
            let address = channel.target?.address ?? "10.0.2.1"
            let rule = "tcp:\(address):\(channel.target?.port ?? 0)-chardev:\(chardev)"
            options.append(
                QEMUOption(
                    .netdev,
                    ["type": "user", "guestfwd": [["str": .string(rule)]], "id": .string(alias)],
                    from: channel.origin))
        case .xen:
            throw VMError(.unsupported, "QEMU has no channel of type 'xen'", remedy: "use type='virtio'")
        }
        return options
    }
}

/// A port of a virtio-serial controller.
enum VirtioSerialPlace {
    static func put(_ address: DeviceAddress?, _ context: BuildContext, _ properties: inout JSONObject) {
        guard let address, address.type == .virtioSerial else { return }
        let number = address.controller ?? 0
        let alias = context.controllerAlias(.virtioSerial, number) ?? "virtio-serial\(number)"
        properties["bus"] = .string("\(alias).\(address.bus ?? 0)")
        properties["nr"] = JSONValue(address.port ?? 0)
    }
}

/// `<smartcard>`.
enum SmartcardOptions {
    static func make(_ card: Smartcard, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let alias = card.alias.id
        var options: [QEMUOption] = []
        var properties: JSONObject = ["driver": "ccid-card-emulated"]
        switch card.mode {
        case .host: properties["backend"] = "nss-emulated"
        case .hostCertificates:
            properties["backend"] = "certificates"
            for (index, certificate) in card.certificates.enumerated() {
                properties["cert\(index + 1)"] = .string(certificate)
            }
            properties["db"] = .string(card.database ?? "/etc/pki/nssdb")
        case .passthrough:
            options = try CharacterOptions.make("char" + alias, card.backend, context, from: card.origin)
            properties = ["driver": "ccid-card-passthru", "chardev": .string("char" + alias)]
        }
        properties["id"] = .string(alias)
        return options + (try context.device(properties, at: card.address, from: card.origin))
    }
}

/// `<redirdev>` with `<redirfilter>`.
enum RedirectionOptions {
    static func make(_ device: RedirectedDevice, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let alias = device.alias.id
        let chardev = try CharacterOptions.make("char" + alias, device.backend, context, from: device.origin)
        var properties: JSONObject = [
            "driver": "usb-redir", "chardev": .string("char" + alias), "id": .string(alias),
        ]
        if let filter = context.domain.devices.redirectionFilter, !filter.usbDevices.isEmpty {
            properties["filter"] = .string(filter.usbDevices.map { rule($0) }.joined(separator: "|"))
        }
        properties.put("bootindex", device.boot?.order)
        return chardev
            + (try context.device(properties, at: device.address, acpi: device.acpi, from: device.origin))
    }

    /// `class:vendor:product:version:allow`, with -1 for anything.
    private static func rule(_ rule: RedirectionFilter.Rule) -> String {
        func hex(_ value: UInt16?, _ digits: Int) -> String {
            guard let value else { return "-1" }
            let text = String(value, radix: 16, uppercase: true)
            return "0x" + String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
        }
        let parts = [
            hex((rule.class?.value).map { UInt16($0) }, 2), hex(rule.vendor?.value, 4), hex(rule.product?.value, 4),
            hex(rule.version?.bcd, 4), rule.allow == .yes ? "1" : "0",
        ]
        return parts.joined(separator: ":")
    }
}
