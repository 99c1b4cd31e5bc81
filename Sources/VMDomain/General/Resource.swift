public import VMXML

/// `<resource>`: where the host accounts the machine.
public struct Resource: XMLElement {
    /// `<partition>`: the control group path, absolute.
    public var partition: String?
    public var fibrechannel: FibreChannel?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.text("partition", &partition)
        x.element("fibrechannel", &fibrechannel)
    }

    /// `<fibrechannel>`: tags the machine's traffic in a Fibre Channel network.
    public struct FibreChannel: XMLElement {
        public var appid: String?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) { x.required("appid", &appid) }
    }
}
