public import VMXML

/// `<backend>` of an interface: the program or device files behind the card.
public struct InterfaceBackend: XMLElement {
    public enum Kind: String, XMLEnum {
        case `default`, passt
    }

    public var type: Kind?
    /// The device that makes taps, instead of /dev/net/tun.
    public var tap: String?
    /// Instead of /dev/vhost-net.
    public var vhost: String?
    /// passt: where it writes its log.
    public var logFile: String?
    /// passt: the guest's name as its DHCP server tells it.
    public var hostname: String?
    /// passt.
    public var fqdn: String?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("type", &type)
        x.attribute("tap", &tap)
        x.attribute("vhost", &vhost)
        x.attribute("logFile", &logFile)
        x.attribute("hostname", &hostname)
        x.attribute("fqdn", &fqdn)
    }
}

extension Interface {
    /// `<port>`: options of the bridge's port.
    public struct PortOptions: XMLElement {
        /// Whether the guest can't talk to other isolated ports of the bridge.
        public var isolated: YesNo?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.attribute("isolated", &isolated)
        }
    }

    /// `<filterref>`: the network filter of the card.
    public struct FilterReference: XMLElement {
        public var filter: String?
        public var parameters: [Parameter] = []
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("filter", &filter)
            x.elements("parameter", &parameters)
        }
    }

    /// `<parameter>` of a network filter.
    public struct Parameter: XMLElement {
        public var name: String?
        public var value: String?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.required("name", &name)
            x.required("value", &value)
        }
    }

    /// `<tune>`.
    public struct Tuning: XMLElement {
        /// The size of the tap's send buffer in bytes; 0: without limit.
        public var sndbuf: UInt64?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.text("sndbuf", &sndbuf)
        }
    }

    /// `<link>`: whether the cable is plugged in.
    public struct Link: XMLElement {
        public enum State: String, XMLEnum {
            case up, down
        }

        public var state: State?

        public init() {}
        public init(_ state: State) { self.state = state }

        public mutating func map(_ x: inout XMLMapper) {
            x.attribute("state", &state)
        }
    }

    /// `<mtu>`: the largest packet.
    public struct MTU: XMLElement {
        /// Bytes.
        public var size: UInt32?
        public var origin = XMLOrigin()

        public init() {}
        public init(size: UInt32) { self.size = size }

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("size", &size)
        }
    }

    /// `<coalesce>`: how many packets are handled by one interrupt.
    public struct Coalescing: XMLElement {
        public var rx: Received?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.element("rx", &rx)
        }

        /// `<rx>`.
        public struct Received: XMLElement {
            public var frames: Frames?

            public init() {}

            public mutating func map(_ x: inout XMLMapper) {
                x.element("frames", &frames)
            }
        }

        /// `<frames>`.
        public struct Frames: XMLElement {
            public var max: UInt32?

            public init() {}

            public mutating func map(_ x: inout XMLMapper) {
                x.attribute("max", &max)
            }
        }
    }
}

/// `<teaming>`: the card is one half of a pair that the guest bonds.
public struct Teaming: XMLElement {
    public enum Kind: String, XMLEnum {
        case persistent, transient
    }

    public var type = Kind.persistent
    /// transient: the alias of the card that stays.
    public var persistent: String?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("type", &type, required: true)
        switch type {
        case .persistent: x.attribute("persistent", &persistent)
        case .transient: x.required("persistent", &persistent)
        }
    }
}
