public import VMCore
public import VMXML

/// `<memory>` among the devices: a memory module.
public struct MemoryDevice: XMLElement {
    public enum Model: String, XMLEnum {
        case dimm, nvdimm
        case virtioPMEM = "virtio-pmem"
        case virtioMEM = "virtio-mem"
        case sgxEPC = "sgx-epc"
    }

    /// `access`: whether others on the host may map the memory too.
    public enum Access: String, XMLEnum { case shared, `private` }

    public var model = Model.dimm
    public var access: Access?
    /// Whether the backing is thrown away at the end.
    public var discard: YesNo?
    /// nvdimm on pseries.
    public var uuid: UUID?
    public var source = MemoryDeviceSource()
    public var target = MemoryDeviceTarget()
    /// virtio-mem, virtio-pmem.
    public var driver = VirtioOptions()
    public var alias: Alias?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var origin = XMLOrigin()

    public init() {}

    public init(_ model: Model) { self.model = model }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("model", &model, required: true)
        x.attribute("access", &access)
        x.attribute("discard", &discard)
        x.text("uuid", &uuid)
        source.model = model
        x.element("source", into: &source)
        target.model = model
        x.element("target", into: &target)
        if isVirtio { x.element("driver", &driver) }
        x.element("alias", &alias)
        x.element("acpi", &acpi)
        x.element("address", &address)
    }
}

extension MemoryDevice {
    /// Whether it is a virtio device.
    public var isVirtio: Bool { model == .virtioMEM || model == .virtioPMEM }
}

/// `<source>` of a memory module: what of the host's memory it is.
public struct MemoryDeviceSource: XMLElement {
    /// The module's model.
    var model = MemoryDevice.Model.dimm

    /// dimm, virtio-mem, sgx-epc: nodes of the host.
    public var nodemask: CPUSet?
    /// dimm, virtio-mem.
    public var pagesize: ScaledSize?
    /// nvdimm, virtio-pmem: the file.
    public var path: String?
    /// nvdimm.
    public var alignsize: ScaledSize?
    /// nvdimm: the file lies on persistent memory.
    public var pmem = false
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        switch model {
        case .dimm, .virtioMEM:
            x.text("nodemask", &nodemask)
            x.size(in: "pagesize", &pagesize)
        case .nvdimm:
            x.text("path", &path)
            x.size(in: "alignsize", &alignsize)
            x.flag("pmem", &pmem)
        case .virtioPMEM: x.text("path", &path)
        case .sgxEPC: x.text("nodemask", &nodemask)
        }
    }
}

/// `<target>` of a memory module: what the guest gets.
public struct MemoryDeviceTarget: XMLElement {
    /// The module's model.
    var model = MemoryDevice.Model.dimm

    /// virtio-mem: whether it uses several slots of KVM's memory map.
    public var dynamicMemslots: YesNo?
    public var size: ScaledSize?
    /// The guest's NUMA cell.
    public var node: UInt32?
    /// nvdimm.
    public var label: MemoryLabel?
    /// nvdimm.
    public var readonly = false
    /// virtio-mem: how finely memory is given and taken.
    public var block: ScaledSize?
    /// virtio-mem: how much the guest shall have.
    public var requested: ScaledSize?
    /// virtio-mem: how much a running guest has.
    public var current: ScaledSize?
    /// virtio-mem, virtio-pmem.
    public var address: MemoryTargetAddress?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        if model == .virtioMEM { x.attribute("dynamicMemslots", &dynamicMemslots) }
        x.size(in: "size", &size)
        x.text("node", &node)
        switch model {
        case .nvdimm:
            x.element("label", &label)
            x.flag("readonly", &readonly)
        case .virtioMEM:
            x.size(in: "block", &block)
            x.size(in: "requested", &requested)
            x.size(in: "current", &current)
            x.element("address", &address)
        case .virtioPMEM: x.element("address", &address)
        case .dimm, .sgxEPC: break
        }
    }
}

/// `<label>`: the label area of an NVDIMM.
public struct MemoryLabel: XMLElement {
    public var size: ScaledSize?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) { x.size(in: "size", &size) }
}

/// `<address base='0x…'>`: the guest-physical address.
public struct MemoryTargetAddress: XMLElement {
    public var base: UInt64?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) { x.required("base", &base, as: PlainHex.self) }
}
