public import VMCore
public import VMDomain
public import VMXML

/// A virtual network as libvirt's XML describes it: `<network>`.
public struct Network: XMLRoot {
    /// How many machines are connected; read and forgotten, written with what is so now.
    public var connections: UInt32?
    /// Whether guests may use IPv6 among themselves though the network has no such address.
    public var ipv6: YesNo?
    public var trustGuestRxFilters: YesNo?
    public var name: String?
    public var uuid: UUID?
    /// A line, and a text, about the network.
    public var title: String?
    public var description: String?
    /// `<metadata>`: belongs to applications and is kept as it is.
    public var metadata: XMLTree?
    public var forward: NetworkForward?
    public var bridge: NetworkBridge?
    public var mtu: NetworkMTU?
    public var mac: NetworkMAC?
    public var domain: NetworkDomain?
    public var dns: NetworkDNS?
    public var vlan: VLAN?
    public var bandwidth: Bandwidth?
    public var ips: [NetworkIP] = []
    public var routes: [NetworkRoute] = []
    public var virtualPort: VirtualPort?
    public var portgroups: [NetworkPortgroup] = []
    /// `<dnsmasq:options>`: lines for dnsmasq's own configuration.
    public var dnsmasqOptions: [DnsmasqOption] = []
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.declare(.dnsmasq, when: !dnsmasqOptions.isEmpty)
        x.attribute("connections", &connections)
        x.attribute("ipv6", &ipv6)
        x.attribute("trustGuestRxFilters", &trustGuestRxFilters)
        x.text("name", &name)
        x.text("uuid", &uuid)
        x.text("title", &title)
        x.text("description", &description)
        x.opaque("metadata", &metadata)
        x.element("forward", &forward)
        x.element("bridge", &bridge)
        x.element("mtu", &mtu)
        x.element("mac", &mac)
        x.element("domain", &domain)
        x.element("dns", &dns)
        x.element("vlan", &vlan)
        x.element("bandwidth", &bandwidth)
        x.elements("ip", &ips)
        x.elements("route", &routes)
        x.element("virtualport", &virtualPort)
        x.elements("portgroup", &portgroups)
        x.within(.dnsmasq) { $0.list("options", of: "option", &dnsmasqOptions) }
    }
}

extension Network {
    public static let vocabulary = XMLVocabulary(name: "network", namespaces: [.dnsmasq])

    /// Reads a document.
    public static func read(
        _ bytes: [UInt8], file: String = "-", options: XMLReadOptions = .strict
    ) throws(VMError) -> XMLReading<Network> {
        try read(bytes, file: file, root: "network", options: options)
    }

    /// The document as libvirt lays it out.
    public var xml: String { write(as: "network") }
}

extension XMLNamespace {
    static let dnsmasq = XMLNamespace(uri: "http://libvirt.org/schemas/network/dnsmasq/1.0", prefix: "dnsmasq")
}

/// `<dnsmasq:option>`.
public struct DnsmasqOption: XMLElement {
    public var value: String?

    public init() {}
    public mutating func map(_ x: inout XMLMapper) { x.required("value", &value) }
}

/// `<bridge>`: the bridge of the host that the network's guests are ports of.
public struct NetworkBridge: XMLElement {
    public var name: String?
    /// The zone of firewalld.
    public var zone: String?
    /// Whether the spanning tree protocol is spoken.
    public var stp: OnOff?
    /// Seconds until a new port forwards.
    public var delay: UInt32?
    public var macTableManager: InterfaceSource.MACTableManager?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("name", &name)
        x.attribute("zone", &zone)
        x.attribute("stp", &stp)
        x.attribute("delay", &delay)
        x.attribute("macTableManager", &macTableManager)
    }
}

/// `<mtu>`.
public struct NetworkMTU: XMLElement {
    public var size: UInt32?

    public init() {}
    public mutating func map(_ x: inout XMLMapper) { x.required("size", &size) }
}

/// `<mac>`: the address of the bridge.
public struct NetworkMAC: XMLElement {
    public var address: MACAddress?

    public init() {}
    public mutating func map(_ x: inout XMLMapper) { x.required("address", &address) }
}

/// `<domain>`: the DNS domain of the guests.
public struct NetworkDomain: XMLElement {
    public var name: String?
    /// Whether names of this domain are asked of nobody else.
    public var localOnly: YesNo?
    public var register: YesNo?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.required("name", &name)
        x.attribute("localOnly", &localOnly)
        x.attribute("register", &register)
    }
}

/// `<route>`: a network that is reached through a guest.
public struct NetworkRoute: XMLElement {
    public var family: IPAddress.Family?
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

/// `<portgroup>`: settings that interfaces choose by its name.
public struct NetworkPortgroup: XMLElement {
    public var name: String?
    public var isDefault: YesNo?
    public var trustGuestRxFilters: YesNo?
    public var vlan: VLAN?
    public var virtualPort: VirtualPort?
    public var bandwidth: Bandwidth?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("name", &name)
        x.attribute("default", &isDefault)
        x.attribute("trustGuestRxFilters", &trustGuestRxFilters)
        x.element("vlan", &vlan)
        x.element("virtualport", &virtualPort)
        x.element("bandwidth", &bandwidth)
    }
}

extension IPAddress.Family: XMLEnum {}
