internal import VMCore
public import VMXML

/// The host's side of a character device: `type`, `<source>`, `<protocol>` and `<log>`, which serial ports, consoles,
/// channels and everything else that carries a stream of bytes have in common.
///
/// No element of its own: the device's `map` calls `mapAttributes` and `mapChildren`.
public struct CharacterBackend: Sendable, Hashable {
    /// `type` of the device.
    public enum Kind: String, XMLEnum {
        case null, vc, pty, dev, file, pipe, stdio, udp, tcp, unix, spicevmc, spiceport, nmdm
        case qemuVDAgent = "qemu-vdagent"
        case dbus
    }

    public var type = Kind.pty
    /// `tty`: where a running machine's console is; only in what a running machine reports.
    public var tty: String?
    /// `<source>` of all kinds but `udp`.
    public var source = CharacterSource()
    /// The `<source>` elements of `udp`: where to send, and where to receive.
    public var endpoints: [UDPEndpoint] = []
    /// `<protocol>`: what is spoken on a `tcp` connection.
    public var `protocol`: CharacterProtocol?
    public var log: CharacterLog?

    public init() {}
    public init(type: Kind) { self.type = type }

    /// The attributes `type` and `tty`.
    mutating func mapAttributes(_ x: inout XMLMapper, required: Bool = false) {
        x.variant("type", &type, required: required)
        if type == .pty { x.attribute("tty", &tty) }
    }

    /// The children that describe the host's side.
    mutating func mapChildren(_ x: inout XMLMapper) {
        if type == .udp {
            if x.isWriting { endpoints.sort { $0.mode == .bind && $1.mode != .bind } }
            x.elements("source", &endpoints)
        } else {
            source.kind = type
            x.single("source", into: &source)
        }
        mapProtocol(&x)
        x.element("log", &log)
    }

    /// Only `tcp` has a protocol; libvirt overlooks one elsewhere.
    private mutating func mapProtocol(_ x: inout XMLMapper) {
        if type == .tcp { return x.element("protocol", &`protocol`) }
        x.overlooked("protocol", as: CharacterProtocol.self, "on a device of type '\(type.rawValue)'")
    }
}

extension CharacterBackend {
    /// udp: where the device receives.
    public var bind: UDPEndpoint? { endpoints.first { $0.mode == .bind } }
    /// udp: where the device sends to.
    public var connect: UDPEndpoint? { endpoints.first { $0.mode != .bind } }

    public static func unix(_ path: String?, mode: CharacterSource.Mode = .bind) -> CharacterBackend {
        var backend = CharacterBackend(type: .unix)
        backend.source.mode = mode
        backend.source.path = path
        return backend
    }

    public static func tcp(host: String, service: String, mode: CharacterSource.Mode = .connect) -> CharacterBackend {
        var backend = CharacterBackend(type: .tcp)
        (backend.source.mode, backend.source.host, backend.source.service) = (mode, host, service)
        return backend
    }

    public static func file(_ path: String, append: OnOff? = nil) -> CharacterBackend {
        var backend = CharacterBackend(type: .file)
        (backend.source.path, backend.source.append) = (path, append)
        return backend
    }
}

/// `<source>` of a `udp` device.
public struct UDPEndpoint: XMLElement {
    public var mode: CharacterSource.Mode?
    public var host: String?
    /// A port number or a service's name.
    public var service: String?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("mode", &mode)
        x.attribute("host", &host)
        x.attribute("service", &service)
    }
}

/// `<protocol>` of a `tcp` device.
public struct CharacterProtocol: XMLElement {
    public enum Kind: String, XMLEnum {
        case raw, telnet, telnets, tls
    }

    public var type: Kind?

    public init() {}
    public init(type: Kind) { self.type = type }

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("type", &type)
    }
}

/// `<log>`: a file that gets a copy of what the guest writes.
public struct CharacterLog: XMLElement {
    public var file: String?
    public var append: OnOff?

    public init() {}
    public init(file: String, append: OnOff? = nil) {
        self.file = file
        self.append = append
    }

    public mutating func map(_ x: inout XMLMapper) {
        x.required("file", &file)
        x.attribute("append", &append)
    }
}
