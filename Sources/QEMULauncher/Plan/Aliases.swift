internal import VMCore
internal import VMDomain

/// Names by which QEMU knows the devices: libvirt's, so that tools which look devices up find them.
///
/// Names that the user gave (`ua-…`) stay. Names aren't stored with the definition; a machine gets them when it starts.
enum Aliases {
    static func assign(_ domain: inout Domain, _ traits: MachineTraits) {
        let used = Set(domain.devices.aliasSlots.compactMap { domain.devices[aliasOf: $0]?.name })
        for index in domain.devices.controllers.indices {
            name(.controller(index), controllerName(domain.devices.controllers[index], traits), &domain)
        }
        let models = scsiModels(domain.devices.controllers)
        for index in domain.devices.disks.indices {
            name(.disk(index), diskName(domain.devices.disks[index], models), &domain)
        }
        nameCharacterDevices(&domain)
        count(
            "net", domain.devices.interfaces.indices.filter { domain.devices.interfaces[$0].type != .hostdev }, used,
            &domain
        ) {
            .interface($0)
        }
        let assigned = domain.devices.interfaces.indices.filter { domain.devices.interfaces[$0].type == .hostdev }
        count("hostdev", assigned, used, &domain) { .interface($0) }
        let offset = assigned.count
        count("hostdev", Array(domain.devices.hostDevices.indices), used, &domain, from: offset) { .hostDevice($0) }
        count("fs", domain.devices.filesystems.indices, used, &domain) { .filesystem($0) }
        count("smartcard", domain.devices.smartcards.indices, used, &domain) { .smartcard($0) }
        count("input", domain.devices.inputs.indices, used, &domain) { .input($0) }
        count("sound", domain.devices.sounds.indices, used, &domain) { .sound($0) }
        count("video", domain.devices.videos.indices, used, &domain) { .video($0) }
        count("redir", domain.devices.redirectedDevices.indices, used, &domain) { .redirectedDevice($0) }
        count("hub", domain.devices.hubs.indices, used, &domain) { .hub($0) }
        count("watchdog", domain.devices.watchdogs.indices, used, &domain) { .watchdog($0) }
        count("rng", domain.devices.rngs.indices, used, &domain) { .rng($0) }
        count("tpm", domain.devices.tpms.indices, used, &domain) { .tpm($0) }
        count("panic", domain.devices.panics.indices, used, &domain) { .panic($0) }
        count("shmem", domain.devices.sharedMemories.indices, used, &domain) { .shmem($0) }
        count("crypto", domain.devices.cryptos.indices, used, &domain) { .crypto($0) }
        nameMemory(&domain)
        name(.memballoon, "balloon0", &domain)
        name(.vsock, "vsock0", &domain)
        count("iommu", domain.devices.iommus.indices, used, &domain) { .iommu($0) }
        name(.nvram, "nvram", &domain)
        name(.pstore, "pstore0", &domain)
    }

    private static func name(_ slot: DeviceSlot, _ name: String, _ domain: inout Domain) {
        guard domain.devices[aliasOf: slot]?.name == nil else { return }
        domain.devices[aliasOf: slot] = Alias(name)
    }

    /// Numbers from 0; numbers of names that are in use are left out.
    private static func count(
        _ prefix: String, _ indices: some Sequence<Int>, _ used: Set<String>, _ domain: inout Domain,
        from first: Int = 0,
        _ slot: (Int) -> DeviceSlot
    ) {
        var next = first
        for index in indices where domain.devices[aliasOf: slot(index)]?.name == nil {
            while used.contains("\(prefix)\(next)") { next += 1 }
            domain.devices[aliasOf: slot(index)] = Alias("\(prefix)\(next)")
            next += 1
        }
    }

    private static func controllerName(_ controller: Controller, _ traits: MachineTraits) -> String {
        let index = controller.index ?? 0
        switch controller.type {
        case .pci:
            if controller.pciModel == .pcieRoot { return "pcie.\(index)" }
            if controller.pciModel == .pciRoot, index == 0, !traits.numbersPCIBuses { return "pci" }
            return "pci.\(index)"
        case .ide where index == 0 && traits.hasBuiltInIDE: return "ide"
        case .sata where index == 0 && traits.family == .q35: return "ide"
        case .usb where index == 0: return "usb"
        case .scsi where index == 0 && controller.scsiModel == .ncr53c90 && traits.architecture.hasPrefix("sparc"):
            return "scsi"
        default: return "\(controller.type.rawValue)\(index)"
        }
    }

    /// The models of the SCSI controllers, by number.
    private static func scsiModels(_ controllers: [Controller]) -> [UInt32: Controller.SCSIModel] {
        var models: [UInt32: Controller.SCSIModel] = [:]
        for controller in controllers.reversed() where controller.type == .scsi {
            models[controller.index ?? 0] = controller.scsiModel
        }
        return models
    }

    private static func diskName(_ disk: Disk, _ models: [UInt32: Controller.SCSIModel]) -> String {
        let bus = disk.target?.bus ?? .ide
        guard let address = disk.address, address.type == .drive else {
            return "\(bus.rawValue)-disk\(DiskTargetName(disk.target?.dev ?? "")?.index ?? 0)"
        }
        let place = "\(bus.rawValue)\(address.controller ?? 0)-\(address.bus ?? 0)"
        let unit = address.unit ?? 0
        guard bus == .scsi else { return "\(place)-\(unit)" }
        return models[address.controller ?? 0] == .lsilogic
            ? "\(place)-\(unit)" : "\(place)-\(address.target ?? 0)-\(unit)"
    }

    private static func nameCharacterDevices(_ domain: inout Domain) {
        let used = Set(domain.devices.aliasSlots.compactMap { domain.devices[aliasOf: $0]?.name })
        count("parallel", domain.devices.parallels.indices, used, &domain) { .parallel($0) }
        count("serial", domain.devices.serials.indices, used, &domain) { .serial($0) }
        count("channel", domain.devices.channels.indices, used, &domain) { .channel($0) }
        if let serial = domain.devices.serials.first, domain.devices.consoles.first?.target?.type == .serial {
            domain.devices.consoles[0].alias = serial.alias
        }
        for index in domain.devices.consoles.indices { name(.console(index), "console\(index)", &domain) }
    }

    private static func nameMemory(_ domain: inout Domain) {
        var next: [String: Int] = [:]
        for index in domain.devices.memories.indices {
            let prefix: String
            switch domain.devices.memories[index].model {
            case .nvdimm: prefix = "nvdimm"
            case .virtioPMEM: prefix = "virtiopmem"
            case .virtioMEM: prefix = "virtiomem"
            case .sgxEPC: prefix = "epc"
            default: prefix = "dimm"
            }
            let slot = domain.devices.memories[index].address?.slot
            let number = prefix == "dimm" || prefix == "nvdimm" ? slot.map { Int($0) } : nil
            name(.memory(index), "\(prefix)\(number ?? next[prefix, default: 0])", &domain)
            next[prefix, default: 0] += 1
        }
    }
}

extension MachineTraits {
    /// Whether QEMU calls the board's first PCI bus `pci.0` rather than `pci`.
    var numbersPCIBuses: Bool {
        if isX86 || isS390 || isRISCV || isLoongArch { return true }
        if isARM { return family == .virt }
        if isPPC64 || architecture == "ppc" {
            return family == .pseries || machine.hasPrefix("powernv")
                || ["40p", "bamboo", "g3beige", "mac99", "mpc8544ds", "ppce500", "prep"].contains(machine)
        }
        return false
    }
}
