/// Disks and their controllers.
extension NativeConversion {
    /// What a disk is made of, gathered from a drive, a device or both.
    struct Storage {
        var device = "disk"
        var bus = "ide"
        var image: Image?
        var isReadOnly = false
        var driver: [(String, String)] = []
        var bootIndex: String?
        var serial: String?
        var ioThread: Int?
        /// The number that decides the target's name, where it is given.
        var number: Int?
        var isRemovable = false
    }

    struct Image {
        var path: String
        var format: String
        var remote: DescribedElement?
    }

    mutating func convertStorage(_ index: Int, _ option: NativeOption) -> Bool {
        let value = option.value ?? ""
        switch option.name {
        case "hda", "hdb", "hdc", "hdd":
            let number = option.name.utf8.last.map { Int($0) - 0x61 }
            add(Storage(bus: defaultBus, image: image(value, format: nil), number: number))
        case "cdrom":
            add(
                Storage(
                    device: "cdrom", bus: defaultBus, image: image(value, format: "raw"), isReadOnly: true, number: 2))
        case "fda", "fdb":
            add(
                Storage(
                    device: "floppy", bus: "fdc", image: image(value, format: "raw"),
                    number: option.name == "fda" ? 0 : 1))
        case "sd": add(Storage(bus: "sd", image: image(value, format: nil)))
        case "drive": convertDrive(index, option)
        case "blockdev": return true
        case "pflash": useFlash(absolute(value), format: "raw", isReadOnly: general.loader == nil)
        case "snapshot": return false
        default: return false
        }
        return true
    }

    /// The bus of drives for which none is named.
    private var defaultBus: String {
        if isX86 { return isQ35 ? "sata" : "ide" }
        return "virtio"
    }

    private mutating func convertDrive(_ index: Int, _ option: NativeOption) {
        var keys = NativeKeys(option.value ?? "")
        let interface = keys.take("if")
        // A device refers to it, or nothing does.
        if interface == "none" { return }
        var storage = storage(&keys)
        storage.number = keys.take("index").flatMap { Int($0) } ?? keys.take("unit").flatMap { Int($0) }
        for key in ["id", "bus"] { _ = keys.take(key) }
        switch interface {
        case "ide", nil: storage.bus = interface == nil || isQ35 ? defaultBus : "ide"
        case "virtio": storage.bus = "virtio"
        case "scsi": storage.bus = "scsi"
        case "floppy":
            storage.bus = "fdc"
            storage.device = "floppy"
        case "sd": storage.bus = "sd"
        case "pflash":
            if let image = storage.image {
                useFlash(image.path, format: image.format, isReadOnly: storage.isReadOnly)
            }
            return tellLeft(option, keys)
        default: return skip(index, option, "drives of type '\(interface ?? "")' have no counterpart")
        }
        add(storage)
        tellLeft(option, keys)
    }

    /// What a drive says apart from where it is plugged in.
    private mutating func storage(_ keys: inout NativeKeys) -> Storage {
        var storage = Storage()
        if keys.take("media") == "cdrom" {
            storage.device = "cdrom"
            storage.isReadOnly = true
        }
        let format = keys.take("format")
        if let file = keys.take("file"), !file.isEmpty { storage.image = image(file, format: format) }
        if keys.take(["readonly", "read-only"]).map({ ["on", "yes", "true"].contains($0) }) == true {
            storage.isReadOnly = true
        }
        let names = [
            ("cache", "cache"), ("aio", "io"), ("discard", "discard"), ("detect-zeroes", "detect_zeroes"),
            ("werror", "error_policy"), ("rerror", "rerror_policy"),
        ]
        for (key, name) in names {
            guard let value = keys.take(key) else { continue }
            switch (key, value) {
            case ("discard", "on"): storage.driver.append((name, "unmap"))
            case ("discard", "off"): storage.driver.append((name, "ignore"))
            case ("werror", "enospc"): storage.driver.append((name, "enospace"))
            case ("rerror", _) where !["stop", "report", "ignore"].contains(value): continue
            default: storage.driver.append((name, value))
            }
        }
        storage.serial = keys.take("serial")
        return storage
    }

