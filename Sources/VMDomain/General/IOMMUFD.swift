public import VMXML

/// `<iommufd>`: whether PCI devices of the host are reached by the kernel's IOMMUFD, where they don't say so themselves.
public struct IOMMUFD: XMLElement {
    public var enabled: YesNo?
    /// The name of open files that a management application would hand over.
    public var fdgroup: String?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("enabled", &enabled)
        x.attribute("fdgroup", &fdgroup)
    }
}
