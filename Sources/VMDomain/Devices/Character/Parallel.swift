public import VMXML

/// `<parallel>`: a parallel port.
public struct Parallel: XMLElement {
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

    /// `<target>`: the number of the port.
    public struct Target: XMLElement {
        public var port: UInt32?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.overlooked(attribute: "type", as: String.self, "on a parallel port")
            x.attribute("port", &port)
            x.overlooked("model", as: Serial.Model.self, "on a parallel port")
        }
    }
}
