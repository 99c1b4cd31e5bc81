/// Displays, input, sound and the small devices.
extension NativeConversion {
    mutating func convertOther(_ index: Int, _ option: NativeOption) -> Bool {
        let value = option.value ?? ""
        switch option.name {
        case "device": convertDevice(index, option)
        case "vga": convertVGA(value, index, option)
        case "display": convertDisplay(index, option)
        case "sdl", "curses": ignore(option, "a window belongs to whoever starts QEMU; use VNC or SPICE")
        case "vnc": return convertVNC(value, option)
        case "spice": convertSPICE(option)
        case "usb": hasUSB = true
        case "usbdevice":
            let kinds = ["tablet": "tablet", "mouse": "mouse", "keyboard": "keyboard"]
            guard let kind = kinds[value] else { return false }
            addInput(kind, "usb")
        case "soundhw": addSound(value)
        case "audiodev": return true
        case "fsdev": return true
        case "virtfs": convertSharedFolder(NativeKeys(value, implied: "fsdriver"), index, option)
        case "watchdog": devices.append(.init("watchdog", ["model": value, "action": watchdogAction]))
        case "watchdog-action": return true
        case "full-screen", "alt-grab", "ctrl-grab", "no-quit", "no-frame", "win2k-hack", "no-fd-bootchk", "portrait":
            ignore(option, "it is about a window, or outdated")
        default: return false
        }
        return true
    }

    private var watchdogAction: String? { options.last { $0.name == "watchdog-action" }?.value }

    // MARK: Displays

    private static let cards = [
        "std": "vga", "VGA": "vga", "vga": "vga", "cirrus": "cirrus", "cirrus-vga": "cirrus", "vmware": "vmvga",
        "vmware-svga": "vmvga", "qxl": "qxl", "qxl-vga": "qxl", "virtio": "virtio", "virtio-vga": "virtio",
        "virtio-gpu-pci": "virtio", "virtio-gpu": "virtio", "virtio-gpu-device": "virtio", "bochs-display": "bochs",
        "ramfb": "ramfb", "virtio-vga-gl": "virtio", "virtio-gpu-gl-pci": "virtio",
    ]

    private mutating func convertVGA(_ name: String, _ index: Int, _ option: NativeOption) {
        hasNoVideo = true
        if general.machine == "isapc", name != "none" {
            return skip(index, option, "documents have no display cards for the ISA bus")
        }
        guard let model = Self.cards[name] else {
            if name != "none" { remarks.append("-vga \(name) is not mapped") }
            return
        }
        addVideo(model, accelerated: false)
    }

    private mutating func addVideo(_ model: String, accelerated: Bool) {
        hasNoVideo = true
        let children: [DescribedElement] =
            accelerated ? [.init("acceleration", ["accel3d": "yes"])] : []
        videos.append(.init("video", children: [.init("model", ["type": model], children: children)]))
    }

    private mutating func convertDisplay(_ index: Int, _ option: NativeOption) {
        var keys = NativeKeys(option.value ?? "", implied: "type")
        switch keys.take("type") {
        case "none": usesScreen = false
        case "vnc":
            let text = (option.value ?? "").drop { $0 != "=" }.dropFirst()
            _ = convertVNC(String(text), option)
        case let type? where type == "vnc" || type.hasPrefix("vnc="):
            _ = convertVNC(String(type.dropFirst(4)), option)
        case "egl-headless": graphics.append(.init("graphics", ["type": "egl-headless"]))
        case "dbus": graphics.append(.init("graphics", ["type": "dbus"]))
        case nil:
            if let address = keys.take("vnc") { _ = convertVNC(address, option) }
        default: ignore(option, "a window belongs to whoever starts QEMU; use VNC or SPICE")
        }
    }

