public import VMXML

/// `<memoryBacking>`: what the guest's memory is made of on the host.
public struct MemoryBacking: XMLElement {
    public var hugepages: HugePages?
    public var nosharepages = false
    public var locked = false
    public var source: Source?
    public var access: Access?
    public var allocation: Allocation?
    public var discard = false
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.element("hugepages", &hugepages)
        x.flag("nosharepages", &nosharepages)
        x.flag("locked", &locked)
        x.element("source", &source)
        x.element("access", &access)
        x.element("allocation", &allocation)
        x.flag("discard", &discard)
    }

    /// `<hugepages>`: without pages the host's default size.
    public struct HugePages: XMLElement {
        public var pages: [Page] = []
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.elements("page", &pages)
        }
    }

    /// `<page>`: the page size, for all cells or for some.
    public struct Page: XMLElement {
        public var size: ScaledSize?
        public var nodeset: CPUSet?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.size("size", &size, required: true)
            x.attribute("nodeset", &nodeset)
        }
    }

    public struct Source: XMLElement {
        public enum Kind: String, XMLEnum { case file, anonymous, memfd }

        public var type: Kind?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) { x.attribute("type", &type) }
    }

    public struct Access: XMLElement {
        public var mode: MemoryAccessMode?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) { x.attribute("mode", &mode) }
    }

    public struct Allocation: XMLElement {
        public enum Mode: String, XMLEnum { case immediate, ondemand }

        public var mode: Mode?
        public var threads: UInt32?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.attribute("mode", &mode)
            x.attribute("threads", &threads)
        }
    }
}
