internal import VMCore
internal import VMDomain
internal import VMXML

/// The emulator, the machine type and the features of the board.
enum MachineCheck {
    static let kind: DomainCheck.Check = { v, context in
        let domain = v.domain
        guard v.isQEMU else {
            return v.error(
                "other-hypervisor", "QEMU runs domains of the types qemu, kvm and hvf, not '\(domain.type.rawValue)'",
                at: .attribute("type"), found: domain.type.rawValue, accepted: ["qemu", "kvm", "hvf"])
        }
        let emulator = domain.devices.emulator ?? "qemu-system-\(context.capabilities.target)"
        if domain.bootloader != nil || domain.os.type?.kind.map({ !$0.isEmpty && $0 != "hvm" }) == true {
            return v.error(
                "os-type", "Emulator '\(emulator)' does not support os type '\(domain.os.type?.kind ?? "xen")'",
                at: .child(["os", "type"]), found: domain.os.type?.kind, accepted: ["hvm"])
        }
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
        // Most are known, and need no list of all.
        if Accelerator.allCases.contains(where: { context.capabilities.machine(name, $0) != nil }) { return }
        let known = Accelerator.allCases.flatMap { context.capabilities.machines($0) }
        guard !known.isEmpty else { return }
        let names = known.flatMap { [$0.name] + ($0.alias.map { [$0] } ?? []) }
        let near = nextInAge(to: name, among: names) ?? NearMatch.best(for: name, among: names)
        v.error(
            "unknown-machine", "Emulator '\(emulator)' does not support machine type '\(name)'",
            at: .child(["os", "type"], attribute: "machine"), found: name, suggestion: near)
    }

    /// The timer of ARM's processors is only set where they run the guest themselves.
    private static func checkTimers(_ v: inout Validation, _ context: PlanContext) {
        v.each("clock/timer", v.domain.clock?.timers ?? []) { v, timer in
            guard timer.name == .armvtimer, context.accelerator == .tcg else { return }
            v.error(
                "timer-platform", "the timer 'armvtimer' can't be set of an emulated processor", at: .attribute("name"),
                found: "armvtimer")
        }
    }

    /// Sleeping is the chipset's of a PC.
    private static func checkPower(_ v: inout Validation, _ context: PlanContext) {
        guard !context.traits.isX86 else { return }
        for (name, state) in [
            ("suspend-to-mem", v.domain.pm.suspendToMem), ("suspend-to-disk", v.domain.pm.suspendToDisk),
        ] where state?.enabled != nil {
            v.error("feature-platform", "only PCs have ACPI's states S3 and S4", at: .child(["pm", name]))
        }
    }

    /// Of a machine in a version that isn't there, the one that is next in age: the oldest of those that came after it, or
    /// the newest, which is also most like one whose version is a distribution's name.
    private static func nextInAge(to name: String, among names: [String]) -> String? {
        guard let dash = name.lastIndex(of: "-") else { return nil }
        let family = name[...dash]
        func version(_ name: String) -> [Int]? {
            let numbers = name[family.endIndex...].split(separator: ".").map { Int($0) }
            return numbers.isEmpty || numbers.contains(nil) ? nil : numbers.compactMap { $0 }
        }
        let known = names.filter { $0.hasPrefix(family) }.compactMap { name in version(name).map { (name, $0) } }
            .sorted { $0.1.lexicographicallyPrecedes($1.1) }
        let next = version(name).flatMap { wanted in known.first { wanted.lexicographicallyPrecedes($0.1) } }
        return (next ?? known.last)?.0
    }

    static let launch: DomainCheck.Check = { v, context in
        let os = v.domain.os
        for (name, isThere) in [("initrd", os.initrd != nil), ("cmdline", os.cmdline != nil)]
        where isThere && os.kernel == nil {
            v.error("missing-element", "<\(name)> is of no use without a <kernel>", at: .child(["os", name]))
        }
        guard !v.domain.keywrap.isEmpty, !context.traits.isS390 else { return }
        v.error("feature-platform", "only s390x machines have <keywrap>", at: .child("keywrap"))
    }

    static let features: DomainCheck.Check = { v, context in
        let features = v.domain.features
        let machine = v.domain.os.type?.machine ?? ""
        checkPower(&v, context)
        checkTimers(&v, context)
        if v.domain.os.loader?.secure == .yes, features.smm?.state != .on {
            v.error(
                "secure-smm", "secure boot needs <smm state='on'/> in <features>",
                at: .child(["os", "loader"], attribute: "secure"),
                found: "yes")
        }
        if v.domain.genid != nil, !context.has("vmgenid") {
            v.error("genid-emulator", "this QEMU has no device for <genid>", at: .child("genid"))
        }
        if features.vmcoreinfo?.isOn == true, !context.has("vmcoreinfo") {
            v.error("feature-emulator", "this QEMU has no vmcoreinfo", at: .child(["features", "vmcoreinfo"]))
        }
        if features.asyncTeardown?.enabled == .yes,
            !context.capabilities.has(option: "run-with", parameter: "async-teardown")
        {
            v.error(
                "feature-emulator", "this QEMU has no asynchronous teardown",
                at: .child(["features", "async-teardown"]))
        }
        if let ps2 = features.ps2, ps2.state != nil, !context.capabilities.has(machine: machine, property: "i8042") {
            v.error(
                "feature-emulator", "this QEMU has no switch for the PS/2 controller of machine type '\(machine)'",
                at: .child(["features", "ps2"]))
        }
    }
}