    /// `host:display` or `unix:path`, with options behind commas.
    private mutating func convertVNC(_ text: String, _ option: NativeOption) -> Bool {
        usesScreen = false
        var keys = NativeKeys(text, implied: "vnc")
        guard let address = keys.take("vnc"), address != "none" else { return true }
        var element = DescribedElement("graphics", ["type": "vnc"])
        if address.hasPrefix("unix:") {
            element.children = [.init("listen", ["type": "socket", "socket": absolute(String(address.dropFirst(5)))])]
        } else {
            let parts = address.split(separator: ":", omittingEmptySubsequences: false)
            guard let display = parts.last.flatMap({ UInt16($0) }), parts.count > 1, display <= 59635 else {
                return false
            }
            let host = parts.dropLast().joined(separator: ":").filter { $0 != "[" && $0 != "]" }
            element.attributes += [
                .init(name: "port", value: String(5900 + Int(display))), .init(name: "autoport", value: "no"),
            ]
            if let port = keys.take("websocket").flatMap({ UInt16($0) }) {
                element.attributes.append(.init(name: "websocket", value: String(port)))
            }
            // Without a host QEMU listens everywhere.
            element.children = [.init("listen", ["type": "address", "address": host.isEmpty ? "0.0.0.0" : host])]
        }
        if let keymap = options.last(where: { $0.name == "k" })?.value {
            element.attributes.append(.init(name: "keymap", value: keymap))
        }
        graphics.append(element)
        tellLeft(option, keys)
        return true
    }

    private mutating func convertSPICE(_ option: NativeOption) {
        usesScreen = false
        var keys = NativeKeys(option.value ?? "")
        var element = DescribedElement("graphics", ["type": "spice"])
        let address = keys.take("addr")
        if keys.flag("unix") == true, let path = address {
            element.children = [.init("listen", ["type": "socket", "socket": absolute(path)])]
        } else {
            for (key, name) in [("port", "port"), ("tls-port", "tlsPort")] {
                if let port = keys.take(key).flatMap({ UInt16($0) }) {
                    element.attributes.append(.init(name: name, value: String(port)))
                }
            }
            element.attributes.append(.init(name: "autoport", value: "no"))
            element.children = [.init("listen", ["type": "address", "address": address ?? "0.0.0.0"])]
        }
        _ = keys.take("disable-ticketing")
        graphics.append(element)
        tellLeft(option, keys)
    }

    // MARK: -device

    private mutating func convertDevice(_ index: Int, _ option: NativeOption) {
        var keys = NativeKeys(option.value ?? "", implied: "driver")
        guard let driver = keys.take("driver") else { return }
        if convertDisk(driver, index, option, keys) || convertCard(driver, index, option, keys)
            || convertPort(driver, index, option, keys) || convertController(driver, option, keys)
            || convertSmall(driver, index, option, keys)
        {
            return
        }
        if let model = Self.cards[driver] {
            addVideo(model, accelerated: driver.contains("-gl"))
            return tellLeft(option, keys)
        }
        skip(index, option, "the device has no counterpart in the document")
    }

    private mutating func convertController(_ driver: String, _ option: NativeOption, _ given: NativeKeys) -> Bool {
        let usb = [
            "qemu-xhci": "qemu-xhci", "nec-usb-xhci": "nec-xhci", "usb-ehci": "ehci", "piix3-usb-uhci": "piix3-uhci",
            "piix4-usb-uhci": "piix4-uhci", "ich9-usb-ehci1": "ich9-ehci1", "pci-ohci": "pci-ohci",
        ]
        let scsi = [
            "virtio-scsi-pci": "virtio-scsi", "virtio-scsi": "virtio-scsi", "virtio-scsi-device": "virtio-scsi",
            "lsi53c895a": "lsilogic", "lsi": "lsilogic", "megasas": "lsisas1078", "mptsas1068": "lsisas1068",
            "pvscsi": "vmpvscsi",
        ]
        // Made as they are needed.
        let implied: Set = [
            "virtio-serial-pci", "virtio-serial", "virtio-serial-device", "pcie-root-port", "pci-bridge", "ioh3420",
            "dmi-to-pci-bridge", "i82801b11-bridge", "pcie-pci-bridge", "ahci", "ich9-ahci", "intel-hda",
            "ich9-intel-hda", "ich9-usb-uhci1", "ich9-usb-uhci2", "ich9-usb-uhci3", "usb-ccid",
        ]
        if let model = usb[driver] {
            hasUSB = true
            let number = controllers.filter { $0.attributes.first?.value == "usb" }.count
            // The four functions of this one are one controller to the document.
            controllers.append(.init("controller", ["type": "usb", "index": String(number), "model": model]))
        } else if let model = scsi[driver] {
            let number = controllers.filter { $0.attributes.first?.value == "scsi" }.count
            controllers.append(.init("controller", ["type": "scsi", "index": String(number), "model": model]))
        } else {
            return implied.contains(driver)
        }
        tellLeft(option, given)
        return true
    }

