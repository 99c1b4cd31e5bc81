internal import VMDomain
internal import VMJSON
internal import VMXML

/// The one object by which QEMU reaches all PCI devices of the host that want it.
enum IOMMUFDOptions {
    static let id = "iommufd0"

    static func make(_ context: BuildContext) -> [QEMUOption] {
        let domain = context.domain
        let device = domain.devices.hostDevices.first { domain.reachesByIOMMUFD($0) }
        let card = domain.devices.interfaces.first { domain.reachesByIOMMUFD($0) }
        guard let origin = device?.origin ?? card?.origin else { return [] }
        return [QEMUOption(.object, ["qom-type": "iommufd", "id": .string(id)], from: origin)]
    }
}

extension Domain {
    func reachesByIOMMUFD(_ device: HostDevice) -> Bool {
        device.mode == .subsystem && device.type == .pci
            && (device.driver?.iommufd ?? iommufd?.enabled ?? .no) == .yes
    }

    func reachesByIOMMUFD(_ card: Interface) -> Bool {
        card.type == .hostdev && (card.driver.iommufd ?? iommufd?.enabled ?? .no) == .yes
    }
}
