public import VMXML

/// `<smartcard>`: a smart card reader with its card.
public struct Smartcard: XMLElement {
    public enum Mode: String, XMLEnum {
        case host
        case hostCertificates = "host-certificates"
        case passthrough
    }

    public var mode = Mode.host
    /// passthrough.
    public var backend = CharacterBackend()
    /// host-certificates: three names of certificates.
    public var certificates: [String] = []
    /// host-certificates: the folder of the NSS database that has them.
    public var database: String?
    public var alias: Alias?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("mode", &mode, required: true)
        switch mode {
        case .host: break
        case .hostCertificates:
            x.texts("certificate", &certificates)
            x.text("database", &database)
        case .passthrough:
            backend.mapAttributes(&x, required: true)
            backend.mapChildren(&x)
            x.overlooked("target", as: Serial.Target.self, "on a smart card")
        }
        x.element("alias", &alias)
        x.element("acpi", &acpi)
        x.element("address", &address)
    }
}
