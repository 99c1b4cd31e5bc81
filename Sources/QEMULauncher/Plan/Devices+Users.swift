internal import VMDomain

extension Devices {
    /// The devices that sit on a controller, by their names.
    func users(of controller: Controller) -> [String] {
        let index = UInt32(clamping: controller.index ?? 0)
        return addressSlots.compactMap { slot in
            guard let address = self[addressOf: slot], sits(address, slot, on: controller, index) else { return nil }
            return self[aliasOf: slot]?.name ?? describe(slot)
        }
    }

    /// What sits on a device that may carry others, a controller or a hub; nothing for all others.
    func users(ofCarrier slot: DeviceSlot) -> [String] {
        switch slot {
        case .controller(let index): users(of: controllers[index])
        case .hub(let index): users(ofHubAt: hubs[index].address)
        default: []
        }
    }

    /// The names of the devices on a USB hub, and on hubs below it: their ports begin with its own.
    private func users(ofHubAt place: DeviceAddress?) -> [String] {
        guard let place, place.type == .usb, let port = place.usbPort?.path else { return [] }
        return addressSlots.compactMap { slot in
            guard let address = self[addressOf: slot], address.type == .usb, address.bus ?? 0 == place.bus ?? 0,
                let other = address.usbPort?.path, other.count > port.count, other.starts(with: port)
            else { return nil }
            return self[aliasOf: slot]?.name ?? describe(slot)
        }
    }

    private func sits(
        _ address: DeviceAddress, _ slot: DeviceSlot, on controller: Controller, _ index: UInt32
    ) -> Bool {
        switch controller.type {
        case .usb: address.type == .usb && address.bus ?? 0 == index
        case .virtioSerial: address.type == .virtioSerial && address.controller ?? 0 == index
        case .ccid: address.type == .ccid && address.controller ?? 0 == index
        case .pci: address.type == .pci && address.bus ?? 0 == index && index != 0
        case .scsi, .ide, .sata, .fdc, .nvme:
            address.type == .drive && address.controller ?? 0 == index && bus(of: slot) == controller.type.rawValue
        default: false
        }
    }

    /// The kind of controller that a device with a drive's address sits on.
    private func bus(of slot: DeviceSlot) -> String? {
        switch slot {
        case .disk(let index): disks[index].target?.bus?.rawValue
        case .hostDevice: Controller.Kind.scsi.rawValue
        default: nil
        }
    }
}
