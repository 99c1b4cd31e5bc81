internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// `<disk>`: the block nodes of its chain, and the drive that the guest sees.
enum DiskOptions {
    /// One disk, with everything that stands behind it.
    static func make(_ index: Int, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let disk = context.domain.devices.disks[index]
        let isRemovable = disk.device == .cdrom || disk.device == .floppy
        if disk.isPluggedLater || disk.source.type == .volume && !isRemovable && !hasMedium(disk) { return [] }
        if disk.target?.bus == .sd { return try sdCard(disk, context) }
        if disk.type == .vhostuser { return try vhostUser(disk, index, context) }
        var options: [QEMUOption] = []
        var node: String?
        if hasMedium(disk) { (options, node) = try chain(disk, index, context) }
        return options + (try frontEnd(disk, index, node: node, context))
    }

    /// Whether a drive holds something at the start.
    static func hasMedium(_ disk: Disk) -> Bool {
        let source = disk.source
        switch source.type {
        case .file: return !(source.file ?? "").isEmpty || source.fdgroup != nil
        case .block: return !(source.dev ?? "").isEmpty
        case .dir: return !(source.dir ?? "").isEmpty
        case .network: return source.networkProtocol != nil
        // A volume that may be missing and isn't found leaves the drive empty.
        case .volume: return source.volume != nil && source.startupPolicy != .optional
        case .nvme, .vhostuser, .vhostvdpa: return true
        }
    }

    // MARK: Block nodes

    /// The nodes from the lowest image up, and the name of the one on top.
    private static func chain(
        _ disk: Disk, _ index: Int, _ context: BuildContext
    ) throws(VMError) -> ([QEMUOption], String) {
        let numbers = context.nodes.chain(index)
        var images = layers(disk)
        var groups: [[QEMUOption]] = []
        var below: String??
        // A chain that the document ends is known to end.
        if images.last?.endsChain == true { below = .some(nil) }
        for (layer, number) in zip(images.indices, numbers.images).reversed() {
            var group: [QEMUOption] = []
            if let dataFile = number.dataFile, let store = images[layer].image.source.dataStore {
                let data = dataNodes(store, dataFile, images[layer].image, context)
                group += try data.make()
                images[layer].image.dataFile = data.topNode
            }
            images[layer].image.backing = below
            let nodes = StorageOptions(context: context, name: "libvirt-\(number.image)", image: images[layer].image)
            group += try nodes.make()
            below = .some(nodes.topNode)
            groups.append(group)
        }
        var options = groups.flatMap { $0 }
        var top = (below ?? nil) ?? ""
        if disk.driver?.copyOnRead == .on {
            let name = "libvirt-CoR-\(disk.target?.dev ?? "")"
            options.append(
                QEMUOption(
                    .blockdev,
                    [
                        "driver": "copy-on-read", "node-name": .string(name), "file": .string(top),
                        "discard": "unmap",
                    ], from: disk.origin))
            top = name
        }
        for (filter, number) in zip(disk.throttlefilters, numbers.filters) {
            let name = "libvirt-\(number)-filter"
            options.append(
                QEMUOption(
                    .blockdev,
                    [
                        "driver": "throttle", "node-name": .string(name),
                        "throttle-group": .string("throttle-\(filter.group ?? "")"), "file": .string(top),
                    ], from: disk.origin))
            top = name
        }
        return (options, top)
    }

    /// A disk that several machines write to must not be cached by the host.
    private static func cache(_ disk: Disk) -> DiskDriver.Cache? {
        let cache = disk.driver?.cache
        guard disk.shareable, !disk.readonly, cache == nil || cache == .default else { return cache }
        return DiskDriver.Cache.none
    }

    private struct Layer {
        var image: StorageOptions.Image
        var endsChain = false
    }

