public import VMCore
public import VMXML

/// `<hostdev>`: a device of the host given to the guest.
public struct HostDevice: XMLElement {
    /// `mode`: a whole device, or what a container may use.
    public enum Mode: String, XMLEnum { case subsystem, capabilities }

    /// `type`: the first five with `mode='subsystem'`, the others with `mode='capabilities'`.
    public enum Kind: String, XMLEnum {
        case pci, usb, scsi
        case scsiHost = "scsi_host"
        case mdev
        case storage, misc, net
    }

    /// `model` of mediated devices and of vhost-scsi.
    public enum Model: String, XMLEnum {
        case vfioPCI = "vfio-pci"
        case vfioCCW = "vfio-ccw"
        case vfioAP = "vfio-ap"
        case virtio
        case virtioTransitional = "virtio-transitional"
        case virtioNonTransitional = "virtio-non-transitional"
    }

    public var mode = Mode.subsystem
    public var type = Kind.pci
    /// Whether the device is taken from the host's driver at start and given back at the end.
    public var managed: YesNo?
    /// scsi.
    public var sgio: Disk.SGIO?
    /// scsi.
    public var rawio: YesNo?
    /// mdev, scsi_host.
    public var model: Model?
    /// mdev and pci with graphics: whether the guest's display shows.
    public var display: OnOff?
    /// mdev and pci with graphics: a boot display.
    public var ramfb: OnOff?
    /// pci.
    public var driver: HostDeviceDriver?
    public var source = HostDeviceSource()
    /// net.
    public var ips: [InterfaceIP] = []
    /// net.
    public var routes: [InterfaceRoute] = []
    /// pci.
    public var teaming: Teaming?
    public var readonly = false
    public var shareable = false
    public var boot: BootOrder?
    public var alias: Alias?
    public var rom: DeviceROM?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var origin = XMLOrigin()

    public init() {}

    public init(_ type: Kind) { self.type = type }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("mode", &mode)
        x.variant("type", &type, required: true)
        mapAttributes(&x)
        if type == .pci { x.element("driver", &driver) }
        source.type = type
        x.element("source", into: &source)
        if type == .net {
            x.elements("ip", &ips)
            x.elements("route", &routes)
        }
        x.element("teaming", &teaming)
        x.flag("readonly", &readonly)
        x.flag("shareable", &shareable)
        x.element("boot", &boot)
        x.element("alias", &alias)
        x.element("rom", &rom)
        x.element("acpi", &acpi)
        x.element("address", &address)
    }

    private mutating func mapAttributes(_ x: inout XMLMapper) {
        x.attribute("managed", &managed)
        if type == .scsi {
            x.attribute("sgio", &sgio)
            x.attribute("rawio", &rawio)
        }
        if type == .mdev || type == .scsiHost { x.attribute("model", &model) }
        if type == .mdev || type == .pci {
            x.attribute("display", &display)
            x.attribute("ramfb", &ramfb)
        }
    }
}

/// `<driver>` of a PCI device: which driver of the host holds it.
public struct HostDeviceDriver: XMLElement {
    public enum Name: String, XMLEnum { case kvm, vfio, xen }

    public var name: Name?
    /// A driver made for the device, which knows more than plain VFIO.
    public var model: String?
    /// Whether QEMU reaches it by the kernel's IOMMUFD, instead of by the group that VFIO has it in.
    public var iommufd: YesNo?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("name", &name)
        x.attribute("model", &model)
        x.attribute("iommufd", &iommufd)
    }
}

/// `<source>` of a host device; its shape goes by the device's type.
public struct HostDeviceSource: XMLElement {
    /// `guestReset` of USB devices.
    public enum GuestReset: String, XMLEnum { case off, uninitialized, on }

    /// `protocol`: `iscsi` of SCSI devices, `vhost` of SCSI host adapters.
    public enum `Protocol`: String, XMLEnum { case adapter, iscsi, vhost }

    /// The host device's `type`.
    var type = HostDevice.Kind.pci

