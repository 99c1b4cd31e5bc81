public import VMXML

/// `<memtune>`: limits of the memory that the machine takes from the host.
public struct MemoryTuning: XMLElement {
    public var hardLimit: ScaledSize?
    public var softLimit: ScaledSize?
    public var minGuarantee: ScaledSize?
    public var swapHardLimit: ScaledSize?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.size(in: "hard_limit", &hardLimit)
        x.size(in: "soft_limit", &softLimit)
        x.size(in: "min_guarantee", &minGuarantee)
        x.size(in: "swap_hard_limit", &swapHardLimit)
    }
}

/// `<numatune>`: from which of the host's NUMA nodes memory comes.
public struct NUMATuning: XMLElement {
    public enum Mode: String, XMLEnum { case strict, preferred, interleave, restrictive }

    public var memory: Memory?
    public var memnodes: [MemoryNode] = []
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.element("memory", &memory)
        x.elements("memnode", &memnodes)
    }

    /// `<memory>`: for the whole machine.
    public struct Memory: XMLElement {
        public enum Placement: String, XMLEnum { case `static`, auto }

        public var mode: Mode?
        public var placement: Placement?
        public var nodeset: CPUSet?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.attribute("mode", &mode)
            x.attribute("placement", &placement)
            x.attribute("nodeset", &nodeset)
        }
    }

    /// `<memnode>`: for one NUMA cell of the guest.
    public struct MemoryNode: XMLElement {
        public var cellid: UInt32?
        public var mode: Mode?
        public var nodeset: CPUSet?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("cellid", &cellid)
            x.attribute("mode", &mode)
            x.required("nodeset", &nodeset)
        }
    }
}
