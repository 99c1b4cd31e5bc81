public import VMXML

/// The children that only a SPICE display has. Their parent is ``Graphics``, whose `map` calls this one's.
public struct SpiceOptions: XMLElement {
    public var channels: [SpiceChannel] = []
    public var image: SpiceImage?
    public var jpeg: SpiceCompression?
    public var zlib: SpiceCompression?
    public var playback: SpicePlayback?
    public var streaming: SpiceStreaming?
    public var mouse: MouseMode?
    public var clipboard: Clipboard?
    public var fileTransfer: SpiceFileTransfer?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.elements("channel", &channels)
        x.element("image", &image)
        x.element("jpeg", &jpeg)
        x.element("zlib", &zlib)
        x.element("playback", &playback)
        x.element("streaming", &streaming)
        x.element("mouse", &mouse)
        x.element("clipboard", &clipboard)
        x.element("filetransfer", &fileTransfer)
    }
}

/// `<channel>`: whether one of SPICE's channels is encrypted.
public struct SpiceChannel: XMLElement {
    public enum Name: String, XMLEnum {
        case main, display, inputs, cursor, playback, record, smartcard, usbredir
    }

    public enum Mode: String, XMLEnum {
        case any, secure, insecure
    }

    public var name: Name?
    public var mode: Mode?
    public var origin = XMLOrigin()

    public init() {}
    public init(_ name: Name, _ mode: Mode) {
        self.name = name
        self.mode = mode
    }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("name", &name)
        x.required("mode", &mode)
    }
}

/// `<image>`: how pictures are compressed.
public struct SpiceImage: XMLElement {
    public enum Compression: String, XMLEnum {
        case autoGLZ = "auto_glz"
        case autoLZ = "auto_lz"
        case quic, glz, lz, off
    }

    public var compression: Compression?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.required("compression", &compression)
    }
}

/// `<jpeg>` and `<zlib>`: when pictures are compressed so over slow lines.
public struct SpiceCompression: XMLElement {
    public enum Compression: String, XMLEnum {
        case auto, never, always
    }

    public var compression: Compression?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.required("compression", &compression)
    }
}

/// `<playback>`: whether sound is compressed.
public struct SpicePlayback: XMLElement {
    public var compression: OnOff?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.required("compression", &compression)
    }
}

/// `<streaming>`: what is sent as video.
public struct SpiceStreaming: XMLElement {
    public enum Mode: String, XMLEnum {
        case filter, all, off
    }

    public var mode: Mode?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.required("mode", &mode)
    }
}

/// `<filetransfer>`: whether viewers may send files to the guest.
public struct SpiceFileTransfer: XMLElement {
    public var enable: YesNo?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.required("enable", &enable)
    }
}
