internal import VMXML

/// A network interface of the host, as libvirt's interfaces are: what the kernel shows of it. Nothing is configured here.
public struct HostInterface: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable { case ethernet, bridge, bond, vlan }

    public var name: String
    public var mac: String
    public var isActive: Bool
    public var mtu: UInt64?
    public var speed: UInt64?
    public var state: String?
    public var kind = Kind.ethernet
    /// Of a bridge: whether it speaks the spanning tree protocol, and its delay in seconds.
    public var isSpanningTree: Bool?
    public var delay: String?
    /// Of a bond: its mode and how links are watched.
    public var bondMode: String?
    public var monitorInterval: UInt64?
    /// Of a VLAN: its number and the device below it.
    public var tag: UInt64?
    public var below: String?
    /// Of a bridge or a bond.
    public var members: [HostInterface] = []

    /// `<interface>`, as libvirt writes it.
    public var xml: String {
        var x = DeviceWriter()
        write(to: &x, isMember: false)
        return x.text
    }

    private func write(to x: inout DeviceWriter, isMember: Bool) {
        x.open("interface", "type='\(kind.rawValue)' name='\(name.escapedForXML(inAttribute: true))'")
        if !isMember, let mtu { x.line("<mtu size='\(mtu)'/>") }
        switch kind {
        case .ethernet: writeLink(to: &x)
        case .bridge:
            let attributes =
                (isSpanningTree.map { "stp='\($0 ? "on" : "off")'" } ?? "") + (delay.map { " delay='\($0)'" } ?? "")
            writeMembers(to: &x, "bridge", attributes)
        case .bond:
            writeMembers(to: &x, "bond", bondMode.map { "mode='\($0.escapedForXML(inAttribute: true))'" } ?? "")
        case .vlan:
            x.open("vlan", tag.map { "tag='\($0)'" } ?? "")
            if let below { x.line("<interface name='\(below.escapedForXML(inAttribute: true))'/>") }
            x.close("vlan")
        }
        x.close("interface")
    }

    private func writeLink(to x: inout DeviceWriter) {
        if speed != nil || state != nil {
            x.line("<link" + (speed.map { " speed='\($0)'" } ?? "") + (state.map { " state='\($0)'" } ?? "") + "/>")
        }
        x.line("<mac address='\(mac.escapedForXML(inAttribute: true))'/>")
    }

    private func writeMembers(to x: inout DeviceWriter, _ element: String, _ attributes: String) {
        if kind == .bridge { writeLink(to: &x) }
        if members.isEmpty, monitorInterval == nil {
            return x.line("<\(element)\(attributes.isEmpty ? "" : " " + attributes)/>")
        }
        x.open(element, attributes)
        if let monitorInterval, monitorInterval > 0 { x.line("<miimon freq='\(monitorInterval)'/>") }
        for member in members { member.write(to: &x, isMember: true) }
        x.close(element)
    }
}
