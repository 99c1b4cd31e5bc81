public import VMXML

/// What one disk's parts say against each other. Names of targets and addresses of several disks are checked with the
/// other devices.
extension Disk: Validated {
    public func validate(_ v: inout Validation) {
        guard v.isQEMU else { return }
        let bus = target?.impliedBus
        validateMedium(bus, &v)
        if let bus {
            validateBus(bus, &v)
            validateIDE(bus, &v)
            validateAddress(bus, &v)
            validateIdentity(bus, &v)
        }
        validateTarget(bus, &v)
        validateKeys(&v)
        v.enter("source", source.origin) { source.validate(&$0) }
        if let driver { v.enter("driver", driver.origin) { driver.validate(disk: self, bus: bus, &$0) } }
        backingStore?.validateChain(&v)
        validateThrottling(&v)
        v.check("iotune", iotune)
    }

    var isRemovable: Bool { device == .cdrom || device == .floppy }

    // MARK: Device and source

    private func validateMedium(_ bus: DiskTarget.Bus?, _ v: inout Validation) {
        if source.isEmpty, !isRemovable {
            v.error(
                "missing-source", "a disk needs a <source>; only 'cdrom' and 'floppy' may be empty",
                at: .child("source"))
        }
        if source.isEmpty, target?.bus == .usb {
            v.error("missing-source", "a disk on the bus 'usb' must not be empty", at: .child("target", "bus"))
        }
        if readonly, device ?? .disk == .disk, bus == .ide || bus == .sata {
            v.error(
                "readonly", "a disk on the bus '\(bus?.rawValue ?? "")' can't be read-only", at: .child("readonly"),
                accepted: ["a bus such as virtio or scsi"])
        }
        if source.type == .dir, !readonly, device != .cdrom {
            v.error(
                "fat-writable", "a folder can't be written to as a FAT disk", at: .child("readonly"),
                accepted: ["<readonly/>"])
        }
        if device == .lun { validatePassthrough(&v) } else { validateNoPassthrough(&v) }
        if source.type == .network, source.startupPolicy != nil {
            v.error(
                "startup-policy", "a network disk has no startup policy", at: .child("source", "startupPolicy"))
        } else if source.startupPolicy == .requisite, !isRemovable {
            v.error(
                "startup-policy", "the startup policy 'requisite' is only for 'cdrom' and 'floppy'",
                at: .child("source", "startupPolicy"), found: "requisite", accepted: ["mandatory", "optional"])
        }
        if transient != nil, readonly || device == .cdrom {
            v.error("transient", "a transient disk is written to, so it can't be read-only", at: .child("transient"))
        } else if let transient {
            validateTransient(transient, bus, &v)
        }
    }

    /// What a transient disk is written to instead is a file beside its image.
    private func validateTransient(_ transient: DiskTransient, _ bus: DiskTarget.Bus?, _ v: inout Validation) {
        if source.isEmpty {
            v.error("transient", "a transient drive can't be empty", at: .child("transient"))
        } else if source.type != .file {
            v.error(
                "transient", "only images in files can be transient, not those of the type '\(source.type.rawValue)'",
                at: .child("transient"))
        } else if transient.shareBacking == .yes, let bus, ![.virtio, .scsi, .usb].contains(bus) {
            v.error(
                "transient", "a transient disk on the bus '\(bus.rawValue)' can't share its backing",
                at: .child("transient", "shareBacking"), found: "yes")
        }
    }

    private func validatePassthrough(_ v: inout Validation) {
        let isBlock =
            switch source.type {
            case .block, .volume: true
            case .network: source.networkProtocol == .iscsi
            default: false
            }
        if !isBlock {
            v.error(
                "lun-source", "device='lun' needs a block device or an iSCSI unit as its source",
                at: .attribute("type"),
                found: source.type.rawValue, accepted: ["block", "volume", "network"])
        }
        // Old versions of QEMU have it on virtio too: what the binary can do decides.
        if let bus = target?.bus, bus != .scsi, bus != .virtio {
            v.error(
                "lun-bus", "device='lun' is for the bus 'scsi', not '\(bus.rawValue)'", at: .child("target", "bus"),
                found: bus.rawValue, accepted: ["scsi"])
        }
        if wwn != nil { v.error("lun-identity", "a unit with device='lun' has its own WWN", at: .child("wwn")) }
        if serial != nil, target?.impliedBus == .scsi {
            v.error("lun-identity", "a unit with device='lun' has its own serial number", at: .child("serial"))
        }
        if let type = driver?.type, type != .raw {
            v.error(
                "lun-format", "a unit with device='lun' has the format 'raw'", at: .child("driver", "type"),
                found: type.rawValue, accepted: ["raw"])
        }
        if vendor != nil {
            v.error("lun-identity", "a unit with device='lun' has its own vendor", at: .child("vendor"))
        }
        if product != nil {
            v.error("lun-identity", "a unit with device='lun' has its own product", at: .child("product"))
        }
    }

