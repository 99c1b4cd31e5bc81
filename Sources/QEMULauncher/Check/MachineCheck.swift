internal import VMCore
internal import VMDomain
internal import VMXML

/// The emulator, the machine type and the features of the board.
enum MachineCheck {
    static let kind: DomainCheck.Check = { v, context in
        let domain = v.domain
        let emulator = domain.devices.emulator ?? "qemu-system-\(context.capabilities.target)"
        if let arch = domain.os.type?.arch, !emulates(arch, context.capabilities.architecture) {
            return v.error(
                "emulator-architecture", "Emulator '\(emulator)' does not support arch '\(arch)'",
                at: .child(["os", "type"], attribute: "arch"), found: arch,
                accepted: [context.capabilities.architecture])
        }
        checkMachine(&v, context, emulator)
    }

    /// Some emulators run an older or a differently ordered relative of their architecture too.
    private static func emulates(_ arch: String, _ emulated: String) -> Bool {
        switch (emulated, arch) {
        case ("x86_64", "i686"), ("aarch64", "armv7l"), ("aarch64", "armv6l"), ("armv7l", "armv6l"),
            ("ppc64", "ppc64le"), ("ppc64le", "ppc64"):
            true
        default: arch == emulated
        }
    }

    private static func checkMachine(_ v: inout Validation, _ context: PlanContext, _ emulator: String) {
        guard let name = v.domain.os.type?.machine, !name.isEmpty else { return }
        let known = Accelerator.allCases.flatMap { context.capabilities.machines($0) }
        let isKnown = Accelerator.allCases.contains { context.capabilities.machine(name, $0) != nil }
        guard !known.isEmpty, !isKnown else { return }
        let near = NearMatch.best(for: name, among: known.flatMap { [$0.name] + ($0.alias.map { [$0] } ?? []) })
        v.error(
            "unknown-machine", "Emulator '\(emulator)' does not support machine type '\(name)'",
            at: .child(["os", "type"], attribute: "machine"), found: name, suggestion: near)
    }

    static let features: DomainCheck.Check = { v, context in
        let features = v.domain.features
        let machine = v.domain.os.type?.machine ?? ""
        if let ps2 = features.ps2, ps2.state != nil, !context.capabilities.has(machine: machine, property: "i8042") {
            v.error(
                "feature-emulator", "this QEMU has no switch for the PS/2 controller of machine type '\(machine)'",
                at: .child(["features", "ps2"]))
        }
    }
}
