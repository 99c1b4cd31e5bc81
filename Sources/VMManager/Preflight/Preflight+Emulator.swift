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
                    remedy: accelerator == .hvf
                        ? "hvf is macOS's: use <domain type='kvm'>, or 'qemu' where there is no KVM"
                        : "use <domain type='qemu'>, or give yourself the right to open /dev/kvm"))
        }
        checkProcessors(domain, capabilities, accelerator)
        checkBuses(draft)
        if accelerator == .tcg, domain.features.hyperv?.vpindex?.isOn == true {
            add(
                VMError(
                    .unsupported, "Hyper-V's numbers of processors, <vpindex>, are KVM's alone",
                    remedy: "leave <vpindex> out, or use <domain type='kvm'>"))
        }
        var reported = Set<String>()
        for option in draft.line.options where option.name == .device {
            guard let driver = option["driver"]?.string else { continue }
            let needed = [Self.otherNames[driver] ?? driver] + (Self.parts[driver].map { [$0] } ?? [])
            guard !needed.allSatisfy({ capabilities.has(device: $0) }), reported.insert(driver).inserted else {
                continue
            }
            add(
                VMError(
                    .unsupported, "'\(draft.executable)' has no device '\(driver)'",
                    remedy: "see \(command: "domcapabilities") for what it has"))
        }
    }

    /// QEMU makes devices in the order of its command line, each on a bus that is there by then.
    mutating func checkBuses(_ draft: LaunchDraft) {
        let devices = draft.line.options.filter { $0.name == .device }
        var places: [String: Int] = [:]
        for (place, device) in devices.enumerated() {
            if let id = device["id"]?.string { places[id] = place }
        }
        for (place, device) in devices.enumerated() {
            guard let bus = device["bus"]?.string, let id = device["id"]?.string, (places[bus] ?? -1) > place else {
                continue
            }
            let problem = VMError(
                .unsupported, "the device '\(id)' sits on the bus '\(bus)', which is made behind it",
                remedy: "give both an <address>, so that a device comes after the one that it sits on")
            add(problem, at: device.origin)
        }
    }

    /// Names under which QEMU knows some devices besides those that it lists.
    private static let otherNames = ["lsi": "lsi53c895a", "ahci": "ich9-ahci"]

    /// Devices inside of others, which may be missing though the outer one is listed.
    private static let parts = [
        "virtio-vga-gl": "virtio-gpu-gl-device", "virtio-gpu-gl-pci": "virtio-gpu-gl-device",
    ]

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
