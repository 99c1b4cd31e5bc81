public import VMCore
public import VMDomain
public import VMXML

/// Completes a domain: fills in what the document leaves open, so that the machine is the one libvirt would build.
///
/// A chain of passes, each a pure function in a file of its own. Nothing here asks the host, a clock or QEMU: what
/// QEMU can do and what the host has are handed in.
public enum Planner {
    /// What decides besides the document.
    public struct Options: Sendable, Hashable {
        /// The domain is being defined anew, so better defaults than those of older definitions may be taken.
        public var isNewDefinition = false
        /// The machine runs and gets one device more.
        var isExtension = false

        public init(isNewDefinition: Bool = false) { self.isNewDefinition = isNewDefinition }
    }

    /// The domain as it is stored: defaults, implicit devices and addresses filled in.
    ///
    /// - Parameter source: the text that the domain was read from, for the places of what is found.
    /// - Throws: `invalidXML` or `unsupported` for what this QEMU can't build, in libvirt's words where it has some.
    public static func complete(
        _ domain: Domain, capabilities: Capabilities, host: HostFacts = HostFacts(), options: Options = Options(),
        source: XMLSource? = nil
    ) throws(VMError) -> Domain {
        var domain = domain
        let first = PlanContext(domain: domain, capabilities: capabilities, host: host, options: options)
        try DomainCheck.run(DomainCheck.machine, on: domain, first, source: source)
        InactiveForm.apply(to: &domain)
        GeneralDefaults.apply(to: &domain, capabilities)
        let context = PlanContext(domain: domain, capabilities: capabilities, host: host, options: options)
        for pass in passes { try pass.apply(&domain, context) }
        try DomainCheck.run(DomainCheck.definition, on: domain, context, source: source)
        if options.isNewDefinition {
            try USBAddresses.assign(&domain)
            CharacterDefaults.copyConsole(&domain.devices)
        }
        return domain
    }

    private static let defaultDevices = "default devices"

    typealias Pass = @Sendable (inout Domain, PlanContext) throws(VMError) -> Void

    /// In the order in which each finds what it needs; the name is for people.
    static let passes: [(name: String, apply: Pass)] = [
        ("new definition", NewDefinition.apply),
        ("current memory", GeneralDefaults.fillCurrentMemory),
        ("disk defaults", DiskDefaults.apply),
        ("host device defaults", HostDeviceDefaults.apply),
        ("controller numbers", ControllerDefaults.numbers),
        (defaultDevices, DefaultDevices.apply),
        ("CPU defaults", CPUDefaults.apply),
        ("firmware defaults", FirmwareDefaults.apply),
        ("disk controllers", DiskDefaults.controllers),
        ("controller defaults", ControllerDefaults.apply),
        ("interface defaults", InterfaceDefaults.apply),
        ("character device defaults", CharacterDefaults.apply),
        ("display defaults", DisplayDefaults.apply),
        ("smartcard defaults", SmartcardDefaults.apply),
        ("feature defaults", FeatureDefaults.apply),
        ("other defaults", OtherDefaults.apply),
        ("virtio serial addresses", VirtioSerialAddresses.apply),
        ("sPAPR VIO addresses", SpaprVIOAddresses.apply),
        ("CCW addresses", CCWAddresses.apply),
        ("small addresses", SmallAddresses.apply),
        ("PCI addresses", PCIAssignment.apply),
        ("zPCI addresses", ZPCIAddresses.apply),
    ]

    /// The domain as it is started: what isn't stored with a definition, USB ports and names, is filled in too.
    ///
    /// - Throws: `unsupported` with everything that would keep this QEMU on this host from running it.
    public static func prepare(
        _ domain: Domain, capabilities: Capabilities, host: HostFacts = HostFacts(), options: Options = Options(),
        source: XMLSource? = nil
    ) throws(VMError) -> Domain {
        var domain = domain
        let context = PlanContext(domain: domain, capabilities: capabilities, host: host, options: options)
        try DomainCheck.run(DomainCheck.launch, on: domain, context, source: source)
        try USBAddresses.assign(&domain)
        // Of RISC-V the cell that growing memory needs isn't stored.
        if context.traits.isRISCV { NewDefinition.addCell(&domain, context) }
        ProcessorModel.settle(&domain, context)
        Aliases.assign(&domain, context.traits)
        return domain
    }

    /// A running machine's definition to which something was added: the new things get what all others have already,
    /// addresses and names included.
    public static func extend(
        _ domain: inout Domain, capabilities: Capabilities, host: HostFacts
    ) throws(VMError) {
        var options = Options()
        options.isExtension = true
        let context = PlanContext(domain: domain, capabilities: capabilities, host: host, options: options)
        // The devices that every machine gets this one got when it started; what has left since is not to come back.
        for pass in passes where pass.name != defaultDevices { try pass.apply(&domain, context) }
        try USBAddresses.assign(&domain)
        Aliases.assign(&domain, context.traits)
    }

    /// The domain without what only a running machine has: its id, the names of its devices, states, and the host's
    /// ends of pseudo terminals. Everything stays where it stood, so that two such forms can be compared.
    public static func inactiveForm(of domain: Domain) -> Domain {
        var domain = domain
        InactiveForm.strip(&domain)
        return domain
    }
}

extension Planner {
    /// A device alone, without what only a running machine has of it: its name, and the host's ends.
    public static func inactiveForm(of device: Devices) -> Devices {
        var domain = Domain()
        domain.devices = device
        InactiveForm.strip(&domain)
        for index in domain.devices.interfaces.indices {
            let card = domain.devices.interfaces[index]
            if card.target?.managed != .no, card.target?.dev?.hasPrefix("vnet") == true {
                domain.devices.interfaces[index].target = nil
            }
        }
        return domain.devices
    }
}

/// What all passes are handed.
struct PlanContext: Sendable {
    let capabilities: Capabilities
    let host: HostFacts
    let options: Planner.Options
    let traits: MachineTraits
    let accelerator: Accelerator

    init(domain: Domain, capabilities: Capabilities, host: HostFacts, options: Planner.Options) {
        self.capabilities = capabilities
        self.host = host
        self.options = options
        accelerator = capabilities.accelerator(for: domain.type)
        traits = MachineTraits(
            architecture: domain.os.type?.arch ?? capabilities.architecture, machine: domain.os.type?.machine ?? "")
    }

    func has(_ device: String) -> Bool { capabilities.has(device: device) }
}
