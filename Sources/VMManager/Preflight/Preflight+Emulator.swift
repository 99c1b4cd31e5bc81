internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMJSON

/// What the machine asks of its emulator, held against what that says it can.
extension Preflight {
    mutating func checkEmulator(_ draft: LaunchDraft) {
        let domain = draft.domain
        let capabilities = draft.capabilities
        let accelerator: Accelerator = domain.type == .kvm ? .kvm : domain.type == .hvf ? .hvf : .tcg
        guard capabilities.supports(accelerator) else {
            return add(
                VMError(
                    .unsupported, "'\(draft.executable)' can't use \(accelerator.rawValue) on this host",
                    remedy: "use <domain type='qemu'>, or give yourself the right to open /dev/kvm"))
        }
        checkProcessors(domain, capabilities, accelerator)
        var reported = Set<String>()
        for option in draft.line.options where option.name == .device {
            guard let driver = option["driver"]?.string, !capabilities.has(device: driver),
                reported.insert(driver).inserted
            else { continue }
            add(
                VMError(
                    .unsupported, "'\(draft.executable)' has no device '\(driver)'",
                    remedy: "see 'vmctl domcapabilities' for what it has"))
        }
    }

    private mutating func checkProcessors(
        _ domain: Domain, _ capabilities: Capabilities, _ accelerator: Accelerator
    ) {
        if let machine = domain.os.type?.machine.flatMap({ capabilities.machine($0, accelerator) }),
            let count = domain.vcpu?.count, machine.maximumCPUs > 0, UInt64(count) > UInt64(machine.maximumCPUs)
        {
            add(
                VMError(
                    .unsupported,
                    "machine type '\(machine.name)' takes \(machine.maximumCPUs) CPUs at most, not \(count)"))
        }
        guard let cpu = domain.cpu, cpu.mode == .custom, let name = cpu.model?.name else { return }
        guard let model = capabilities.cpuModel(name, accelerator) else {
            let known = capabilities.cpuModels(accelerator).map(\.name)
            guard !known.isEmpty else { return }
            return add(
                VMError(
                    .unsupported, "the emulator has no CPU model '\(name)'",
                    remedy: NearMatch.best(for: name, among: known).map { "did you mean '\($0)'?" }))
        }
        if let missing = model.unavailableFeatures, !missing.isEmpty {
            warnings.append(
                "CPU model '\(name)' lacks here: \(missing.joined(separator: ", ")); the guest won't see them")
        }
    }
}
