public import VMXML

/// `<panic>`: how the guest reports that its kernel crashed.
public struct Panic: XMLElement {
    /// `model`.
    public enum Model: String, XMLEnum {
        case isa, pseries, hyperv, s390, pvpanic
    }

    public var model: Model?
    public var alias: Alias?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var origin = XMLOrigin()

    public init() {}
    public init(_ model: Model) { self.model = model }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("model", &model)
        x.element("alias", &alias)
        x.element("acpi", &acpi)
        x.element("address", &address)
    }
}
