public import VMCore
public import VMDomain
public import VMXML

/// A port of a network as libvirt's XML describes it: `<networkport>`.
public struct NetworkPortDocument: XMLRoot {
    public static let vocabulary = XMLVocabulary(name: "networkport")

    public var uuid: UUID?
    public var owner: Owner?
    public var group: String?
    public var mac: NetworkMAC?
    public var virtualPort: VirtualPort?
    public var bandwidth: Bandwidth?
    public var vlan: VLAN?
    public var isolation: Isolation?
    public var filters: ReceiveFilters?
    public var plug: Plug?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.text("uuid", &uuid)
        x.element("owner", &owner)
        x.text("group", &group)
        x.element("mac", &mac)
        x.element("virtualport", &virtualPort)
        x.element("bandwidth", &bandwidth)
        x.element("vlan", &vlan)
        x.element("port", &isolation)
        x.element("rxfilters", &filters)
        x.element("plug", &plug)
    }

    /// `<owner>`: the machine.
    public struct Owner: XMLElement {
        public var name: String?
        public var uuid: UUID?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.text("name", &name)
            x.text("uuid", &uuid)
        }
    }

    /// `<port>`.
    public struct Isolation: XMLElement {
        public var isolated: YesNo?

        public init() {}
        public mutating func map(_ x: inout XMLMapper) { x.attribute("isolated", &isolated) }
    }

    /// `<rxfilters>`.
    public struct ReceiveFilters: XMLElement {
        public var trustGuest: YesNo?

        public init() {}
        public mutating func map(_ x: inout XMLMapper) { x.attribute("trustGuest", &trustGuest) }
    }

    /// `<plug>`: what the port is on the host. The network says that; what a document says of it is not kept.
    public struct Plug: XMLElement {
        public enum Kind: String, XMLEnum {
            case network, bridge, direct
            case hostdevPCI = "hostdev-pci"
        }

        public var type: Kind?
        public var bridge: String?
        public var macTableManager: InterfaceSource.MACTableManager?
        public var dev: String?
        public var mode: String?
        public var managed: YesNo?
        public var address: PCIAddress?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.attribute("type", &type)
            x.attribute("bridge", &bridge)
            x.attribute("macTableManager", &macTableManager)
            x.attribute("dev", &dev)
            x.attribute("mode", &mode)
            x.attribute("managed", &managed)
            x.element("address", &address)
        }
    }
}

extension NetworkPortDocument {
    public var xml: String { write(as: "networkport") }

    /// Reads the document of a port that is to be made.
    ///
    /// - Throws: `invalid-xml`, in libvirt's terms.
    public static func checked(
        _ bytes: [UInt8], file: String = "-", options: XMLReadOptions = .strict
    ) throws(VMError) -> NetworkPortDocument {
        let reading = try read(bytes, file: file, root: "networkport", options: options)
        func refuse(_ why: String, _ all: [Diagnostic] = []) -> VMError {
            VMError(
                .invalidXML, "XML error: " + why, diagnostics: all, libvirt: LibvirtError(.xmlError, in: .network))
        }
        if reading.diagnostics.contains(where: { $0.severity == .error }) {
            throw refuse(Diagnostic.summary(of: reading.diagnostics), reading.diagnostics)
        }
        let port = reading.value
        guard port.owner?.name?.isEmpty == false, port.owner?.uuid != nil else {
            throw refuse("network port has no owner with name and UUID")
        }
        if port.mac?.address?.isMulticast == true { throw refuse("a network port can't have a multicast address") }
        return port
    }
}