    private static func layers(_ disk: Disk) -> [Layer] {
        var driver = disk.driver ?? DiskDriver()
        driver.cache = cache(disk)
        var result: [Layer] = []
        let isReadOnly = disk.readonly || disk.device == .cdrom
        result.append(
            Layer(
                image: StorageOptions.Image(
                    source: disk.source, format: driver.type ?? .raw, driver: driver, isReadOnly: isReadOnly,
                    isCDROM: disk.device == .cdrom, isFloppy: disk.device == .floppy,
                    metadataCache: driver.metadataCache,
                    encryption: disk.source.encryption ?? disk.encryption, auth: disk.source.auth ?? disk.auth,
                    origin: disk.origin)))
        var store = disk.backingStore
        while let current = store, result.count < 1024 {
            guard let source = current.source else {
                result[result.count - 1].endsChain = true
                break
            }
            // Lower images are read with the disk's settings, but discarding makes no sense in them.
            var inherited = driver
            inherited.discardNoUnref = nil
            result.append(
                Layer(
                    image: StorageOptions.Image(
                        source: source, format: current.format?.type ?? .raw, driver: inherited, isReadOnly: true,
                        metadataCache: current.format?.metadataCache, encryption: source.encryption,
                        auth: source.auth, origin: current.origin)))
            store = current.backingStore
        }
        return result
    }

    private static func dataNodes(
        _ store: DiskDataStore, _ number: Int, _ owner: StorageOptions.Image, _ context: BuildContext
    ) -> StorageOptions {
        StorageOptions(
            context: context, name: "libvirt-\(number)",
            image: StorageOptions.Image(
                source: store.source, format: store.format?.type ?? .raw, driver: owner.driver,
                isReadOnly: owner.isReadOnly, encryption: store.source.encryption, auth: store.source.auth,
                origin: owner.origin))
    }

    // MARK: The drive

    private static func frontEnd(
        _ disk: Disk, _ index: Int, node: String?, _ context: BuildContext
    ) throws(VMError) -> [QEMUOption] {
        var properties: JSONObject = [:]
        var address: DeviceAddress?
        switch disk.target?.bus {
        case .virtio:
            virtio(disk, context, &properties)
            address = disk.address
        case .scsi: try scsi(disk, context, &properties)
        case .ide: ide(disk, &properties)
        case .sata: sata(disk, context, &properties)
        case .nvme: namespace(disk, context, &properties)
        case .fdc:
            properties["driver"] = "floppy"
            properties["unit"] = JSONValue(disk.address?.unit ?? 0)
        case .usb:
            properties["driver"] = "usb-storage"
            address = disk.address
        case .xen, .uml, .sd, nil:
            throw VMError(
                .unsupported, "QEMU has no disk bus '\(disk.target?.bus?.rawValue ?? "")'",
                remedy: "use virtio, scsi, sata, nvme, ide, usb or fdc")
        }
        if let address { try context.place(&properties, at: address, acpi: disk.acpi) }
        properties["share-rw"] = disk.shareable ? true : nil
        properties.put("drive", node)
        properties["id"] = .string(disk.alias.id)
        if disk.target?.bus != .fdc { properties.put("bootindex", context.boot.disk(index)) }
        putDetails(disk, context, &properties)
        return context.zpci(address, for: disk.alias?.name, from: disk.origin)
            + [QEMUOption(.device, properties, from: disk.origin)]
    }

    private static func virtio(_ disk: Disk, _ context: BuildContext, _ properties: inout JSONObject) {
        properties["driver"] = .string(context.virtioDriver("virtio-blk", at: disk.address, model: disk.model))
        if disk.device == .lun, context.capabilities.has(device: "virtio-blk-pci", property: "scsi") {
            properties["scsi"] = true
        }
        guard let driver = disk.driver else { return }
        properties.put("iothread", driver.iothread.map { "iothread\($0)" })
        properties["iothread-vq-mapping"] = IOThreadOptions.mapping(driver.iothreads)
        properties.put(driver.virtio)
        properties.put("ioeventfd", driver.ioeventfd)
        properties.put("event_idx", driver.eventIdx)
        properties.put("num-queues", driver.queues)
        properties.put("queue-size", driver.queueSize)
    }

    private static func ide(_ disk: Disk, _ properties: inout JSONObject) {
        properties["driver"] = disk.device == .cdrom ? "ide-cd" : "ide-hd"
        properties["bus"] = .string("ide.\(disk.address?.bus ?? 0)")
        properties["unit"] = JSONValue(disk.address?.unit ?? 0)
    }

