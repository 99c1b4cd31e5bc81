internal import LibvirtWire
internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMManager
internal import VMXML

/// Models of processors, compared and combined.
extension ServiceTable {
    /// `VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE`, `…_VALIDATE_XML`.
    private enum CompareFlag {
        static let failsIfIncompatible: UInt32 = 1
        static let validates: UInt32 = 2
    }

    /// `VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES`, `…_MIGRATABLE`.
    private enum BaselineFlag {
        static let expands: UInt32 = 1
        static let isMigratable: UInt32 = 2
    }

    mutating func serveProcessorModels() {
        serve(Remote.connectGetCPUModelNames) { (arguments, _) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuConnectGetCPUModelNames")
            // No names at all says that any is taken.
            let names = try ProcessorModels.names(architecture: arguments.parent) ?? []
            return Listing(names, wanted: arguments.needsResults)
        }
        serve(Remote.connectCompareCPU) { (arguments, client) throws(VMError) in
            try await Self.compare(arguments.subject, .host, arguments.flags, "qemuConnectCompareCPU", client)
        }
        serve(Remote.connectCompareHypervisorCPU) { (arguments, client) throws(VMError) in
            let reference = VMManager.ProcessorReference.hypervisor(
                emulator: arguments.emulator, architecture: arguments.arch, machine: arguments.machine,
                type: arguments.virtualization)
            return try await Self.compare(
                arguments.cpu, reference, arguments.flags, "qemuConnectCompareHypervisorCPU", client)
        }
        serve(Remote.connectBaselineCPU) { (arguments, client) throws(VMError) in
            try await Self.baseline(arguments.cpus, .host, arguments.flags, "qemuConnectBaselineCPU", client)
        }
        serve(Remote.connectBaselineHypervisorCPU) { (arguments, client) throws(VMError) in
            let reference = VMManager.ProcessorReference.hypervisor(
                emulator: arguments.emulator, architecture: arguments.arch, machine: arguments.machine,
                type: arguments.virtualization)
            return try await Self.baseline(
                arguments.cpus, reference, arguments.flags, "qemuConnectBaselineHypervisorCPU", client)
        }
    }

    private static func compare(
        _ xml: String, _ reference: VMManager.ProcessorReference, _ flags: UInt32, _ function: String,
        _ client: Client
    ) async throws(VMError) -> Int32 {
        try checkFlags(flags, CompareFlag.failsIfIncompatible | CompareFlag.validates, function)
        let (relation, reason) = try await client.manager.perform("compareProcessor") { (manager) throws(VMError) in
            try manager.compareProcessor(xml, with: reference)
        }
        if relation == .incompatible, flags & CompareFlag.failsIfIncompatible != 0 {
            throw VMError(
                .unsupported, "the CPU is incompatible with host CPU: \(reason ?? "")",
                libvirt: LibvirtError(.cpuIncompatible))
        }
        return relation.rawValue
    }

    private static func baseline(
        _ cpus: [String], _ reference: VMManager.ProcessorReference, _ flags: UInt32, _ function: String,
        _ client: Client
    ) async throws(VMError) -> String {
        try checkFlags(flags, BaselineFlag.expands | BaselineFlag.isMigratable, function)
        return try await client.manager.perform("commonProcessor") { (manager) throws(VMError) in
            try manager.commonProcessor(
                of: cpus, for: reference, expands: flags & BaselineFlag.expands != 0,
                migratable: flags & BaselineFlag.isMigratable != 0
            ).write(as: "cpu")
        }
    }
}
