public import VMXML

/// `<graphics>`: a way to see the machine's screen.
public struct Graphics: XMLElement {
    /// `type`.
    public enum Kind: String, XMLEnum {
        case sdl, vnc, rdp, desktop, spice
        case eglHeadless = "egl-headless"
        case dbus
    }

    /// vnc: what happens when a second viewer comes.
    public enum SharePolicy: String, XMLEnum {
        case allowExclusive = "allow-exclusive"
        case forceShared = "force-shared"
        case ignore
    }

    /// What happens to viewers when the password changes.
    public enum Connected: String, XMLEnum {
        case fail, disconnect, keep
    }

    public var type = Kind.vnc
    /// vnc, spice, rdp: -1 lets one be chosen.
    public var port: Int?
    /// spice.
    public var tlsPort: Int?
    /// vnc, spice, rdp: whether the ports are chosen at start.
    public var autoport: YesNo?
    /// vnc.
    public var websocket: Int?
    /// rdp.
    public var replaceUser: YesNo?
    /// rdp.
    public var multiUser: YesNo?
    /// vnc, spice, rdp: the address of the first `<listen>`.
    public var listen: String?
    /// vnc: the path of the first `<listen>` of type `socket`.
    public var socket: String?
    /// vnc, spice.
    public var keymap: String?
    /// spice.
    public var defaultMode: SpiceChannel.Mode?
    /// vnc.
    public var sharePolicy: SharePolicy?
    /// vnc.
    public var powerControl: YesNo?
    /// rdp.
    public var username: String?
    /// vnc, spice, rdp.
    public var passwd: String?
    /// vnc, spice: `2011-05-31T16:11:22`, UTC.
    public var passwdValidTo: String?
    /// vnc, spice.
    public var connected: Connected?
    /// sdl, desktop: the X display.
    public var display: String?
    /// sdl.
    public var xauth: String?
    /// sdl, desktop.
    public var fullscreen: YesNo?
    /// dbus: whether to wait for a viewer's connection instead of using a bus.
    public var p2p: YesNo?
    /// dbus: the bus.
    public var address: String?
    /// vnc, spice, rdp.
    public var listens: [GraphicsListen] = []
    /// spice.
    public var spice = SpiceOptions()
    /// sdl, spice, egl-headless, dbus.
    public var gl: GraphicsGL?
    /// vnc, dbus: which `<audio>` the viewer hears.
    public var audio: AudioReference?
    public var origin = XMLOrigin()

    public init() {}
    public init(type: Kind) { self.type = type }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("type", &type, required: true)
        switch type {
        case .vnc: mapVNC(&x)
        case .spice: mapSpice(&x)
        case .rdp: mapRDP(&x)
        case .sdl:
            x.attribute("display", &display)
            x.attribute("xauth", &xauth)
            x.attribute("fullscreen", &fullscreen)
            x.element("gl", &gl)
        case .desktop:
            x.attribute("display", &display)
            x.attribute("fullscreen", &fullscreen)
        case .eglHeadless: x.element("gl", &gl)
        case .dbus:
            x.attribute("p2p", &p2p)
            x.attribute("address", &address)
            x.element("gl", &gl)
            x.element("audio", &audio)
        }
    }

    private mutating func mapVNC(_ x: inout XMLMapper) {
        x.attribute("port", &port)
        x.attribute("autoport", &autoport)
        x.attribute("websocket", &websocket)
        x.attribute("listen", &listen)
        x.attribute("socket", &socket)
        x.attribute("keymap", &keymap)
        x.attribute("sharePolicy", &sharePolicy)
        x.attribute("powerControl", &powerControl)
        mapPassword(&x)
        x.elements("listen", &listens)
        x.element("audio", &audio)
    }

    private mutating func mapSpice(_ x: inout XMLMapper) {
        x.attribute("port", &port)
        x.attribute("tlsPort", &tlsPort)
        x.attribute("autoport", &autoport)
        x.attribute("listen", &listen)
        x.attribute("keymap", &keymap)
        x.attribute("defaultMode", &defaultMode)
        mapPassword(&x)
        x.elements("listen", &listens)
        spice.map(&x)
        x.element("gl", &gl)
    }

    private mutating func mapRDP(_ x: inout XMLMapper) {
        x.attribute("port", &port)
        x.attribute("autoport", &autoport)
        x.attribute("replaceUser", &replaceUser)
        x.attribute("multiUser", &multiUser)
        x.attribute("listen", &listen)
        x.attribute("username", &username)
        x.attribute("passwd", &passwd)
        x.elements("listen", &listens)
    }

    private mutating func mapPassword(_ x: inout XMLMapper) {
        x.attribute("passwd", &passwd)
        x.attribute("passwdValidTo", &passwdValidTo)
        x.attribute("connected", &connected)
    }
}

/// `<gl>`: whether and with what the host renders OpenGL.
public struct GraphicsGL: XMLElement {
    public var enable: YesNo?
    /// The host's device, for example `/dev/dri/renderD128`.
    public var rendernode: String?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("enable", &enable)
        x.attribute("rendernode", &rendernode)
    }
}

/// `<audio>` of a sound card or display: the number of an ``Audio``.
public struct AudioReference: XMLElement {
    public var id: UInt32?
    public var origin = XMLOrigin()

    public init() {}
    public init(id: UInt32) { self.id = id }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("id", &id, as: PositiveNumber.self)
    }
}
