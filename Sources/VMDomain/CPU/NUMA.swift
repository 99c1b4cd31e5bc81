public import VMXML

/// `<numa>` of `<cpu>`: the guest's NUMA cells and how far they are from each other.
public struct NUMA: XMLElement {
    public var cells: [Cell] = []
    public var interconnects = Interconnects()
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.elements("cell", &cells)
        x.element("interconnects", &interconnects)
    }

    /// `<cell>`.
    public struct Cell: XMLElement {
        public var id: UInt32?
        public var cpus: CPUSet?
        public var memory: ScaledSize?
        public var memAccess: MemoryAccessMode?
        public var discard: YesNo?
        public var distances: [Distance] = []
        public var caches: [Cache] = []
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.attribute("id", &id)
            x.attribute("cpus", &cpus)
            x.size("memory", &memory, required: true)
            x.attribute("memAccess", &memAccess)
            x.attribute("discard", &discard)
            x.list("distances", of: "sibling", &distances)
            x.elements("cache", &caches)
        }
    }

    /// `<sibling>`: the distance to another cell, 10 being the cell itself.
    public struct Distance: XMLElement {
        public var id: UInt32?
        public var value: UInt32?
        public var origin = XMLOrigin()

        public init() {}

        package init(id: UInt32, value: UInt32) {
            self.id = id
            self.value = value
        }

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("id", &id)
            x.required("value", &value)
        }
    }

    /// `<cache>`: a memory side cache, for the HMAT.
    public struct Cache: XMLElement {
        public enum Associativity: String, XMLEnum { case none, direct, full }
        public enum Policy: String, XMLEnum { case none, writeback, writethrough }

        public var level: UInt32?
        public var associativity: Associativity?
        public var policy: Policy?
        public var size: Size?
        public var line: Line?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("level", &level)
            x.required("associativity", &associativity)
            x.required("policy", &policy)
            x.element("size", &size)
            x.element("line", &line)
        }

        public struct Size: XMLElement {
            public var value: ScaledSize?

            public init() {}

            public mutating func map(_ x: inout XMLMapper) { x.size("value", &value, required: true) }
        }

        public struct Line: XMLElement {
            public var value: ScaledSize?

            public init() {}

            public mutating func map(_ x: inout XMLMapper) { x.size("value", &value, .bytes, required: true) }
        }
    }

    /// `<interconnects>`: latency and bandwidth between cells, for the HMAT.
    public struct Interconnects: XMLElement {
        public var latencies: [Latency] = []
        public var bandwidths: [Bandwidth] = []

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.elements("latency", &latencies)
            x.elements("bandwidth", &bandwidths)
        }
    }

    public enum Access: String, XMLEnum { case access, read, write }

    /// `<latency>` in nanoseconds.
    public struct Latency: XMLElement {
        public var initiator: UInt32?
        public var target: UInt32?
        /// The level of the memory side cache that is meant; 0 or absent for the memory itself.
        public var cache: UInt32?
        public var type: Access?
        public var value: UInt64?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("initiator", &initiator)
            x.required("target", &target)
            x.attribute("cache", &cache)
            x.required("type", &type)
            x.required("value", &value)
        }
    }

    /// `<bandwidth>` per second.
    public struct Bandwidth: XMLElement {
        public var initiator: UInt32?
        public var target: UInt32?
        public var cache: UInt32?
        public var type: Access?
        public var value: ScaledSize?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("initiator", &initiator)
            x.required("target", &target)
            x.attribute("cache", &cache)
            x.required("type", &type)
            x.size("value", &value, required: true)
        }
    }
}
