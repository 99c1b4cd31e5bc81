public import VMXML

extension Lease: Validated {
    public func validate(_ v: inout Validation) {
        if (key ?? "").isEmpty { v.error("missing-element", "<lease> needs a <key>", at: .child("key")) }
        if target?.path == nil {
            v.error("missing-element", "<lease> needs a <target> with a path", at: .child("target"))
        }
    }
}

extension VSock: Validated {
    public func validate(_ v: inout Validation) {
        if let number = cid?.address, number < 3 {
            v.error(
                "vsock-cid", "the context id of a guest is at least 3, not \(number)", at: .child("cid", "address"),
                found: String(number), accepted: ["a number from 3"])
        }
        if cid?.auto == .no, cid?.address == nil {
            v.error("missing-attribute", "<cid auto='no'> needs the attribute 'address'", at: .child("cid"))
        }
        if let address, ![.pci, .ccw, .virtioMMIO, .unassigned].contains(address.type) {
            v.error(
                "address-type", "a vsock can't have an address of the type '\(address.type.rawValue)'",
                at: .child("address", "type"), found: address.type.rawValue, accepted: ["pci", "ccw"])
        }
    }
}

extension Crypto: Validated {
    public func validate(_ v: inout Validation) {
        if backend == nil { v.error("missing-element", "<crypto> needs a <backend>") }
        if let address, ![.pci, .ccw, .virtioMMIO, .unassigned].contains(address.type) {
            v.error(
                "address-type", "a crypto device can't have an address of the type '\(address.type.rawValue)'",
                at: .child("address", "type"), found: address.type.rawValue, accepted: ["pci", "ccw", "virtio-mmio"])
        }
    }
}

extension PersistentStore: Validated {
    public func validate(_ v: inout Validation) {
        if let address, address.type != .pci {
            v.error(
                "address-type", "a <pstore> has an address of the type 'pci', not '\(address.type.rawValue)'",
                at: .child("address", "type"), found: address.type.rawValue, accepted: ["pci"])
        }
        if path == nil { v.error("missing-element", "<pstore> needs a <path>") }
        guard let size else { return v.error("missing-element", "<pstore> needs a <size>") }
        if size.bytes < 4096 || size.bytes & (size.bytes &- 1) != 0 {
            v.error(
                "pstore-size", "the size of <pstore> is a power of two, 4 KiB at least", at: .child("size"),
                found: size.description)
        }
    }
}

extension NonVolatileMemory: Validated {
    public func validate(_ v: inout Validation) {
        if v.isPSeries == false { v.error("wrong-machine", "an <nvram> device is only for pseries machines") }
        if let address, address.type != .spaprVIO {
            v.error(
                "address-type",
                "an <nvram> device has an address of the type 'spapr-vio', not '\(address.type.rawValue)'",
                at: .child("address", "type"), found: address.type.rawValue, accepted: ["spapr-vio"])
        }
    }
}
