internal import VMCore
internal import VMDomain
internal import VMXML

/// Settings of devices that QEMU has nothing for, or not for this kind of device.
extension IgnoredSettings {
    static func checkDevices(_ v: inout Validation) {
        let devices = v.domain.devices
        v.each("devices/disk", devices.disks) { v, disk in check(disk, &v) }
        v.each("devices/interface", devices.interfaces) { v, interface in check(interface, &v) }
        v.each("devices/hostdev", devices.hostDevices) { v, device in check(device, &v) }
        v.each("devices/filesystem", devices.filesystems) { v, filesystem in check(filesystem, &v) }
        v.each("devices/controller", devices.controllers) { v, controller in
            if controller.type == .xenbus {
                note(&v, "controller", at: .attribute("type"), "a xenbus is for machines on Xen", named: "xenbus")
            }
            // That of the i440FX boards.
            let isBoards = controller.ideModel == .piix3 && v.isX86 == true && v.isQ35 == false
            if controller.type == .ide, controller.ideModel != nil, !isBoards {
                note(&v, "model", at: .attribute("model"), "the IDE controller is the board's own")
            }
        }
        v.each("devices/graphics", devices.graphics) { v, display in check(display, &v) }
        v.each("devices/video", devices.videos) { v, card in
            if card.driver.vgaconf != nil {
                note(&v, "vgaconf", at: .child("driver", "vgaconf"), "it is for bhyve only")
            }
        }
        v.each("devices/lease", devices.leases) { v, _ in
            note(&v, "lease", at: .element, "there is no lock manager that would take it")
        }
    }

    // MARK: Storage

    private static func check(_ disk: Disk, _ v: inout Validation) {
        checkSerial(disk, &v)
        if disk.rawio == .yes { note(&v, "rawio", at: .attribute("rawio"), "QEMU gets no further rights for it") }
        if disk.sgio != nil { note(&v, "sgio", at: .attribute("sgio"), "no kernel filters SCSI commands any more") }
        if disk.backendDomain != nil { note(&v, "backenddomain", at: .child("backenddomain"), "it is for Xen only") }
        if let encryption = disk.source.encryption ?? disk.encryption,
            encryption.cipher != nil || encryption.ivgen != nil
        {
            let way = disk.source.encryption == nil ? [] : ["source"]
            let name = encryption.cipher != nil ? "cipher" : "ivgen"
            note(&v, name, at: .child(way + ["encryption", name]), "the image's own header says how it is encrypted")
        }
        let identity = disk.source.identity
        if disk.source.networkProtocol == .ssh {
            if disk.source.knownHosts != nil {
                note(&v, "knownHosts", at: .child(["source", "knownHosts"]), "QEMU reads ~/.ssh/known_hosts")
            }
            if identity?.keyfile != nil || identity?.agentsock != nil {
                note(&v, "identity", at: .child(["source", "identity"]), "QEMU asks the agent of SSH_AUTH_SOCK")
            }
        }
    }

    /// How much of a serial number the guest gets to see: what QEMU 7.2's devices were seen to show of a longer one.
    private static func checkSerial(_ disk: Disk, _ v: inout Validation) {
        guard let serial = disk.serial, let bus = disk.target?.bus else { return }
        let length: Int? =
            switch bus {
            case .virtio, .ide, .sata: 20
            case .scsi: 36
            default: nil
            }
        guard let length, serial.utf8.count > length else { return }
        v.warning(
            "ignored-setting",
            "the guest sees the first \(length) bytes of the serial number, and it has \(serial.utf8.count)",
            at: .child("serial"), found: serial)
    }

    private static func check(_ filesystem: Filesystem, _ v: inout Validation) {
        if filesystem.driver?.format != nil {
            note(&v, "format", at: .child("driver", "format"), "a folder is shared as it is")
        }
        for (name, limit) in [
            ("space_hard_limit", filesystem.spaceHardLimit), ("space_soft_limit", filesystem.spaceSoftLimit),
        ] where limit != nil {
            note(&v, name, at: .child(name), "it is for containers only")
        }
    }

    // MARK: Networks

