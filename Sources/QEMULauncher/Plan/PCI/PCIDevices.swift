internal import VMDomain

/// Which devices sit on PCI, what they need of their bus, and in which order they are given places.
enum PCIDevices {
    struct Entry: Sendable {
        var slot: DeviceSlot
        var needs: PCIConnection
        /// The isolation group, on machines that give each a host bridge of its own; 0 for emulated devices.
        var group = 0
    }

    private static let pci: PCIConnection = [.pciDevice, .hotpluggable]

    /// Devices that can use PCI Express do so where the board has it.
    private static func express(_ context: PlanContext) -> PCIConnection {
        context.traits.pciRoot == .pcie ? [.pcieDevice, .hotpluggable] : pci
    }

    private static func virtio(_ context: PlanContext) -> PCIConnection { express(context) }

    /// A virtio device whose model says which generation it is: the old ones are conventional PCI.
    private static func virtio(_ model: VirtioModel?, _ context: PlanContext) -> PCIConnection {
        model == .virtioTransitional ? pci : virtio(context)
    }

    /// All PCI devices in the order in which they get places.
    static func all(_ domain: Domain, _ context: PlanContext) -> [Entry] {
        let devices = domain.devices
        var entries: [Entry] = []
        func add(_ slot: DeviceSlot, _ needs: PCIConnection?) {
            guard let needs, !needs.isEmpty else { return }
            let type = devices[addressOf: slot]?.type
            // On s390 what is left without a place sits on PCI as well: channel devices have theirs by now.
            guard type == .pci || type == nil else { return }
            entries.append(Entry(slot: slot, needs: needs, group: group(of: slot, devices, context)))
        }
        for index in devices.controllers.indices where devices.controllers[index].type == .pci {
            add(.controller(index), devices.controllers[index].pciModel.map { needs(ofController: $0) })
        }
        for index in devices.filesystems.indices {
            add(.filesystem(index), needs(of: devices.filesystems[index], context))
        }
        // A card of the host comes with the other devices of the host.
        for index in devices.interfaces.indices where devices.interfaces[index].type != .hostdev {
            add(.interface(index), needs(of: devices.interfaces[index], context))
        }
        for index in devices.sounds.indices { add(.sound(index), needs(of: devices.sounds[index], context)) }
        for index in devices.controllers.indices where devices.controllers[index].type != .pci {
            add(.controller(index), needs(of: devices.controllers[index], context))
        }
        for index in devices.disks.indices where devices.disks[index].target?.bus == .virtio {
            add(.disk(index), virtio(devices.disks[index].model, context))
        }
        for index in devices.interfaces.indices where devices.interfaces[index].type == .hostdev {
            add(.interface(index), needs(of: devices.interfaces[index], context))
        }
        for index in devices.hostDevices.indices {
            add(.hostDevice(index), needs(of: devices.hostDevices[index], context))
        }
        if let balloon = devices.memoryBalloon, balloon.model != MemoryBalloon.Model.none {
            add(.memballoon, balloon.model == .virtioTransitional ? pci : virtio(context))
        }
        for index in devices.rngs.indices {
            add(.rng(index), devices.rngs[index].model == .virtioTransitional ? pci : virtio(context))
        }
        for index in devices.watchdogs.indices where devices.watchdogs[index].model == .i6300esb {
            add(.watchdog(index), pci)
        }
        for index in devices.videos.indices { add(.video(index), needs(ofVideo: devices.videos[index], context)) }
        for index in devices.sharedMemories.indices { add(.shmem(index), pci) }
        for index in devices.inputs.indices where devices.inputs[index].bus == .virtio {
            add(.input(index), virtio(devices.inputs[index].model, context))
        }
        for index in devices.serials.indices where devices.serials[index].target?.type == .pciSerial {
            add(.serial(index), pci)
        }
        for index in devices.panics.indices where devices.panics[index].model == .pvpanic {
            // Part of the board: it sits on the root bus.
            add(.panic(index), express(context).subtracting(.hotpluggable))
        }
        if let vsock = devices.vsock { add(.vsock, vsock.model == .virtioTransitional ? pci : virtio(context)) }
        for index in devices.memories.indices
        where devices.memories[index].model == .virtioMEM || devices.memories[index].model == .virtioPMEM {
            add(.memory(index), virtio(context))
        }
        // libvirt knows no way of crypto devices to PCI Express.
        for index in devices.cryptos.indices { add(.crypto(index), pci) }
        for index in devices.iommus.indices where devices.iommus[index].isOnPCI { add(.iommu(index), .pcieDevice) }
        if devices.persistentStore != nil { add(.pstore, pci) }
        return entries
    }