    private static func sata(_ disk: Disk, _ context: BuildContext, _ properties: inout JSONObject) {
        properties["driver"] = disk.device == .cdrom ? "ide-cd" : "ide-hd"
        let number = disk.address?.controller ?? 0
        let isBoard = number == 0 && context.traits.family == .q35
        let alias = context.controllerAlias(.sata, number) ?? (isBoard ? "ide" : "sata\(number)")
        properties["bus"] = .string("\(alias).\(disk.address?.unit ?? 0)")
    }

    /// A namespace of an NVMe controller, whose bus has the controller's name.
    private static func namespace(_ disk: Disk, _ context: BuildContext, _ properties: inout JSONObject) {
        let number = disk.address?.controller ?? 0
        properties["driver"] = "nvme-ns"
        properties["bus"] = .string(context.controllerAlias(.nvme, number) ?? "nvme\(number)")
        properties["nsid"] = JSONValue((disk.address?.unit ?? 0) &+ 1)
    }

    private static func scsi(_ disk: Disk, _ context: BuildContext, _ properties: inout JSONObject) throws(VMError) {
        switch disk.device {
        case .cdrom: properties["driver"] = "scsi-cd"
        case .lun: properties["driver"] = "scsi-block"
        default: properties["driver"] = "scsi-hd"
        }
        SCSIPlace.put(disk.address, context, &properties)
        if disk.device == .lun, context.capabilities.has(device: "scsi-block", property: "migrate-pr") {
            properties.put("migrate-pr", disk.source.reservations?.migration)
        }
        guard disk.device != .lun else { return }
        if context.capabilities.has(device: "scsi-hd", property: "device_id") {
            properties["device_id"] = .string(disk.serial ?? "drive-\(disk.alias.id)")
        }
    }

    private static func putDetails(_ disk: Disk, _ context: BuildContext, _ properties: inout JSONObject) {
        if context.hasDeviceLoadParameters { properties.put("loadparm", disk.boot?.loadparm) }
        if let intervals = disk.driver?.statistics.intervals.compactMap(\.interval), !intervals.isEmpty {
            properties["stats-intervals"] = .array(intervals.map { JSONValue($0) })
        }
        if let blockio = disk.blockio {
            properties.put("logical_block_size", blockio.logicalBlockSize)
            properties.put("physical_block_size", blockio.physicalBlockSize)
            properties.put("discard_granularity", blockio.discardGranularity)
        }
        if let wwn = disk.wwn, let number = UInt64(wwn.hasPrefix("0x") ? String(wwn.dropFirst(2)) : wwn, radix: 16) {
            properties["wwn"] = JSONValue(number)
        }
        properties.put("rotation_rate", disk.target?.rotationRate)
        properties.put("vendor", disk.vendor)
        properties.put("product", disk.product)
        switch disk.target?.bus {
        case .usb: properties["removable"] = .bool(disk.target?.removable == .on)
        case .scsi where disk.device ?? .disk == .disk:
            if disk.target?.removable == .on { properties["removable"] = true }
        default: break
        }
        // A unit that is passed through has its own.
        if disk.device != .lun, let cache = cache(disk), cache != .default {
            properties["write-cache"] = cache == .writethrough || cache == .directsync ? "off" : "on"
        }
        if let geometry = disk.geometry {
            properties.put("cyls", geometry.cyls)
            properties.put("heads", geometry.heads)
            properties.put("secs", geometry.secs)
            if let translation = geometry.trans {
                properties["bios-chs-trans"] = .string(translation.rawValue)
            }
        }
        // The serial number is the controller's, and errors are always reported.
        if disk.target?.bus == .nvme { return }
        // libvirt has always put a backslash in front of blanks here, and guests have seen it.
        properties.put(
            "serial",
            disk.serial.map { $0.split(separator: " ", omittingEmptySubsequences: false).joined(separator: "\\ ") })
        putErrorPolicy(disk, &properties)
    }

