public import VMCore
public import VMDomain
internal import VMXML

/// Ports of displays that are to be chosen when the machine starts: `port='-1'` or `autoport='yes'`.
public enum DisplayPorts {
    /// Where VNC and SPICE displays begin to look, as libvirt does.
    static let first: UInt16 = 5900
    /// Where VNC's WebSockets begin to look.
    static let firstWebSocket: UInt16 = 5700
    /// How many ports are tried.
    static let count: UInt16 = 1000

    /// Gives every display that leaves its port open the first free one.
    ///
    /// - Parameter isFree: Whether nobody listens on that port of that address. The port may still be taken before QEMU
    ///   binds it, which QEMU then says.
    /// - Throws: `busy` when all are taken.
    public static func assign(
        _ domain: inout Domain, isFree: (_ host: String, _ port: UInt16) -> Bool
    ) throws(VMError) {
        var chosen: Set<UInt16> = []
        for index in domain.devices.graphics.indices {
            var graphics = domain.devices.graphics[index]
            guard graphics.type == .vnc || graphics.type == .spice, let host = host(of: graphics) else { continue }
            func choose(from first: UInt16) throws(VMError) -> Int {
                for port in first..<first + count where !chosen.contains(port) && isFree(host, port) {
                    chosen.insert(port)
                    return Int(port)
                }
                throw VMError(
                    .busy, "no port from \(first) on is free on \(host) for a \(graphics.type.rawValue) display",
                    remedy: "give the display a port of its own")
            }
            if isOpen(graphics) { graphics.port = try choose(from: first) }
            if graphics.type == .spice, graphics.tlsPort == -1 || graphics.autoport == .yes && graphics.isSecure {
                graphics.tlsPort = try choose(from: first)
            }
            if graphics.type == .vnc, graphics.websocket == -1 {
                graphics.websocket = try choose(from: firstWebSocket)
            }
            domain.devices.graphics[index] = graphics
        }
    }

    /// Takes back which ports were chosen for displays that leave theirs open in `definition`, from which the machine
    /// will start next time.
    public static func reopen(_ domain: inout Domain, asIn definition: Domain) {
        for (index, stored) in definition.devices.graphics.enumerated() {
            guard domain.devices.graphics.indices.contains(index), domain.devices.graphics[index].type == stored.type
            else { continue }
            if isOpen(stored) { domain.devices.graphics[index].port = stored.port }
            if stored.type == .spice, stored.tlsPort == -1 || stored.autoport == .yes {
                domain.devices.graphics[index].tlsPort = stored.tlsPort
            }
            if stored.websocket == -1 { domain.devices.graphics[index].websocket = -1 }
        }
    }

    private static func isOpen(_ graphics: Graphics) -> Bool {
        // Where all channels are encrypted there is nothing to say in the clear.
        if graphics.autoport == .yes { return graphics.type != .spice || graphics.speaksInTheClear }
        // SPICE's ports are told one by one.
        if graphics.type == .spice { return graphics.port == -1 }
        return graphics.autoport == nil && [nil, -1].contains(graphics.port)
    }

    /// The address a display listens at; nil for one that has none.
    private static func host(of graphics: Graphics) -> String? {
        guard let listen = graphics.listens.first else {
            return graphics.socket == nil ? graphics.listen ?? "127.0.0.1" : nil
        }
        switch listen.type {
        case .address, .network: return listen.address ?? graphics.listen ?? "127.0.0.1"
        case .socket, .none: return nil
        }
    }
}

extension Graphics {
    /// Whether some of SPICE's channels may be without encryption.
    fileprivate var speaksInTheClear: Bool { defaultMode != .secure || spice.channels.contains { $0.mode != .secure } }

    /// Whether SPICE's channels, or some of them, are to be encrypted.
    var isSecure: Bool { defaultMode == .secure || spice.channels.contains { $0.mode == .secure } }
}
