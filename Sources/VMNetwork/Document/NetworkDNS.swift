public import VMXML

/// `<dns>`: the names that the network's server knows and whom it asks for others.
public struct NetworkDNS: XMLElement {
    public var enable: YesNo?
    /// Whether names without a dot are asked of others.
    public var forwardPlainNames: YesNo?
    public var forwarders: [Forwarder] = []
    public var texts: [Text] = []
    public var services: [Service] = []
    public var hosts: [Host] = []

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("enable", &enable)
        x.attribute("forwardPlainNames", &forwardPlainNames)
        x.elements("forwarder", &forwarders)
        x.elements("txt", &texts)
        x.elements("srv", &services)
        x.elements("host", &hosts)
    }

    /// `<forwarder>`: a server that is asked, for all names or for those of one domain.
    public struct Forwarder: XMLElement {
        public var domain: String?
        public var addr: String?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.attribute("domain", &domain)
            x.attribute("addr", &addr)
        }
    }

    /// `<txt>`.
    public struct Text: XMLElement {
        public var name: String?
        public var value: String?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("name", &name)
            x.attribute("value", &value)
        }
    }

    /// `<srv>`.
    public struct Service: XMLElement {
        public var service: String?
        public var networkProtocol: String?
        public var domain: String?
        public var target: String?
        public var port: UInt16?
        public var priority: UInt16?
        public var weight: UInt16?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("service", &service)
            x.required("protocol", &networkProtocol)
            x.attribute("domain", &domain)
            x.attribute("target", &target)
            x.attribute("port", &port)
            x.attribute("priority", &priority)
            x.attribute("weight", &weight)
        }
    }

    /// `<host>`: an address and its names.
    public struct Host: XMLElement {
        public var ip: String?
        public var hostnames: [String] = []
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.attribute("ip", &ip)
            x.texts("hostname", &hostnames)
        }
    }
}
