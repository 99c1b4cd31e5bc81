/// The options of a QEMU command line that this project writes, spelled as QEMU spells them without the dash.
public enum OptionName: String, Sendable, Hashable, CaseIterable {
    case accel
    case acpitable
    case addFd = "add-fd"
    case append
    case audiodev
    case bios
    case blockdev
    case boot
    case chardev
    case compat
    case cpu
    case device
    case display
    case drive
    case dtb
    case fsdev
    case fullScreen = "full-screen"
    case fwCfg = "fw_cfg"
    case global
    case incoming
    case initrd
    case kernel
    case keyboardLayout = "k"
    case machine
    case memPath = "mem-path"
    case memPrealloc = "mem-prealloc"
    case memory = "m"
    case mon
    case msg
    case name
    /// The old way to describe a card that the board brings.
    case net
    case netdev
    case noAcpi = "no-acpi"
    case noDefaults = "nodefaults"
    case noHpet = "no-hpet"
    case noReboot = "no-reboot"
    case noShutdown = "no-shutdown"
    case noUserConfig = "no-user-config"
    case numa
    case object
    case overcommit
    case readConfig = "readconfig"
    case rtc
    case runWith = "run-with"
    case sandbox
    case serial
    case shim
    case smbios
    case smp
    case spice
    case startPaused = "S"
    case tpmdev
    case uuid
    case vnc
    case watchdogAction = "watchdog-action"
    /// Words the user wrote in `<qemu:commandline>`; they are passed on as they are.
    case passthrough = ""
}

/// How QEMU reads an option's text.
enum OptionDialect {
    /// One word that QEMU takes as it is, such as a path.
    case word
    /// QemuOpts: flat keys, a comma doubled, a list is a key given several times.
    case opts
    /// QEMU's keyval: as `opts`, but members of objects as `a.b`, elements of lists as `a.0`.
    case keyval
    /// `-cpu`: comma-separated features, with no way to write a comma.
    case cpu
    /// `-global`: `driver.property=value`, or three keys.
    case global
}

extension OptionName {
    /// How QEMU reads the text of this option when it isn't JSON.
    var dialect: OptionDialect {
        switch self {
        case .append, .bios, .dtb, .fullScreen, .incoming, .initrd, .kernel, .keyboardLayout, .memPath, .memPrealloc,
            .noAcpi, .noDefaults, .noHpet, .noReboot, .noShutdown, .noUserConfig, .passthrough, .readConfig, .serial,
            .shim, .startPaused, .uuid, .watchdogAction:
            .word
        case .audiodev, .blockdev, .boot, .compat, .display, .drive, .machine, .object, .smp: .keyval
        case .cpu: .cpu
        case .global: .global
        default: .opts
        }
    }

    /// The key that may be left out when it comes first: `-device e1000` is `-device driver=e1000`.
    var implicitKey: String? {
        switch self {
        case .accel: "accel"
        case .blockdev, .audiodev, .device: "driver"
        case .chardev: "backend"
        case .cpu: "model"
        case .display, .machine, .net, .netdev, .numa, .tpmdev: "type"
        case .fsdev: "fsdriver"
        case .object: "qom-type"
        case .sandbox: "enable"
        case .smp: "cpus"
        case .vnc: "vnc"
        default: nil
        }
    }

    /// The options whose value some QEMU takes as JSON on the command line.
    static let allJSON: [OptionName] = [.device, .object, .blockdev, .netdev, .audiodev, .display, .compat]

    /// The section of a `-readconfig` file that stands for this option; nil where QEMU knows none.
    var readConfigGroup: String? {
        switch self {
        case .accel, .device, .object, .netdev, .chardev, .mon, .drive, .machine, .rtc, .global, .vnc, .numa, .name,
            .sandbox, .msg, .overcommit, .tpmdev, .fsdev, .smbios, .spice, .audiodev:
            rawValue
        case .memory: "memory"
        case .smp: "smp-opts"
        case .boot: "boot-opts"
        case .addFd: "add-fd"
        case .fwCfg: "fw_cfg"
        case .acpitable: "acpi"
        case .runWith: "run-with"
        default: nil
        }
    }
}
