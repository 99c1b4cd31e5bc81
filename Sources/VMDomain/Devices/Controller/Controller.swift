public import VMXML

/// `<controller>`: what buses hang on.
public struct Controller: XMLElement {
    /// `type`: the bus that the controller provides.
    public enum Kind: String, XMLEnum {
        case ide, fdc, scsi, sata
        case virtioSerial = "virtio-serial"
        case ccid, usb, pci, xenbus, isa, nvme
    }

    public var type = Kind.pci
    /// Numbers controllers of a type from 0.
    public var index: UInt32?
    /// pci: `model`.
    public var pciModel: PCIModel?
    /// scsi: `model`.
    public var scsiModel: SCSIModel?
    /// usb: `model`.
    public var usbModel: USBModel?
    /// ide: `model`.
    public var ideModel: IDEModel?
    /// virtio-serial: `model`.
    public var virtioModel: VirtioModel?
    /// virtio-serial: how many ports at most; usb: of nec-xhci and qemu-xhci.
    public var ports: UInt32?
    /// virtio-serial: interrupts.
    public var vectors: UInt32?
    /// nvme: `<serial>`, which all of its namespaces share.
    public var serial: String?
    /// xenbus.
    public var maxGrantFrames: UInt32?
    /// xenbus.
    public var maxEventChannels: UInt32?
    /// pci: `<model name='…'>`, QEMU's device.
    public var modelName: PCIControllerModelName?
    /// pci.
    @Indirect public var target: ControllerTarget?
    @Indirect public var driver: ControllerDriver?
    public var boot: BootOrder?
    public var alias: Alias?
    /// usb: this is a companion of the controller with the same index.
    public var master: USBMaster?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    /// pci roots: the size of the 64-bit hole in the memory map.
    public var pcihole64: ScaledSize?
    public var origin = XMLOrigin()

    public init() {}

    /// A controller whose model is left to the machine type.
    public init(_ type: Kind, index: UInt32? = nil) {
        self.type = type
        self.index = index
    }

    public init(pci model: PCIModel, index: UInt32? = nil) {
        self.init(.pci, index: index)
        pciModel = model
    }

    public init(scsi model: SCSIModel, index: UInt32? = nil) {
        self.init(.scsi, index: index)
        scsiModel = model
    }

    public init(usb model: USBModel, index: UInt32? = nil) {
        self.init(.usb, index: index)
        usbModel = model
    }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        // An element that says nothing is an IDE controller.
        if x.isReading { type = .ide }
        x.variant("type", &type)
        x.attribute("index", &index)
        mapModel(&x)
        switch type {
        case .virtioSerial:
            x.attribute("ports", &ports)
            x.attribute("vectors", &vectors)
        case .usb: x.attribute("ports", &ports)
        case .xenbus:
            x.attribute("maxGrantFrames", &maxGrantFrames)
            x.attribute("maxEventChannels", &maxEventChannels)
        case .pci:
            x.element("model", &modelName)
            x.element("target", &target)
        case .nvme: x.text("serial", &serial)
        case .ide, .fdc, .scsi, .sata, .ccid, .isa: break
        }
        x.element("driver", &driver)
        x.element("boot", &boot)
        x.element("alias", &alias)
        if type == .usb { x.element("master", &master) }
        x.element("acpi", &acpi)
        x.element("address", &address)
        if type == .pci { x.size(in: "pcihole64", &pcihole64) }
    }
}

/// `<driver>` of a controller.
public struct ControllerDriver: XMLElement {
    public var queues: UInt32?
    public var cmdPerLUN: UInt32?
    /// In units of 512 bytes.
    public var maxSectors: UInt32?
    public var ioeventfd: OnOff?
    public var iothread: UInt32?
    public var virtio = VirtioOptions()
    public var iothreads: [DiskIOThread] = []

    public init() {}

    /// Whether it is as good as absent.
    package var saysNothing: Bool {
        queues == nil && cmdPerLUN == nil && maxSectors == nil && ioeventfd == nil && iothread == nil
            && virtio == VirtioOptions() && iothreads.isEmpty
    }

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("queues", &queues)
        x.attribute("cmd_per_lun", &cmdPerLUN)
        x.attribute("max_sectors", &maxSectors)
        x.attribute("ioeventfd", &ioeventfd)
        x.attribute("iothread", &iothread)
        virtio.map(&x)
        x.list("iothreads", of: "iothread", &iothreads)
    }
}

/// `<target>` of a PCI controller: what the guest sees of the bridge or port.
public struct ControllerTarget: XMLElement {
    /// pci-bridge.
    public var chassisNr: UInt8?
    /// Root and switch ports.
    public var chassis: UInt8?
    /// Root and switch ports, for example `0x10`.
    public var port: UInt8?
    /// Expander buses.
    public var busNr: UInt8?
    /// pseries: which host bridge.
    public var index: UInt32?
    /// Root and switch ports, roots.
    public var hotplug: OnOff?
    /// Bridges: non-prefetchable memory to reserve, in KiB.
    public var memReserve: UInt64?
    /// Expander buses, pseries: the NUMA cell.
    public var node: UInt32?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("chassisNr", &chassisNr)
        x.attribute("chassis", &chassis)
        x.attribute("port", &port, as: PCIPortNumber.self)
        x.attribute("busNr", &busNr)
        x.attribute("index", &index)
        x.attribute("hotplug", &hotplug)
        x.attribute("memReserve", &memReserve)
        x.text("node", &node)
    }
}

/// `port` of a PCIe port: `0x10`.
public enum PCIPortNumber: XMLNumberFormat {
    public static var range: ClosedRange<UInt64> { 0...0xff }
    public static var hexDigits: Int? { 1 }
}

/// `<master startport='…'>`: from which port of the fast controller on this companion takes over.
public struct USBMaster: XMLElement {
    public var startport: UInt32?

    public init() {}
    public init(startport: UInt32) { self.startport = startport }

    public mutating func map(_ x: inout XMLMapper) { x.required("startport", &startport) }
}

/// `<model name='…'>` of a PCI controller.
public struct PCIControllerModelName: XMLElement {
    /// QEMU's names of the devices.
    public enum Name: String, XMLEnum {
        case pciBridge = "pci-bridge"
        case i82801b11Bridge = "i82801b11-bridge"
        case ioh3420
        case x3130Upstream = "x3130-upstream"
        case xio3130Downstream = "xio3130-downstream"
        case pxb
        case pxbPCIe = "pxb-pcie"
        case pcieRootPort = "pcie-root-port"
        case spaprPCIHostBridge = "spapr-pci-host-bridge"
        case pciePCIBridge = "pcie-pci-bridge"
    }

    public var name: Name?

    public init() {}
    public init(_ name: Name) { self.name = name }

    public mutating func map(_ x: inout XMLMapper) { x.required("name", &name) }
}
