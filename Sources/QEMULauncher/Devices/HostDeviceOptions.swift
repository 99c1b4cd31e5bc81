internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// `<hostdev>`, and interfaces that are devices of the host.
enum HostDeviceOptions {
    static func make(_ device: HostDevice, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        guard device.mode == .subsystem else { return [] }
        switch device.type {
        case .pci: return try pci(device, context)
        case .usb: return try usb(device, context)
        case .scsi: return try scsi(device, context)
        case .scsiHost: return try vhostSCSI(device, context)
        case .mdev: return try mediated(device, context)
        case .storage, .misc, .net: return []
        }
    }

    /// `<interface type='hostdev'>`: a network card of the host.
    static func make(_ interface: Interface, _ index: Int, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        guard let place = interface.source.hostAddress?.pci else {
            throw VMError(
                .unsupported, "the interface '\(interface.alias.id)' names no PCI device of the host",
                remedy: "give its <source> an <address type='pci'>")
        }
        var properties: JSONObject = [
            "driver": "vfio-pci", "host": .string(place.description), "id": .string(interface.alias.id),
        ]
        properties.put("bootindex", context.boot.interface(index))
        if let pair = interface.teaming, pair.type == .transient { properties.put("failover_pair_id", pair.persistent) }
        if context.domain.reachesByIOMMUFD(interface) { properties["iommufd"] = .string(IOMMUFDOptions.id) }
        return try context.device(
            properties, at: interface.address, acpi: interface.acpi, rom: interface.rom, from: interface.origin)
    }

    private static func pci(_ device: HostDevice, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        guard let place = device.source.address?.pci else {
            throw VMError(.invalidXML, "a PCI device of the host needs an <address> in its <source>")
        }
        if device.address?.type == .unassigned { return [] }
        var properties: JSONObject = [
            "driver": .string(device.ramfb == .on ? "vfio-pci-nohotplug" : "vfio-pci"),
            "host": .string(place.description), "id": .string(device.alias.id),
        ]
        properties.put("display", device.display?.rawValue)
        if device.ramfb == .on { properties["ramfb"] = true }
        properties.put("bootindex", device.boot?.order)
        if device.teaming?.type == .transient { properties.put("failover_pair_id", device.teaming?.persistent) }
        if context.domain.reachesByIOMMUFD(device) { properties["iommufd"] = .string(IOMMUFDOptions.id) }
        return try context.device(
            properties, at: device.address, acpi: device.acpi, rom: device.rom, from: device.origin)
            + initiators(device, context)
    }

    /// The NUMA cells that belong to the device: an object for each, numbered through the machine.
    private static func initiators(_ device: HostDevice, _ context: BuildContext) -> [QEMUOption] {
        guard let cells = device.acpi?.nodeset else { return [] }
        let others = context.domain.devices.hostDevices.prefix { $0.alias?.name != device.alias?.name }
        let first = others.reduce(0) { $0 + ($1.acpi?.nodeset?.count ?? 0) }
        return cells.members.enumerated().map { index, cell in
            QEMUOption(
                .object,
                [
                    "qom-type": "acpi-generic-initiator", "id": .string("gi\(first + index)"),
                    "pci-dev": .string(device.alias.id), "node": .integer(Int64(cell)),
                ], from: device.origin)
        }
    }

    private static func usb(_ device: HostDevice, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        var properties: JSONObject = ["driver": "usb-host"]
        if let address = device.source.address, let bus = address.bus, let number = address.device {
            func digits(_ number: UInt32) -> String {
                let text = String(number)
                return String(repeating: "0", count: max(0, 3 - text.utf8.count)) + text
            }
            properties["hostdevice"] = .string("/dev/bus/usb/\(digits(bus))/\(digits(number))")
        } else if device.source.startupPolicy == .optional || device.source.vendor != nil {
            properties["vendorid"] = JSONValue(device.source.vendor?.id ?? 0)
            properties["productid"] = JSONValue(device.source.product?.id ?? 0)
        }
        properties["id"] = .string(device.alias.id)
        switch device.source.guestReset {
        case .off: properties["guest-reset"] = false
        case .uninitialized:
            properties["guest-reset"] = true
            properties["guest-resets-all"] = false
        case .on:
            properties["guest-reset"] = true
            properties["guest-resets-all"] = true
        case nil: break
        }
        properties.put("bootindex", device.boot?.order)
        return try context.device(properties, at: device.address, acpi: device.acpi, from: device.origin)
    }

