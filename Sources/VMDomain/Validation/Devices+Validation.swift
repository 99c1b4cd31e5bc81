public import VMXML

/// Checks across all devices. What one device can tell by itself stands beside it, in `Type+Validation.swift`.
extension Devices: Validated {
    public func validate(_ v: inout Validation) {
        let devices = all
        validateTargets(&v)
        validateAddresses(devices, &v)
        validateAliases(devices, &v)
        validateBootOrder(devices, &v)
        validateControllers(&v)
        validateUSB(devices, &v)
        validateUSBPorts(devices, &v)
        validateAddressRanges(devices, &v)
        validateStorage(&v)
        validatePeripherals(&v)
        validateIOMMUs(&v)
        validateOwnCells(devices, &v)
        if let emulator, emulator.utf8.first != UInt8(ascii: "/") {
            v.error(
                "relative-path", "the path of the emulator must be absolute, but is '\(emulator)'",
                at: .child("emulator"), found: emulator)
        }
        // The checks of each kind of device by itself.
        for device in devices { v.enter(device.pathPart, device.element.origin) { device.element.validate(&$0) } }
        v.check("graphics", graphics)
        v.check("audio", audios)
    }

    // MARK: Targets

    private func validateTargets(_ v: inout Validation) {
        var seen: [String: XMLOrigin] = [:]
        v.each("disk", disks) { v, disk in
            guard let dev = disk.target?.dev else {
                if disk.target == nil { v.error("missing-element", "<disk> needs a <target> element") }
                return
            }
            if let first = seen[dev] {
                v.error(
                    "duplicate-target", "the target '\(dev)' belongs to the disk\(v.line(of: first)) already",
                    at: .child("target", "dev"), found: dev)
            }
            seen[dev] = disk.origin
            disk.validateTarget(dev, &v)
        }
    }

    // MARK: Names

    private func validateAliases(_ devices: [PlacedDevice], _ v: inout Validation) {
        var seen: [String: XMLOrigin] = [:]
        for device in devices {
            guard let name = device.element.alias?.name, name.hasPrefix("ua-") else { continue }
            // The first console is another view of the first serial port, and has its name.
            if device.index == 0, let console = device.element as? Console, console.target?.type ?? .serial == .serial {
                continue
            }
            v.enter(device.pathPart, device.element.origin) { v in
                if let first = seen[name] {
                    v.error(
                        "duplicate-alias", "the alias '\(name)' belongs to the device\(v.line(of: first)) already",
                        at: .child("alias", "name"), found: name)
                }
                if !name.utf8.allSatisfy(isAliasCharacter) {
                    v.error(
                        "invalid-alias", "an alias has letters, digits, '-' and '_', unlike '\(name)'",
                        at: .child("alias", "name"), found: name)
                }
            }
            seen[name] = device.element.origin
        }
    }

    private func isAliasCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    // MARK: Boot order

    private func validateBootOrder(_ devices: [PlacedDevice], _ v: inout Validation) {
        var seen: [UInt32: XMLOrigin] = [:]
        let byClass = v.domain.os.boot.first
        for device in devices {
            guard let boot = device.element.boot, let order = boot.order else { continue }
            v.enter(device.pathPart, device.element.origin) { v in
                if let first = seen[order] {
                    v.error(
                        "duplicate-boot-order",
                        "the boot order \(order) belongs to the device\(v.line(of: first)) already",
                        at: .child("boot", "order"), found: String(order))
                }
                if let byClass {
                    v.error(
                        "two-boot-orders",
                        "a device has its own boot order, but <os> has <boot>\(v.line(of: byClass.origin)) too",
                        at: .child("boot"))
                }
                if let loadparm = boot.loadparm { validateLoadParameter(loadparm, &v) }
            }
            seen[order] = device.element.origin
        }
    }

    private func validateLoadParameter(_ text: String, _ v: inout Validation) {
        let isFine = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: " "):
                true
            default: false
            }
        }
        guard !isFine || text.isEmpty || text.utf8.count > 8 else { return }
        v.error(
            "loadparm", "a boot parameter has one to eight letters, digits, dots and blanks, unlike '\(text)'",
            at: .child("boot", "loadparm"), found: text)
    }
}
