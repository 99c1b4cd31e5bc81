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
            guard let driver = option["driver"]?.string,
                !capabilities.has(device: Self.otherNames[driver] ?? driver),
                reported.insert(driver).inserted
            else { continue }
            add(
                VMError(
                    .unsupported, "'\(draft.executable)' has no device '\(driver)'",
                    remedy: "see \(command: "domcapabilities") for what it has"))
        }
    }

    /// Names under which QEMU knows some devices besides those that it lists.
    private static let otherNames = ["lsi": "lsi53c895a", "ahci": "ich9-ahci"]

    /// That the model and the number are known was checked when the machine was planned.
    private mutating func checkProcessors(
        _ domain: Domain, _ capabilities: Capabilities, _ accelerator: Accelerator
    ) {
        guard let cpu = domain.cpu, cpu.mode == .custom, let name = cpu.model?.name else { return }
        if let missing = capabilities.cpuModel(name, accelerator)?.unavailableFeatures, !missing.isEmpty {
            warnings.append(
                "CPU model '\(name)' lacks here: \(missing.joined(separator: ", ")); the guest won't see them")
        }
    }
}
