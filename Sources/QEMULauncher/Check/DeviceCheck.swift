internal import VMCore
internal import VMDomain

/// Devices that sit where they can't.
enum DeviceCheck {
    static let launch: DomainCheck.Check = { v, _ in
        v.each("devices/shmem", v.domain.devices.sharedMemories) { v, device in
            guard let address = device.address, address.type != .pci else { return }
            v.error(
                "shmem-address", "shared memory devices sit on PCI only", at: .child("address", "type"),
                found: address.type.rawValue, accepted: ["pci"])
        }
    }
}
