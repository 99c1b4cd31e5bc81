public import VMCore
public import VMDomain

/// What a planned machine needs from outside of QEMU that nobody provides: programs beside it, open devices, secrets.
///
/// The command line can be built all the same; a start would fail with a message that names a socket or a number.
public enum LaunchNeeds {
    /// Every need that isn't met, one sentence each.
    public static func unmet(_ domain: Domain) -> [VMError] {
        var problems: [VMError] = []
        func add(_ message: String, _ remedy: String) {
            problems.append(VMError(.unsupported, message, remedy: remedy))
        }
        for interface in domain.devices.interfaces {
            let name = interface.alias?.name ?? "interface"
            switch interface.type {
            case .ethernet, .network, .bridge, .direct:
                add(
                    "the interface '\(name)' of type '\(interface.type.rawValue)' needs a tap device, which is not "
                        + "opened for it", "use <interface type='user'>, with <portForward> for services of the guest")
            default:
                if interface.backend?.type == .passt {
                    add("the interface '\(name)' needs passt, which is not started for it", "leave <backend> out")
                }
            }
        }
        for filesystem in domain.devices.filesystems
        where filesystem.driver?.type == .virtiofs && filesystem.source.socket == nil {
            add(
                "the file system '\(filesystem.target?.dir ?? "")' needs virtiofsd, which is not started for it",
                "start it and name its socket in <source socket='…'/>, or use the driver 'path'")
        }
        if domain.devices.tpms.contains(where: { $0.backend?.type == .emulator }) {
            add("the TPM needs swtpm, which is not started for it", "start it and use <backend type='external'>")
        }
        if domain.devices.vsock != nil {
            add("a vsock needs a vhost device, which is not opened for it", "leave it out")
        }
        if domain.devices.hostDevices.contains(where: { $0.type == .scsiHost }) {
            add("a SCSI host device needs a vhost device, which is not opened for it", "leave it out")
        }
        for disk in domain.devices.disks { problems += unmet(disk) }
        return problems
    }

    private static func unmet(_ disk: Disk) -> [VMError] {
        let name = disk.target?.dev ?? ""
        var problems: [VMError] = []
        if disk.transient != nil {
            problems.append(
                VMError(
                    .unsupported, "the changes of the transient disk '\(name)' can't be kept apart from its image",
                    remedy: "use a copy or an overlay of the image and leave <transient/> out"))
        }
        let source = disk.source
        let hasSecret =
            (source.auth ?? disk.auth)?.secret != nil || (source.encryption ?? disk.encryption) != nil
            || !source.cookies.isEmpty
        if hasSecret {
            problems.append(
                VMError(
                    .unsupported, "the disk '\(name)' needs a secret, and there is no store of secrets",
                    remedy: "use an image without encryption and authentication"))
        }
        return problems
    }
}
