public import VMXML

/// `<memballoon>`: takes memory from the guest and gives it back while it runs.
public struct MemoryBalloon: XMLElement {
    /// `model`.
    public enum Model: String, XMLEnum {
        case virtio, xen, none
        case virtioTransitional = "virtio-transitional"
        case virtioNonTransitional = "virtio-non-transitional"
    }

    public var model: Model?
    /// Whether the balloon shrinks by itself before the guest kills a process for want of memory.
    public var autodeflate: OnOff?
    /// Whether the guest tells which pages it doesn't use.
    public var freePageReporting: OnOff?
    public var stats: Statistics?
    public var driver: VirtioOptions?
    public var alias: Alias?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var origin = XMLOrigin()

    public init() {}
    public init(_ model: Model) { self.model = model }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("model", &model)
        x.attribute("autodeflate", &autodeflate)
        x.attribute("freePageReporting", &freePageReporting)
        x.element("stats", &stats)
        x.element("alias", &alias)
        x.element("acpi", &acpi)
        x.element("address", &address)
        x.element("driver", &driver)
    }

    /// `<stats>`: how often the guest reports its use of memory.
    public struct Statistics: XMLElement {
        /// Seconds; 0: never.
        public var period: UInt32?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.attribute("period", &period)
        }
    }
}
