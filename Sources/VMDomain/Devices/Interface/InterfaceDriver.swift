public import VMXML

/// `<driver>` of an interface: who moves the packets, and how.
public struct InterfaceDriver: XMLElement {
    /// Who moves the packets of a virtio card.
    public enum Name: String, XMLEnum {
        case qemu, vhost
    }

    /// The host's driver of an assigned device.
    public enum HostDriver: String, XMLEnum {
        case kvm, vfio, xen
    }

    /// `txmode`: what sends after the guest has queued packets.
    public enum TransmitMode: String, XMLEnum {
        case iothread, timer
    }

    /// The interface's `type`, which decides what the element holds. ``Interface`` sets it.
    var kind = Interface.Kind.user

    /// hostdev: `name`.
    public var hostDriver: HostDriver?
    /// hostdev: the variant of the VFIO driver.
    public var model: String?
    /// hostdev: as ``HostDeviceDriver/iommufd``.
    public var iommufd: YesNo?
    public var name: Name?
    public var txmode: TransmitMode?
    public var ioeventfd: OnOff?
    /// `event_idx`.
    public var eventIdx: OnOff?
    public var queues: UInt32?
    /// `rx_queue_size`.
    public var rxQueueSize: UInt32?
    /// `tx_queue_size`.
    public var txQueueSize: UInt32?
    /// Spread received packets over the queues by a hash of their addresses.
    public var rss: OnOff?
    /// `rss_hash_report`: tell the guest the hash.
    public var rssHashReport: OnOff?
    public var virtio = VirtioOptions()
    /// What the host does for the guest's packets.
    public var host = Offloads()
    /// What the guest may take on itself.
    public var guest = Offloads()
    public var origin = XMLOrigin()

    public init() { guest.side = .guest }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        if kind == .hostdev {
            x.attribute("name", &hostDriver)
            x.attribute("model", &model)
            x.attribute("iommufd", &iommufd)
        } else {
            x.attribute("name", &name)
        }
        x.attribute("txmode", &txmode)
        x.attribute("ioeventfd", &ioeventfd)
        x.attribute("event_idx", &eventIdx)
        x.attribute("queues", &queues, as: PositiveNumber.self)
        x.attribute("rx_queue_size", &rxQueueSize)
        x.attribute("tx_queue_size", &txQueueSize)
        x.attribute("rss", &rss)
        x.attribute("rss_hash_report", &rssHashReport)
        virtio.map(&x)
        x.element("host", into: &host)
        x.element("guest", into: &guest)
    }

    /// `<host>` and `<guest>`: work on packets that one side can leave to the other.
    public struct Offloads: XMLElement {
        enum Side: Sendable, Hashable { case host, guest }

        var side = Side.host
        public var csum: OnOff?
        /// Only of the host.
        public var gso: OnOff?
        public var tso4: OnOff?
        public var tso6: OnOff?
        public var ecn: OnOff?
        public var ufo: OnOff?
        /// `mrg_rxbuf`: one packet over several buffers. Only of the host.
        public var mrgRxbuf: OnOff?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.attribute("csum", &csum)
            if side == .host { x.attribute("gso", &gso) }
            x.attribute("tso4", &tso4)
            x.attribute("tso6", &tso6)
            x.attribute("ecn", &ecn)
            x.attribute("ufo", &ufo)
            if side == .host { x.attribute("mrg_rxbuf", &mrgRxbuf) }
        }
    }
}
