internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// `<graphics>`: how people see the guest's screen.
enum GraphicsOptions {
    static func make(_ graphics: Graphics, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        switch graphics.type {
        case .vnc: return vnc(graphics, context)
        case .spice: return spice(graphics, context)
        case .sdl:
            var properties: JSONObject = ["type": "sdl"]
            if let gl = graphics.gl?.enable { properties["gl"] = .bool(gl == .yes) }
            var options = [QEMUOption(.display, properties, from: graphics.origin)]
            if graphics.fullscreen == .yes { options.append(QEMUOption(flag: .fullScreen, from: graphics.origin)) }
            return options
        case .eglHeadless:
            var properties: JSONObject = ["type": "egl-headless"]
            properties.put("rendernode", graphics.gl?.rendernode ?? context.host.renderNode)
            return [QEMUOption(.display, properties, from: graphics.origin)]
        case .dbus: return dbus(graphics, context)
        case .rdp: return []
        case .desktop:
            throw VMError(.unsupported, "QEMU has no display of type 'desktop'", remedy: "use vnc, spice or sdl")
        }
    }

    /// Whether a domain's displays leave QEMU's own window to be switched off.
    static func needsNoDisplay(_ graphics: [Graphics]) -> Bool {
        !graphics.contains { [.sdl, .vnc, .spice, .eglHeadless, .dbus].contains($0.type) }
    }

    private static func listen(_ graphics: Graphics) -> GraphicsListen {
        if let first = graphics.listens.first { return first }
        if let socket = graphics.socket {
            var listen = GraphicsListen(type: .socket)
            listen.socket = socket
            return listen
        }
        return GraphicsListen(address: graphics.listen ?? "127.0.0.1")
    }

    // MARK: VNC

    private static func vnc(_ graphics: Graphics, _ context: BuildContext) -> [QEMUOption] {
        let listen = listen(graphics)
        var properties: JSONObject
        switch listen.type {
        case .socket:
            let path = listen.socket ?? "\(context.host.folders.socketFolder)/vnc.sock"
            properties = ["vnc": .string("unix:" + path)]
        case .none: properties = ["vnc": "none"]
        case .address, .network:
            let address = listen.address ?? "127.0.0.1"
            let host = address.contains(":") ? "[\(address)]" : address
            let port = graphics.port ?? -1
            properties = ["vnc": .string("\(host):\(max(port - 5900, 0))")]
            if let websocket = graphics.websocket {
                properties["websocket"] = .string(String(websocket < 0 ? 5700 : websocket))
            }
        }
        properties.put("share", graphics.sharePolicy?.rawValue)
        if graphics.passwd != nil { properties["password"] = true }
        properties.put("power-control", graphics.powerControl)
        properties.put("audiodev", AudioOptions.name(for: graphics.audio, context))
        return keymap(graphics) + [QEMUOption(.vnc, properties, from: graphics.origin)]
    }

    private static func keymap(_ graphics: Graphics) -> [QEMUOption] {
        graphics.keymap.map { [QEMUOption(.keyboardLayout, word: $0, from: graphics.origin)] } ?? []
    }

    // MARK: SPICE

    private static func spice(_ graphics: Graphics, _ context: BuildContext) -> [QEMUOption] {
        var properties: JSONObject = [:]
        let listen = listen(graphics)
        switch listen.type {
        case .socket:
            properties["unix"] = true
            properties["addr"] = .string(listen.socket ?? "\(context.host.folders.socketFolder)/spice.sock")
        case .none: properties["port"] = 0
        case .address, .network: putPorts(graphics, listen, &properties)
        }
        if graphics.passwd == nil, !context.host.hasSpicePassword { properties["disable-ticketing"] = true }
        let options = graphics.spice
        properties["agent-mouse"] = options.mouse?.mode.map { .bool($0 == .client) }
        if properties["tls-port"] != nil { properties["x509-dir"] = "/etc/pki/libvirt-spice" }
        putChannels(graphics, &properties)
        properties.put("image-compression", options.image?.compression?.rawValue)
        properties.put("jpeg-wan-compression", options.jpeg?.compression?.rawValue)
        properties.put("zlib-glz-wan-compression", options.zlib?.compression?.rawValue)
        properties.put("playback-compression", options.playback?.compression)
        properties.put("streaming-video", options.streaming?.mode?.rawValue)
        if options.clipboard?.copyPaste == .no { properties["disable-copy-paste"] = true }
        if options.fileTransfer?.enable == .no { properties["disable-agent-file-xfer"] = true }
        if let gl = graphics.gl, gl.enable == .yes {
            properties["gl"] = true
            properties.put("rendernode", gl.rendernode ?? context.host.renderNode)
        }
        properties["seamless-migration"] = true
        return keymap(graphics) + [QEMUOption(.spice, properties, from: graphics.origin)]
    }

    private static func putPorts(
        _ graphics: Graphics, _ listen: GraphicsListen, _ properties: inout JSONObject
    ) {
        // Ports are chosen before; what is still open here gets the one that libvirt would try first.
        let isAutomatic = graphics.autoport == .yes || graphics.port == -1
        var port = graphics.port ?? 0
        if port <= 0 { port = isAutomatic ? 5901 : 0 }
        var tls = graphics.tlsPort ?? 0
        if tls < 0 || tls == 0 && isAutomatic && graphics.isSecure { tls = 5902 }
        if port > 0 || tls <= 0 { properties["port"] = JSONValue(port) }
        if tls > 0 { properties["tls-port"] = JSONValue(tls) }
        if port > 0 || tls > 0 { properties["addr"] = .string(listen.address ?? "127.0.0.1") }
    }

    private static func putChannels(_ graphics: Graphics, _ properties: inout JSONObject) {
        var secure: [JSONValue] = []
        var plain: [JSONValue] = []
        switch graphics.defaultMode {
        case .secure: secure.append("default")
        case .insecure: plain.append("default")
        case .any, nil: break
        }
        for channel in graphics.spice.channels {
            guard let name = channel.name?.rawValue else { continue }
            if channel.mode == .secure { secure.append(.string(name)) }
            if channel.mode == .insecure { plain.append(.string(name)) }
        }
        if !secure.isEmpty { properties["tls-channel"] = .array(secure) }
        if !plain.isEmpty { properties["plaintext-channel"] = .array(plain) }
    }

    // MARK: D-Bus

    private static func dbus(_ graphics: Graphics, _ context: BuildContext) -> [QEMUOption] {
        var properties: JSONObject = ["type": "dbus"]
        if graphics.p2p == .yes {
            properties["p2p"] = true
        } else {
            let own = "unix:path=\(context.host.folders.machine)/dbus.sock"
            properties["addr"] = .string(graphics.address ?? own)
        }
        if let gl = graphics.gl, gl.enable == .yes {
            properties["gl"] = true
            properties.put("rendernode", gl.rendernode ?? context.host.renderNode)
        }
        if let audio = graphics.audio?.id { properties["audiodev"] = .string(AudioOptions.name(audio)) }
        return [QEMUOption(.display, properties, from: graphics.origin)]
    }
}
