public import VMXML

/// `<hub>`: a USB hub.
public struct Hub: XMLElement {
    public enum Kind: String, XMLEnum {
        case usb
    }

    public var type = Kind.usb
    public var alias: Alias?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("type", &type, required: true)
        x.element("alias", &alias)
        x.element("acpi", &acpi)
        x.element("address", &address)
    }
}
