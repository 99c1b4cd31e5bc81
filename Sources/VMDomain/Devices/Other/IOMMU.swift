public import VMXML

/// `<iommu>`: the virtual IOMMU.
public struct IOMMU: XMLElement {
    public enum Model: String, XMLEnum { case intel, smmuv3, virtio }

    /// `<driver>`.
    public struct Driver: XMLElement {
        /// Interrupt remapping.
        public var intremap: OnOff?
        public var cachingMode: OnOff?
        /// x2APIC mode.
        public var eim: OnOff?
        public var iotlb: OnOff?
        /// Bits of an I/O virtual address: 39, 48 or 57.
        public var awBits: UInt32?
        public var dmaTranslation: OnOff?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.attribute("intremap", &intremap)
            x.attribute("caching_mode", &cachingMode)
            x.attribute("eim", &eim)
            x.attribute("iotlb", &iotlb)
            x.attribute("aw_bits", &awBits)
            x.attribute("dma_translation", &dmaTranslation)
        }
    }

    public var model: Model?
    public var driver = Driver()
    public var alias: Alias?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var origin = XMLOrigin()

    public init() {}

    public init(_ model: Model) { self.model = model }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("model", &model)
        x.element("driver", &driver)
        x.element("alias", &alias)
        x.element("acpi", &acpi)
        x.element("address", &address)
    }
}
