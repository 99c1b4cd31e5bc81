/// What libvirt and this planner know about a machine type beyond what QEMU says of it: which buses it is born with and
/// which devices a domain gets unasked.
///
/// The machine's name decides, as QEMU offers no other way to tell: versions behind a dash don't matter.
public struct MachineTraits: Sendable, Hashable {
    /// Families whose boards are planned alike.
    public enum Family: Sendable, Hashable {
        case i440fx, q35, isapc, microvm
        /// `virt` of ARM, RISC-V and LoongArch.
        case virt
        /// Other boards of ARM.
        case armBoard
        case pseries
        /// `mac99`, `g3beige`, `prep`, `powernv` and other boards of PowerPC.
        case powerBoard
        case s390
        /// `-machine none`.
        case none
        case other
    }

    public let architecture: String
    public let machine: String
    public let family: Family

    public init(architecture: String, machine: String) {
        self.architecture = architecture
        self.machine = machine
        family = MachineTraits.family(architecture, machine)
    }

    private static func family(_ architecture: String, _ machine: String) -> Family {
        func named(_ name: String) -> Bool { machine == name || machine.hasPrefix(name + "-") }
        if machine == "none" { return .none }
        switch architecture {
        case "x86_64", "i686":
            if machine == "q35" || machine.hasPrefix("pc-q35") { return .q35 }
            if machine == "isapc" { return .isapc }
            if machine == "microvm" { return .microvm }
            if machine == "pc" || machine.hasPrefix("pc-0.") || machine.hasPrefix("pc-1.")
                || machine.hasPrefix("pc-i440") || machine.hasPrefix("rhel")
            {
                return .i440fx
            }
            return .other
        case "aarch64", "armv7l", "armv6l": return named("virt") ? .virt : .armBoard
        case "riscv32", "riscv64", "loongarch64": return named("virt") ? .virt : .other
        case "ppc64", "ppc64le", "ppc": return named("pseries") ? .pseries : .powerBoard
        case "s390", "s390x": return .s390
        default: return .other
        }
    }

    public var isX86: Bool { architecture == "x86_64" || architecture == "i686" }
    public var isARM: Bool { architecture == "aarch64" || architecture == "armv7l" || architecture == "armv6l" }
    public var isRISCV: Bool { architecture == "riscv64" || architecture == "riscv32" }
    public var isPPC64: Bool { architecture == "ppc64" || architecture == "ppc64le" }
    public var isS390: Bool { family == .s390 }
    public var isLoongArch: Bool { architecture == "loongarch64" }

    /// The PCI bus the board has.
    public enum PCIRoot: Sendable, Hashable { case none, pci, pcie }

    /// The PCI bus the board is born with.
    public var pciRoot: PCIRoot {
        switch family {
        case .i440fx, .pseries, .s390: .pci
        case .powerBoard:
            machine.hasPrefix("powernv") || MachineTraits.powerBoardsWithPCI.contains(machine) ? .pci : .none
        case .q35: .pcie
        case .virt: .pcie
        case .isapc, .microvm, .none: .none
        case .armBoard: ["versatilepb", "realview-eb", "realview-eb-mpcore"].contains(machine) ? .pci : .none
        case .other:
            isX86 || MachineTraits.otherBoardsWithPCI.contains(machine) ? .pci : .none
        }
    }

    private static let powerBoardsWithPCI: Set = ["40p", "bamboo", "g3beige", "mac99", "mpc8544ds", "ppce500", "prep"]
    /// Of Alpha, HP-PA, MIPS, SuperH and SPARC.
    private static let otherBoardsWithPCI: Set = ["clipper", "fuloong2e", "hppa", "malta", "r2d", "sun4u", "sun4v"]
    /// Of those, boards whose first slots are their own: what nobody asks for would have to go there.
    private static let crowdedBoards: Set = ["clipper", "sun4u", "sun4v"]

    /// Whether there are PCI slots for devices that a domain gets unasked.
    private var hasFreeSlots: Bool { pciRoot == .pci && !MachineTraits.crowdedBoards.contains(machine) }

    /// Whether a domain without a USB controller gets one.
    public var addsUSB: Bool {
        switch family {
        case .isapc, .microvm, .none, .s390: false
        // libvirt gives it to all of the kind, though some have no bus for it.
        case .armBoard: machine == "versatilepb" || machine.hasPrefix("realview")
        case .virt: false
        case .i440fx, .q35, .pseries: true
        case .powerBoard, .other: isX86 || hasFreeSlots
        }
    }

    /// Whether a domain without `<memballoon>` gets one.
    public var addsMemoryBalloon: Bool {
        switch family {
        // A balloon needs a bus. libvirt gives these one all the same, and then refuses the document for it.
        case .none, .isapc, .microvm: false
        case .armBoard: false
        case .virt: !isARM && !isLoongArch
        case .powerBoard, .other: isX86 || hasFreeSlots
        default: true
        }
    }

    /// Whether a TPM sits on the board itself, for want of an LPC bus.
    var hasTPMOnBoard: Bool { isARM || isRISCV }

    /// Whether the board has a PS/2 keyboard and mouse.
    public var hasPS2: Bool { isX86 && family != .none && family != .microvm }

    /// Whether the board has IDE channels of its own.
    public var hasBuiltInIDE: Bool {
        switch family {
        case .i440fx: true
        case .powerBoard: machine == "mac99" || machine == "g3beige"
        case .other: ["malta", "sun4u", "g3beige"].contains(machine)
        default: false
        }
    }

    /// What the machine's memory and that of its cells is counted in: POWER hands memory out in pieces of 256 MiB.
    var memoryGrain: UInt64 { isPPC64 ? 256 << 20 : 1 << 20 }

    /// How many IDE buses the board has, two drives each.
    public var ideBuses: UInt32 { 2 }
}
