public import VMCore

/// What domains of one machine type can have with one emulator: `domcapabilities`.
///
/// Made from what the emulator says of itself; a value stands in here when a domain with it can be started.
public struct DomainCapabilities: Sendable, Hashable {
    public var emulator: String
    /// `qemu`, `kvm` or `hvf`: the document's `<domain type=…>`.
    public var domainType: String
    /// The machine's own name, never an alias.
    public var machine: String
    public var architecture: String
    public var maximumCPUs: Int
    public var hasIOThreads: Bool
    public var firmware: FirmwareChoice
    public var cpuModes: [CPUMode]
    public var memoryBacking: Feature
    public var devices: [Feature]
    public var features: [Feature]

    /// The firmware that can be asked for.
    public struct FirmwareChoice: Sendable, Hashable {
        /// Values of `<os firmware=…>`.
        public var interfaces: [String] = []
        /// Images, in the order in which they are preferred.
        public var paths: [String] = []
        public var loaderTypes: [String] = []
        public var secure: [String] = []
    }

    /// Something with enumerations of what it can be.
    public struct Feature: Sendable, Hashable {
        public var name: String
        public var isSupported: Bool
        public var enumerations: [Enumeration]

        init(_ name: String, _ enumerations: [Enumeration] = [], supported: Bool? = nil) {
            self.name = name
            self.enumerations = enumerations
            isSupported = supported ?? enumerations.contains { !$0.values.isEmpty }
        }
    }

    public struct Enumeration: Sendable, Hashable {
        public var name: String
        public var values: [String]

        init(_ name: String, _ values: [String]) {
            self.name = name
            self.values = values
        }
    }

    /// A value of `<cpu mode=…>`.
    public struct CPUMode: Sendable, Hashable {
        public var name: String
        public var isSupported: Bool
        public var enumerations: [Enumeration] = []
        /// What the host's own model is made of, for `host-model`.
        public var hostModel: HostModel?
        /// The named models, for `custom`.
        public var models: [CPUModel] = []
    }

    /// A base model with what the host has beyond it.
    public struct HostModel: Sendable, Hashable {
        public var name: String
        public var vendor: String?
        /// What the processor has beyond the model.
        public var features: [String]
        /// What the model has and the processor lacks.
        public var disabled: [String] = []
    }
}

extension DomainCapabilities {
    /// Describes a machine of an emulator.
    ///
    /// - Parameters:
    ///   - machine: a name or alias; nil takes the emulator's default.
    ///   - type: `kvm`, `qemu` or `hvf`; nil takes the fastest that can be used.
    /// - Throws: `invalidArgument` for a machine the emulator doesn't have; `unsupported` for a type it can't run.
    public init(
        _ capabilities: Capabilities, emulator: String, machine name: String? = nil, type: String? = nil,
        host: HostFacts = HostFacts()
    ) throws(VMError) {
        let accelerator = try Self.accelerator(type, capabilities, emulator)
        let machine = try Self.machine(name, accelerator, capabilities, emulator)
        self.emulator = emulator
        domainType = accelerator == .tcg ? "qemu" : accelerator.rawValue
        self.machine = machine.name
        architecture = capabilities.architecture
        maximumCPUs = machine.maximumCPUs
        hasIOThreads = capabilities.has(type: "iothread")
        let context = DescriptionContext(
            capabilities: capabilities, machine: machine, accelerator: accelerator,
            traits: MachineTraits(architecture: capabilities.architecture, machine: machine.name), host: host)
        firmware = context.firmware
        cpuModes = context.cpuModes
        memoryBacking = context.memoryBacking
        devices = context.devices
        features = context.features
    }

    private static func accelerator(
        _ type: String?, _ capabilities: Capabilities, _ emulator: String
    ) throws(VMError) -> Accelerator {
        guard let type else { return capabilities.accelerators.first ?? .tcg }
        let wanted: Accelerator? =
            switch type {
            case "qemu": .tcg
            case "kvm": .kvm
            case "hvf": .hvf
            default: nil
            }
        guard let wanted else {
            throw VMError(
                .invalidArgument, "unknown virttype: \(type)", remedy: "it can be qemu, kvm or hvf")
        }
        guard capabilities.supports(wanted) else {
            throw VMError(
                .unsupported, "the virttype '\(type)' can't be used with emulator '\(emulator)' on this host",
                remedy: "use \(option: "virttype") qemu, which works everywhere")
        }
        return wanted
    }

    private static func machine(
        _ name: String?, _ accelerator: Accelerator, _ capabilities: Capabilities, _ emulator: String
    ) throws(VMError) -> Machine {
        guard let name else {
            if let machine = capabilities.defaultMachine(accelerator) { return machine }
            // Boards of ARM and the like have no default; the generic one is what libvirt describes.
            if let machine = capabilities.machine("virt", accelerator) { return machine }
            if let machine = capabilities.machines(accelerator).first { return machine }
            throw VMError(.unsupported, "the emulator '\(emulator)' has no machine types")
        }
        if let machine = capabilities.machine(name, accelerator) { return machine }
        let names = capabilities.machines(accelerator).flatMap { [$0.name] + ($0.alias.map { [$0] } ?? []) }
        throw VMError(
            .invalidArgument, "the machine '\(name)' is not supported by emulator '\(emulator)'",
            remedy: NearMatch.best(for: name, among: names).map { "did you mean '\($0)'?" })
    }
}