    private func validateNoPassthrough(_ v: inout Validation) {
        if rawio != nil { v.error("only-lun", "rawio is only for device='lun'", at: .attribute("rawio")) }
        if sgio != nil { v.error("only-lun", "sgio is only for device='lun'", at: .attribute("sgio")) }
        if source.reservations != nil {
            v.error("only-lun", "<reservations> is only for device='lun'", at: .child("source"))
        }
    }

    // MARK: Bus

    private func validateBus(_ bus: DiskTarget.Bus, _ v: inout Validation) {
        let spot = Validation.Spot.child("target", "bus")
        if device == .floppy, bus != .fdc {
            v.error(
                "target-bus", "a floppy drive is on the bus 'fdc', not '\(bus.rawValue)'", at: spot,
                found: bus.rawValue,
                accepted: ["fdc"])
        } else if device != .floppy, bus == .fdc {
            v.error(
                "target-bus", "the bus 'fdc' takes only floppy drives, not '\((device ?? .disk).rawValue)'", at: spot,
                found: bus.rawValue, accepted: ["ide", "sata", "scsi", "virtio", "usb"])
        }
        if device == .cdrom, bus == .virtio || bus == .nvme {
            v.error(
                "target-bus", "QEMU has no CD-ROM drive on the bus '\(bus.rawValue)'", at: spot, found: bus.rawValue,
                accepted: ["ide", "sata", "scsi", "usb"])
        }
        if bus == .uml || bus == .xen {
            v.error(
                "target-bus", "QEMU has no disks on the bus '\(bus.rawValue)'", at: spot, found: bus.rawValue,
                accepted: ["ide", "fdc", "scsi", "virtio", "usb", "sata", "sd", "nvme"])
        }
        if model != nil, bus != .virtio {
            v.error(
                "only-virtio", "'model' is only for disks on the bus 'virtio'", at: .attribute("model"),
                found: model?.rawValue)
        }
        if geometry != nil, bus != .ide, bus != .virtio, bus != .scsi, bus != .sata {
            v.error("geometry", "a disk on the bus '\(bus.rawValue)' has no geometry", at: .child("geometry"))
        } else if let trans = geometry?.trans, bus != .ide {
            v.error(
                "geometry", "translation of the geometry is only for the bus 'ide'", at: .child("geometry", "trans"),
                found: trans.rawValue)
        }
        if source.type == .vhostuser, !v.hasSharedMemory {
            v.error(
                "memory-not-shared", "a vhost-user disk needs the guest's memory to be shared",
                at: .attribute("type"), found: "vhostuser")
        }
        if source.type == .vhostuser || source.type == .vhostvdpa, bus != .virtio {
            v.error(
                "target-bus", "a source of the type '\(source.type.rawValue)' needs the bus 'virtio'", at: spot,
                found: bus.rawValue, accepted: ["virtio"])
        }
    }

    /// A machine without an IDE controller of its own can't be given one.
    private func validateIDE(_ bus: DiskTarget.Bus, _ v: inout Validation) {
        guard bus == .ide, v.isQ35 == true || v.isVirt == true || v.isS390 == true || v.isPSeries == true else {
            return
        }
        v.error(
            "no-ide", "the machine '\(v.machine ?? "")' has no IDE controller", at: .child("target", "bus"),
            found: "ide", accepted: v.isQ35 == true ? ["sata", "scsi", "virtio", "usb"] : ["scsi", "virtio", "usb"])
    }

    /// Throttle groups that the disk's filters name must be there.
    private func validateThrottling(_ v: inout Validation) {
        guard !throttlefilters.isEmpty else { return }
        if device == .cdrom {
            v.error("throttle-cdrom", "a CD-ROM drive has no <throttlefilters>", at: .child("throttlefilters"))
        }
        if let iotune, !iotune.isEmpty {
            v.error(
                "filters-and-iotune", "<throttlefilters> and <iotune> exclude each other", at: .child("throttlefilters")
            )
        }
        let groups = v.digest(DomainDigest.self).throttleGroups
        for group in throttlefilters.compactMap(\.group) where !groups.contains(group) {
            v.error(
                "unknown-group", "the throttle group '\(group)' isn't defined",
                at: .child(["throttlefilters", "throttlefilter"], attribute: "group"), found: group)
        }
    }

