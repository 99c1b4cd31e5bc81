public import VMDomain
public import VMXML

/// `<forward>`: how guests reach what is outside of the network; without it they don't.
public struct NetworkForward: XMLElement {
    public enum Mode: String, XMLEnum {
        case nat, route, open, bridge, `private`, vepa, passthrough, hostdev
    }

    public var mode = Mode.nat
    /// The device of the host through which packets may leave.
    public var dev: String?
    public var managed: YesNo?
    public var driver: Driver?
    /// The adapter whose virtual functions the guests get.
    public var pfs: [PhysicalFunction] = []
    public var nat: NAT?
    public var interfaces: [HostInterface] = []
    public var addresses: [PCIAddress] = []
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("dev", &dev)
        x.variant("mode", &mode)
        x.attribute("managed", &managed)
        x.element("driver", &driver)
        x.elements("pf", &pfs)
        x.element("nat", &nat)
        x.elements("interface", &interfaces)
        x.elements("address", &addresses)
    }

    /// `<driver>`.
    public struct Driver: XMLElement {
        public var name: String?

        public init() {}
        public mutating func map(_ x: inout XMLMapper) { x.attribute("name", &name) }
    }

    /// `<pf>`.
    public struct PhysicalFunction: XMLElement {
        public var dev: String?

        public init() {}
        public mutating func map(_ x: inout XMLMapper) { x.required("dev", &dev) }
    }

    /// `<interface>`: a device of the host that guests use in turn.
    public struct HostInterface: XMLElement {
        public var dev: String?
        /// How many guests use it; read and forgotten.
        public var connections: UInt32?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.required("dev", &dev)
            x.attribute("connections", &connections)
        }
    }

    /// `<nat>`: as whom guests are seen outside.
    public struct NAT: XMLElement {
        public var ipv6: YesNo?
        public var address: AddressRange?
        public var port: PortRange?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.attribute("ipv6", &ipv6)
            x.element("address", &address)
            x.element("port", &port)
        }
    }

    /// `<address>` of `<nat>`.
    public struct AddressRange: XMLElement {
        public var start: String?
        public var end: String?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.required("start", &start)
            x.required("end", &end)
        }
    }

    /// `<port>` of `<nat>`.
    public struct PortRange: XMLElement {
        public var start: UInt16?
        public var end: UInt16?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.required("start", &start)
            x.required("end", &end)
        }
    }
}
