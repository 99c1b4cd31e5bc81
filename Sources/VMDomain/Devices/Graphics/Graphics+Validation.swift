public import VMXML

extension Graphics: Validated {
    public func validate(_ v: inout Validation) {
        validateListens(&v)
        validatePassword(&v)
        validatePorts(&v)
        if let audio { v.check(audio) }
        if type == .dbus, p2p == .yes, let address {
            v.warning("no-effect", "with p2p='yes' no bus is used", at: .attribute("address"), found: address)
        }
    }

    private func validateListens(_ v: inout Validation) {
        v.each("listen", listens) { v, listen in
            if listen.type == .network, listen.network == nil {
                v.error("missing-attribute", "<listen> of type 'network' needs the attribute 'network'")
            }
        }
        guard let first = listens.first else { return }
        if let listen, first.type == .address || first.type == .network, let address = first.address, address != listen
        {
            v.error(
                "listen-mismatch", "'listen' says '\(listen)', but the first <listen> element '\(address)'",
                at: .attribute("listen"), found: listen, accepted: [address])
        }
        if let socket, first.type == .socket, let path = first.socket, path != socket {
            v.error(
                "listen-mismatch", "'socket' says '\(socket)', but the first <listen> element '\(path)'",
                at: .attribute("socket"), found: socket, accepted: [path])
        }
        if v.isQEMU, listens.count > 1 {
            v.warning("multiple-listens", "QEMU lets a display listen in one place only", at: .child("listen"))
        }
    }

    private func validatePassword(_ v: inout Validation) {
        // Without a password nothing else is heard.
        if passwd != nil, let time = passwdValidTo, !isTime(time) {
            v.error(
                "invalid-time", "'passwdValidTo' is a time such as 2030-12-31T23:59:59",
                at: .attribute("passwdValidTo"),
                found: time)
        }
        if passwd == Domain.hiddenPassword {
            v.warning(
                "hidden-password", "this is what stands for a password in a document printed without its secrets",
                at: .attribute("passwd"), found: Domain.hiddenPassword)
        }
        guard type == .vnc else { return }
        if passwd != nil, let connected, connected != .keep {
            v.error(
                "unsupported-option", "VNC keeps its viewers when the password changes", at: .attribute("connected"),
                found: connected.rawValue, accepted: ["keep"])
        }
        if v.isQEMU, let passwd, passwd.utf8.count > 8 {
            v.error(
                "password-length", "a VNC password has at most 8 characters, this one \(passwd.utf8.count)",
                at: .attribute("passwd"))
        }
    }

    private func validatePorts(_ v: inout Validation) {
        for (name, port) in [("port", port), ("tlsPort", tlsPort), ("websocket", websocket)] {
            guard let port, !(-1...65535).contains(port) else { continue }
            v.warning(
                "out-of-range", "'\(name)' is a port number or -1", at: .attribute(name), found: String(port))
        }
        if type == .vnc, v.isQEMU, let port, (1..<5900).contains(port) {
            v.warning(
                "out-of-range", "QEMU's VNC ports begin at 5900", at: .attribute("port"), found: String(port))
        }
    }

    /// Whether the display draws with OpenGL.
    var drawsWithGL: Bool { type == .eglHeadless || gl?.enable == .yes }
}

/// Whether a text is `YYYY-MM-DDTHH:MM:SS`.
private func isTime(_ text: String) -> Bool {
    let pattern = Array("0000-00-00T00:00:00".utf8)
    let bytes = Array(text.utf8)
    return bytes.count == pattern.count
        && zip(bytes, pattern).allSatisfy { byte, wanted in
            wanted == UInt8(ascii: "0") ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) : byte == wanted
        }
}

extension Validation {
    /// Checks that an ``Audio`` of that number exists.
    mutating func check(_ reference: AudioReference) {
        guard let id = reference.id else { return }
        let audios = digest(DomainDigest.self).audios
        // Without any <audio>, one with the number 1 is made.
        if audios.contains(id) || domain.devices.audios.isEmpty && id == 1 { return }
        error(
            "unknown-audio", "there is no <audio> with the id \(id)", at: .child("audio", "id"), found: String(id),
            accepted: domain.devices.audios.prefix(16).compactMap { $0.id.map { String($0) } })
    }
}

extension Devices {
    /// Checks displays and graphics cards against each other.
    func validateScreens(_ v: inout Validation) {
        validateDisplays(&v)
        validateCards(&v)
    }

    private func validateDisplays(_ v: inout Validation) {
        guard v.isQEMU else { return }
        let kinds = Set(graphics.map(\.type))
        let hasViewer = kinds.contains(.vnc) || kinds.contains(.spice)
        var hasGL = false
        var seen: Set<Graphics.Kind> = []
        v.each("graphics", graphics) { v, display in
            if !seen.insert(display.type).inserted {
                v.warning(
                    "duplicate-display", "QEMU has one display of type '\(display.type.rawValue)'",
                    at: .attribute("type"), found: display.type.rawValue)
            }
            if display.type == .eglHeadless, graphics.count > 1, !hasViewer {
                v.error(
                    "egl-headless",
                    "a display of type 'egl-headless' stands alone or beside one of type 'vnc' or 'spice'")
            }
            guard display.drawsWithGL else { return }
            if hasGL { v.error("multiple-gl", "QEMU can draw with OpenGL for one display only") }
            hasGL = true
        }
    }

    private func validateCards(_ v: inout Validation) {
        let primary = videos.firstIndex { $0.model?.primary == .yes } ?? 0
        for (index, card) in videos.enumerated() {
            let name = videos.count > 1 ? "video[\(index + 1)]" : "video"
            v.enter(name, card.origin) { v in
                if index != primary, card.model?.primary == .yes {
                    v.error(
                        "multiple-primary", "only one graphics card is the primary one",
                        at: .child("model", "primary"), found: "yes")
                }
                guard let type = card.model?.type else { return }
                if type == .none, videos.count > 1 {
                    v.error(
                        "video-none", "a card of type 'none' can't stand beside others", at: .child("model", "type"),
                        found: "none")
                } else if index != primary, v.isQEMU, !type.canBeSecondary {
                    v.error(
                        "secondary-video", "a card of type '\(type.rawValue)' can only be the primary one",
                        at: .child("model", "type"), found: type.rawValue)
                }
            }
        }
    }
}

extension Video.Model.Kind {
    /// Whether the card can stand beside another one.
    var canBeSecondary: Bool {
        switch self {
        case .qxl, .virtio, .default, .none: true
        case .bochs, .vga, .cirrus, .vmvga, .xen, .vbox, .parallels, .gop, .ramfb: false
        }
    }
}
