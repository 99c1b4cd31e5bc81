public import VMXML

/// `<nvram>` among the devices: the NVRAM of pseries machines.
public struct NonVolatileMemory: XMLElement {
    public var alias: Alias?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.element("alias", &alias)
        x.element("acpi", &acpi)
        x.element("address", &address)
    }
}

/// `<pstore>`: where a guest's kernel puts its last words.
public struct PersistentStore: XMLElement {
    public enum Backend: String, XMLEnum { case acpiERST = "acpi-erst" }

    public var backend: Backend?
    public var path: String?
    public var size: ScaledSize?
    public var alias: Alias?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("backend", &backend)
        x.text("path", &path)
        x.size(in: "size", &size)
        x.element("alias", &alias)
        x.element("acpi", &acpi)
        x.element("address", &address)
    }
}
