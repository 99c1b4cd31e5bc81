internal import VMCore
internal import VMDomain
internal import VMXML

/// Disks and where their data comes from.
enum StorageCheck {
    static let definition: DomainCheck.Check = { v, context in
        v.each("devices/disk", v.domain.devices.disks) { v, disk in
            checkPassthrough(disk, &v, context)
            checkEncryption(disk, &v, context)
            checkReadOnly(disk, &v)
            if disk.target?.bus == .sd, disk.device == .cdrom || disk.iotune != nil {
                v.error(
                    "sd-card", "an SD card is no CD-ROM drive and has no limits", at: .child("target", "bus"),
                    found: "sd")
            }
            if disk.source.dataStore != nil, disk.driver?.type ?? .raw != .qcow2 {
                v.error(
                    "only-qcow2", "only an image in the format 'qcow2' keeps its data in another file",
                    at: .child(["source", "dataStore"]), accepted: ["qcow2"])
            }
            if let limits = disk.iotune, limits.groupName != nil, limits.saysNoLimit {
                v.error("group-without-limits", "a throttle group needs limits", at: .child("iotune", nil))
            }
            if disk.target?.bus == .scsi { checkTarget(disk.address, &v) }
            if let bus = disk.target?.bus, bus == .scsi || bus == .sata, let number = disk.address?.bus, number > 0 {
                v.error(
                    "one-bus", "a \(bus.rawValue) controller has a single bus, 0", at: .child("address", "bus"),
                    found: String(number), accepted: ["0"])
            }
        }
        v.each("devices/hostdev", v.domain.devices.hostDevices) { v, device in
            if device.address?.type == .drive { checkTarget(device.address, &v) }
        }
    }

    /// SD cards are written to, QEMU says, and takes no node for them that can't be.
    private static func checkReadOnly(_ disk: Disk, _ v: inout Validation) {
        guard disk.readonly, disk.device ?? .disk == .disk, disk.target?.bus == .sd else { return }
        v.error(
            "readonly-bus", "a disk on the bus 'sd' can't be read-only", at: .child("readonly"),
            accepted: ["the bus 'virtio', 'scsi' or 'usb'"])
    }

    /// Parallel SCSI knows no targets behind its units.
    private static func checkTarget(_ address: DeviceAddress?, _ v: inout Validation) {
        guard let address, address.type == .drive, let target = address.target, target != 0 else { return }
        let controller = v.domain.devices.controllers.first {
            $0.type == .scsi && ($0.index ?? 0) == address.controller ?? 0
        }
        guard controller?.scsiModel == .lsilogic else { return }
        v.error(
            "lsilogic-target", "target must be 0 for controller model 'lsilogic'", at: .child("address", "target"),
            found: String(target), accepted: ["0"])
    }

    /// Old QEMUs handed SCSI commands through a virtio disk.
    private static func checkPassthrough(_ disk: Disk, _ v: inout Validation, _ context: PlanContext) {
        guard disk.device == .lun, disk.target?.bus == .virtio else { return }
        let suffix = context.traits.isS390 ? "ccw" : "pci"
        guard !context.capabilities.has(device: "virtio-blk-\(suffix)", property: "scsi") else { return }
        v.error(
            "lun-on-virtio", "the virtio disks of this QEMU don't pass SCSI commands on",
            at: .child("target", "bus"), found: "virtio", accepted: ["scsi"])
    }

    private static func checkEncryption(_ disk: Disk, _ v: inout Validation, _ context: PlanContext) {
        guard let encryption = disk.source.encryption ?? disk.encryption, encryption.engine == .librbd else { return }
        func takes(_ path: String) -> Bool {
            context.capabilities.accepts(command: "blockdev-add", argument: "+rbd/encrypt/" + path)
        }
        if encryption.format == .luksAny, !takes("format/=luks-any") {
            v.error(
                "encryption-emulator", "this QEMU doesn't know encryption 'luks-any' of RBD images",
                at: .child(["source", "encryption"], attribute: "format"), found: "luks-any",
                accepted: ["luks", "luks2"])
        }
        if encryption.secrets.count > 1, !takes("parent") {
            v.error(
                "encryption-emulator", "this QEMU doesn't know layers of encryption of RBD images",
                at: .child(["source", "encryption"]))
        }
    }

    static let launch: DomainCheck.Check = { v, context in
        v.each("devices/disk", v.domain.devices.disks) { v, disk in
            checkFloppy(disk, &v, context)
            if disk.driver?.type ?? .raw == .raw, let next = disk.backingStore?.source, !next.isEmpty {
                v.error(
                    "raw-backing", "an image in the format 'raw' has none below it", at: .child("backingStore"))
            }
            checkHosts(disk.source, &v)
            if let encryption = disk.source.encryption ?? disk.encryption, encryption.format == .luks,
                encryption.secrets.isEmpty
            {
                v.error("missing-secret", "a LUKS image needs a <secret>", at: .child(["source", "encryption"]))
            }
        }
    }

    private static func checkFloppy(_ disk: Disk, _ v: inout Validation, _ context: PlanContext) {
        guard disk.device == .floppy, context.traits.family == .pseries else { return }
        v.error(
            "no-floppy", "PowerPC pseries machines have no floppy drives", at: .attribute("device"), found: "floppy")
    }

    /// Most protocols talk to a single server.
    private static func checkHosts(_ source: DiskSource, _ v: inout Validation) {
        guard source.type == .network, let name = source.networkProtocol else { return }
        switch name {
        case .nbd, .iscsi, .ssh, .http, .https, .ftp, .ftps, .tftp, .nfs:
            guard source.hosts.count != 1 else { return }
            v.error(
                "one-host", "protocol '\(name.rawValue)' takes exactly one <host>, not \(source.hosts.count)",
                at: .child("source"))
        default: break
        }
    }
}
