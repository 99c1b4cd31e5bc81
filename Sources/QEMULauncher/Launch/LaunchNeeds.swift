public import VMCore
public import VMDomain

/// What a planned machine needs from outside of QEMU that nobody provides: programs beside it, open devices.
///
/// The command line can be built all the same; a start would fail with a message that names a socket or a number.
public enum LaunchNeeds {
    /// Every need that isn't met, one sentence each.
    public static func unmet(_ domain: Domain) -> [VMError] {
        var problems: [VMError] = []
        func add(_ message: String, _ remedy: Remedy) {
            problems.append(VMError(.unsupported, message, remedy: remedy))
        }
        for interface in domain.devices.interfaces { problems += unmet(interface) }
        if domain.devices.hostDevices.contains(where: { $0.type == .scsiHost }) {
            add("a SCSI host device needs a vhost device, which is not opened for it", "leave it out")
        }
        for device in domain.devices.hostDevices {
            let isOther = device.source.hosts.contains { $0.transport ?? .tcp != .tcp || $0.socket != nil }
            guard isOther else { continue }
            add("an iSCSI server is reached by TCP alone", "leave 'transport' out")
        }
        for disk in domain.devices.disks { problems += unmet(disk) }
        if domain.devices.videos.contains(where: { $0.driver.name == .vhostuser }) {
            add(
                "a graphics card with the driver 'vhostuser' needs vhost-user-gpu, which is not started for it",
                "leave it out")
        }
        return problems
    }

    private static func unmet(_ interface: Interface) -> [VMError] {
        let name = interface.alias?.name ?? "interface"
        var problems: [VMError] = []
        func add(_ message: String, _ remedy: Remedy) {
            problems.append(VMError(.unsupported, "the interface '\(name)' " + message, remedy: remedy))
        }
        switch interface.type {
        case .ethernet, .bridge, .network, .direct:
            if interface.filterref != nil { add("can't be filtered", "leave <filterref> out") }
            if interface.vlan != nil, interface.type == .ethernet || interface.type == .direct {
                add("is no port of a bridge, which could put it into a VLAN", "leave <vlan> out, or use a bridge")
            }
            if interface.virtualPort != nil {
                add("can't be made a port of another switch than a Linux bridge", "leave <virtualport> out")
            }
            if interface.script != nil || interface.downscript != nil {
                add("can't be set up by a script", "leave <script> out, or make the device and say managed='no'")
            }
        default: break
        }
        return problems
    }

    private static func unmet(_ disk: Disk) -> [VMError] {
        let name = disk.target?.dev ?? ""
        var problems: [VMError] = []
        if disk.source.fdgroup != nil {
            problems.append(
                VMError(
                    .unsupported, "the image of the disk '\(name)' is an open file, which nobody hands over",
                    remedy: "name the file, and leave 'fdgroup' out"))
        }
        if disk.source.hosts.contains(where: { $0.transport == .rdma }) {
            problems.append(
                VMError(
                    .unsupported, "the server of the disk '\(name)' can't be reached by RDMA",
                    remedy: "use transport='tcp' or 'unix'"))
        }
        if disk.transient != nil {
            problems.append(
                VMError(
                    .unsupported, "the changes of the transient disk '\(name)' can't be kept apart from its image",
                    remedy: "use a copy or an overlay of the image and leave <transient/> out"))
        }
        return problems
    }
}
