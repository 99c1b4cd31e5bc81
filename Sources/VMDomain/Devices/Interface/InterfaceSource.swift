public import VMXML

/// `<source>` of an interface: what the card is connected to on the host.
public struct InterfaceSource: XMLElement {
    /// `mode` of a direct connection.
    public enum DirectMode: String, XMLEnum {
        case vepa, `private`, bridge, passthrough
    }

    /// `mode` of a vhost-user socket: who listens.
    public enum SocketMode: String, XMLEnum {
        case client, server
    }

    /// `type` of a vhost-user socket.
    public enum SocketType: String, XMLEnum {
        case unix
    }

    /// Who fills a bridge's table of addresses.
    public enum MACTableManager: String, XMLEnum {
        case kernel, libvirt
    }

    /// The interface's `type`, which decides what the element holds. ``Interface`` sets it.
    var kind = Interface.Kind.user

    /// network, or where a running machine's bridge or direct connection came from: the network's name.
    public var network: String?
    public var portgroup: String?
    /// network: the UUID of a running machine's port. vds: its number.
    public var portid: String?
    /// bridge.
    public var bridge: String?
    /// network, bridge: who fills the bridge's table of addresses; only in what a running machine reports.
    public var macTableManager: MACTableManager?
    /// direct, user, vdpa, vhostuser: a device of the host.
    public var dev: String?
    /// direct.
    public var directMode: DirectMode?
    /// vhostuser: `type`.
    public var socketType: SocketType?
    /// vhostuser: the path of the socket.
    public var path: String?
    /// vhostuser: `mode`.
    public var socketMode: SocketMode?
    /// vhostuser.
    public var reconnect: SocketReconnect?
    /// server, client, mcast, udp.
    public var address: String?
    /// server, client, mcast, udp.
    public var port: UInt16?
    /// udp: where to receive.
    public var local: SocketEndpoint?
    /// internal.
    public var name: String?
    /// vds.
    public var switchid: String?
    public var portgroupid: String?
    public var connectionid: String?
    /// hostdev: whether the device may be missing; only in what a running machine reports.
    public var missing: YesNo?
    /// hostdev: a USB device by its vendor and product.
    public var vendor: USBIdentifier?
    public var product: USBIdentifier?
    /// hostdev: where the host has the device.
    public var hostAddress: HostAddress?
    /// The addresses of the host's side.
    public var ips: [InterfaceIP] = []
    /// The routes of the host's side.
    public var routes: [InterfaceRoute] = []
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        switch kind {
        case .network, .bridge:
            mapNetwork(&x)
            x.attribute("bridge", &bridge)
            x.attribute("macTableManager", &macTableManager)
            if kind == .network {
                // Of a running machine whose network shares the host's devices.
                x.attribute("dev", &dev)
                x.attribute("mode", &directMode)
            }
        case .direct:
            mapNetwork(&x)
            x.attribute("dev", &dev)
            x.attribute("mode", &directMode)
        case .user, .vdpa: x.attribute("dev", &dev)
        case .vhostuser:
            x.attribute("type", &socketType)
            x.attribute("path", &path)
            x.attribute("mode", &socketMode)
            x.attribute("dev", &dev)
            x.element("reconnect", &reconnect)
        case .server, .client, .mcast, .udp:
            x.attribute("address", &address)
            x.attribute("port", &port)
            if kind == .udp { x.element("local", &local) }
        case .internal: x.attribute("name", &name)
        case .hostdev:
            x.attribute("missing", &missing)
            x.element("vendor", &vendor)
            x.element("product", &product)
            x.element("address", &hostAddress)
        case .vds:
            x.attribute("switchid", &switchid)
            x.attribute("portid", &portid)
            x.attribute("portgroupid", &portgroupid)
            x.attribute("connectionid", &connectionid)
        case .ethernet, .null: break
        }
        x.elements("ip", &ips)
        x.elements("route", &routes)
    }

    private mutating func mapNetwork(_ x: inout XMLMapper) {
        x.attribute("network", &network)
        x.attribute("portgroup", &portgroup)
        x.attribute("portid", &portid)
    }
}

extension InterfaceSource {
    /// `<local>` of a udp tunnel: where the host receives.
    public struct SocketEndpoint: XMLElement {
        public var address: String?
        public var port: UInt16?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.attribute("address", &address)
            x.required("port", &port)
        }
    }

    /// `<address>` of a device of the host.
    public struct HostAddress: XMLElement {
        public enum Kind: String, XMLEnum {
            case pci, usb
        }

        public var type: Kind? = .pci
        /// pci.
        public var domain: UInt32?
        public var bus: UInt32?
        /// pci.
        public var slot: UInt32?
        /// pci.
        public var function: UInt32?
        /// pci.
        public var multifunction: OnOff?

        /// The place on the host's PCI buses; nil of a USB device.
        public var pci: PCIAddress? {
            guard type == .pci else { return nil }
            var place = PCIAddress(slot: slot ?? 0, function: function ?? 0)
            place.domain = domain
            place.bus = bus
            return place
        }
        /// usb.
        public var device: UInt32?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            if x.isReading { type = nil }
            x.variant("type", &type)
            if type == .usb {
                x.attribute("bus", &bus, as: USBHostNumber.self)
                x.attribute("device", &device, as: USBHostNumber.self)
            } else {
                x.attribute("domain", &domain, as: PCIDomainNumber.self)
                x.attribute("bus", &bus, as: PCIBusNumber.self)
                x.attribute("slot", &slot, as: PCISlotNumber.self)
                x.attribute("function", &function, as: PCIFunctionNumber.self)
                x.attribute("multifunction", &multifunction)
            }
        }
    }
}