    private mutating func addInput(_ type: String, _ bus: String) {
        if bus == "usb" { hasUSB = true }
        devices.append(.init("input", ["type": type, "bus": bus]))
    }

    private mutating func convertSmall(
        _ driver: String, _ index: Int, _ option: NativeOption, _ given: NativeKeys
    ) -> Bool {
        var keys = given
        switch driver {
        case "usb-tablet": addInput("tablet", "usb")
        case "usb-mouse": addInput("mouse", "usb")
        case "usb-kbd": addInput("keyboard", "usb")
        case "virtio-tablet-pci", "virtio-tablet": addInput("tablet", "virtio")
        case "virtio-mouse-pci", "virtio-mouse": addInput("mouse", "virtio")
        case "virtio-keyboard-pci", "virtio-keyboard": addInput("keyboard", "virtio")
        case "virtio-balloon-pci", "virtio-balloon", "virtio-balloon-device":
            hasBalloon = true
            devices.append(.init("memballoon", ["model": "virtio"]))
        case "virtio-rng-pci", "virtio-rng", "virtio-rng-device": addRandom(keys.take("rng"))
        case "intel-hda", "ich9-intel-hda": return true
        case "hda-duplex", "hda-output", "hda-micro":
            let isOld = options.contains { $0.name == "device" && $0.value?.hasPrefix("intel-hda") == true }
            addCard(isOld ? "ich6" : "ich9", &keys)
        case "AC97": addCard("ac97", &keys)
        case "ES1370": addCard("es1370", &keys)
        case "sb16": addCard("sb16", &keys)
        case "usb-audio":
            hasUSB = true
            addCard("usb", &keys)
        case "i6300esb", "ib700":
            devices.append(.init("watchdog", ["model": driver, "action": watchdogAction]))
        case "pvpanic": devices.append(.init("panic", ["model": "isa"]))
        case "pvpanic-pci": devices.append(.init("panic", ["model": "pvpanic"]))
        case "vhost-vsock-pci":
            devices.append(
                .init(
                    "vsock", ["model": "virtio"],
                    children: [.init("cid", ["auto": "no", "address": keys.take("guest-cid")])]))
        case "virtio-9p-pci", "virtio-9p":
            let tag = keys.take("mount_tag")
            guard let id = keys.take("fsdev"), var backend = fsdevs[id] else { return false }
            backend.isUsed = true
            fsdevs[id] = backend
            convertSharedFolder(backend.keys, index, backend.option, tag: tag)
        case "vfio-pci": return convertPassthrough(&keys)
        case "usb-host": return convertUSBHost(&keys)
        default: return false
        }
        tellLeft(option, keys)
        return true
    }

    private mutating func addRandom(_ id: String?) {
        var backend = DescribedElement("backend", ["model": "builtin"])
        if let id, var object = objects[id] {
            object.isUsed = true
            if object.keys.take("qom-type") == "rng-random" {
                backend = .init(
                    "backend", ["model": "random"], text: object.keys.take("filename") ?? "/dev/urandom")
            }
            objects[id] = object
        }
        devices.append(.init("rng", ["model": "virtio"], children: [backend]))
    }

    private mutating func convertPassthrough(_ keys: inout NativeKeys) -> Bool {
        guard let host = keys.take("host") else { return false }
        let parts = host.split { $0 == ":" || $0 == "." }.map(String.init)
        guard parts.count >= 3 else { return false }
        let padded = parts.count == 3 ? ["0000"] + parts : parts
        let address = DescribedElement(
            "address",
            [
                "domain": "0x" + padded[0], "bus": "0x" + padded[1], "slot": "0x" + padded[2],
                "function": "0x" + padded[3],
            ])
        devices.append(
            .init(
                "hostdev", ["mode": "subsystem", "type": "pci", "managed": "no"],
                children: [.init("source", children: [address])]))
        return true
    }

