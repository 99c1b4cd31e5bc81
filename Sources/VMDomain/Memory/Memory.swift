public import VMXML

/// `<memory>`: what the machine has when it starts.
public struct Memory: XMLElement {
    /// Whether the guest's memory is part of QEMU's core dumps.
    public var dumpCore: OnOff?
    public var size: ScaledSize?
    public var origin = XMLOrigin()

    public init() {}

    public init(_ size: ScaledSize) { self.size = size }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("dumpCore", &dumpCore)
        x.size(&size)
    }
}

/// `<currentMemory>`: what the guest may use of its memory now; the balloon takes the rest.
public struct CurrentMemory: XMLElement {
    public var size: ScaledSize?
    public var origin = XMLOrigin()

    public init() {}

    public init(_ size: ScaledSize) { self.size = size }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.sizeOrNothing(&size)
    }
}

/// `<maxMemory>`: how far memory can grow by plugging modules in.
public struct MaxMemory: XMLElement {
    public var slots: UInt32?
    public var size: ScaledSize?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("slots", &slots)
        x.size(&size)
    }
}

/// Whether memory is shared with other processes.
public enum MemoryAccessMode: String, XMLEnum { case shared, `private` }
