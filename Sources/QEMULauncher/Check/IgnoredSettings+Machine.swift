internal import VMCore
internal import VMDomain
internal import VMXML

/// Settings of the machine as a whole that QEMU has nothing for.
extension IgnoredSettings {
    static func checkMachine(_ v: inout Validation) {
        let domain = v.domain
        if domain.idmap != IDMap() {
            note(&v, "idmap", at: .child("idmap"), "users and groups are mapped for containers only")
        }
        if domain.onLockfailure != nil {
            note(&v, "on_lockfailure", at: .child("on_lockfailure"), "there is no lock manager that could fail")
        }
        if !domain.perf.isEmpty {
            note(&v, "perf", at: .child("perf"), "no performance events are counted")
        }
        if let fibrechannel = domain.resource.fibrechannel, fibrechannel.appid != nil {
            note(
                &v, "fibrechannel", at: .child(["resource", "fibrechannel"]),
                "frames are marked by the control groups of machines")
        }
        if domain.qemuCapabilities != QEMUCapabilityOverrides() {
            note(
                &v, "qemu:capabilities", at: .child("qemu:capabilities"),
                "what QEMU can do is what it says when it is asked")
        }
        if domain.bootloaderArgs != nil, domain.bootloader == nil {
            note(&v, "bootloader_args", at: .child("bootloader_args"), "there is no <bootloader>")
        }
        if domain.cpu?.vendor != nil {
            note(&v, "vendor", at: .child(["cpu", "vendor"]), "who made the host's processor isn't looked at")
        }
        if domain.cpu?.match == .strict {
            note(
                &v, "match", at: .child("cpu", "match"),
                "with 'strict', as what the host's processor has besides isn't looked at")
        }
        if domain.cpu?.check == .full {
            note(
                &v, "check", at: .child("cpu", "check"),
                "with 'full', as what QEMU has made of the processor isn't looked at")
        }
        checkSystem(domain.os, &v)
        checkFeatures(domain.features, &v)
        checkClock(domain.clock, &v)
        checkSystemInformation(&v)
    }

    private static func checkSystem(_ os: OperatingSystem, _ v: inout Validation) {
        let ofContainers: [(name: String, isSet: Bool)] = [
            ("init", os.initPath != nil), ("initarg", !os.initArguments.isEmpty),
            ("initenv", !os.initEnvironment.isEmpty), ("initdir", os.initDirectory != nil),
            ("inituser", os.initUser != nil), ("initgroup", os.initGroup != nil), ("root", os.root != nil),
        ]
        for setting in ofContainers where setting.isSet {
            note(
                &v, setting.name, at: .child(["os", setting.name]),
                "the machine starts what its firmware or kernel finds")
        }
    }

    private static func checkFeatures(_ features: Features, _ v: inout Validation) {
        let ofOthers: [(name: String, isSet: Bool, why: String)] = [
            ("pae", features.pae, "the CPU model decides, and all that QEMU has for x86 can do it"),
            ("viridian", features.viridian, "it is Xen's; QEMU's counterpart is <hyperv>"),
            ("privnet", features.privnet, "it is for containers only"),
            ("xen", features.xen != nil && v.domain.type != .xen, "the machine doesn't run on Xen"),
            ("capabilities", features.capabilities != nil, "they are what a container may do"),
            ("hap", features.hap != nil, "the kernel's module of KVM decides"),
        ]
        for feature in ofOthers where feature.isSet {
            note(&v, feature.name, at: .child(["features", feature.name]), feature.why)
        }
        if features.msrs != nil {
            note(
                &v, "msrs", at: .child(["features", "msrs"]),
                "the parameter 'ignore_msrs' of the kernel's module kvm decides for all machines")
        }
    }

    private static func checkClock(_ clock: Clock?, _ v: inout Validation) {
        v.each("clock/timer", clock?.timers ?? []) { v, timer in
            guard timer.catchup != nil else { return }
            note(&v, "catchup", at: .child("catchup"), "QEMU has no limits for making up for missed ticks")
        }
    }

    private static func checkSystemInformation(_ v: inout Validation) {
        guard v.domain.os.smbios?.mode != .sysinfo else { return }
        v.each("sysinfo", v.domain.sysinfo) { v, information in
            guard information.type == .smbios else { return }
            note(
                &v, "sysinfo", at: .element,
                "the guest's tables are made from it with <os><smbios mode='sysinfo'/> only")
        }
    }
}
