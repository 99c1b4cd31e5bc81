/// Serial and parallel ports, channels and consoles.
extension NativeConversion {
    mutating func convertCharacter(_ index: Int, _ option: NativeOption) -> Bool {
        let value = option.value ?? ""
        switch option.name {
        case "chardev": return true
        case "serial", "parallel":
            if option.name == "serial" { hasSerial = true }
            guard value != "none" else { return true }
            guard let backend = legacy(value, index, option) else {
                skip(index, option, "this character device has no counterpart")
                return true
            }
            serials.append(
                .init(
                    option.name, ["type": backend.type], children: backend.children))
        case "nographic":
            usesScreen = false
            hasNoVideo = true
            if !options.contains(where: { $0.name == "serial" }) {
                hasSerial = true
                serials.append(.init("serial", ["type": "pty"]))
                remarks.append("-nographic: the serial port is on a pseudo terminal")
            }
        default: return false
        }
        return true
    }

    struct CharacterDevice {
        var type: String
        var children: [DescribedElement] = []
    }

    /// The one-word form behind `-serial`.
    private mutating func legacy(_ text: String, _ index: Int, _ option: NativeOption) -> CharacterDevice? {
        var text = text
        if text.hasPrefix("mon:") {
            text = String(text.dropFirst(4))
            remarks.append("the monitor isn't multiplexed with -serial \(text)")
        }
        if text.hasPrefix("chardev:") { return character(String(text.dropFirst(8))) }
        let colon = text.firstIndex(of: ":")
        let kind = String(colon.map { text[..<$0] } ?? text.prefix { $0 != "," })
        let rest = colon.map { String(text[text.index(after: $0)...]) } ?? ""
        switch kind {
        case "stdio": return standardInput
        case "pty", "null", "vc": return CharacterDevice(type: kind == "vc" ? "vc" : kind)
        case "file": return CharacterDevice(type: "file", children: [.init("source", ["path": absolute(rest)])])
        case "pipe": return CharacterDevice(type: "pipe", children: [.init("source", ["path": absolute(rest)])])
        case "unix":
            var keys = NativeKeys(rest, implied: "path")
            return unix(&keys)
        case "tcp", "telnet":
            var keys = NativeKeys(rest, implied: "address")
            let address = (keys.take("address") ?? "").split(separator: ":", omittingEmptySubsequences: false)
            guard let port = address.last, address.count > 1 else { return nil }
            return tcp(
                host: address.dropLast().joined(separator: ":"), port: String(port), isTelnet: kind == "telnet", &keys)
        default:
            return text.hasPrefix("/dev/")
                ? CharacterDevice(type: "dev", children: [.init("source", ["path": text])]) : nil
        }
    }

    private var standardInput: CharacterDevice? {
        mutating get {
            remarks.append("a device on standard input is on a pseudo terminal")
            return CharacterDevice(type: "pty")
        }
    }

    private func isServer(_ keys: inout NativeKeys) -> Bool {
        _ = keys.take("wait")
        return keys.flag("server") == true
    }

    private func unix(_ keys: inout NativeKeys) -> CharacterDevice? {
        guard let path = keys.take("path") else { return nil }
        let mode = isServer(&keys) ? "bind" : "connect"
        return CharacterDevice(type: "unix", children: [.init("source", ["mode": mode, "path": absolute(path)])])
    }

    private func tcp(host: String, port: String, isTelnet: Bool, _ keys: inout NativeKeys) -> CharacterDevice? {
        let mode = isServer(&keys) ? "bind" : "connect"
        let telnet = isTelnet || keys.flag("telnet") == true
        return CharacterDevice(
            type: "tcp",
            children: [
                .init("source", ["mode": mode, "host": host.isEmpty ? "127.0.0.1" : host, "service": port]),
                .init("protocol", ["type": telnet ? "telnet" : "raw"]),
            ])
    }

    /// The character device of that id.
    mutating func character(_ id: String) -> CharacterDevice? {
        guard var backend = chardevs[id] else { return nil }
        var keys = backend.keys
        var result: CharacterDevice?
        switch keys.take("backend") {
        case "stdio":
            result = standardInput
            _ = keys.take("signal")
        case "pty": result = CharacterDevice(type: "pty")
        case "null": result = CharacterDevice(type: "null")
        case "vc": result = CharacterDevice(type: "vc")
        case "file":
            if let path = keys.take("path") {
                let append = keys.take("append")
                result = CharacterDevice(
                    type: "file", children: [.init("source", ["path": absolute(path), "append": append])])
            }
        case "pipe":
            if let path = keys.take("path") {
                result = CharacterDevice(type: "pipe", children: [.init("source", ["path": absolute(path)])])
            }
        case "serial", "tty":
            if let path = keys.take("path") {
                result = CharacterDevice(type: "dev", children: [.init("source", ["path": path])])
            }
        case "socket":
            if let port = keys.take("port") {
                let host = keys.take("host") ?? ""
                result = tcp(host: host, port: port, isTelnet: false, &keys)
            } else {
                result = unix(&keys)
            }
        case "spicevmc":
            _ = keys.take("name")
            result = CharacterDevice(type: "spicevmc")
        default: return nil
        }
        _ = keys.take("mux")
        backend.isUsed = result != nil
        backend.keys = keys
        chardevs[id] = backend
        tellLeft(backend.option, keys)
        return result
    }

    /// A `-device` on a character device; false when it is something else.
    mutating func convertPort(_ driver: String, _ index: Int, _ option: NativeOption, _ given: NativeKeys) -> Bool {
        let kinds = [
            "isa-serial": "serial", "pci-serial": "serial", "usb-serial": "serial", "isa-parallel": "parallel",
            "virtserialport": "channel", "virtconsole": "console",
        ]
        guard let kind = kinds[driver] else { return false }
        var keys = given
        guard let id = keys.take("chardev"), let backend = character(id) else {
            skip(index, option, "its character device has no counterpart")
            return true
        }
        var children = backend.children
        switch kind {
        case "serial":
            hasSerial = true
            if driver != "isa-serial" {
                children.append(.init("target", ["type": String(driver.dropLast(7)) + "-serial"]))
            }
            if driver == "usb-serial" { hasUSB = true }
            _ = keys.take("index")
        case "channel": children.append(.init("target", ["type": "virtio", "name": keys.take("name")]))
        case "console": children.append(.init("target", ["type": "virtio"]))
        default: break
        }
        serials.append(.init(kind, ["type": backend.type], children: children))
        tellLeft(option, keys)
        return true
    }
}
