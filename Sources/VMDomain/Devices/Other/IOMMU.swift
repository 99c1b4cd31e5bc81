public import VMXML

/// `<iommu>`: a virtual IOMMU.
public struct IOMMU: XMLElement {
    public enum Model: String, XMLEnum { case intel, smmuv3, virtio, amd }

    /// `granule`: the pages in which memory is mapped.
    public enum Granule: Sendable, Hashable {
        /// As the host's.
        case host
        /// KiB: 4, 8, 16 or 64.
        case size(UInt32)
    }

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
        /// amd: devices may be left untranslated.
        public var passthrough: OnOff?
        /// amd: x2APIC mode.
        public var xtsup: OnOff?
        /// smmuv3: the PCI controller whose bus it is for; without one it is for the machine.
        public var pciBus: UInt32?
        /// virtio.
        public var granule: Granule?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.attribute("intremap", &intremap)
            x.attribute("caching_mode", &cachingMode)
            x.attribute("eim", &eim)
            x.attribute("iotlb", &iotlb)
            x.attribute("aw_bits", &awBits)
            x.attribute("dma_translation", &dmaTranslation)
            x.attribute("passthrough", &passthrough)
            x.attribute("xtsup", &xtsup)
            x.attribute("pciBus", &pciBus)
            x.attribute("granule", &granule)
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

    /// Whether it is a PCI device.
    package var isOnPCI: Bool { model == .virtio || model == .amd }

    /// Whether it is a part of the board.
    package var isOfMachine: Bool { model == .smmuv3 && driver.pciBus == nil }
}

extension IOMMU.Granule: XMLValue {
    private static let sizes: [UInt32] = [4, 8, 16, 64]

    public init?(xml text: String) {
        if text == "host" {
            self = .host
        } else if let size = UInt32(text), Self.sizes.contains(size) {
            self = .size(size)
        } else {
            return nil
        }
    }

    public var xml: String {
        switch self {
        case .host: "host"
        case .size(let size): String(size)
        }
    }

    public static var accepted: XMLAccepted { .words(["host"] + sizes.map { String($0) }) }
}
