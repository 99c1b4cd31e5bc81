public import VMXML

/// `<disk>`: a hard disk, CD-ROM drive, floppy drive or passed-through SCSI device.
public struct Disk: XMLElement {
    /// `device`: what the guest sees; `disk` when absent.
    public enum Device: String, XMLEnum { case disk, cdrom, floppy, lun }

    /// `sgio`: whether the kernel filters the guest's SCSI commands.
    public enum SGIO: String, XMLEnum { case filtered, unfiltered }

    /// `snapshot`: how the disk takes part in snapshots of the machine.
    public enum Snapshot: String, XMLEnum { case no, `internal`, external, manual }

    public var device: Device?
    public var model: VirtioModel?
    public var rawio: YesNo?
    public var sgio: SGIO?
    public var snapshot: Snapshot?
    public var driver: DiskDriver?
    /// `<auth>` in the disk itself, the older place of ``DiskSource/auth``.
    public var auth: StorageAuth?
    /// Where the bytes come from; its ``DiskSource/type`` is the disk's `type`.
    public var source = DiskSource()
    @Indirect public var backingStore: DiskBackingStore?
    /// `<backenddomain name='…'>` of Xen.
    public var backendDomain: StorageName?
    @Indirect public var geometry: DiskGeometry?
    @Indirect public var blockio: DiskBlockIO?
    @Indirect public var mirror: DiskMirror?
    public var target: DiskTarget?
    @Indirect public var iotune: IOTune?
    public var throttlefilters: [DiskThrottleFilter] = []
    public var readonly = false
    public var shareable = false
    public var transient: DiskTransient?
    public var serial: String?
    public var wwn: String?
    public var vendor: String?
    public var product: String?
    /// `<encryption>` in the disk itself, the older place of ``DiskSource/encryption``.
    @Indirect public var encryption: StorageEncryption?
    public var boot: BootOrder?
    public var alias: Alias?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var origin = XMLOrigin()

    public init() {}

    /// `type`: where the bytes come from.
    public var type: DiskSource.Kind {
        get { source.type }
        set { source.type = newValue }
    }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("type", &source.type)
        x.attribute("device", &device)
        x.attribute("model", &model)
        x.attribute("rawio", &rawio)
        x.attribute("sgio", &sgio)
        x.attribute("snapshot", &snapshot)
        x.element("driver", &driver)
        x.element("auth", &auth)
        x.element("source", into: &source)
        x.element("backingStore", &backingStore)
        x.element("backenddomain", &backendDomain)
        x.element("geometry", &geometry)
        x.element("blockio", &blockio)
        x.element("mirror", &mirror)
        x.element("target", &target)
        x.element("iotune", &iotune)
        x.list("throttlefilters", of: "throttlefilter", &throttlefilters)
        x.flag("readonly", &readonly)
        x.flag("shareable", &shareable)
        x.element("transient", &transient)
        x.text("serial", &serial)
        x.text("wwn", &wwn)
        x.text("vendor", &vendor)
        x.text("product", &product)
        x.element("encryption", &encryption)
        x.element("boot", &boot)
        x.element("alias", &alias)
        x.element("acpi", &acpi)
        x.element("address", &address)
    }
}

/// `<target>`: the name and bus under which the guest gets the disk.
public struct DiskTarget: XMLElement {
    public enum Bus: String, XMLEnum { case ide, fdc, scsi, virtio, xen, usb, uml, sata, sd, nvme }

    /// `tray` of a drive with removable media.
    public enum Tray: String, XMLEnum { case closed, open }

    /// `sda`, `vdb`, `hdc`, `nvme0n1`: a hint for the guest, and the disk's key.
    public var dev: String?
    public var bus: Bus?
    public var tray: Tray?
    /// usb and scsi.
    public var removable: OnOff?
    /// 1 for solid state, 1025 to 65534 revolutions per minute.
    public var rotationRate: UInt32?

    public init() {}

    public init(dev: String, bus: Bus? = nil) {
        self.dev = dev
        self.bus = bus
    }

    public mutating func map(_ x: inout XMLMapper) {
        x.required("dev", &dev)
        x.attribute("bus", &bus)
        x.attribute("tray", &tray)
        x.attribute("removable", &removable)
        x.attribute("rotation_rate", &rotationRate)
    }
}

/// `<transient>`: changes are thrown away at the end.
public struct DiskTransient: XMLElement {
    public var shareBacking: YesNo?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) { x.attribute("shareBacking", &shareBacking) }
}

/// `<geometry>`: cylinders, heads and sectors the guest's firmware is told.
public struct DiskGeometry: XMLElement {
    public enum Translation: String, XMLEnum { case none, auto, lba }

    public var cyls: UInt32?
    public var heads: UInt32?
    public var secs: UInt32?
    public var trans: Translation?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("cyls", &cyls)
        x.attribute("heads", &heads)
        x.attribute("secs", &secs)
        x.attribute("trans", &trans)
    }
}

/// `<blockio>`: block sizes the guest is told, in bytes.
public struct DiskBlockIO: XMLElement {
    public var logicalBlockSize: UInt32?
    public var physicalBlockSize: UInt32?
    public var discardGranularity: UInt32?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("logical_block_size", &logicalBlockSize)
        x.attribute("physical_block_size", &physicalBlockSize)
        x.attribute("discard_granularity", &discardGranularity)
    }
}

/// `<throttlefilter group='…'>`: a throttle group through which the disk's requests go.
public struct DiskThrottleFilter: XMLElement {
    public var group: String?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) { x.required("group", &group) }
}