    private static func putErrorPolicy(_ disk: Disk, _ properties: inout JSONObject) {
        guard let driver = disk.driver else { return }
        if let policy = driver.errorPolicy {
            properties["werror"] = .string(policy == .enospace ? "enospc" : policy.rawValue)
        }
        // QEMU knows no reading error of the kind "no space".
        if let policy = driver.rerrorPolicy?.rawValue {
            properties["rerror"] = .string(policy)
        } else if let policy = driver.errorPolicy, policy != .enospace {
            properties["rerror"] = .string(policy.rawValue)
        }
    }

    // MARK: Other kinds

    private static func vhostUser(_ disk: Disk, _ index: Int, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let chardev = "chr-vu-" + disk.alias.id
        var socket: JSONObject = [
            "backend": "socket", "id": .string(chardev), "path": .string(disk.source.path ?? ""),
        ]
        CharacterOptions.putReconnect(
            disk.source.reconnect.map { ($0.enabled, $0.timeout) }, context, &socket)
        var properties: JSONObject = [
            "driver": .string(context.virtioDriver("vhost-user-blk", at: disk.address, model: disk.model))
        ]
        properties.put(disk.driver?.virtio)
        properties.put("num-queues", disk.driver?.queues)
        properties.put("queue-size", disk.driver?.queueSize)
        try context.place(&properties, at: disk.address, acpi: disk.acpi)
        properties["chardev"] = .string(chardev)
        properties["id"] = .string(disk.alias.id)
        properties.put("bootindex", context.boot.disk(index))
        return [QEMUOption(.chardev, socket, from: disk.origin)]
            + context.zpci(disk.address, for: disk.alias?.name, from: disk.origin)
            + [QEMUOption(.device, properties, from: disk.origin)]
    }

    /// SD cards of ARM boards can't be made with -device.
    private static func sdCard(_ disk: Disk, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        var properties: JSONObject = [:]
        switch disk.source.type {
        case .file: properties["file"] = .string(disk.source.file ?? "")
        case .block: properties["file"] = .string(disk.source.dev ?? "")
        default:
            let image = StorageOptions.Image(
                source: disk.source, format: .raw, driver: DiskDriver(), isReadOnly: disk.readonly,
                origin: disk.origin)
            let source = try StorageDriver(context: context, image: image, name: "drive-sd").properties()
            properties["file"] = .object(source)
        }
        properties["format"] = .string((disk.driver?.type ?? .raw).rawValue)
        properties["if"] = "sd"
        let unit = (disk.target?.dev ?? "").utf8.last.map { UInt32($0) &- UInt32(UInt8(ascii: "a")) } ?? 0
        properties["index"] = JSONValue(unit)
        if disk.readonly { properties["readonly"] = true }
        return [QEMUOption(.drive, properties, from: disk.origin)]
    }
}

/// Where on a SCSI bus something sits, as the kind of controller counts.
enum SCSIPlace {
    static func put(_ address: DeviceAddress?, _ context: BuildContext, _ properties: inout JSONObject) {
        let number = address?.controller ?? 0
        let controller = context.controller(.scsi, number)
        let alias = controller?.alias?.name ?? "scsi\(number)"
        if hasLUNs(controller?.scsiModel) {
            properties["bus"] = .string(alias + ".0")
            properties["channel"] = JSONValue(address?.bus ?? 0)
            properties["scsi-id"] = JSONValue(address?.target ?? 0)
            properties["lun"] = JSONValue(address?.unit ?? 0)
        } else {
            let bus = controller?.scsiModel == .ncr53c90 && controller?.alias?.name == nil ? "scsi" : alias
            properties["bus"] = .string("\(bus).\(address?.bus ?? 0)")
            properties["scsi-id"] = JSONValue(address?.unit ?? 0)
        }
    }

    /// Old parallel SCSI knows one unit for each id.
    static func hasLUNs(_ model: Controller.SCSIModel?) -> Bool {
        switch model {
        case .lsilogic, .ncr53c90, .dc390, .am53c974, .buslogic, .auto, nil: false
        default: true
        }
    }
}
