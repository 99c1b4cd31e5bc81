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
            if device.driver?.model != nil { noteDriver(&v) }
            checkPlace(device.source.address?.pci, &v)
        }
        v.each("devices/interface", devices.interfaces) { v, interface in checkHostSide(interface, &v) }
        v.each("devices/hostdev", devices.hostDevices) { v, device in
            guard device.source.auth?.type != nil else { return }
            note(&v, "type", at: .child(["source", "auth"], attribute: "type"), "the secret says what it is for")
        }
        v.each("devices/panic", devices.panics) { v, device in
            guard device.alias?.name?.hasPrefix("ua-") == true else { return }
            note(&v, "alias", at: .child("alias"), "QEMU's panic devices have no name")
        }
        checkVariables(&v)
        checkCharacters(&v)
    }

    private static func noteDriver(_ v: inout Validation) {
        note(&v, "model", at: .child("driver", "model"), "the device is used with the driver that it is bound to")
    }

    /// What says more of a PCI function than where it is.
    private static func checkPlace(
        _ address: PCIAddress?, at way: [String] = ["source", "address"], _ v: inout Validation
    ) {
        if address?.multifunction != nil {
            note(&v, "multifunction", at: .child(way, attribute: "multifunction"), "it is for addresses in the guest")
        }
        if address?.zpci != nil {
            note(&v, "zpci", at: .child(way + ["zpci"]), "it is for addresses in the guest")
        }
    }

    private static func checkHostSide(_ interface: Interface, _ v: inout Validation) {
        if interface.type == .hostdev {
            if interface.driver.model != nil { noteDriver(&v) }
            var place = interface.source.hostAddress?.pci
            place?.multifunction = interface.source.hostAddress?.multifunction
            checkPlace(place, &v)
            for (name, isSet) in [
                ("vendor", interface.source.vendor != nil), ("product", interface.source.product != nil),
            ] where isSet {
                note(&v, name, at: .child(["source", name]), "a card of the host's is found by its <address>")
            }
        }
    }

    private static func checkSource(_ disk: Disk, _ v: inout Validation) {
        check(disk.source, at: ["source"], &v)
        if disk.auth?.type != nil {
            note(&v, "type", at: .child(["auth"], attribute: "type"), "the secret says what it is for")
        }
        var (way, below) = (["backingStore"], disk.backingStore)
        while let store = below, way.count < 1024 {
            if let source = store.source {
                check(source, at: way + ["source"], &v)
                checkLower(source, at: way + ["source"], &v)
            }
            (way, below) = (way + ["backingStore"], store.backingStore)
        }
    }

    /// What counts for no image, or for none of this kind.
    private static func check(_ source: DiskSource, at way: [String], _ v: inout Validation) {
        if source.type == .nvme {
            checkPlace(source.address, at: way + ["address"], &v)
        }
        checkLabels(source.seclabels, at: way + ["seclabel"], &v)
        if source.dataStore?.format?.metadataCache != nil {
            note(
                &v, "metadata_cache", at: .child(way + ["dataStore", "format", "metadata_cache"]),
                "data in a file of its own has no metadata")
        }
        if source.auth?.type != nil {
            note(&v, "type", at: .child(way + ["auth"], attribute: "type"), "the secret says what it is for")
        }
        let reconnect = source.type == .network ? source.reconnect : nil
        for (name, isSet) in [("enabled", reconnect?.enabled != nil), ("timeout", reconnect?.timeout != nil)]
        where isSet {
            note(
                &v, name, at: .child(way + ["reconnect"], attribute: name),
                "a server is tried again for as many seconds as 'delay' says")
        }
        let isNFS = source.networkProtocol == .nfs
        for (name, isSet) in [("user", source.identity?.user != nil), ("group", source.identity?.group != nil)]
        where isSet && !isNFS {
            note(&v, name, at: .child(way + ["identity"], attribute: name), "it is for the protocol 'nfs'")
        }
    }

    /// What counts for the uppermost image alone.
    private static func checkLower(_ source: DiskSource, at way: [String], _ v: inout Validation) {
        if source.fdgroup != nil {
            note(&v, "fdgroup", at: .child(way, attribute: "fdgroup"), "nobody hands open files over")
        }
        if source.startupPolicy != nil {
            note(
                &v, "startupPolicy", at: .child(way, attribute: "startupPolicy"),
                "only a disk's own image may be missing")
        }
        if source.reservations != nil {
            note(&v, "reservations", at: .child(way + ["reservations"]), "only a unit that is passed through has some")
        }
        if source.networkProtocol == .ssh, source.knownHosts != nil {
            note(&v, "knownHosts", at: .child(way + ["knownHosts"]), "QEMU reads ~/.ssh/known_hosts")
        }
        if source.networkProtocol == .ssh, source.identity?.keyfile != nil || source.identity?.agentsock != nil {
            note(&v, "identity", at: .child(way + ["identity"]), "QEMU asks the agent of SSH_AUTH_SOCK")
        }
        if source.encryption?.cipher != nil || source.encryption?.ivgen != nil {
            let name = source.encryption?.cipher != nil ? "cipher" : "ivgen"
            note(
                &v, name, at: .child(way + ["encryption", name]), "the image's own header says how it is encrypted")
        }
        if source.hosts.contains(where: { $0.transport == .rdma }) {
            note(&v, "transport", at: .child(way + ["host"], attribute: "transport"), "QEMU reaches servers by TCP")
        }
    }

    private static func checkVariables(_ v: inout Validation) {
        guard let nvram = v.domain.os.nvram, nvram.type != nil else { return }
        check(nvram.source, at: ["os", "nvram", "source"], &v)
        checkLower(nvram.source, at: ["os", "nvram", "source"], &v)
    }

    private static func checkLabels(_ labels: [DeviceSecurityLabel], at way: [String], _ v: inout Validation) {
        guard labels.contains(where: { $0.relabel != .no }) else { return }
        note(&v, "seclabel", at: .child(way), "no security driver labels files for machines here")
    }

    private static func checkCharacters(_ v: inout Validation) {
        let devices = v.domain.devices
        func check(_ backend: CharacterBackend, _ v: inout Validation) {
            checkLabels(backend.source.seclabels, at: ["source", "seclabel"], &v)
        }
        v.each("devices/smartcard", devices.smartcards) { v, device in check(device.backend, &v) }
        v.each("devices/serial", devices.serials) { v, device in check(device.backend, &v) }
        v.each("devices/parallel", devices.parallels) { v, device in check(device.backend, &v) }
        v.each("devices/console", devices.consoles) { v, device in check(device.backend, &v) }
        v.each("devices/channel", devices.channels) { v, device in check(device.backend, &v) }
        v.each("devices/redirdev", devices.redirectedDevices) { v, device in check(device.backend, &v) }
        v.each("devices/rng", devices.rngs) { v, device in
            checkLabels(
                device.backend?.character.source.seclabels ?? [], at: ["backend", "source", "seclabel"], &v)
        }
    }
}
