public import VMXML

/// The address of a PCI function, without a `type`: a device of the host, or what a ``DeviceAddress`` says when its
/// type is `pci`. Numbers that the document doesn't say are 0 in libvirt's eyes.
public struct PCIAddress: XMLElement, Comparable, CustomStringConvertible {
    public var domain: UInt32?
    public var bus: UInt32?
    public var slot: UInt32?
    public var function: UInt32?
    public var multifunction: OnOff?
    public var zpci: ZPCIAddress?

    public init() {}

    public init(domain: UInt32 = 0, bus: UInt32 = 0, slot: UInt32, function: UInt32 = 0) {
        (self.domain, self.bus, self.slot, self.function) = (domain, bus, slot, function)
    }

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("domain", &domain, as: PCIDomainNumber.self)
        x.attribute("bus", &bus, as: PCIBusNumber.self)
        x.attribute("slot", &slot, as: PCISlotNumber.self)
        x.attribute("function", &function, as: PCIFunctionNumber.self)
        x.attribute("multifunction", &multifunction)
        x.element("zpci", &zpci)
    }

    /// `0000:00:1f.2`
    public var description: String {
        func hex(_ value: UInt32?, _ digits: Int) -> String {
            let text = String(value ?? 0, radix: 16)
            return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
        }
        return "\(hex(domain, 4)):\(hex(bus, 2)):\(hex(slot, 2)).\(function ?? 0)"
    }

    /// Whether the numbers name a place: all zero stand for one that is yet to be found.
    public var isPlaced: Bool { (domain ?? 0) | (bus ?? 0) | (slot ?? 0) != 0 }

    private var order: (UInt32, UInt32, UInt32, UInt32) { (domain ?? 0, bus ?? 0, slot ?? 0, function ?? 0) }

    public static func < (a: PCIAddress, b: PCIAddress) -> Bool { a.order < b.order }
}

/// `<zpci>`: how a PCI function shows itself on s390.
public struct ZPCIAddress: XMLElement {
    public var uid: UInt32?
    public var fid: UInt32?

    public init() {}

    public init(uid: UInt32?, fid: UInt32?) {
        self.uid = uid
        self.fid = fid
    }

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("uid", &uid, as: ZPCIUserID.self)
        x.attribute("fid", &fid, as: ZPCIFunctionID.self)
    }
}
