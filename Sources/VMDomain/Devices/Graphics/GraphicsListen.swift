public import VMXML

/// `<listen>`: where a display waits for viewers.
public struct GraphicsListen: XMLElement {
    public enum Kind: String, XMLEnum {
        case address, network, socket, none
    }

    public var type = Kind.address
    /// address: an IP address or a name. network: filled in for a running machine.
    public var address: String?
    /// network: the virtual network whose address is used.
    public var network: String?
    /// socket: a path.
    public var socket: String?
    public var origin = XMLOrigin()

    public init() {}
    public init(type: Kind) { self.type = type }
    public init(address: String) { self.address = address }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("type", &type, required: true)
        switch type {
        case .address: x.attribute("address", &address)
        case .network:
            x.attribute("address", &address)
            x.attribute("network", &network)
        case .socket: x.attribute("socket", &socket)
        case .none: break
        }
    }
}
