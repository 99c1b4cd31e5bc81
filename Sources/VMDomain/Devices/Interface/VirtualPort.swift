public import VMCore
public import VMXML

/// `<virtualport>`: what a switch is told about the card.
public struct VirtualPort: XMLElement {
    public enum Kind: String, XMLEnum {
        case ieee8021Qbg = "802.1Qbg"
        case ieee8021Qbh = "802.1Qbh"
        case openvswitch, midonet
    }

    public var type: Kind?
    public var parameters: Parameters?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("type", &type)
        x.element("parameters", &parameters)
    }

    /// `<parameters>`.
    public struct Parameters: XMLElement {
        public var managerid: UInt8?
        public var typeid: UInt32?
        public var typeidversion: UInt8?
        public var instanceid: UUID?
        public var interfaceid: UUID?
        public var profileid: String?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.attribute("managerid", &managerid, as: VirtualPortByte.self)
            x.attribute("typeid", &typeid, as: VirtualPortType.self)
            x.attribute("typeidversion", &typeidversion, as: VirtualPortByte.self)
            x.attribute("instanceid", &instanceid)
            x.attribute("interfaceid", &interfaceid)
            x.attribute("profileid", &profileid)
        }
    }
}

/// `managerid` and `typeidversion`.
public enum VirtualPortByte: XMLNumberFormat {
    public static var range: ClosedRange<UInt64> { 0...255 }
}

/// `typeid`: 24 bits.
public enum VirtualPortType: XMLNumberFormat {
    public static var range: ClosedRange<UInt64> { 0...0xff_ffff }
}

/// `<vlan>`: the VLANs of a card on a switch that knows them.
public struct VLAN: XMLElement {
    public var trunk: YesNo?
    public var tags: [Tag] = []
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("trunk", &trunk)
        x.elements("tag", &tags)
    }

    /// `<tag>`.
    public struct Tag: XMLElement {
        /// What becomes of packets of the native VLAN.
        public enum NativeMode: String, XMLEnum {
            case tagged, untagged
        }

        public var id: UInt16?
        public var nativeMode: NativeMode?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("id", &id, as: VLANNumber.self)
            x.attribute("nativeMode", &nativeMode)
        }
    }
}

/// The number of a VLAN.
public enum VLANNumber: XMLNumberFormat {
    public static var range: ClosedRange<UInt64> { 0...4095 }
}

/// `<bandwidth>`: limits and guarantees of throughput.
public struct Bandwidth: XMLElement {
    public var classID: UInt32?
    public var inbound: Rate?
    public var outbound: Rate?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("classID", &classID)
        x.element("inbound", &inbound)
        x.element("outbound", &outbound)
    }

    /// `<inbound>` and `<outbound>`: KiB/s; `burst` in KiB.
    public struct Rate: XMLElement {
        public var average: UInt64?
        public var peak: UInt64?
        public var floor: UInt64?
        public var burst: UInt64?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.attribute("average", &average)
            x.attribute("peak", &peak)
            x.attribute("floor", &floor)
            x.attribute("burst", &burst)
        }
    }
}
