internal import VMCore
internal import VMDomain
internal import VMXML

/// What this QEMU and this host can't do of a domain, told before anything is spawned.
///
/// The checks walk the domain as those of ``Domain/validate(source:)`` do, which know the document alone; all findings
/// are reported, each with its place where the text is at hand.
enum DomainCheck {
    typealias Check = @Sendable (inout Validation, PlanContext) -> Void

    /// Before planning, which would stumble over these and tell less.
    static let machine: [Check] = [MachineCheck.kind]

    /// What keeps a domain from being defined: it could not run on any host with this QEMU.
    static let definition: [Check] = [
        // Much depends on the machine, which a document may leave open; and what is stored has to be readable again.
        { v, _ in v.domain.validate(&v) },
        MachineCheck.features, MemoryCheck.definition, ProcessorCheck.definition, StorageCheck.definition,
        InterfaceCheck.definition,
        ControllerCheck.definition, ControllerCheck.usb, DeviceCheck.definition,
        EmulatorCheck.definition, EmulatorCheck.options,
    ]

    /// What keeps a defined domain from being started: hosts change, and definitions are kept while they do.
    static let launch: [Check] = [
        ProcessorCheck.launch, MemoryCheck.launch, FirmwareCheck.launch, StorageCheck.launch, InterfaceCheck.launch,
        ControllerCheck.launch, DeviceCheck.launch, DisplayCheck.launch, MachineCheck.launch,
        EmulatorCheck.launch, EmulatorCheck.drivers,
    ]

    /// - Throws: `unsupported` with everything that was found.
    static func run(
        _ checks: [Check], on domain: Domain, _ context: PlanContext, source: XMLSource?
    ) throws(VMError) {
        var validation = Validation(domain: domain, source: source)
        for check in checks { check(&validation, context) }
        let errors = validation.diagnostics.filter { $0.severity == .error }
        guard !errors.isEmpty else { return }
        throw VMError(.unsupported, Diagnostic.summary(of: errors), diagnostics: errors)
    }
}
