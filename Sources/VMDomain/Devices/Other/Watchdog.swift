public import VMXML

/// `<watchdog>`: a timer that acts when the guest forgets to wind it up.
public struct Watchdog: XMLElement {
    /// `model`.
    public enum Model: String, XMLEnum {
        case i6300esb, ib700, diag288, itco
    }

    /// `action`: what happens then.
    public enum Action: String, XMLEnum {
        case reset, shutdown, poweroff, pause, dump, none
        case injectNMI = "inject-nmi"
    }

    public var model: Model?
    public var action: Action?
    public var alias: Alias?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var origin = XMLOrigin()

    public init() {}
    public init(_ model: Model, action: Action? = nil) {
        self.model = model
        self.action = action
    }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("model", &model)
        x.attribute("action", &action)
        x.element("alias", &alias)
        x.element("acpi", &acpi)
        x.element("address", &address)
    }
}
