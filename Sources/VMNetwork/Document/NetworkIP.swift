public import VMCore
public import VMXML

/// `<ip>`: an address of the host's on the network, and what it hands out from there.
public struct NetworkIP: XMLElement {
    public var family: IPAddress.Family?
    public var address: String?
    public var netmask: String?
    public var prefix: UInt32?
    /// Whether the addresses' names are asked of nobody else.
    public var localPtr: YesNo?
    public var tftp: TFTP?
    public var dhcp: DHCP?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("family", &family)
        x.required("address", &address)
        x.attribute("netmask", &netmask)
        x.attribute("prefix", &prefix)
        x.attribute("localPtr", &localPtr)
        x.element("tftp", &tftp)
        x.element("dhcp", &dhcp)
    }

    /// `<tftp>`.
    public struct TFTP: XMLElement {
        public var root: String?

        public init() {}
        public mutating func map(_ x: inout XMLMapper) { x.required("root", &root) }
    }

    /// `<dhcp>`.
    public struct DHCP: XMLElement {
        public var ranges: [Range] = []
        public var hosts: [Host] = []
        public var bootp: BootP?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.elements("range", &ranges)
            x.elements("host", &hosts)
            x.element("bootp", &bootp)
        }
    }

    /// `<range>`: the addresses that guests get.
    public struct Range: XMLElement {
        public var start: String?
        public var end: String?
        public var lease: Lease?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("start", &start)
            x.required("end", &end)
            x.element("lease", &lease)
        }
    }

    /// `<host>`: what one guest gets.
    public struct Host: XMLElement {
        /// IPv6: the client's identifier.
        public var id: String?
        public var mac: MACAddress?
        public var name: String?
        public var ip: String?
        public var lease: Lease?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.attribute("id", &id)
            x.attribute("mac", &mac)
            x.attribute("name", &name)
            x.attribute("ip", &ip)
            x.element("lease", &lease)
        }
    }

    /// `<lease>`: for how long an address is given; 0 is for ever.
    public struct Lease: XMLElement {
        public enum Unit: String, XMLEnum { case seconds, minutes, hours }

        public var expiry: UInt32?
        public var unit: Unit?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.required("expiry", &expiry)
            x.attribute("unit", &unit)
        }
    }

    /// `<bootp>`: what guests boot that boot from the network.
    public struct BootP: XMLElement {
        public var file: String?
        public var server: String?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.required("file", &file)
            x.attribute("server", &server)
        }
    }
}

extension NetworkIP {
    /// The address as a number; nil when it is none.
    public var ip: IPAddress? { address.flatMap { IPAddress($0) } }

    /// How many bits of the address are the network's: as the document says, or as the class of the address has it.
    public var prefixLength: Int? {
        guard let ip else { return nil }
        if let prefix { return Int(exactly: prefix).flatMap { (0...ip.family.width).contains($0) ? $0 : nil } }
        if let netmask { return IPAddress(netmask).flatMap { $0.family == ip.family ? $0.prefixOfMask : nil } }
        guard ip.family == .ipv4 else { return 64 }
        switch ip.value >> 24 {
        case 0..<128: return 8
        case 128..<192: return 16
        default: return 24
        }
    }
}

extension NetworkIP.Lease {
    /// As dnsmasq has it.
    var word: String {
        guard let expiry, expiry > 0 else { return "infinite" }
        switch unit ?? .minutes {
        case .seconds: return "\(expiry)"
        case .minutes: return "\(expiry)m"
        case .hours: return "\(expiry)h"
        }
    }
}