    /// usb, pci.
    public var startupPolicy: DiskSource.StartupPolicy?
    /// usb.
    public var guestReset: GuestReset?
    /// pci: whether the guest's writes to the configuration are filtered (Xen).
    public var writeFiltering: YesNo?
    /// scsi, scsi_host.
    public var `protocol`: Protocol?
    /// scsi with iscsi: the target and the unit behind a slash.
    public var name: String?
    /// scsi_host.
    public var wwpn: String?
    /// usb.
    public var vendor: USBIdentifier?
    /// usb.
    public var product: USBIdentifier?
    /// scsi: `scsi_host0`.
    public var adapter: StorageName?
    /// scsi with iscsi.
    public var hosts: [StorageHost] = []
    /// scsi with iscsi.
    public var auth: StorageAuth?
    /// scsi with iscsi.
    public var initiator: StorageInitiator?
    /// What is written differs with the type; see ``HostDeviceAddress``.
    public var address: HostDeviceAddress?
    /// storage.
    public var block: String?
    /// misc.
    public var character: String?
    /// net.
    public var interface: String?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        switch type {
        case .pci:
            x.attribute("startupPolicy", &startupPolicy)
            x.attribute("writeFiltering", &writeFiltering)
            mapAddress(&x)
        case .usb:
            x.attribute("startupPolicy", &startupPolicy)
            x.attribute("guestReset", &guestReset)
            x.element("vendor", &vendor)
            x.element("product", &product)
            mapAddress(&x)
        case .scsi: mapSCSI(&x)
        case .scsiHost:
            x.attribute("protocol", &`protocol`)
            x.attribute("wwpn", &wwpn)
        case .mdev: mapAddress(&x)
        case .storage: x.text("block", &block)
        case .misc: x.text("char", &character)
        case .net: x.text("interface", &interface)
        }
    }

    private mutating func mapSCSI(_ x: inout XMLMapper) {
        x.variant("protocol", &`protocol`)
        guard `protocol` == .iscsi else {
            x.element("adapter", &adapter)
            return mapAddress(&x)
        }
        x.attribute("name", &name)
        x.elements("host", &hosts)
        x.element("auth", &auth)
        x.element("initiator", &initiator)
    }

    private mutating func mapAddress(_ x: inout XMLMapper) {
        var child = address ?? HostDeviceAddress()
        child.type = type
        x.element("address", into: &child)
        if !x.isWriting, child != HostDeviceAddress(type: type) { address = child }
    }
}

/// `<vendor id='0x…'>` and `<product id='0x…'>` of a USB device.
public struct USBIdentifier: XMLElement {
    public var id: UInt32?

    public init() {}
    public init(_ id: UInt32) { self.id = id }

    public mutating func map(_ x: inout XMLMapper) { x.required("id", &id, as: USBIdentifierNumber.self) }
}

/// A USB vendor or product: `0x1234`.
public enum USBIdentifierNumber: XMLNumberFormat {
    public static var range: ClosedRange<UInt64> { 0...0xffff }
    public static var hexDigits: Int? { 4 }
}

/// `<address>` of a device on the host.
public struct HostDeviceAddress: XMLElement {
    /// The host device's `type`.
    var type = HostDevice.Kind.pci

    /// pci.
    public var pci = PCIAddress()
    /// usb, scsi.
    public var bus: UInt32?
    /// usb.
    public var device: UInt32?
    /// scsi.
    public var target: UInt32?
    /// scsi.
    public var unit: UInt64?
    /// mdev.
    public var uuid: UUID?

    public init() {}

    init(type: HostDevice.Kind) { self.type = type }

    public mutating func map(_ x: inout XMLMapper) {
        switch type {
        case .usb:
            x.attribute("bus", &bus, as: USBHostNumber.self)
            x.attribute("device", &device, as: USBHostNumber.self)
        case .scsi:
            x.attribute("bus", &bus)
            x.attribute("target", &target)
            x.attribute("unit", &unit)
        case .mdev: x.required("uuid", &uuid)
        default: pci.map(&x)
        }
    }
}