    /// Devices of the host that the IOMMU can't tell apart go together; on pseries, apart from all others.
    private static func group(of slot: DeviceSlot, _ devices: Devices, _ context: PlanContext) -> Int {
        guard context.traits.family == .pseries else { return 0 }
        var source: PCIAddress?
        switch slot {
        case .hostDevice(let index): source = devices.hostDevices[index].source.address?.pci
        case .interface(let index) where devices.interfaces[index].type == .hostdev:
            source = devices.interfaces[index].source.hostAddress?.pci
        default: break
        }
        guard let group = source.flatMap({ context.host.iommuGroups["\($0)"] }) else { return 0 }
        return group &+ 1
    }

    /// What a bridge or port plugs into; nothing for roots.
    static func needs(ofController model: Controller.PCIModel) -> PCIConnection {
        switch model {
        case .pciRoot, .pcieRoot: []
        case .pciBridge: .pciBridge
        case .dmiToPCIBridge: .dmiToPCIBridge
        case .pcieToPCIBridge: .pcieToPCIBridge
        case .pcieRootPort: [.pcieRootPort, .sharesSlot]
        case .pcieSwitchUpstreamPort: .pcieSwitchUpstreamPort
        case .pcieSwitchDownstreamPort: .pcieSwitchDownstreamPort
        case .pciExpanderBus: .pciExpanderBus
        case .pcieExpanderBus: .pcieExpanderBus
        }
    }

    private static func needs(of controller: Controller, _ context: PlanContext) -> PCIConnection? {
        switch controller.type {
        case .ide:
            return context.traits.hasBuiltInIDE && controller.index ?? 0 == 0 && context.traits.family != .i440fx
                ? nil : pci
        case .sata: return pci
        case .nvme: return express(context)
        case .usb:
            switch controller.usbModel {
            case Controller.USBModel.none?, .qusb1, .qusb2: return nil
            case .necXHCI, .qemuXHCI: return express(context)
            default: return pci
            }
        case .scsi:
            switch controller.scsiModel {
            case .virtioSCSI, .virtioNonTransitional: return virtio(context)
            case .ibmvscsi, .ncr53c90: return nil
            default: return pci
            }
        case .virtioSerial: return virtio(controller.virtioModel, context)
        case .fdc, .ccid, .pci, .xenbus, .isa: return nil
        }
    }

    static func needs(ofVideo video: Video, _ context: PlanContext) -> PCIConnection? {
        switch video.model?.type {
        case .virtio: virtio(context)
        case .bochs: express(context)
        case .vga, .cirrus, .vmvga, .qxl: pci
        default: nil
        }
    }

    private static func needs(of sound: Sound, _ context: PlanContext) -> PCIConnection? {
        switch sound.model {
        case .es1370, .ac97, .ich6, .ich7, .ich9: pci
        case .virtio: virtio(context)
        default: nil
        }
    }

    private static func needs(of interface: Interface, _ context: PlanContext) -> PCIConnection? {
        if interface.type == .hostdev { return express(context) }
        switch interface.model?.type {
        case "usb-net", "spapr-vlan": return nil
        case "ne2k_isa" where context.traits.pciRoot == .none: return nil
        case "lan9118" where context.traits.family == .armBoard, "smc91c111" where context.traits.family == .armBoard:
            return nil
        case "virtio", "virtio-non-transitional": return virtio(context)
        case "e1000e", "igb": return express(context)
        case let name? where !InterfaceDefaults.namedModels.contains(name):
            // Of cards that libvirt has no name of its own for it takes the newer kind.
            return express(context)
        default: return pci
        }
    }

    private static func needs(of filesystem: Filesystem, _ context: PlanContext) -> PCIConnection? {
        filesystem.model == .virtioTransitional ? pci : virtio(context)
    }

    private static func needs(of device: HostDevice, _ context: PlanContext) -> PCIConnection? {
        switch device.type {
        case .pci: express(context)
        case .mdev: device.model == .vfioPCI ? express(context) : nil
        case .scsiHost: device.model == .virtioTransitional ? pci : virtio(context)
        default: nil
        }
    }
}
