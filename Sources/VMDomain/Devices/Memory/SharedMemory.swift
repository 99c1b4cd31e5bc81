public import VMXML

/// `<shmem>`: memory that several machines share.
public struct SharedMemory: XMLElement {
    /// `role`: whether the memory moves along in a migration.
    public enum Role: String, XMLEnum { case master, peer }

    /// `<model type='…'>`.
    public struct Model: XMLElement {
        public enum Kind: String, XMLEnum {
            case ivshmem
            case ivshmemPlain = "ivshmem-plain"
            case ivshmemDoorbell = "ivshmem-doorbell"
        }

        public var type: Kind?
        public init() {}
        public init(_ type: Kind) { self.type = type }
        public mutating func map(_ x: inout XMLMapper) { x.required("type", &type) }
    }

    /// `<server path='…'>`: the socket of the server that hands the memory out.
    public struct Server: XMLElement {
        public var path: String?
        public init() {}
        public mutating func map(_ x: inout XMLMapper) { x.attribute("path", &path) }
    }

    /// `<msi>`: interrupts between the machines.
    public struct Interrupts: XMLElement {
        public var vectors: UInt32?
        public var ioeventfd: OnOff?
        public init() {}
        public mutating func map(_ x: inout XMLMapper) {
            x.attribute("vectors", &vectors)
            x.attribute("ioeventfd", &ioeventfd)
        }
    }

    /// The machines with the same name share.
    public var name: String?
    public var role: Role?
    public var model: Model?
    /// A power of two of at least 1 MiB.
    public var size: ScaledSize?
    public var server: Server?
    public var msi: Interrupts?
    public var alias: Alias?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("name", &name)
        x.attribute("role", &role)
        x.element("model", &model)
        x.size(in: "size", &size, .mebibytes)
        x.element("server", &server)
        x.element("msi", &msi)
        x.element("alias", &alias)
        x.element("acpi", &acpi)
        x.element("address", &address)
    }
}
