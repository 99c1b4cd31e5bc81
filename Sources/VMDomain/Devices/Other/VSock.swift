public import VMXML

/// `<vsock>`: sockets between host and guest.
public struct VSock: XMLElement {
    /// `<cid>`: the guest's number.
    public struct ContextID: XMLElement {
        /// Whether a free one is taken at start.
        public var auto: YesNo?
        /// From 3.
        public var address: UInt32?
        public init() {}
        public mutating func map(_ x: inout XMLMapper) {
            x.attribute("auto", &auto)
            x.attribute("address", &address)
        }
    }

    public var model: VirtioModel?
    public var cid: ContextID?
    public var alias: Alias?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var driver = VirtioOptions()
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("model", &model)
        x.element("cid", &cid)
        x.element("alias", &alias)
        x.element("acpi", &acpi)
        x.element("address", &address)
        x.element("driver", &driver)
    }
}
