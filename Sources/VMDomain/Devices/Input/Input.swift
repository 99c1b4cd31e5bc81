public import VMXML

/// `<input>`: a keyboard, a mouse, a tablet or a device of the host.
public struct Input: XMLElement {
    /// `type`.
    public enum Kind: String, XMLEnum {
        case mouse, tablet, keyboard, passthrough, evdev
    }

    /// `bus`: how the guest sees it.
    public enum Bus: String, XMLEnum {
        case ps2, usb, xen, parallels, virtio, none
    }

    public var type = Kind.mouse
    public var bus: Bus?
    /// virtio: which generations of it the guest may speak.
    public var model: VirtioModel?
    public var driver: VirtioOptions?
    public var source: Source?
    public var alias: Alias?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var origin = XMLOrigin()

    public init() {}
    public init(type: Kind, bus: Bus) {
        self.type = type
        self.bus = bus
    }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("type", &type, required: true)
        x.attribute("bus", &bus)
        x.attribute("model", &model)
        x.element("driver", &driver)
        if type == .passthrough || type == .evdev { x.element("source", &source) }
        x.element("alias", &alias)
        x.element("acpi", &acpi)
        x.element("address", &address)
    }

    /// `<source>`: the host's device.
    public struct Source: XMLElement {
        /// evdev: which devices are taken.
        public enum Grab: String, XMLEnum {
            case all
        }

        /// evdev: the keys that give the device to the guest or back to the host.
        public enum GrabToggle: String, XMLEnum {
            case ctrlCtrl = "ctrl-ctrl"
            case altAlt = "alt-alt"
            case shiftShift = "shift-shift"
            case metaMeta = "meta-meta"
            case scrollLock = "scrolllock"
            case ctrlScrollLock = "ctrl-scrolllock"
        }

        /// passthrough: the path.
        public var evdev: String?
        /// evdev: the path.
        public var dev: String?
        public var grab: Grab?
        public var grabToggle: GrabToggle?
        /// evdev: whether keys held down repeat.
        public var `repeat`: OnOff?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.attribute("evdev", &evdev)
            x.attribute("dev", &dev)
            x.attribute("grab", &grab)
            x.attribute("grabToggle", &grabToggle)
            x.attribute("repeat", &`repeat`)
        }
    }
}
