public import VMXML

/// `<cachetune>`: a share of the host's cache for some virtual CPUs.
public struct CacheTuning: XMLElement {
    public var vcpus: CPUSet?
    public var id: String?
    public var caches: [Cache] = []
    public var monitors: [Monitor] = []
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("vcpus", &vcpus)
        x.attribute("id", &id)
        x.elements("cache", &caches)
        x.elements("monitor", &monitors)
    }

    public struct Cache: XMLElement {
        public enum Kind: String, XMLEnum { case both, code, data }

        public var id: UInt32?
        public var level: UInt32?
        public var type: Kind?
        public var size: ScaledSize?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("id", &id)
            x.required("level", &level)
            x.required("type", &type)
            x.size("size", &size, required: true)
        }
    }

    public struct Monitor: XMLElement {
        public var level: UInt32?
        public var vcpus: CPUSet?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.required("level", &level)
            x.required("vcpus", &vcpus)
        }
    }
}

/// `<memorytune>`: a share of the host's memory bandwidth for some virtual CPUs.
public struct MemoryBandwidthTuning: XMLElement {
    public var vcpus: CPUSet?
    public var id: String?
    public var nodes: [Node] = []
    public var monitors: [Monitor] = []
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("vcpus", &vcpus)
        x.attribute("id", &id)
        x.elements("node", &nodes)
        x.elements("monitor", &monitors)
    }

    public struct Node: XMLElement {
        public var id: UInt32?
        /// In per cent.
        public var bandwidth: UInt32?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.required("id", &id)
            x.required("bandwidth", &bandwidth)
        }
    }

    public struct Monitor: XMLElement {
        public var vcpus: CPUSet?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) { x.required("vcpus", &vcpus) }
    }
}
