public import VMXML

/// `<alias name='…'>`: the name by which QEMU knows the device. Names given by the user begin with `ua-`.
public struct Alias: XMLElement {
    public var name: String?

    public init() {}
    public init(_ name: String) { self.name = name }

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("name", &name)
    }
}

/// `<boot order='…'>`: the device's place in the order in which the firmware tries devices.
public struct BootOrder: XMLElement {
    /// From 1.
    public var order: UInt32?
    /// s390: the boot parameter, up to eight letters, digits, dots or blanks.
    public var loadparm: String?

    public init() {}
    public init(_ order: UInt32) { self.order = order }

    public mutating func map(_ x: inout XMLMapper) {
        x.required("order", &order, as: PositiveNumber.self)
        x.attribute("loadparm", &loadparm)
    }
}

/// A decimal number of at least 1.
public enum PositiveNumber: XMLNumberFormat {
    public static var range: ClosedRange<UInt64> { 1...UInt64(UInt32.max) }
    public static var base: Int { 10 }
}

/// `<acpi index='…' nodeset='…'>`: what the guest's ACPI tables say of the device.
public struct DeviceACPI: XMLElement {
    /// The number by which the guest names the device whatever its slot (`eno1`).
    public var index: UInt32?
    /// PCI devices of the host: the NUMA cells that are the device's own.
    public var nodeset: CPUSet?

    public init() {}
    public init(index: UInt32) { self.index = index }

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("index", &index)
        x.attribute("nodeset", &nodeset)
    }
}

/// `<rom>`: the option ROM of a PCI device.
public struct DeviceROM: XMLElement {
    public var enabled: YesNo?
    /// Whether the ROM shows in the guest's memory map.
    public var bar: OnOff?
    /// The path of an image; empty text is written as it is.
    public var file: String?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("enabled", &enabled)
        x.attribute("bar", &bar)
        x.attribute("file", &file)
    }
}
