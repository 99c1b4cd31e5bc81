public import VMXML

/// `<serial>`: a serial port.
public struct Serial: XMLElement {
    public var backend = CharacterBackend()
    public var target: Target?
    public var alias: Alias?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        backend.mapAttributes(&x)
        backend.mapChildren(&x)
        x.element("target", &target)
        x.element("alias", &alias)
        x.element("acpi", &acpi)
        x.element("address", &address)
    }

    /// `<target>`: what the guest sees.
    public struct Target: XMLElement {
        /// The kind of bus or chip.
        public enum Kind: String, XMLEnum {
            case isaSerial = "isa-serial"
            case usbSerial = "usb-serial"
            case pciSerial = "pci-serial"
            case spaprVIOSerial = "spapr-vio-serial"
            case systemSerial = "system-serial"
            case sclpSerial = "sclp-serial"
            case isaDebug = "isa-debug"
        }

        public var type: Kind?
        public var port: UInt32?
        public var model: Model?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.attribute("type", &type)
            x.attribute("port", &port)
            x.element("model", &model)
        }
    }

    /// `<model>` of the target: the device that QEMU emulates.
    public struct Model: XMLElement {
        public enum Name: String, XMLEnum {
            case isaSerial = "isa-serial"
            case usbSerial = "usb-serial"
            case pciSerial = "pci-serial"
            case spaprVTY = "spapr-vty"
            case pl011
            case sclpConsole = "sclpconsole"
            case sclplmConsole = "sclplmconsole"
            case uart16550A = "16550a"
            case isaDebugCon = "isa-debugcon"
        }

        public var name: Name?

        public init() {}
        public init(_ name: Name) { self.name = name }

        public mutating func map(_ x: inout XMLMapper) {
            x.required("name", &name)
        }
    }
}
