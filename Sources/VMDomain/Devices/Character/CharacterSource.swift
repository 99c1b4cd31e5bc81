public import VMXML

/// `<source>` of a character device: where the bytes come from and go to on the host.
public struct CharacterSource: XMLElement {
    /// Who listens and who calls.
    public enum Mode: String, XMLEnum {
        case bind, connect
    }

    /// The device's `type`, which decides what the element holds. ``CharacterBackend`` sets it.
    var kind = CharacterBackend.Kind.pty

    /// tcp, unix.
    public var mode: Mode?
    /// pty, dev, file, pipe, unix.
    public var path: String?
    /// tcp.
    public var host: String?
    /// tcp: a port number or a service's name.
    public var service: String?
    /// tcp: whether the connection is encrypted.
    public var tls: YesNo?
    /// file: whether to keep what is in the file.
    public var append: OnOff?
    /// spiceport, dbus: the channel's name.
    public var channel: String?
    /// nmdm.
    public var master: String?
    /// nmdm.
    public var slave: String?
    /// qemu-vdagent.
    public var clipboard: Clipboard?
    /// qemu-vdagent.
    public var mouse: MouseMode?
    /// tcp, unix: what to do when the other side goes away.
    public var reconnect: SocketReconnect?
    public var seclabels: [DeviceSecurityLabel] = []
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        switch kind {
        case .null, .vc, .stdio, .spicevmc, .udp: break
        case .pty, .dev, .pipe: mapPath(&x)
        case .file:
            x.attribute("path", &path)
            x.attribute("append", &append)
            x.elements("seclabel", &seclabels)
        case .nmdm:
            x.attribute("master", &master)
            x.attribute("slave", &slave)
        case .tcp:
            x.attribute("mode", &mode)
            x.attribute("host", &host)
            x.attribute("service", &service)
            x.attribute("tls", &tls)
            x.element("reconnect", &reconnect)
        case .unix:
            x.attribute("mode", &mode)
            mapPath(&x)
            x.element("reconnect", &reconnect)
        case .spiceport, .dbus: x.attribute("channel", &channel)
        case .qemuVDAgent:
            x.element("clipboard", &clipboard)
            x.element("mouse", &mouse)
        }
    }

    private mutating func mapPath(_ x: inout XMLMapper) {
        x.attribute("path", &path)
        x.elements("seclabel", &seclabels)
    }
}

/// `<clipboard>`: whether guest and client share one.
public struct Clipboard: XMLElement {
    /// `copypaste`.
    public var copyPaste: YesNo?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.required("copypaste", &copyPaste)
    }
}

/// `<mouse>`: who draws the pointer.
public struct MouseMode: XMLElement {
    public enum Mode: String, XMLEnum {
        case server, client
    }

    public var mode: Mode?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.required("mode", &mode)
    }
}
