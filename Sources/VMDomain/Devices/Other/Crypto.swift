public import VMXML

/// `<crypto>`: a device that encrypts for the guest.
public struct Crypto: XMLElement {
    public enum Model: String, XMLEnum { case virtio }
    public enum Kind: String, XMLEnum { case qemu }

    /// `<backend>`: who encrypts.
    public struct Backend: XMLElement {
        public enum Model: String, XMLEnum { case builtin, lkcf }

        public var model: Model?
        public var queues: UInt32?
        public init() {}
        public mutating func map(_ x: inout XMLMapper) {
            x.required("model", &model)
            x.attribute("queues", &queues)
        }
    }

    public var model: Model?
    public var type: Kind?
    public var backend: Backend?
    public var driver = VirtioOptions()
    public var alias: Alias?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("model", &model)
        x.required("type", &type)
        x.element("backend", &backend)
        x.element("driver", &driver)
        x.element("alias", &alias)
        x.element("acpi", &acpi)
        x.element("address", &address)
    }
}
