internal import VMCore
internal import VMDomain
internal import VMXML

/// Displays that QEMU can't have, which a definition may hold until the machine is to start.
enum DisplayCheck {
    static let launch: DomainCheck.Check = { v, _ in
        var seen: Set<Graphics.Kind> = []
        v.each("devices/graphics", v.domain.devices.graphics) { v, display in
            if !seen.insert(display.type).inserted {
                v.error(
                    "duplicate-display", "QEMU has one display of type '\(display.type.rawValue)'",
                    at: .attribute("type"), found: display.type.rawValue)
            }
            if display.listens.count > 1 {
                v.error(
                    "multiple-listens", "QEMU lets a display listen in one place only", at: .child("listen"))
            }
            checkPorts(display, &v)
            if display.type == .spice, display.isSecure, display.autoport != .yes, display.tlsPort ?? 0 == 0 {
                v.error(
                    "no-tls", "channels that are to be encrypted need a TLS port", at: .attribute("tlsPort"),
                    accepted: ["a port number, or -1"])
            }
        }
    }

    private static func checkPorts(_ display: Graphics, _ v: inout Validation) {
        let listens = display.listens.first?.type ?? .address
        guard listens == .address || listens == .network else { return }
        if display.type == .vnc, display.autoport == .no, !(5900...65535).contains(display.port ?? 0) {
            v.error(
                "out-of-range", "a VNC port is a number from 5900 to 65535", at: .attribute("port"),
                found: display.port.map { String($0) })
        }
        for (name, port) in [("port", display.port), ("tlsPort", display.tlsPort), ("websocket", display.websocket)] {
            guard let port, !(-1...65535).contains(port) else { continue }
            v.error("out-of-range", "'\(name)' is a port number or -1", at: .attribute(name), found: String(port))
        }
    }
}
