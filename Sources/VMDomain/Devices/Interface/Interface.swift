public import VMCore
public import VMXML

/// `<interface>`: a network card.
public struct Interface: XMLElement {
    /// `type`: what the card is connected to on the host.
    public enum Kind: String, XMLEnum {
        case user, ethernet, vhostuser, server, client, mcast, network, bridge, `internal`, direct, hostdev, udp, vdpa
        case null, vds
    }

    public var type = Kind.user
    /// hostdev: whether the device is taken from the host's driver when the machine starts.
    public var managed: YesNo?
    /// Whether the host believes the guest's changes of its MAC address and receive filters.
    public var trustGuestRxFilters: YesNo?
    public var mac: HardwareAddress?
    public var source = InterfaceSource()
    public var vlan: VLAN?
    public var virtualPort: VirtualPort?
    public var bandwidth: Bandwidth?
    public var port: PortOptions?
    public var script: ScriptPath?
    public var downscript: ScriptPath?
    /// `<backenddomain>`: the Xen domain that runs the backend.
    public var backendDomain: BackendDomain?
    public var target: Target?
    public var guest: GuestDevice?
    /// The guest's addresses.
    public var ips: [InterfaceIP] = []
    /// The guest's routes.
    public var routes: [InterfaceRoute] = []
    public var portForwards: [PortForward] = []
    public var model: Model?
    public var driver = InterfaceDriver()
    public var backend: InterfaceBackend?
    public var filterref: FilterReference?
    public var tune: Tuning?
    public var link: Link?
    public var mtu: MTU?
    public var coalesce: Coalescing?
    public var teaming: Teaming?
    public var boot: BootOrder?
    public var alias: Alias?
    public var rom: DeviceROM?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("type", &type)
        if type == .hostdev || type == .network { x.attribute("managed", &managed) }
        x.attribute("trustGuestRxFilters", &trustGuestRxFilters)
        x.element("mac", &mac)
        driver.kind = type
        if type == .hostdev { x.element("driver", into: &driver) }
        source.kind = type
        x.element("source", into: &source)
        mapHostSide(&x)
        mapGuestSide(&x)
        x.element("boot", &boot)
        x.element("alias", &alias)
        x.element("rom", &rom)
        x.element("acpi", &acpi)
        x.element("address", &address)
    }

    private mutating func mapHostSide(_ x: inout XMLMapper) {
        x.element("vlan", &vlan)
        x.element("virtualport", &virtualPort)
        x.element("bandwidth", &bandwidth)
        x.element("port", &port)
        x.elements("ip", &ips)
        x.elements("route", &routes)
        x.elements("portForward", &portForwards)
        x.element("script", &script)
        x.element("downscript", &downscript)
        x.element("backenddomain", &backendDomain)
        x.element("target", &target)
    }

    private mutating func mapGuestSide(_ x: inout XMLMapper) {
        x.element("guest", &guest)
        x.element("model", &model)
        if type != .hostdev { x.element("driver", into: &driver) }
        x.element("backend", &backend)
        x.element("filterref", &filterref)
        x.element("tune", &tune)
        x.element("teaming", &teaming)
        x.element("link", &link)
        x.element("mtu", &mtu)
        x.element("coalesce", &coalesce)
    }
}

extension Interface {
    /// `<mac>`: the card's hardware address.
    public struct HardwareAddress: XMLElement {
        /// Whether the address was made up or given.
        public enum Kind: String, XMLEnum {
            case generated, `static`
        }

        public var address: MACAddress?
        public var type: Kind?
        /// Whether an address of the range that VMware reserves for itself is checked by it.
        public var check: YesNo?
        public var origin = XMLOrigin()

        public init() {}
        public init(_ address: MACAddress) { self.address = address }

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.attribute("address", &address)
            x.attribute("type", &type)
            x.attribute("check", &check)
            x.overlooked(attribute: "currentAddress", as: MACAddress.self, "in a definition: the guest chose it")
        }
    }

    /// `<script>` and `<downscript>`: run when the host's side of the card comes up and goes down.
    public struct ScriptPath: XMLElement {
        public var path: String?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.required("path", &path)
        }
    }

    /// `<backenddomain>`.
    public struct BackendDomain: XMLElement {
        public var name: String?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.required("name", &name)
        }
    }

    /// `<target>`: the host's device that carries the card's traffic.
    public struct Target: XMLElement {
        /// The device's name, for example `vnet0`.
        public var dev: String?
        /// Whether the device is made and removed with the machine.
        public var managed: YesNo?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.attribute("dev", &dev)
            x.attribute("managed", &managed)
        }
    }

    /// `<guest>`: the name of the device in a container.
    public struct GuestDevice: XMLElement {
        public var dev: String?
        public var actual: String?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.attribute("dev", &dev)
            x.attribute("actual", &actual)
        }
    }

    /// `<model>`: the card that the guest sees.
    public struct Model: XMLElement {
        /// Any name of a network device that QEMU knows, for example `virtio` or `e1000`.
        public var type: String?
        public var origin = XMLOrigin()

        public init() {}
        public init(_ type: String) { self.type = type }

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.attribute("type", &type)
        }
    }
}