    // MARK: Images

    private static let endings = ["qcow2": "qcow2", "qed": "qed", "vmdk": "vmdk", "vdi": "vdi", "vhdx": "vhdx"]

    mutating func image(_ file: String, format: String?) -> Image {
        if let remote = Self.remote(file) { return Image(path: file, format: format ?? "raw", remote: remote) }
        let path = absolute(file.hasPrefix("file:") ? String(file.dropFirst(5)) : file)
        if let format { return Image(path: path, format: format) }
        let ending = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
        let guess = Self.endings[ending] ?? "raw"
        remarks.append("the format of '\(file)' is not given, '\(guess)' is assumed")
        return Image(path: path, format: guess)
    }

    /// `<source protocol=…>` for images on a server.
    private static func remote(_ url: String) -> DescribedElement? {
        for scheme in ["http", "https", "ftp", "ftps", "nbd"] where url.hasPrefix(scheme + "://") {
            let rest = url.dropFirst(scheme.count + 3)
            let authority = rest.prefix { $0 != "/" }
            let host = authority.split(separator: ":").map(String.init)
            guard let name = host.first else { return nil }
            let path = String(rest.dropFirst(authority.count + 1))
            let server = DescribedElement("host", ["name": name, "port": host.count > 1 ? host[1] : nil])
            return DescribedElement("source", ["protocol": scheme, "name": path], children: [server])
        }
        return nil
    }

    /// The image that a block node leads to, through the nodes below it.
    mutating func image(ofNode name: String) -> Image? {
        guard var node = nodes[name] else { return nil }
        node.isUsed = true
        let driver = node.keys.take("driver") ?? "raw"
        let below = node.keys.take("file")
        let file = node.keys.take(["filename", "file.filename"])
        _ = node.keys.take("file.driver")
        nodes[name] = node
        let isProtocol = ["file", "host_device"].contains(driver)
        if let file { return Image(path: absolute(file), format: isProtocol ? "raw" : driver) }
        guard let below, below != name, var image = image(ofNode: below) else { return nil }
        image.format = isProtocol ? "raw" : driver
        return image
    }

    /// What a device's `drive=` leads to.
    private mutating func backend(_ id: String) -> Storage? {
        if var drive = drives[id] {
            drive.isUsed = true
            var storage = storage(&drive.keys)
            _ = drive.keys.take("id")
            storage.image = storage.image ?? nil
            tellLeft(drive.option, drive.keys)
            drives[id] = drive
            return storage
        }
        guard let image = image(ofNode: id), var node = nodes[id] else { return nil }
        var storage = Storage(image: image)
        storage.isReadOnly = node.keys.flag("read-only") == true
        if let discard = node.keys.take("discard"), ["unmap", "ignore"].contains(discard) {
            storage.driver.append(("discard", discard))
        }
        switch (node.keys.flag("cache.direct"), node.keys.flag("cache.no-flush")) {
        case (true, _): storage.driver.append(("cache", "none"))
        case (_, true): storage.driver.append(("cache", "unsafe"))
        default: break
        }
        nodes[id] = node
        return storage
    }

    // MARK: Devices

