public import VMXML

extension Devices {
    /// Checks what isn't among ``all``, and storage and memory against each other.
    func validateStorage(_ v: inout Validation) {
        v.check("lease", leases)
        validateHostDevices(&v)
        validateWorldWideNames(&v)
        guard v.isQEMU else { return }
        validateImages(&v)
        validateMemorySlots(&v)
        validateMemoryRanges(&v)
    }

    /// Two disks with one name of their own would be one disk to the guest.
    private func validateWorldWideNames(_ v: inout Validation) {
        var names: [String: XMLOrigin] = [:]
        var serials: [String: XMLOrigin] = [:]
        v.each("disk", disks) { v, disk in
            if let wwn = disk.wwn {
                if let first = names[wwn] {
                    v.error(
                        "duplicate-wwn", "the WWN '\(wwn)' belongs to the disk\(v.line(of: first)) already",
                        at: .child("wwn"), found: wwn)
                }
                names[wwn] = disk.origin
            }
            if let serial = disk.serial, !serial.isEmpty {
                if let first = serials[serial] {
                    v.warning(
                        "duplicate-serial", "the disk\(v.line(of: first)) has the serial number '\(serial)' too",
                        at: .child("serial"), found: serial)
                }
                serials[serial] = disk.origin
            }
        }
    }

    /// One image twice: QEMU locks what it opens, unless it only reads it or the guest is said to share it.
    private func validateImages(_ v: inout Validation) {
        var images: [String: Disk] = [:]
        v.each("disk", disks) { v, disk in
            guard let path = disk.source.file ?? disk.source.dev, !path.isEmpty else { return }
            guard let first = images[path] else {
                images[path] = disk
                return
            }
            // Two disks of one name are told of already.
            if first.target?.dev == disk.target?.dev { return }
            func isOnlyRead(_ disk: Disk) -> Bool { disk.readonly || disk.device == .cdrom }
            if isOnlyRead(first) && isOnlyRead(disk) || first.shareable && disk.shareable { return }
            v.warning(
                "same-image",
                "'\(disk.target?.dev ?? "")' is the same file as '\(first.target?.dev ?? "")'\(v.line(of: first.origin)), "
                    + "which QEMU refuses",
                at: .child("source"), found: path)
        }
    }

    // MARK: Memory modules

    private func validateMemorySlots(_ v: inout Validation) {
        guard let slots = v.domain.maxMemory?.slots else { return }
        var count: UInt32 = 0
        v.each("memory", memories) { v, memory in
            guard memory.model == .dimm || memory.model == .nvdimm else { return }
            count += 1
            if count == slots.addingReportingOverflow(1).partialValue {
                v.error("too-many-modules", "the domain's <maxMemory> has only \(slots) slots for memory modules")
            }
            if let slot = memory.address?.slot, memory.address?.type == .dimm, slot >= slots {
                v.error(
                    "slot-range", "the memory slot \(slot) isn't among the \(slots) of the domain's <maxMemory>",
                    at: .child("address", "slot"), found: String(slot))
            }
        }
    }

    private func validateMemoryRanges(_ v: inout Validation) {
        let overlaps = overlappingModules
        guard !overlaps.isEmpty else { return }
        var index = -1
        v.each("memory", memories) { v, memory in
            index += 1
            guard let other = overlaps[index], let range = memory.guestRange else { return }
            v.error(
                "memory-overlap",
                "the memory at 0x\(String(range.lowerBound, radix: 16)) overlaps the module\(v.line(of: other))",
                at: memory.target.address != nil
                    ? .child(["target", "address"], attribute: "base")
                    : .child("address", "base"))
        }
    }

    /// The modules that lie where an earlier one does, by number, with the earlier one: one walk in the order of addresses.
    private var overlappingModules: [Int: XMLOrigin] {
        let ranges = memories.enumerated().compactMap { index, memory in memory.guestRange.map { (index, $0) } }
        var found: [Int: XMLOrigin] = [:]
        var furthest: (index: Int, range: Range<UInt64>)?
        for (index, range) in ranges.sorted(by: { ($0.1.lowerBound, $0.0) < ($1.1.lowerBound, $1.0) }) {
            if let other = furthest, other.range.overlaps(range) {
                found[max(index, other.index)] = memories[min(index, other.index)].origin
            }
            if range.upperBound > furthest?.range.upperBound ?? 0 { furthest = (index, range) }
        }
        return found
    }
}

extension MemoryDevice {
    /// What the module takes of the guest's address space, if it says where.
    fileprivate var guestRange: Range<UInt64>? {
        guard let base = target.address?.base ?? address?.base, let size = target.size?.bytes else { return nil }
        var length = size
        if model == .nvdimm, let label = target.label?.size?.bytes, label < size {
            // The label area isn't mapped, and what is left of it is cut to the alignment.
            let grain = max(source.alignsize?.bytes ?? 1, 1)
            length = (size - label) / grain * grain
        }
        let (end, overflow) = base.addingReportingOverflow(length)
        return overflow ? nil : base..<end
    }
}

extension Validation {
    /// Whether another process can map all of the guest's memory, which vhost-user needs.
    public var hasSharedMemory: Bool { domain.hasSharedMemory }
}

extension Domain {
    /// Whether another process can map all of the guest's memory, which vhost-user needs.
    public var hasSharedMemory: Bool {
        let byDefault = memoryBacking.access?.mode == .shared
        let cells = cpu?.numa.cells ?? []
        if cells.isEmpty { return byDefault }
        return cells.allSatisfy { cell in cell.memAccess.map { $0 == .shared } ?? byDefault }
    }
}
