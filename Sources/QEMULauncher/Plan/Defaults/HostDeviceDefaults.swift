internal import VMCore
internal import VMDomain
internal import VMXML

/// `<hostdev>`: who detaches the device from the host, and where SCSI devices sit in the guest.
enum HostDeviceDefaults {
    /// Units of a SCSI controller; 7 is the controller itself on the narrow ones.
    private static let units: UInt32 = 7

    static let apply: Planner.Pass = { domain, context throws(VMError) in
        for index in domain.devices.hostDevices.indices {
            let device = domain.devices.hostDevices[index]
            guard device.mode == .subsystem else { continue }
            domain.devices.hostDevices[index].managed.fill(.no)
            if device.type == .pci { domain.devices.hostDevices[index].source.address?.pci.fillZeros() }
            if device.type == .mdev, device.model == .vfioPCI,
                context.capabilities.has(device: "vfio-pci", property: "display")
            {
                domain.devices.hostDevices[index].display.fill(.off)
            }
            guard device.type == .scsi else { continue }
            StorageDefaults.completeName(&domain.devices.hostDevices[index].source)
            if device.address == nil { domain.devices.hostDevices[index].address = freeAddress(domain.devices) }
        }
        addControllers(&domain)
    }

    /// Controllers that SCSI devices ask for, of the kind that the machine has already.
    private static func addControllers(_ domain: inout Domain) {
        // Those without a number get theirs only later.
        func has(_ index: UInt32) -> Bool {
            domain.devices.controllers.contains { $0.type == .scsi && $0.index == index }
        }
        let numbers = domain.devices.hostDevices.filter { $0.mode == .subsystem && $0.type == .scsi }
            .map { $0.address?.controller ?? 0 }
        guard let highest = numbers.max(), highest < 4096 else { return }
        // As the controllers that some of the devices have already; those beside them say nothing.
        let model = domain.devices.controllers.last {
            $0.type == .scsi && $0.index.map { numbers.contains($0) } ?? false
        }?.scsiModel
        for index in 0...highest where !has(index) {
            var controller = Controller(.scsi, index: index)
            controller.scsiModel = model
            domain.devices.insert(controller)
        }
    }

    private static func freeAddress(_ devices: Devices) -> DeviceAddress {
        var taken = Set<[UInt32]>()
        let disks = devices.disks.filter { $0.target?.bus == .scsi }.map(\.address)
        let others = devices.hostDevices.filter { $0.type == .scsi }.map(\.address)
        for case let address? in disks + others where address.type == .drive {
            taken.insert([address.controller ?? 0, address.unit ?? 0])
        }
        var controller: UInt32 = 0
        while true {
            for unit in 0..<units where !taken.contains([controller, unit]) {
                return .drive(controller: controller, unit: unit)
            }
            controller += 1
        }
    }
}
