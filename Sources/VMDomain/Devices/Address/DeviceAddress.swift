public import VMXML

/// `<address type='…'>`: where in the machine a device sits.
///
/// One flat struct for all kinds; which properties count is told by ``type``.
public struct DeviceAddress: XMLElement {
    /// `type` of `<address>`.
    public enum Kind: String, XMLEnum {
        case pci, drive
        case virtioSerial = "virtio-serial"
        case ccid, usb
        case spaprVIO = "spapr-vio"
        case ccw
        case virtioMMIO = "virtio-mmio"
        case isa, dimm, unassigned
    }

    public var type = Kind.pci
    /// pci.
    public var domain: UInt32?
    /// drive, virtio-serial, ccid: the index of the controller.
    public var controller: UInt32?
    /// pci, drive, virtio-serial, usb.
    public var bus: UInt32?
    /// drive: the SCSI target.
    public var target: UInt32?
    /// drive: the SCSI or IDE unit.
    public var unit: UInt32?
    /// pci, ccid, dimm.
    public var slot: UInt32?
    /// pci.
    public var function: UInt32?
    /// pci.
    public var multifunction: OnOff?
    /// pci on s390.
    public var zpci: ZPCIAddress?
    /// virtio-serial.
    public var port: UInt32?
    /// usb: `port`.
    public var usbPort: USBPort?
    /// spapr-vio.
    public var reg: UInt64?
    /// ccw.
    public var cssid: UInt32?
    /// ccw.
    public var ssid: UInt32?
    /// ccw.
    public var devno: UInt32?
    /// isa.
    public var iobase: UInt32?
    /// isa.
    public var irq: UInt32?
    /// dimm: the guest-physical address.
    public var base: UInt64?
    public var origin = XMLOrigin()

    public init() {}

    /// An address of which nothing but its kind is known.
    public init(type: Kind) { self.type = type }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("type", &type, required: true)
        switch type {
        case .pci: mapPCI(&x)
        case .drive:
            x.attribute("controller", &controller)
            x.attribute("bus", &bus)
            x.attribute("target", &target)
            x.attribute("unit", &unit)
        case .virtioSerial:
            x.attribute("controller", &controller)
            x.attribute("bus", &bus)
            x.attribute("port", &port)
        case .ccid:
            x.attribute("controller", &controller)
            x.attribute("slot", &slot)
        case .usb:
            x.attribute("bus", &bus)
            x.attribute("port", &usbPort)
        case .spaprVIO: x.attribute("reg", &reg, as: SpaprVIORegister.self)
        case .ccw:
            x.attribute("cssid", &cssid, as: CCWSubsystemID.self)
            x.attribute("ssid", &ssid, as: CCWSetID.self)
            x.attribute("devno", &devno, as: CCWDeviceNumber.self)
        case .isa:
            x.attribute("iobase", &iobase, as: ISANumber.self)
            x.attribute("irq", &irq, as: ISANumber.self)
        case .dimm:
            x.attribute("slot", &slot)
            x.attribute("base", &base, as: PlainHex.self)
        case .virtioMMIO, .unassigned: break
        }
    }

    private mutating func mapPCI(_ x: inout XMLMapper) {
        x.attribute("domain", &domain, as: PCIDomainNumber.self)
        x.attribute("bus", &bus, as: PCIBusNumber.self)
        x.attribute("slot", &slot, as: PCISlotNumber.self)
        x.attribute("function", &function, as: PCIFunctionNumber.self)
        x.attribute("multifunction", &multifunction)
        x.element("zpci", &zpci)
    }
}

extension DeviceAddress {
    /// A place on a PCI bus.
    public static func pci(_ address: PCIAddress) -> DeviceAddress {
        var value = DeviceAddress(type: .pci)
        value.pci = address
        return value
    }

    /// The address of a kind that carries numbers of its own.
    public static func drive(controller: UInt32, bus: UInt32 = 0, target: UInt32 = 0, unit: UInt32) -> DeviceAddress {
        var value = DeviceAddress(type: .drive)
        (value.controller, value.bus, value.target, value.unit) = (controller, bus, target, unit)
        return value
    }

    /// The PCI part; nil for the other kinds. Setting it makes this a `pci` address.
    public var pci: PCIAddress? {
        get {
            guard type == .pci else { return nil }
            var address = PCIAddress()
            (address.domain, address.bus, address.slot, address.function) = (domain, bus, slot, function)
            (address.multifunction, address.zpci) = (multifunction, zpci)
            return address
        }
        set {
            guard let newValue else { return }
            type = .pci
            (domain, bus, slot, function) = (newValue.domain, newValue.bus, newValue.slot, newValue.function)
            (multifunction, zpci) = (newValue.multifunction, newValue.zpci)
        }
    }
}