    private mutating func convertUSBHost(_ keys: inout NativeKeys) -> Bool {
        func hexadecimal(_ text: String) -> String { text.hasPrefix("0x") ? text : "0x" + text }
        var children: [DescribedElement] = []
        if let vendor = keys.take("vendorid"), let product = keys.take("productid") {
            children = [
                .init("vendor", ["id": hexadecimal(vendor)]), .init("product", ["id": hexadecimal(product)]),
            ]
        } else if let bus = keys.take("hostbus"), let device = keys.take("hostaddr") {
            children = [.init("address", ["bus": bus, "device": device])]
        } else {
            return false
        }
        hasUSB = true
        devices.append(
            .init(
                "hostdev", ["mode": "subsystem", "type": "usb", "managed": "no"],
                children: [.init("source", children: children)]))
        return true
    }

    private mutating func convertSharedFolder(
        _ given: NativeKeys, _ index: Int, _ option: NativeOption, tag: String? = nil
    ) {
        var keys = given
        guard keys.take("fsdriver") == "local", let path = keys.take("path"), let tag = tag ?? keys.take("mount_tag")
        else { return skip(index, option, "only local folders have a counterpart") }
        let mode = keys.take("security_model") ?? "none"
        let modes = ["mapped": "mapped", "mapped-xattr": "mapped", "mapped-file": "mapped", "none": "squash"]
        var children: [DescribedElement] = [
            .init("source", ["dir": absolute(path)]), .init("target", ["dir": tag]),
        ]
        if keys.flag("readonly") == true { children.append(.init("readonly")) }
        devices.append(
            .init(
                "filesystem", ["type": "mount", "accessmode": modes[mode] ?? "passthrough"], children: children))
        tellLeft(option, keys)
    }

    // MARK: Sound

    private mutating func addSound(_ names: String) {
        let models = ["hda": "ich6", "ac97": "ac97", "es1370": "es1370", "sb16": "sb16", "pcspk": "pcspk"]
        for name in names.split(separator: ",").map(String.init) {
            guard let model = models[name] else {
                remarks.append("-soundhw \(name) is not mapped")
                continue
            }
            devices.append(.init("sound", ["model": model]))
        }
    }

    private mutating func addCard(_ model: String, _ keys: inout NativeKeys) {
        var children: [DescribedElement] = []
        if let id = keys.take("audiodev"), var backend = audiodevs[id] {
            let kinds = ["pa": "pulseaudio"]
            let number = audioNumbers[id] ?? audioNumbers.count + 1
            if audioNumbers[id] == nil, let driver = backend.keys.take("driver") {
                audioNumbers[id] = number
                var audio = DescribedElement("audio", ["id": String(number), "type": kinds[driver] ?? driver])
                if driver == "wav" {
                    audio.attributes[1].value = "file"
                    if let path = backend.keys.take("path") {
                        audio.attributes.append(.init(name: "path", value: absolute(path)))
                    }
                }
                devices.append(audio)
                tellLeft(backend.option, backend.keys)
            }
            backend.isUsed = true
            audiodevs[id] = backend
            children.append(.init("audio", ["id": String(number)]))
        }
        devices.append(.init("sound", ["model": model], children: children))
    }

    // MARK: What QEMU adds unasked

    mutating func addDefaults() {
        addDefaultCard()
        guard isX86, !hasNoDefaults else { return }
        if !hasNoVideo, !["none", "microvm", "isapc"].contains(general.machine ?? "pc") {
            videos.append(.init("video", children: [.init("model", ["type": "vga"])]))
        }
        if !hasSerial, usesScreen { remarks.append("the serial port that QEMU shows in its window is left out") }
        if usesScreen { remarks.append("the window is left out: add <graphics type='vnc'/> to see the screen") }
    }
}
