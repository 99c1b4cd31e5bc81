internal import VMXML

/// A place in the machine that only one device can have.
private struct Slot {
    var kind: DeviceAddress.Kind
    /// For drives: the bus that the address is on.
    var bus: String
    var numbers: [UInt64]

    /// The same for equal places only.
    var key: String { numbers.reduce(kind.rawValue + "/" + bus) { $0 + "/" + String($1) } }

    /// For sentences.
    var description: String {
        func number(_ index: Int) -> UInt64 { index < numbers.count ? numbers[index] : 0 }
        func hex(_ index: Int, _ digits: Int) -> String {
            let text = String(number(index), radix: 16)
            return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
        }
        switch kind {
        case .pci: return "PCI address \(hex(0, 4)):\(hex(1, 2)):\(hex(2, 2)).\(number(3))"
        case .drive:
            return "\(bus) address controller \(number(0)), bus \(number(1)), target \(number(2)), unit \(number(3))"
        case .virtioSerial: return "virtio-serial port \(number(2)) of bus \(number(1)), controller \(number(0))"
        case .ccid: return "slot \(number(1)) of CCID controller \(number(0))"
        case .usb:
            return "port \(numbers.dropFirst().map { String($0) }.joined(separator: ".")) of USB bus \(number(0))"
        case .ccw: return "CCW address \(hex(0, 1)).\(hex(1, 1)).\(hex(2, 4))"
        case .spaprVIO: return "spapr-vio register 0x\(hex(0, 4))"
        case .dimm: return "memory slot \(number(0))"
        case .isa: return "I/O port 0x\(hex(0, 1))"
        case .virtioMMIO, .unassigned: return kind.rawValue
        }
    }
}

extension Devices {
    /// No two devices may have the same address.
    func validateAddresses(_ devices: [PlacedDevice], _ v: inout Validation) {
        var taken: [String: PlacedDevice] = [:]
        for device in devices {
            guard let slot = device.slot else { continue }
            let key = slot.key
            guard let first = taken[key] else {
                taken[key] = device
                continue
            }
            v.enter(device.pathPart, device.element.origin) { v in
                let isWritten = device.element.address != nil
                v.error(
                    "duplicate-address",
                    "the \(slot.description) is taken by the <\(first.name)>\(v.line(of: first.element.origin)) already",
                    at: isWritten ? .child("address") : .element)
            }
        }
    }
}

extension PlacedDevice {
    /// The place that the device takes, when it was given one; nil too where several may share it.
    fileprivate var slot: Slot? {
        // The first console is another view of the first serial port and has its address.
        if let console = element as? Console, console.target?.type == .serial || index == 0 { return nil }
        guard let address = element.address else { return impliedDriveSlot }
        switch address.type {
        case .pci: return pciSlot(address)
        case .drive:
            return driveSlot([address.controller, address.bus, address.target, address.unit].map { UInt64($0 ?? 0) })
        case .virtioSerial:
            guard let port = address.port, port != 0 else { return nil }
            return Slot(
                kind: .virtioSerial, bus: "",
                numbers: [UInt64(address.controller ?? 0), UInt64(address.bus ?? 0), UInt64(port)])
        case .ccid:
            guard let slot = address.slot else { return nil }
            return Slot(kind: .ccid, bus: "", numbers: [UInt64(address.controller ?? 0), UInt64(slot)])
        case .usb:
            guard let port = address.usbPort else { return nil }
            return Slot(kind: .usb, bus: "", numbers: [UInt64(address.bus ?? 0)] + port.path.map { UInt64($0) })
        case .ccw:
            guard let devno = address.devno, let cssid = address.cssid, let ssid = address.ssid else { return nil }
            return Slot(kind: .ccw, bus: "", numbers: [UInt64(cssid), UInt64(ssid), UInt64(devno)])
        case .spaprVIO:
            return address.reg.map { Slot(kind: .spaprVIO, bus: "", numbers: [$0]) }
        case .dimm: return address.slot.map { Slot(kind: .dimm, bus: "", numbers: [UInt64($0)]) }
        case .isa, .virtioMMIO, .unassigned: return nil
        }
    }

    /// All zeros ask for an address, as libvirt understands it.
    private func pciSlot(_ address: DeviceAddress) -> Slot? {
        let numbers = [address.domain, address.bus, address.slot, address.function].map { UInt64($0 ?? 0) }
        return numbers.contains { $0 != 0 } ? Slot(kind: .pci, bus: "", numbers: numbers) : nil
    }

    private func driveSlot(_ numbers: [UInt64]) -> Slot? {
        guard let disk = element as? Disk, let bus = disk.target?.impliedBus else {
            return element is Disk ? nil : Slot(kind: .drive, bus: "scsi", numbers: numbers)
        }
        return Slot(kind: .drive, bus: bus.rawValue, numbers: numbers)
    }

    /// The address that a disk without one gets from its name, where no controller's model changes it.
    private var impliedDriveSlot: Slot? {
        guard let disk = element as? Disk, let target = disk.target else { return nil }
        if target.impliedBus == .nvme {
            return target.namespacePlace.flatMap { driveSlot([UInt64($0.controller), 0, 0, UInt64($0.unit)]) }
        }
        guard let number = target.number else { return nil }
        let place = UInt64(clamping: number)
        switch target.impliedBus {
        case .ide: return driveSlot([place / 4, place / 2 % 2, 0, place % 2])
        case .scsi where place < 7: return driveSlot([0, 0, 0, place])
        case .sata where place < 6: return driveSlot([0, 0, 0, place])
        case .fdc: return driveSlot([place / 2, 0, 0, place % 2])
        default: return nil
        }
    }
}
