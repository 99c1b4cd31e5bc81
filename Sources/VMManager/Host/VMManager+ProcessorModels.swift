public import QEMULauncher
public import VMCore
public import VMDomain
internal import VMXML

/// Processors by their models and features: compared with what there is here, and combined.
extension VMManager {
    /// What a processor is compared with.
    public enum ProcessorReference: Sendable {
        /// The host's own.
        case host
        /// The best that an emulator gives its guests; nil is its own choice, see
        /// ``VMManager/domainCapabilities(emulator:architecture:machine:type:recorded:)``.
        case hypervisor(emulator: String?, architecture: String?, machine: String?, type: String?)
    }

    /// How the processor that there is stands to one that a document asks for: `virConnectCompareCPU`,
    /// `virConnectCompareHypervisorCPU`.
    ///
    /// - Returns: the relation, and of an incompatible one why.
    public func compareProcessor(
        _ xml: String, with reference: ProcessorReference
    ) throws(VMError) -> (relation: ProcessorSet.Relation, reason: String?) {
        try processor(reference).relation(to: try Self.processor(xml))
    }

    /// The processor whose features all of some have: `virConnectBaselineCPU`, `virConnectBaselineHypervisorCPU`.
    ///
    /// - Parameters:
    ///   - reference: `hypervisor` leaves out what its guests can't have.
    ///   - expands: names all features.
    ///   - migratable: leaves out what keeps a guest on its host.
    public func commonProcessor(
        of documents: [String], for reference: ProcessorReference, expands: Bool = false, migratable: Bool = false
    ) throws(VMError) -> CPU {
        var cpus: [CPU] = []
        for document in documents { cpus.append(try Self.processor(document)) }
        guard let first = cpus.first else { throw VMError(.invalidArgument, "no CPUs given") }
        var common = try ProcessorSet(first)
        for cpu in cpus.dropFirst() { common = try common.common(with: try ProcessorSet(cpu)) }
        if case .hypervisor = reference { common = common.limited(to: try processor(reference)) }
        let names = Set(cpus.map { $0.model?.name })
        let preferred = names.count == 1 ? names.first ?? nil : nil
        var cpu = try common.description(preferring: preferred, expands: expands)
        // The one feature that QEMU's models may have and that ties a guest to its host.
        if migratable { cpu.features.removeAll { $0.name == "invtsc" } }
        return cpu
    }

    private func processor(_ reference: ProcessorReference) throws(VMError) -> ProcessorSet {
        switch reference {
        case .host: return ProcessorSet(try hostCapabilities())
        case .hypervisor(let emulator, let architecture, let machine, let type):
            let described = try domainCapabilities(
                emulator: emulator, architecture: architecture, machine: machine, type: type)
            return try ProcessorSet(
                try capabilities(of: described.emulator), described.domainType == "qemu" ? .tcg : .kvm)
        }
    }

    /// Reads `<cpu>`, of a domain or of a host's capabilities.
    private static func processor(_ xml: String) throws(VMError) -> CPU {
        try CPU.read(Array(xml.utf8), file: "cpu.xml", root: "cpu", options: .lenient).checked()
    }
}
