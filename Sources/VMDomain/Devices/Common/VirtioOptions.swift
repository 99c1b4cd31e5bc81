public import VMXML

/// The attributes that `<driver>` has on every virtio device.
///
/// Alone it is a whole `<driver>`; devices with more of them call its ``map(_:)`` from their own driver's.
public struct VirtioOptions: XMLElement {
    /// Whether the device sees guest memory through the virtual IOMMU.
    public var iommu: OnOff?
    /// Address translation services of PCIe.
    public var ats: OnOff?
    /// Packed instead of split rings.
    public var packed: OnOff?
    /// `page_per_vq`: one page of notification registers for each queue.
    public var pagePerVQ: OnOff?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("iommu", &iommu)
        x.attribute("ats", &ats)
        x.attribute("packed", &packed)
        x.attribute("page_per_vq", &pagePerVQ)
    }
}

/// `model` of devices that have the three variants of virtio.
public enum VirtioModel: String, XMLEnum {
    case virtio
    case virtioTransitional = "virtio-transitional"
    case virtioNonTransitional = "virtio-non-transitional"
}
