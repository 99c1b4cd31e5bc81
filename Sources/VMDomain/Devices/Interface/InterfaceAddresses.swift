public import VMXML

/// `<ip>`: an address of one side of the card.
public struct InterfaceIP: XMLElement {
    public var address: String?
    public var family: AddressFamily?
    public var prefix: UInt32?
    /// The address of the other side of a point-to-point connection.
    public var peer: String?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("address", &address)
        x.attribute("family", &family)
        x.attribute("prefix", &prefix)
        x.attribute("peer", &peer)
    }
}

/// `family` of an address.
public enum AddressFamily: String, XMLEnum {
    case ipv4, ipv6
}

/// `<route>`: which network is reached over which gateway.
public struct InterfaceRoute: XMLElement {
    public var family: AddressFamily?
    public var address: String?
    public var netmask: String?
    public var prefix: UInt32?
    public var gateway: String?
    public var metric: UInt32?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("family", &family)
        x.required("address", &address)
        x.attribute("netmask", &netmask)
        x.attribute("prefix", &prefix)
        x.required("gateway", &gateway)
        x.attribute("metric", &metric)
    }
}

/// `<portForward>`: ports of the host that lead into the guest.
public struct PortForward: XMLElement {
    /// The transport protocol.
    public enum `Protocol`: String, XMLEnum {
        case tcp, udp
    }

    public var proto: `Protocol`?
    /// The host's address; absent: all.
    public var address: String?
    /// The host's device; absent: all.
    public var dev: String?
    /// Absent: all ports.
    public var ranges: [Range] = []
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("proto", &proto)
        x.attribute("address", &address)
        x.attribute("dev", &dev)
        x.elements("range", &ranges)
    }

    /// `<range>`: the ports from `start` to `end`.
    public struct Range: XMLElement {
        public var start: UInt16?
        /// The last port; absent: `start` alone.
        public var end: UInt16?
        /// The guest's port for `start`; absent: the same.
        public var to: UInt16?
        /// Whether these ports are left out.
        public var exclude: YesNo?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("start", &start)
            x.attribute("end", &end)
            x.attribute("to", &to)
            x.attribute("exclude", &exclude)
        }
    }
}
