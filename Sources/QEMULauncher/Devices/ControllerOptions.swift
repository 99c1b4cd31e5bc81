internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// `<controller>`: the devices that buses hang on, except those that the board brings.
enum ControllerOptions {
    /// All controllers in the order in which QEMU has to see them: buses before what hangs on them.
    static func all(_ context: BuildContext) throws(VMError) -> [QEMUOption] {
        var options = try pciHoles(context)
        for index in pciOrder(context.domain.devices.controllers) {
            options += try make(context.domain.devices.controllers[index], context)
        }
        for type in [Controller.Kind.usb, .scsi, .ide, .sata, .nvme, .virtioSerial, .fdc, .ccid] {
            for controller in context.domain.devices.controllers where controller.type == type {
                options += try make(controller, context)
            }
        }
        return options
    }

    /// The PCI controllers as they stand, but each behind the one that it is plugged into: a bridge that was written without
    /// its port has a lower number than the port that it got.
    private static func pciOrder(_ controllers: [Controller]) -> [Int] {
        let places = ControllerPlaces(controllers)
        var order: [Int] = []
        var isDone = [Bool](repeating: false, count: controllers.count)
        for first in controllers.indices where controllers[first].type == .pci {
            var way: [Int] = []
            var next: Int? = first
            // Where bridges are plugged into each other in a ring, the way ends with the first that is met again.
            while let index = next, !isDone[index] {
                isDone[index] = true
                way.append(index)
                let address = controllers[index].address
                next = address?.type == .pci ? places.first(.pci, address?.bus ?? 0) : nil
            }
            order += way.reversed()
        }
        return order
    }

    /// One controller; nothing for those that are part of the board.
    static func make(_ controller: Controller, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        switch controller.type {
        case .pci: return try pci(controller, context)
        case .usb: return try usb(controller, context)
        case .scsi: return try scsi(controller, context)
        case .sata:
            if controller.index ?? 0 == 0, context.traits.family == .q35 { return [] }
            return try device(["driver": "ahci", "id": .string(controller.alias.id)], controller, context)
        case .nvme:
            return try device(
                [
                    "driver": "nvme", "id": .string(controller.alias.id), "serial": .string(controller.serial ?? ""),
                ], controller, context)
        case .virtioSerial: return try virtioSerial(controller, context)
        case .ccid:
            return try device(["driver": "usb-ccid", "id": .string(controller.alias.id)], controller, context)
        case .fdc: return floppy(controller, context)
        case .ide, .xenbus, .isa: return []
        }
    }

    private static func device(
        _ properties: JSONObject, _ controller: Controller, _ context: BuildContext
    ) throws(VMError) -> [QEMUOption] {
        try context.device(properties, at: controller.address, acpi: controller.acpi, from: controller.origin)
    }

    // MARK: PCI

    private static func pci(_ controller: Controller, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        guard let model = controller.pciModel, let driver = pciDriver(controller, model) else { return [] }
        let target = controller.target
        var properties: JSONObject = ["driver": .string(driver)]
        switch model {
        case .pciRoot:
            guard let index = target?.index, index > 0 else { return [] }
            properties.put("index", index)
        case .pciBridge:
            properties.put("chassis_nr", target?.chassisNr)
            if let reserve = target?.memReserve { properties["mem-reserve"] = JSONValue(reserve &* 1024) }
        case .pciExpanderBus, .pcieExpanderBus: properties.put("bus_nr", target?.busNr)
        case .pcieRootPort, .pcieSwitchDownstreamPort:
            properties.put("port", target?.port)
            properties.put("chassis", target?.chassis)
            properties.put("hotplug", target?.hotplug)
            if let reserve = target?.memReserve { properties["mem-reserve"] = JSONValue(reserve &* 1024) }
        default: break
        }
        properties["id"] = .string(controller.alias.id)
        properties.put("numa_node", target?.node)
        return try device(properties, controller, context)
    }

    private static func pciDriver(_ controller: Controller, _ model: Controller.PCIModel) -> String? {
        if let name = controller.modelName?.name { return name.rawValue }
        switch model {
        case .pciBridge: return "pci-bridge"
        case .dmiToPCIBridge: return "i82801b11-bridge"
        case .pcieToPCIBridge: return "pcie-pci-bridge"
        case .pcieRootPort: return "pcie-root-port"
        case .pcieSwitchUpstreamPort: return "x3130-upstream"
        case .pcieSwitchDownstreamPort: return "xio3130-downstream"
        case .pciExpanderBus: return "pxb"
        case .pcieExpanderBus: return "pxb-pcie"
        default: return nil
        }
    }

    /// The 64-bit window and the hotplug of the board's own PCI bus are properties of the board.
    private static func pciHoles(_ context: BuildContext) throws(VMError) -> [QEMUOption] {
        var options: [QEMUOption] = []
        for root in context.domain.devices.controllers where root.type == .pci && root.index ?? 0 == 0 {
            if let hole = root.pcihole64 {
                let driver = root.pciModel == .pcieRoot ? "q35-pcihost" : "i440FX-pcihost"
                options.append(
                    QEMUOption(
                        .global,
                        [
                            "driver": .string(driver), "property": "pci-hole64-size",
                            "value": .string("\(hole.kibibytes)K"),
                        ], from: root.origin))
            }
            if root.pciModel == .pciRoot, let hotplug = root.target?.hotplug, context.traits.family == .i440fx {
                options.append(
                    QEMUOption(
                        .global,
                        [
                            "driver": "PIIX4_PM", "property": "acpi-root-pci-hotplug",
                            "value": .bool(hotplug.isOn),
                        ], from: root.origin))
            }
        }
        return options
    }

