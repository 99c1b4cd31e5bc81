public import VMXML

/// What checks ask about the machine as far as the document tells; nil where it doesn't.
extension Validation {
    /// Whether QEMU runs the domain, so that its limits hold.
    public var isQEMU: Bool {
        switch domain.type {
        case .qemu, .kvm, .kqemu, .hvf: true
        default: false
        }
    }

    /// `arch` of `<os><type>`.
    public var architecture: String? { domain.os.type?.arch }

    /// `machine` of `<os><type>`.
    public var machine: String? { domain.os.type?.machine }

    public var isX86: Bool? { architecture.map { $0 == "x86_64" || $0 == "i686" } }

    public var isARM: Bool? { architecture.map { $0 == "aarch64" || $0.hasPrefix("arm") } }

    public var isS390: Bool? { architecture.map { $0.hasPrefix("s390") } }

    /// Whether the machine is `name` or a version of it, `name-9.1`.
    public func isMachine(_ name: String) -> Bool? {
        machine.map { $0 == name || $0.hasPrefix(name + "-") }
    }

    public var isQ35: Bool? {
        guard isX86 == true else { return isX86 == false ? false : nil }
        return machine.map { $0 == "q35" || $0.hasPrefix("pc-q35-") }
    }

    /// Whether the board has an ISA bus that devices of a user's choice sit on: the PCs before q35.
    public var hasISA: Bool? {
        guard isX86 == true else { return isX86 == false ? false : nil }
        return machine.map { $0 == "isapc" || $0 == "pc" || $0.hasPrefix("pc-") && !$0.hasPrefix("pc-q35-") }
    }

    /// ARM's or another architecture's `virt`.
    public var isVirt: Bool? { isMachine("virt") }

    /// PowerPC's `pseries`.
    public var isPSeries: Bool? { isMachine("pseries") }

    /// The number of the guest's NUMA cells.
    public var cellCount: Int { domain.cpu?.numa.cells.count ?? 0 }
}
