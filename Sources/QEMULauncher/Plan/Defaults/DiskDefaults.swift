internal import VMCore
internal import VMDomain

/// `<disk>`: bus, format and place from what the document says.
enum DiskDefaults {
    static let apply: Planner.Pass = { domain, context throws(VMError) in
        for index in domain.devices.disks.indices { fill(&domain.devices.disks[index]) }
        try place(&domain.devices.disks)
    }

    /// Controllers that the disks ask for.
    static let controllers: Planner.Pass = { domain, context throws(VMError) in addControllers(&domain, context) }

    private static func fill(_ disk: inout Disk) {
        disk.device.fill(.disk)
        clean(&disk)
        if disk.target?.bus == nil {
            let bus = bus(of: disk)
            disk.target?.bus = bus
        }
        if disk.device == .cdrom { disk.readonly = true }
        var driver = disk.driver ?? DiskDriver()
        if disk.source.type != .vhostuser || driver.name != nil { driver.name = driver.name ?? "qemu" }
        driver.name.fill("qemu")
        if disk.source.type != .volume { driver.type.fill(.raw) }
        if driver.cache == .default { driver.cache = nil }
        disk.driver = driver
        StorageDefaults.fill(&disk)
    }

    /// Leaves out what says nothing: an empty drive has no kind of source, a closed tray is what drives have.
    private static func clean(_ disk: inout Disk) {
        if disk.device == .cdrom || disk.device == .floppy, disk.source.isEmpty { disk.source.type = .file }
        if disk.target?.tray == .closed { disk.target?.tray = nil }
        if disk.target?.bus != .usb, disk.target?.bus != .scsi { disk.target?.removable = nil }
        if disk.snapshot == .no, disk.readonly || disk.device == .cdrom { disk.snapshot = nil }
        if disk.source.type == .vhostuser { disk.snapshot.fill(.no) }
        if disk.target?.rotationRate == 0 { disk.target?.rotationRate = nil }
        if let geometry = disk.geometry,
            [geometry.cyls, geometry.heads, geometry.secs].contains(where: { $0 ?? 0 == 0 })
        {
            disk.geometry = nil
        }
        if disk.serial?.isEmpty == true { disk.serial = nil }
        if disk.alias?.name == nil { disk.alias = nil }
        if disk.driver?.queues == 0 { disk.driver?.queues = nil }
        // Asynchronous access is no format: the image is as it is.
        if disk.driver?.type == .aio { disk.driver?.type = .raw }
        if var sizes = disk.blockio {
            if sizes.logicalBlockSize == 0 { sizes.logicalBlockSize = nil }
            if sizes.physicalBlockSize == 0 { sizes.physicalBlockSize = nil }
            let isEmpty =
                sizes.logicalBlockSize == nil && sizes.physicalBlockSize == nil && sizes.discardGranularity == nil
            disk.blockio = isEmpty ? nil : sizes
        }
    }

    /// The bus that a target's name hints at.
    private static func bus(of disk: Disk) -> DiskTarget.Bus {
        if disk.device == .floppy { return .fdc }
        switch DiskTargetName(disk.target?.dev ?? "")?.prefix {
        case "fd": return .fdc
        case "hd": return .ide
        case "sd": return .scsi
        case "vd": return .virtio
        case "xvd": return .xen
        case "ubd": return .uml
        case nil where disk.target?.namespacePlace != nil: return .nvme
        default: return .ide
        }
    }

    /// A unit of a controller that a disk has.
    private struct Place: Hashable {
        var bus: DiskTarget.Bus
        var address: DeviceAddress
    }

    /// Gives disks on a controller the unit that their name counts to.
    private static func place(_ disks: inout [Disk]) throws(VMError) {
        for index in disks.indices where disks[index].address?.type == .drive { completeAddress(&disks[index]) }
        var taken: [Place: Int] = [:]
        for index in disks.indices {
            guard let address = disks[index].address, let bus = disks[index].target?.bus else { continue }
            taken[Place(bus: bus, address: address)] = taken[Place(bus: bus, address: address)] ?? index
        }
        for index in disks.indices where disks[index].address == nil {
            guard let target = disks[index].target, let bus = target.bus, let address = impliedAddress(target) else {
                continue
            }
            if let other = taken[Place(bus: bus, address: address)] {
                throw VMError(
                    .invalidXML,
                    "using disk target name '\(target.dev ?? "")' conflicts with SCSI host device or disk address "
                        + "controller='\(address.controller ?? 0)' bus='\(address.bus ?? 0)' "
                        + "target='\(address.target ?? 0)' unit='\(address.unit ?? 0)' of disk "
                        + "'\(disks[other].target?.dev ?? "")'",
                    remedy: "choose another target name, or give the disk an <address>")
            }
            taken[Place(bus: bus, address: address)] = index
            disks[index].address = address
        }
    }

    /// The unit that a target's name counts to; nil on buses without units.
    private static func impliedAddress(_ target: DiskTarget) -> DeviceAddress? {
        if target.bus == .nvme {
            return target.namespacePlace.map { .drive(controller: $0.controller, unit: $0.unit) }
        }
        guard let number = DiskTargetName(target.dev ?? "")?.index else { return nil }
        switch target.bus {
        case .scsi: return .drive(controller: number / 7, unit: number % 7)
        case .ide: return .drive(controller: number / 4, bus: number % 4 / 2, unit: number % 2)
        case .sata: return .drive(controller: number / 6, unit: number % 6)
        case .fdc: return .drive(controller: number / 2, unit: number % 2)
        default: return nil
        }
    }

    /// An NVMe controller has the serial number of its disks.
    private static func copySerials(_ devices: inout Devices) {
        for index in devices.controllers.indices where devices.controllers[index].type == .nvme {
            let number = devices.controllers[index].index ?? 0
            let disk = devices.disks.first {
                $0.target?.bus == .nvme && $0.address?.controller ?? 0 == number && $0.serial != nil
            }
            devices.controllers[index].serial = devices.controllers[index].serial ?? disk?.serial
        }
    }

    /// Numbers that an address leaves out are 0.
    private static func completeAddress(_ disk: inout Disk) {
        disk.address?.controller.fill(0)
        disk.address?.bus.fill(0)
        disk.address?.target.fill(0)
        disk.address?.unit.fill(0)
    }

    /// Controllers that disks ask for by number.
    private static func addControllers(_ domain: inout Domain, _ context: PlanContext) {
        func highest(_ bus: DiskTarget.Bus) -> UInt32? {
            domain.devices.disks.filter { $0.target?.bus == bus && $0.address?.type == .drive }
                .map { $0.address?.controller ?? 0 }.max()
        }
        domain.devices.add(.scsi, upTo: highest(.scsi))
        domain.devices.add(.fdc, upTo: highest(.fdc))
        domain.devices.add(.ide, upTo: highest(.ide))
        domain.devices.add(.sata, upTo: highest(.sata))
        domain.devices.add(.nvme, upTo: highest(.nvme))
        copySerials(&domain.devices)
    }
}