    private static func check(_ interface: Interface, _ v: inout Validation) {
        // What comes to a tap device is refused at the start where it can't be had.
        if ![.bridge, .ethernet, .network, .direct].contains(interface.type) {
            let ofBridges: [(name: String, isSet: Bool, why: String)] = [
                ("vlan", interface.vlan != nil, "only a bridge or a switch knows VLANs"),
                ("bandwidth", interface.bandwidth != nil, "only a device of the host can be limited"),
                ("virtualport", interface.virtualPort != nil, "only a switch has ports"),
                ("filterref", interface.filterref != nil, "only a device of the host can be filtered"),
                ("port", interface.port?.isolated == .yes, "only ports of a bridge can be isolated"),
                ("target", interface.target?.dev != nil && interface.type == .user, "it has no device on the host"),
            ]
            for setting in ofBridges where setting.isSet {
                note(
                    &v, setting.name, at: .child(setting.name),
                    "\(setting.why), not an interface of type '\(interface.type.rawValue)'")
            }
        } else if interface.type == .ethernet, interface.port?.isolated == .yes {
            note(&v, "port", at: .child("port"), "only ports of a bridge can be isolated")
        }
        if interface.trustGuestRxFilters == .yes {
            note(
                &v, "trustGuestRxFilters", at: .attribute("trustGuestRxFilters"),
                "the host's device doesn't follow the guest's filters")
        }
        for (name, isSet) in [("type", interface.mac?.type != nil), ("check", interface.mac?.check != nil)] where isSet
        {
            note(&v, name, at: .child("mac", name), "it is for VMware only")
        }
        if interface.source.macTableManager == .libvirt {
            note(
                &v, "macTableManager", at: .child("source", "macTableManager"),
                "the kernel keeps the bridge's table of addresses")
        }
        if interface.coalesce?.rx?.frames?.max != nil, interface.type != .user {
            note(&v, "coalesce", at: .child("coalesce"), "interrupts of the host's device aren't coalesced")
        }
        if interface.backendDomain != nil {
            note(&v, "backenddomain", at: .child("backenddomain"), "it is for Xen only")
        }
        if interface.guest?.dev != nil || interface.guest?.actual != nil {
            note(&v, "guest", at: .child("guest"), "the guest names its devices itself")
        }
        checkRoutes(interface, &v)
        checkVirtio(interface, &v)
    }

    private static func checkRoutes(_ interface: Interface, _ v: inout Validation) {
        if !interface.routes.isEmpty {
            note(&v, "route", at: .child("route"), "the guest sets its routes itself")
        }
        if !interface.ips.isEmpty, interface.type != .user {
            note(&v, "ip", at: .child("ip"), "the guest's address is set by the guest, or by the network")
        }
        if !interface.source.ips.isEmpty {
            note(&v, "ip", at: .child(["source", "ip"]), "the host's device gets no address")
        }
        if !interface.source.routes.isEmpty {
            note(&v, "route", at: .child(["source", "route"]), "the host gets no route for it")
        }
    }

    /// Offloads are virtio's.
    private static func checkVirtio(_ interface: Interface, _ v: inout Validation) {
        guard let model = interface.model?.type, VirtioModel(rawValue: model) == nil, interface.type != .hostdev else {
            return
        }
        if interface.driver.host != InterfaceDriver().host || interface.driver.guest != InterfaceDriver().guest {
            note(&v, "driver", at: .child("driver"), "only cards of the model 'virtio' have offloads, not '\(model)'")
        }
    }

    private static func check(_ device: HostDevice, _ v: inout Validation) {
        if device.rawio == .yes { note(&v, "rawio", at: .attribute("rawio"), "QEMU gets no further rights for it") }
        if device.sgio != nil { note(&v, "sgio", at: .attribute("sgio"), "no kernel filters SCSI commands any more") }
        if device.source.writeFiltering != nil {
            note(&v, "writeFiltering", at: .child("source", "writeFiltering"), "it is for Xen only")
        }
        if !device.ips.isEmpty { note(&v, "ip", at: .child("ip"), "it is for containers only") }
        if !device.routes.isEmpty { note(&v, "route", at: .child("route"), "it is for containers only") }
    }

    // MARK: Displays

    private static func check(_ display: Graphics, _ v: inout Validation) {
        if display.type == .rdp {
            note(
                &v, "graphics", at: .attribute("type"), "the program that would serve it, qemu-rdp, is not started",
                named: "rdp")
            let ofServer: [(name: String, isSet: Bool)] = [
                ("username", display.username != nil), ("replaceUser", display.replaceUser != nil),
                ("multiUser", display.multiUser != nil),
            ]
            for setting in ofServer where setting.isSet {
                note(&v, setting.name, at: .attribute(setting.name), "the program that would serve it is not started")
            }
        }
        if display.listens.contains(where: { $0.type == .network }) {
            note(
                &v, "listen", at: .child("listen"),
                "a display doesn't look up the network's address: it needs an address",
                named: "network")
        }
        if display.passwdValidTo != nil, display.passwd == nil {
            note(&v, "passwdValidTo", at: .attribute("passwdValidTo"), "there is no password that could end")
        }
        if display.connected != nil, display.type != .spice || display.passwd == nil {
            note(&v, "connected", at: .attribute("connected"), "only setting the password of a SPICE display knows it")
        }
    }
}