    // MARK: USB

    private static func usb(_ controller: Controller, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        guard let model = controller.usbModel, let driver = usbDriver(model) else { return [] }
        var properties: JSONObject = ["driver": .string(driver)]
        if let ports = controller.ports {
            properties.put("p2", ports)
            properties.put("p3", ports)
        }
        if let master = controller.master {
            let index = controller.index ?? 0
            let alias = context.controllerAlias(.usb, index) ?? (index == 0 ? "usb" : "usb\(index)")
            properties["masterbus"] = .string(alias + ".0")
            properties.put("firstport", master.startport)
        } else {
            properties["id"] = .string(controller.alias.id)
        }
        return try device(properties, controller, context)
    }

    static func usbDriver(_ model: Controller.USBModel) -> String? {
        switch model {
        case .piix3UHCI: "piix3-usb-uhci"
        case .piix4UHCI: "piix4-usb-uhci"
        case .ehci: "usb-ehci"
        case .ich9EHCI1: "ich9-usb-ehci1"
        case .ich9UHCI1: "ich9-usb-uhci1"
        case .ich9UHCI2: "ich9-usb-uhci2"
        case .ich9UHCI3: "ich9-usb-uhci3"
        case .vt82c686bUHCI: "vt82c686b-usb-uhci"
        case .pciOHCI: "pci-ohci"
        case .necXHCI: "nec-usb-xhci"
        case .qemuXHCI: "qemu-xhci"
        default: nil
        }
    }

    // MARK: SCSI and the rest

    private static func scsi(_ controller: Controller, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        guard let driver = scsiDriver(controller, context) else { return [] }
        var properties: JSONObject = ["driver": .string(driver)]
        if let options = controller.driver {
            if controller.isVirtio { properties.put(options.virtio) }
            properties.put("iothread", options.iothread.map { "iothread\($0)" })
            properties["iothread-vq-mapping"] = IOThreadOptions.mapping(options.iothreads)
            properties.put("num_queues", options.queues)
            properties.put("cmd_per_lun", options.cmdPerLUN)
            properties.put("max_sectors", options.maxSectors)
            properties.put("ioeventfd", options.ioeventfd)
        }
        properties["id"] = .string(controller.alias.id)
        return try device(properties, controller, context)
    }

    private static func scsiDriver(_ controller: Controller, _ context: BuildContext) -> String? {
        switch controller.scsiModel {
        case .virtioSCSI: context.virtioDriver("virtio-scsi", at: controller.address)
        case .virtioTransitional:
            context.virtioDriver("virtio-scsi", at: controller.address, model: .virtioTransitional)
        case .virtioNonTransitional:
            context.virtioDriver("virtio-scsi", at: controller.address, model: .virtioNonTransitional)
        case .lsilogic: "lsi"
        case .ibmvscsi: "spapr-vscsi"
        case .lsisas1068: "mptsas1068"
        case .lsisas1078: "megasas"
        case .vmpvscsi: "pvscsi"
        case .am53c974: "am53c974"
        case .dc390: "dc-390"
        default: nil
        }
    }

    private static func virtioSerial(_ controller: Controller, _ context: BuildContext) throws(VMError) -> [QEMUOption]
    {
        var properties: JSONObject = [
            "driver": .string(
                context.virtioDriver("virtio-serial", at: controller.address, model: controller.virtioModel))
        ]
        properties.put(controller.driver?.virtio)
        properties["id"] = .string(controller.alias.id)
        properties.put("max_ports", controller.ports)
        properties.put("vectors", controller.vectors)
        return try device(properties, controller, context)
    }

    /// Q35 has no floppy controller of its own; on i440FX the built-in one is told by global properties.
    private static func floppy(_ controller: Controller, _ context: BuildContext) -> [QEMUOption] {
        var indexes: [(unit: String, order: UInt32)] = []
        for (position, disk) in context.domain.devices.disks.enumerated() where disk.target?.bus == .fdc {
            guard let order = context.boot.disk(position) else { continue }
            indexes.append((disk.address?.unit ?? 0 == 0 ? "bootindexA" : "bootindexB", order))
        }
        if context.traits.family == .q35 {
            guard context.domain.devices.disks.contains(where: { $0.target?.bus == .fdc }) else { return [] }
            var properties: JSONObject = ["driver": "isa-fdc"]
            for (unit, order) in indexes { properties.put(unit, order) }
            return [QEMUOption(.device, properties, from: controller.origin)]
        }
        return indexes.map { unit, order in
            QEMUOption(
                .global, ["driver": "isa-fdc", "property": .string(unit), "value": JSONValue(order)],
                from: controller.origin)
        }
    }
}
