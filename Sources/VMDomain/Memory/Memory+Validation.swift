public import VMXML

extension Memory: Validated {
    public func validate(_ v: inout Validation) {
        guard let size else { return }
        let cells = v.domain.cpu?.numa.cells ?? []
        if size.bytes == 0, cells.isEmpty {
            v.error("memory-zero", "the machine needs memory, but has 0", at: .content, found: "0")
        }
        if size > Memory.largest {
            v.error("memory-too-large", "\(size) of memory is more than can be addressed", at: .content)
        }
    }

    /// What libvirt calls unlimited: 2^53 - 1 KiB.
    static let largest = ScaledSize.kibibytes((1 << 53) - 1)
}

extension CurrentMemory: Validated {
    public func validate(_ v: inout Validation) {
        guard let size, let memory = v.domain.memory?.size, v.domain.cpu?.numa.cells.isEmpty ?? true else { return }
        if size.kibibytes > memory.kibibytes, memory.bytes > 0 {
            v.warning("memory-order", "the current memory of \(size) exceeds the memory of \(memory)", at: .content)
        }
    }
}

extension MaxMemory: Validated {
    public func validate(_ v: inout Validation) {
        guard let size else { return }
        if size.bytes == 0 {
            v.error("memory-zero", "the largest memory can't be 0", at: .content, found: "0")
        } else if let memory = v.domain.memory?.size, size < memory {
            v.error("memory-order", "the largest memory of \(size) is less than the memory of \(memory)", at: .content)
        }
        if slots == 0 {
            v.error("memory-slots", "memory can't grow to \(size) with 0 slots", at: .attribute("slots"), found: "0")
        }
    }
}