    private func validateAddress(_ bus: DiskTarget.Bus, _ v: inout Validation) {
        guard let address else { return }
        let accepted: [DeviceAddress.Kind]
        switch bus {
        case .ide, .scsi, .sata, .fdc, .nvme: accepted = [.drive]
        case .usb: accepted = [.usb]
        case .virtio: accepted = [.pci, .ccw, .virtioMMIO, .unassigned]
        case .xen, .uml, .sd: return
        }
        guard accepted.contains(address.type) else {
            return v.error(
                "address-type",
                "a disk on the bus '\(bus.rawValue)' can't have an address of the type '\(address.type.rawValue)'",
                at: .child("address", "type"), found: address.type.rawValue, accepted: accepted.map(\.rawValue))
        }
        guard address.type == .drive else { return }
        let limits: (bus: UInt32, target: UInt32, unit: UInt32)
        switch bus {
        case .ide: limits = (1, 0, 1)
        case .fdc: limits = (0, 0, 1)
        case .sata: limits = (0, 0, 5)
        case .nvme: limits = (0, 0, 255)
        default: limits = (7, 255, 16383)
        }
        for (name, value, limit) in [
            ("bus", address.bus, limits.bus), ("target", address.target, limits.target),
            ("unit", address.unit, limits.unit),
        ] where (value ?? 0) > limit {
            v.warning(
                "address-range", "'\(name)' of a drive on the bus '\(bus.rawValue)' goes up to \(limit)",
                at: .child("address", name), found: value.map { String($0) })
        }
    }

    // MARK: Names the guest sees

    private func validateIdentity(_ bus: DiskTarget.Bus, _ v: inout Validation) {
        if let serial, bus == .sd {
            v.error("no-serial", "an SD card shows no serial number", at: .child("serial"), found: serial)
        }
        for (name, text, limit) in [("vendor", vendor, 8), ("product", product, 16)] {
            guard let text else { continue }
            if bus != .scsi {
                v.error("only-scsi", "only disks on the bus 'scsi' have a <\(name)>", at: .child(name))
            }
            if text.utf8.count > limit {
                v.error(
                    "too-long", "<\(name)> has \(text.utf8.count) characters, more than the \(limit) allowed",
                    at: .child(name), found: text)
            } else if !text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) {
                v.error("unprintable", "<\(name)> must be printable ASCII", at: .child(name), found: text)
            }
        }
        guard let wwn else { return }
        if bus != .scsi, bus != .ide {
            v.error("only-scsi", "only disks on the buses 'ide' and 'scsi' have a <wwn>", at: .child("wwn"))
        }
        let digits = wwn.hasPrefix("0x") ? wwn.dropFirst(2) : Substring(wwn)
        if digits.utf8.count != 16 || !digits.utf8.allSatisfy({ isHexDigit($0) }) {
            v.error("invalid-wwn", "a WWN has 16 hexadecimal digits, unlike '\(wwn)'", at: .child("wwn"), found: wwn)
        }
    }

    private func validateTarget(_ bus: DiskTarget.Bus?, _ v: inout Validation) {
        guard let target else { return }
        if target.tray == .open, !isRemovable {
            v.error("tray", "only 'cdrom' and 'floppy' have a tray", at: .child("target", "tray"))
        }
        if target.removable != nil, let bus, bus != .usb, bus != .scsi || device ?? .disk != .disk {
            v.error(
                "removable", "'removable' is only for drives on the bus 'usb' and disks on the bus 'scsi'",
                at: .child("target", "removable"))
        }
        guard let rate = target.rotationRate else { return }
        let spot = Validation.Spot.child("target", "rotation_rate")
        if isRemovable || device == .lun {
            v.error("rotation-rate", "only device='disk' has a rotation rate", at: spot)
        } else if let bus, bus != .scsi, bus != .ide, bus != .sata {
            v.error("rotation-rate", "only disks on the buses 'ide', 'sata' and 'scsi' have a rotation rate", at: spot)
        } else if rate > 1, !(1025...65534).contains(rate) {
            v.warning(
                "rotation-rate", "a rotation rate is 1 for solid state or 1025 to 65534, but is \(rate)", at: spot,
                found: String(rate))
        }
    }

    // MARK: Keys

    private func validateKeys(_ v: inout Validation) {
        if auth != nil, source.auth != nil {
            v.error("duplicate-auth", "<auth> stands both in the disk and in its source", at: .child("auth"))
        }
        if encryption != nil, source.encryption != nil {
            v.error(
                "duplicate-encryption", "<encryption> stands both in the disk and in its source",
                at: .child("encryption"))
        }
        if let auth { v.enter("auth", auth.origin) { auth.validate(for: source.networkProtocol, &$0) } }
        if let name = source.networkProtocol, name == .nbd || name == .gluster, source.type == .network,
            auth != nil || source.auth != nil
        {
            v.error(
                "no-auth", "the protocol '\(name.rawValue)' knows no user and password",
                at: auth != nil ? .child("auth") : .child("source"))
        }
        if let encryption { v.enter("encryption", encryption.origin) { encryption.validate(&$0) } }
    }
}

/// Whether an ASCII byte is a hexadecimal digit.
func isHexDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
        UInt8(ascii: "A")...UInt8(ascii: "F"):
        true
    default: false
    }
}
