public import VMXML

extension MemoryDevice: Validated {
    public func validate(_ v: inout Validation) {
        v.enter("target", target.origin) { validateTarget(&$0) }
        v.enter("source", source.origin) { validateSource(&$0) }
        guard v.isQEMU else { return }
        if let address { validateAddress(address, &v) }
        if discard == .yes, model == .virtioPMEM || model == .nvdimm {
            v.error("discard", "'discard' isn't for the model '\(model.rawValue)'", at: .attribute("discard"))
        }
        if model == .virtioPMEM, access == .private {
            v.error(
                "access", "the model 'virtio-pmem' has shared memory only", at: .attribute("access"), found: "private",
                accepted: ["shared"])
        }
        if model == .sgxEPC, access != nil {
            v.error("access", "'access' isn't for the model 'sgx-epc'", at: .attribute("access"))
        }
        if uuid != nil, model != .nvdimm {
            v.error("only-nvdimm", "<uuid> is only for the model 'nvdimm'", at: .child("uuid"))
        }
        if v.domain.maxMemory == nil {
            v.error("missing-maximum", "a memory device needs a <maxMemory> with free slots in the domain")
        }
    }

    private func validateSource(_ v: inout Validation) {
        if model == .nvdimm || model == .virtioPMEM, source.path == nil {
            v.error("missing-element", "a memory device of the model '\(model.rawValue)' needs a <path>")
        }
        if model == .nvdimm, target.readonly, source.path == nil {
            v.error("missing-element", "a read-only NVDIMM needs a <path>")
        }
    }

    private func validateTarget(_ v: inout Validation) {
        guard let size = target.size else {
            return v.error("missing-element", "a memory device needs a <size>")
        }
        if size.bytes == 0 { v.error("zero-size", "the size of a memory device can't be 0", at: .child("size")) }
        if let node = target.node {
            if model == .virtioPMEM {
                v.warning("no-node", "the model 'virtio-pmem' belongs to no NUMA cell", at: .child("node"))
            } else if v.cellCount > 0, !v.hasCell(node) {
                v.error("unknown-node", "the NUMA cell \(node) isn't defined", at: .child("node"), found: String(node))
            }
        }
        switch model {
        case .nvdimm: validateLabel(size, &v)
        case .virtioMEM: validateBlocks(size, &v)
        default: break
        }
    }

    private func validateLabel(_ size: ScaledSize, _ v: inout Validation) {
        guard let label = target.label else {
            if v.isPSeries == true {
                v.error(
                    "missing-element", "an NVDIMM of this machine needs a <label> with its size", at: .child("target"))
            }
            return
        }
        guard let length = label.size else {
            return v.error("missing-element", "<label> needs a <size>", at: .child("label"))
        }
        if length < .kibibytes(128) {
            v.error(
                "label-size", "an NVDIMM's label area has at least 128 KiB, not \(length)",
                at: .child(["label", "size"]))
        } else if length >= size {
            v.error(
                "label-size", "the label area (\(length)) must be smaller than the NVDIMM (\(size))",
                at: .child(["label", "size"]))
        }
    }

    private func validateBlocks(_ size: ScaledSize, _ v: inout Validation) {
        guard let block = target.block else {
            return v.error("missing-element", "the model 'virtio-mem' needs a <block>")
        }
        if block.bytes == 0 || block.bytes & (block.bytes - 1) != 0 {
            return v.error("block-size", "<block> is a power of two, not \(block)", at: .child("block"))
        }
        if size.bytes % block.bytes != 0 {
            v.error("block-size", "<size> (\(size)) must be a multiple of <block> (\(block))", at: .child("size"))
        }
        guard let requested = target.requested else { return }
        if requested > size {
            v.error(
                "requested-size", "<requested> (\(requested)) can't be more than <size> (\(size))",
                at: .child("requested"))
        } else if requested.bytes % block.bytes != 0 {
            v.error(
                "requested-size", "<requested> (\(requested)) must be a multiple of <block> (\(block))",
                at: .child("requested"))
        }
    }

    private func validateAddress(_ address: DeviceAddress, _ v: inout Validation) {
        let accepted: [DeviceAddress.Kind] =
            switch model {
            case .dimm, .nvdimm: [.dimm]
            case .virtioPMEM, .virtioMEM: [.pci, .ccw]
            case .sgxEPC: []
            }
        guard !accepted.contains(address.type) else { return }
        v.error(
            "address-type",
            "a memory device of the model '\(model.rawValue)' can't have an address of the type '\(address.type.rawValue)'",
            at: .child("address", "type"), found: address.type.rawValue, accepted: accepted.map(\.rawValue))
    }
}

extension SharedMemory: Validated {
    public func validate(_ v: inout Validation) {
        // It becomes a file's name in /dev/shm.
        if let name, name.utf8.contains(UInt8(ascii: "/")) || name == "." || name == ".." {
            v.error(
                "invalid-name", "the name of shared memory can't contain '/', or be '.' or '..'",
                at: .attribute("name"), found: name)
        }
        if let size, size.bytes < 1 << 20 || size.bytes & (size.bytes - 1) != 0 {
            v.error(
                "shared-memory-size", "the size of shared memory is a power of two of at least 1 MiB, not \(size)",
                at: .child("size"), accepted: ["1 MiB, 2 MiB, 4 MiB …"])
        }
        switch model?.type {
        case .ivshmemPlain where server != nil:
            v.error("no-server", "the model 'ivshmem-plain' has no server", at: .child("server"))
        case .ivshmemDoorbell where server == nil:
            v.error("missing-element", "the model 'ivshmem-doorbell' needs a <server>")
        case .ivshmemDoorbell where size != nil:
            v.error("server-size", "the server decides about the size of shared memory", at: .child("size"))
        default: break
        }
        if msi != nil, server == nil {
            v.error("msi-without-server", "<msi> needs a <server>", at: .child("msi"))
        }
        if let address, address.type != .pci {
            v.warning(
                "address-type", "shared memory has an address of the type 'pci', not '\(address.type.rawValue)'",
                at: .child("address", "type"), found: address.type.rawValue)
        }
    }
}
