internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// The host's side of character devices: `-chardev`, with the TLS credentials it needs.
enum CharacterOptions {
    /// The character device `id`; TLS credentials come before it.
    ///
    /// - Parameters:
    ///   - channelName: of channels: names the socket that a `unix` backend without path gets.
    ///   - keeping: of consoles: the device's name, for the file that keeps what the guest prints.
    static func make(
        _ id: String, _ backend: CharacterBackend, _ context: BuildContext, channelName: String? = nil,
        keeping console: String? = nil, from origin: XMLOrigin
    ) throws(VMError) -> [QEMUOption] {
        var properties: JSONObject = ["backend": .string(name(of: backend.type)), "id": .string(id)]
        var before: [QEMUOption] = []
        let source = backend.source
        switch backend.type {
        case .null, .vc, .pty, .stdio: break
        case .dev, .pipe:
            guard let path = source.path else { throw missing("path", backend) }
            properties["path"] = .string(path)
            if backend.type == .dev, path.hasPrefix("/dev/parport") { properties["backend"] = "parallel" }
        case .file:
            guard let path = source.path else { throw missing("path", backend) }
            properties["path"] = .string(path)
            properties.put("append", context.host.hasLogDaemon ? .on : source.append)
        case .unix: putUnix(&properties, source, context, channelName)
        case .tcp: before = putTCP(&properties, id, backend, context, origin)
        case .udp: putUDP(&properties, backend)
        case .spicevmc: properties.put("name", spiceName(id))
        case .spiceport, .dbus: properties.put("name", source.channel ?? spiceName(id))
        case .qemuVDAgent:
            properties["name"] = "vdagent"
            if let share = source.clipboard?.copyPaste { properties["clipboard"] = .bool(share == .yes) }
            if let mode = source.mouse?.mode { properties["mouse"] = .bool(mode == .client) }
        case .nmdm:
            throw VMError(.unsupported, "QEMU has no character device of type 'nmdm'")
        }
        if let log = backend.log, let file = log.file {
            properties["logfile"] = .string(file)
            if context.host.hasLogDaemon {
                properties["logappend"] = true
            } else if let append = log.append {
                properties["logappend"] = .bool(append == .on)
            }
        } else if let console, !context.host.folders.consoles.isEmpty, backend.canBeJoined {
            properties["logfile"] = .string("\(context.host.folders.consoles)/\(console).log")
            properties["logappend"] = true
        }
        return before + [QEMUOption(.chardev, properties, from: origin)]
    }

    private static func name(of type: CharacterBackend.Kind) -> String {
        switch type {
        case .dev: "serial"
        case .tcp, .unix: "socket"
        default: type.rawValue
        }
    }

    /// What SPICE and D-Bus call the channel of a device that isn't a named port.
    private static func spiceName(_ id: String) -> String? {
        if id.hasPrefix("charredir") { return "usbredir" }
        if id.hasPrefix("charsmartcard") { return "smartcard" }
        return id.hasPrefix("charchannel") || id.hasPrefix("charua-") ? "vdagent" : nil
    }

    private static func missing(_ what: String, _ backend: CharacterBackend) -> VMError {
        VMError(.invalidXML, "a character device of type '\(backend.type.rawValue)' needs a \(what)")
    }

    // MARK: Sockets

    private static func putUnix(
        _ properties: inout JSONObject, _ source: CharacterSource, _ context: BuildContext, _ channelName: String?
    ) {
        let path = source.path ?? context.host.folders.channels + "/" + (channelName ?? "channel")
        properties["path"] = .string(path)
        putMode(&properties, source)
        if source.mode == .connect {
            putReconnect(source.reconnect.map { ($0.enabled, $0.timeout) }, context, &properties)
        }
    }

    private static func putMode(_ properties: inout JSONObject, _ source: CharacterSource) {
        guard source.mode != .connect else { return }
        properties["server"] = true
        properties["wait"] = false
    }

    private static func putTCP(
        _ properties: inout JSONObject, _ id: String, _ backend: CharacterBackend, _ context: BuildContext,
        _ origin: XMLOrigin
    ) -> [QEMUOption] {
        let source = backend.source
        properties["host"] = .string(source.host ?? "")
        properties["port"] = .string(source.service ?? "")
        if backend.protocol?.type == .telnet || backend.protocol?.type == .telnets { properties["telnet"] = true }
        putMode(&properties, source)
        if source.mode == .connect {
            putReconnect(source.reconnect.map { ($0.enabled, $0.timeout) }, context, &properties)
        }
        guard source.tls == .yes else { return [] }
        let credentials = "obj\(id)_tls0"
        properties["tls-creds"] = .string(credentials)
        let object: JSONObject = [
            "qom-type": "tls-creds-x509", "id": .string(credentials), "dir": "/etc/pki/libvirt-chardev",
            "endpoint": source.mode == .connect ? "client" : "server", "verify-peer": true,
        ]
        return [QEMUOption(.object, object, from: origin)]
    }

    /// Seconds, or milliseconds where QEMU counts in them.
    static func putReconnect(
        _ reconnect: (enabled: YesNo?, timeout: UInt32?)?, _ context: BuildContext, _ properties: inout JSONObject
    ) {
        guard let reconnect, let enabled = reconnect.enabled else { return }
        let seconds = enabled == .yes ? UInt64(reconnect.timeout ?? 0) : 0
        if context.capabilities.accepts(command: "chardev-add", argument: "backend/+socket/data/reconnect-ms") {
            properties["reconnect-ms"] = JSONValue(seconds &* 1000)
        } else {
            properties["reconnect"] = JSONValue(seconds)
        }
    }

    private static func putUDP(_ properties: inout JSONObject, _ backend: CharacterBackend) {
        let (bind, connect) = (backend.bind, backend.connect)
        properties["host"] = .string(connect?.host ?? "")
        properties["port"] = .string(connect?.service ?? "")
        properties["localaddr"] = .string(bind?.host ?? "")
        properties["localport"] = .string(bind?.service ?? "0")
    }
}

extension CharacterBackend {
    /// Whether it is there for clients that come and go.
    fileprivate var canBeJoined: Bool { type == .pty || type == .unix && source.mode != .connect }
}
