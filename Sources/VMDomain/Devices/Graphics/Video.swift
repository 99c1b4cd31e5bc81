public import VMXML

/// `<video>`: a graphics card.
public struct Video: XMLElement {
    public var driver = VideoDriver()
    public var model: Model?
    public var alias: Alias?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.element("driver", &driver)
        x.element("model", &model)
        x.element("alias", &alias)
        x.element("acpi", &acpi)
        x.element("address", &address)
    }

    /// `<model>`: the card that the guest sees.
    public struct Model: XMLElement {
        public enum Kind: String, XMLEnum {
            case `default`, vga, cirrus, vmvga, xen, vbox, qxl, parallels, virtio, gop, none, bochs, ramfb
        }

        public var type: Kind?
        /// qxl: KiB.
        public var ram: UInt32?
        /// KiB.
        public var vram: UInt32?
        /// qxl: KiB.
        public var vram64: UInt32?
        /// qxl: KiB.
        public var vgamem: UInt32?
        /// The number of screens.
        public var heads: UInt32?
        /// Whether this is the card the machine starts with.
        public var primary: YesNo?
        /// virtio: share memory with the host's renderer.
        public var blob: OnOff?
        /// vga, bochs, virtio: tell the guest what the screen can do.
        public var edid: OnOff?
        public var acceleration: Acceleration?
        public var resolution: Resolution?
        public var origin = XMLOrigin()

        public init() {}
        public init(_ type: Kind) { self.type = type }

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.attribute("type", &type)
            x.attribute("ram", &ram)
            x.attribute("vram", &vram)
            x.attribute("vram64", &vram64)
            x.attribute("vgamem", &vgamem)
            x.attribute("heads", &heads)
            x.attribute("primary", &primary)
            x.attribute("blob", &blob)
            x.attribute("edid", &edid)
            x.element("acceleration", &acceleration)
            x.element("resolution", &resolution)
        }
    }

    /// `<acceleration>`: what the card computes.
    public struct Acceleration: XMLElement {
        public var accel3d: YesNo?
        public var accel2d: YesNo?
        /// vhost-user: the host's device that renders.
        public var rendernode: String?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.attribute("accel3d", &accel3d)
            x.attribute("accel2d", &accel2d)
            x.attribute("rendernode", &rendernode)
        }
    }

    /// `<resolution>`: the screen's size in pixels when the machine starts.
    public struct Resolution: XMLElement {
        // The names are those of the attributes.
        public var x: UInt32?
        public var y: UInt32?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ m: inout XMLMapper) {
            m.located(&origin)
            m.required("x", &x)
            m.required("y", &y)
        }
    }
}

/// `<driver>` of a graphics card.
public struct VideoDriver: XMLElement {
    /// Who draws.
    public enum Name: String, XMLEnum {
        case qemu, vhostuser
    }

    /// bhyve: how VGA registers are treated.
    public enum VGAConfiguration: String, XMLEnum {
        case io, on, off
    }

    public var virtio = VirtioOptions()
    public var name: Name?
    public var vgaconf: VGAConfiguration?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        virtio.map(&x)
        x.attribute("name", &name)
        x.attribute("vgaconf", &vgaconf)
    }
}
