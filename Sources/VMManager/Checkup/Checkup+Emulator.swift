internal import Glibc
internal import QEMULauncher
internal import VMCore

/// QEMU, acceleration, CPU models, firmware, and the programs beside QEMU.
extension VMManager {
    func qemuFinding() -> CheckupFinding {
        do throws(VMError) {
            let emulator = try Emulators.own()
            let cache = capabilitiesCache
            let version = try cache.capabilities(of: emulator).version
            let others = Emulators.installed().count - 1
            let more = others > 0 ? ", and \(others) emulator\(others == 1 ? "" : "s") more" : ""
            return CheckupFinding("qemu", .ok, "QEMU \(version), \(emulator)\(more)")
        } catch {
            return CheckupFinding(
                "qemu", .error, "\(error.cause?.message ?? error.message)",
                remedy: "install QEMU for this host's processor: apt-get install qemu-system-x86, or its like")
        }
    }

    func diskToolFinding() -> CheckupFinding {
        if let path = HelperPrograms.find("qemu-img") { return CheckupFinding("qemu-img", .ok, path) }
        return CheckupFinding(
            "qemu-img", .note, "qemu-img is not installed: disk images have to be made elsewhere",
            remedy: "apt-get install qemu-utils")
    }

    static func kvmFinding(device: String = "/dev/kvm") -> CheckupFinding {
        let isForbidden = access(device, R_OK | W_OK) != 0 && (errno == EACCES || errno == EPERM)
        if (try? FileDescriptor.open(device, flags: O_RDWR | O_NONBLOCK)) != nil {
            return CheckupFinding("kvm", .ok, "\(device) can be used")
        }
        if isForbidden {
            return CheckupFinding(
                "kvm", .warning, "you may not use \(device): only domains of type 'qemu' run, slowly",
                remedy: "join its group, sudo usermod -aG kvm \(userName() ?? "USER"), and log in again")
        }
        let flags = HostDescription().processor.flags
        let isAble = flags.contains("vmx") || flags.contains("svm")
        return CheckupFinding(
            "kvm", .warning, "there is no \(device) that works: only domains of type 'qemu' run, slowly",
            remedy: isAble
                ? "load its module: sudo modprobe \(flags.contains("vmx") ? "kvm_intel" : "kvm_amd")"
                : "enable virtualization in the firmware's setup, or nested virtualization of this machine's host")
    }

    static func firmwareFinding(root: String = "") -> CheckupFinding {
        var facts = HostFacts()
        facts.readFirmware(root: root)
        if !facts.firmware.isEmpty {
            return CheckupFinding("firmware", .ok, "\(facts.firmware.count) descriptors of UEFI and other firmware")
        }
        return CheckupFinding(
            "firmware", .note, "no firmware descriptors: domains with <os firmware='efi'> can't start",
            remedy: "apt-get install ovmf")
    }

    static func helperFindings() -> [CheckupFinding] {
        let programs = [
            ("swtpm", "<tpm> with an emulated backend", "apt-get install swtpm swtpm-tools"),
            (
                "virtiofsd", "<filesystem> with virtiofs",
                "apt-get install virtiofsd, or qemu-system-common before QEMU 8"
            ),
            ("passt", "<interface> with <backend type='passt'/>", "apt-get install passt"),
        ]
        return programs.map { name, use, remedy in
            if let path = HelperPrograms.find(name) { return CheckupFinding(name, .ok, path) }
            return CheckupFinding(
                name, .note, "\(name) is not installed: needed by \(use)", remedy: Remedy(remedy))
        }
    }
}
