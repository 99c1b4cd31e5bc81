internal import VMCore
internal import VMDomain
internal import VMXML

/// Settings of what belongs to the host: labels of its files, its devices and its switches.
extension IgnoredSettings {
    static func checkHost(_ v: inout Validation) {
        let devices = v.domain.devices
        v.each("devices/disk", devices.disks) { v, disk in checkSource(disk, &v) }
        v.each("devices/hostdev", devices.hostDevices) { v, device in
            guard device.mode == .subsystem, device.type == .pci else { return }
            if device.managed == .yes { noteManaged(at: .attribute("managed"), &v) }
            if device.driver?.model != nil { noteDriver(&v) }
            checkPlace(device.source.address?.pci, &v)
        }
        v.each("devices/interface", devices.interfaces) { v, interface in checkHostSide(interface, &v) }
        checkCharacters(&v)
    }

    private static func noteManaged(at spot: Validation.Spot, _ v: inout Validation) {
        note(&v, "managed", at: spot, "the device must be bound to vfio-pci before the start, as 'check' says")
    }

    private static func noteDriver(_ v: inout Validation) {
        note(&v, "model", at: .child("driver", "model"), "the device is used with the driver that it is bound to")
    }

    /// What says more of a PCI function than where it is.
    private static func checkPlace(_ address: PCIAddress?, _ v: inout Validation) {
        if address?.multifunction != nil {
            note(
                &v, "multifunction", at: .child(["source", "address"], attribute: "multifunction"),
                "it is for addresses in the guest")
        }
        if address?.zpci != nil {
            note(&v, "zpci", at: .child(["source", "address", "zpci"]), "it is for addresses in the guest")
        }
    }

    private static func checkHostSide(_ interface: Interface, _ v: inout Validation) {
        if interface.type == .hostdev {
            if interface.managed == .yes { noteManaged(at: .attribute("managed"), &v) }
            if interface.driver.model != nil { noteDriver(&v) }
            checkPlace(interface.source.hostAddress?.pci, &v)
        }
        if interface.source.portgroup != nil {
            note(
                &v, "portgroup", at: .child("source", "portgroup"),
                "a network gives all of its ports the same settings")
        }
    }

    private static func checkSource(_ disk: Disk, _ v: inout Validation) {
        if disk.source.type == .nvme {
            if disk.source.managed == .yes { noteManaged(at: .child("source", "managed"), &v) }
            checkPlace(disk.source.address, &v)
        }
        checkLabels(disk.source.seclabels, &v)
        if let auth = disk.source.auth ?? disk.auth, auth.type != nil {
            let way = disk.source.auth == nil ? [] : ["source"]
            note(&v, "type", at: .child(way + ["auth"], attribute: "type"), "the secret says what it is for")
        }
    }

    private static func checkLabels(_ labels: [DeviceSecurityLabel], at way: [String] = [], _ v: inout Validation) {
        guard labels.contains(where: { $0.relabel != .no }) else { return }
        note(
            &v, "seclabel", at: .child(way + ["source", "seclabel"]),
            "no security driver labels files for machines here")
    }

    private static func checkCharacters(_ v: inout Validation) {
        let devices = v.domain.devices
        func check(_ backend: CharacterBackend, _ v: inout Validation) { checkLabels(backend.source.seclabels, &v) }
        v.each("devices/smartcard", devices.smartcards) { v, device in check(device.backend, &v) }
        v.each("devices/serial", devices.serials) { v, device in check(device.backend, &v) }
        v.each("devices/parallel", devices.parallels) { v, device in check(device.backend, &v) }
        v.each("devices/console", devices.consoles) { v, device in check(device.backend, &v) }
        v.each("devices/channel", devices.channels) { v, device in check(device.backend, &v) }
        v.each("devices/redirdev", devices.redirectedDevices) { v, device in check(device.backend, &v) }
        v.each("devices/rng", devices.rngs) { v, device in
            checkLabels(device.backend?.character.source.seclabels ?? [], at: ["backend"], &v)
        }
    }
}