    private static func vhostSCSI(_ device: HostDevice, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let model = device.model.flatMap { VirtioModel(rawValue: $0.rawValue) }
        var properties: JSONObject = [
            "driver": .string(context.virtioDriver("vhost-scsi", at: device.address, model: model))
        ]
        properties.put("wwpn", device.source.wwpn)
        properties["vhostfd"] = .string(String(VSockOptions.descriptor - 1))
        properties["id"] = .string(device.alias.id)
        return try context.device(properties, at: device.address, acpi: device.acpi, from: device.origin)
    }

    private static func mediated(_ device: HostDevice, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let uuid = device.source.address?.uuid?.description ?? ""
        let model = device.model ?? .vfioPCI
        let driver = model == .vfioPCI && device.ramfb == .on ? "vfio-pci-nohotplug" : model.rawValue
        var properties: JSONObject = [
            "driver": .string(driver), "id": .string(device.alias.id),
            "sysfsdev": .string("/sys/bus/mdev/devices/" + uuid),
        ]
        properties.put("display", device.display?.rawValue)
        if device.ramfb == .on { properties["ramfb"] = true }
        properties.put("bootindex", device.boot?.order)
        if context.hasDeviceLoadParameters { properties.put("loadparm", device.boot?.loadparm) }
        return try context.device(properties, at: device.address, acpi: device.acpi, from: device.origin)
    }

    // MARK: SCSI

    private static func scsi(_ device: HostDevice, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let name = "libvirt-\(context.nodes.hostDevice(device))-backend"
        var options: [QEMUOption] = []
        var node: JSONObject
        if device.source.protocol == .iscsi {
            (options, node) = try iscsi(device, name, context)
        } else {
            node = ["driver": "host_device", "filename": .string(genericNode(device, context))]
        }
        node["node-name"] = .string(name)
        node["read-only"] = .bool(device.readonly)
        options.append(QEMUOption(.blockdev, node, from: device.origin))
        var properties: JSONObject = ["driver": "scsi-generic"]
        properties["drive"] = .string(name)
        properties["id"] = .string(device.alias.id)
        properties.put("bootindex", device.boot?.order)
        SCSIPlace.put(device.address, context, &properties)
        options.append(QEMUOption(.device, properties, from: device.origin))
        return options
    }

    private static func genericNode(_ device: HostDevice, _ context: BuildContext) -> String {
        let address = device.source.address
        let key =
            "\(device.source.adapter?.name ?? ""):\(address?.bus ?? 0):\(address?.target ?? 0):\(address?.unit ?? 0)"
        let nodes = context.host.scsiGenericNodes
        let name = nodes[key] ?? nodes["*"] ?? "sg0"
        return name.hasPrefix("/") ? name : "/dev/" + name
    }

    private static func iscsi(
        _ device: HostDevice, _ name: String, _ context: BuildContext
    ) throws(VMError) -> ([QEMUOption], JSONObject) {
        var source = DiskSource(type: .network)
        source.networkProtocol = .iscsi
        source.name = device.source.name
        source.hosts = device.source.hosts
        source.initiator = device.source.initiator
        let image = StorageOptions.Image(
            source: source, format: .raw, driver: DiskDriver(), isReadOnly: device.readonly,
            auth: device.source.auth, origin: device.origin)
        var node = try StorageDriver(context: context, image: image, name: name).properties()
        guard let secret = device.source.auth?.secret else { return ([], node) }
        node["password-secret"] = .string(name + "-secret0")
        return ([SecretOptions.make(name + "-secret0", .stored(secret), context, from: device.origin)], node)
    }
}