    /// A `-device` that is a disk; false when it is something else.
    mutating func convertDisk(_ driver: String, _ index: Int, _ option: NativeOption, _ given: NativeKeys) -> Bool {
        let kinds: [String: (bus: String, device: String?)] = [
            "virtio-blk-pci": ("virtio", nil), "virtio-blk-device": ("virtio", nil), "virtio-blk-ccw": ("virtio", nil),
            "virtio-blk-pci-non-transitional": ("virtio", nil), "virtio-blk": ("virtio", nil),
            "ide-hd": (isQ35 ? "sata" : "ide", nil), "ide-cd": (isQ35 ? "sata" : "ide", "cdrom"),
            "scsi-hd": ("scsi", nil), "scsi-cd": ("scsi", "cdrom"), "usb-storage": ("usb", nil),
            "floppy": ("fdc", "floppy"), "ide-drive": ("ide", nil), "scsi-disk": ("scsi", nil),
        ]
        guard let kind = kinds[driver] else { return false }
        var keys = given
        var storage = Storage()
        if let drive = keys.take("drive") {
            guard let found = backend(drive) else {
                skip(index, option, "there is no drive '\(drive)'")
                return true
            }
            storage = found
        }
        storage.bus = kind.bus
        // An AHCI controller was added to a board without one.
        if kind.bus == "ide", let bus = keys.take("bus"), !bus.hasPrefix("ide.") { storage.bus = "sata" }
        if let device = kind.device { storage.device = device }
        if storage.device == "cdrom" { storage.isReadOnly = true }
        storage.bootIndex = keys.take("bootindex")
        storage.serial = keys.take("serial") ?? storage.serial
        if keys.flag("removable") == true { storage.isRemovable = true }
        if let thread = keys.take("iothread") { storage.ioThread = ioThreadNumber(thread) }
        if storage.bus == "usb" { hasUSB = true }
        add(storage)
        tellLeft(option, keys)
        return true
    }

    /// I/O threads are numbered in the order of the command line.
    private func ioThreadNumber(_ id: String) -> Int? {
        let threads = objects.values.filter { backend in
            var keys = backend.keys
            return keys.take("qom-type") == "iothread"
        }.sorted { $0.index < $1.index }
        return threads.firstIndex { backend in
            var keys = backend.keys
            return keys.take("id") == id
        }.map { $0 + 1 }
    }

    private mutating func add(_ storage: Storage) {
        let prefix =
            switch storage.bus {
            case "virtio": "vd"
            case "ide": "hd"
            case "fdc": "fd"
            default: "sd"
            }
        let used = diskNumbers[prefix] ?? 0
        var number = storage.number.flatMap { (0..<26).contains($0) ? $0 : nil } ?? used
        while takenTargets.contains(Self.target(prefix, number)) { number += 1 }
        if storage.number == nil { diskNumbers[prefix] = number + 1 }
        takenTargets.insert(Self.target(prefix, number))
        disks.append(element(storage, Self.target(prefix, number)))
    }

    /// `vda`, … `vdz`, `vdaa`.
    private static func target(_ prefix: String, _ number: Int) -> String {
        var rest = number
        var letters = ""
        repeat {
            letters = String(Character(UnicodeScalar(UInt8(0x61 + rest % 26)))) + letters
            rest = rest / 26 - 1
        } while rest >= 0
        return prefix + letters
    }

    private func element(_ storage: Storage, _ target: String) -> DescribedElement {
        let isRemote = storage.image?.remote != nil
        let isBlock = !isRemote && storage.image?.path.hasPrefix("/dev/") == true
        var driver = DescribedElement("driver", ["name": "qemu", "type": storage.image?.format ?? "raw"])
        for (name, value) in storage.driver { driver.attributes.append(.init(name: name, value: value)) }
        if let thread = storage.ioThread {
            driver.attributes.append(.init(name: "iothread", value: String(thread)))
        }
        var children = [driver]
        if let remote = storage.image?.remote {
            children.append(remote)
        } else if let path = storage.image?.path {
            children.append(.init("source", [isBlock ? "dev" : "file": path]))
        }
        children.append(
            .init(
                "target",
                ["dev": target, "bus": storage.bus, "removable": storage.isRemovable ? "on" : nil]))
        if storage.isReadOnly { children.append(.init("readonly")) }
        if let serial = storage.serial { children.append(.init("serial", text: serial)) }
        // Boot indexes begin at 0, orders at 1; devices that have one and <boot dev=…> exclude each other.
        if let index = storage.bootIndex.flatMap({ Int($0) }), index >= 0, index < 1 << 20, general.bootOrder.isEmpty {
            children.append(.init("boot", ["order": String(index + 1)]))
        }
        return DescribedElement(
            "disk", ["type": isRemote ? "network" : isBlock ? "block" : "file", "device": storage.device],
            children: children)
    }
}
