public import VMXML

/// `<channel>`: a stream of bytes between host and guest that is no console, for example the guest agent's.
public struct Channel: XMLElement {
    public var backend = CharacterBackend()
    public var target: Target?
    public var alias: Alias?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        backend.mapAttributes(&x)
        backend.mapChildren(&x)
        x.element("target", &target)
        if x.isReading, target == nil { x.reportMissing(element: "target") }
        x.element("alias", &alias)
        x.element("acpi", &acpi)
        x.element("address", &address)
    }

    /// `<target>`: what the guest sees.
    public struct Target: XMLElement {
        public enum Kind: String, XMLEnum {
            case guestfwd, virtio, xen
        }

        /// Whether a running guest has the channel open.
        public enum State: String, XMLEnum {
            case connected, disconnected
        }

        public var type = Kind.virtio
        /// guestfwd: the IPv4 address that the guest calls.
        public var address: String?
        /// guestfwd.
        public var port: UInt16?
        /// virtio, xen: the name of the port in the guest.
        public var name: String?
        /// virtio, xen: only in what a running machine reports.
        public var state: State?
        public var origin = XMLOrigin()

        public init() {}
        /// A virtio port, for example `org.qemu.guest_agent.0`.
        public init(name: String) { self.name = name }

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.variant("type", &type, required: true)
            switch type {
            case .guestfwd:
                x.required("address", &address)
                x.required("port", &port)
            case .virtio, .xen:
                x.attribute("name", &name)
                x.attribute("state", &state)
            }
        }
    }
}

extension Channel {
    /// Whether the path of a `unix` channel is one that libvirt makes up. Such a path doesn't belong to the definition:
    /// it is made anew at every start, and QEMU listens on it.
    public var hasGeneratedPath: Bool {
        guard backend.type == .unix, let path = backend.source.path, let name = target?.name else { return false }
        let folders = [
            "/var/lib/libvirt/qemu/channel/", "/run/libvirt/qemu/channel/", "/var/run/libvirt/qemu/channel/",
        ]
        guard folders.contains(where: path.hasPrefix), let last = path.split(separator: "/").last else { return false }
        return last == name || last.hasSuffix("." + name)
    }
}
