public import VMXML

/// `<console>`: the machine's text console; the first one may be the first serial port seen again.
public struct Console: XMLElement {
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
        public enum Kind: String, XMLEnum {
            case serial, xen, uml, virtio, lxc, openvz, sclp, sclplm
        }

        public var type: Kind?
        public var port: UInt32?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.attribute("type", &type)
            x.attribute("port", &port)
            x.overlooked("model", as: Serial.Model.self, "on a console")
        }
    }
}
