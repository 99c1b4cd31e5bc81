public import VMXML

/// `<seclabel>` in a `<source>`: how the security drivers label this one resource.
public struct DeviceSecurityLabel: XMLElement {
    /// The driver: `selinux`, `dac`, `apparmor`; absent for all.
    public var model: String?
    public var labelskip: YesNo?
    public var relabel: YesNo?
    public var label: String?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("model", &model)
        x.attribute("labelskip", &labelskip)
        x.attribute("relabel", &relabel)
        x.text("label", &label)
    }
}

/// `<reconnect>` of a socket on which the machine is the client.
public struct SocketReconnect: XMLElement {
    public var enabled: YesNo?
    /// Seconds between attempts.
    public var timeout: UInt32?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("enabled", &enabled)
        x.attribute("timeout", &timeout)
    }
}
