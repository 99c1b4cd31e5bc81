public import VMXML

extension HostDevice: Validated {
    public func validate(_ v: inout Validation) {
        if v.isQEMU, mode == .capabilities || type.isCapability {
            return v.error(
                "unsupported-mode", "QEMU knows host devices with mode='subsystem' only", at: .attribute("mode"),
                found: mode.rawValue, accepted: ["subsystem"])
        }
        if (mode == .capabilities) != type.isCapability {
            return v.error(
                "host-device-type", "mode='\(mode.rawValue)' has no type '\(type.rawValue)'", at: .attribute("type"),
                found: type.rawValue,
                accepted: Kind.allCases.filter { $0.isCapability == (mode == .capabilities) }.map(\.rawValue))
        }
        v.enter("source", source.origin) { validateSource(&$0) }
        if v.isQEMU, type == .pci, let filtering = source.writeFiltering {
            v.error(
                "write-filtering", "QEMU doesn't filter what is written to a device's configuration",
                at: .child("source", "writeFiltering"), found: filtering.rawValue)
        }
        validateDisplay(&v)
        validateAddress(&v)
        validateBoot(&v)
        if type != .scsi, readonly || shareable {
            v.error(
                "only-scsi", "<\(readonly ? "readonly" : "shareable")> is only for SCSI devices",
                at: .child(readonly ? "readonly" : "shareable"))
        }
        if source.startupPolicy != nil, type != .usb {
            v.error("only-usb", "'startupPolicy' is only for USB devices", at: .child("source", "startupPolicy"))
        }
        if rom != nil, type != .pci {
            v.error("only-pci", "<rom> is only for PCI devices", at: .child("rom"))
        }
        if teaming != nil, type != .pci {
            v.error("only-pci", "<teaming> is only for PCI devices", at: .child("teaming"))
        }
    }

    // MARK: Source

    private func validateSource(_ v: inout Validation) {
        switch type {
        case .pci where source.address == nil:
            v.error("missing-element", "a PCI device needs the <address> it has on the host")
        case .usb: validateUSB(&v)
        case .scsi: validateSCSI(&v)
        case .scsiHost:
            if source.protocol != .vhost {
                v.error(
                    "missing-attribute", "a SCSI host adapter needs protocol='vhost'", at: .attribute("protocol"),
                    accepted: ["vhost"])
            }
            validateWWPN(&v)
        case .mdev:
            if source.address?.uuid == nil {
                v.error(
                    "missing-attribute", "a mediated device needs an <address> with its 'uuid'", at: .child("address"))
            }
        default: break
        }
    }

    private func validateUSB(_ v: inout Validation) {
        if source.vendor == nil, source.product == nil, source.address == nil {
            return v.error("missing-element", "a USB device needs <vendor> and <product>, or an <address>")
        }
        if (source.vendor == nil) != (source.product == nil) {
            v.error(
                "missing-element",
                "a USB device needs <\(source.vendor == nil ? "vendor" : "product")> too")
        }
        if source.vendor?.id == 0 {
            v.error("zero-id", "the vendor of a USB device can't be 0", at: .child("vendor", "id"), found: "0")
        }
        if let address = source.address, address.bus == 0, address.device == 0, source.vendor == nil {
            v.error("missing-element", "no USB device has the address 0:0", at: .child("address"))
        }
        if source.address != nil, source.address?.bus == nil || source.address?.device == nil {
            v.error(
                "missing-attribute", "the <address> of a USB device needs 'bus' and 'device'", at: .child("address"))
        }
    }

    private func validateSCSI(_ v: inout Validation) {
        if source.protocol == .iscsi {
            if source.name == nil { v.error("missing-attribute", "an iSCSI unit needs the attribute 'name'") }
            if source.hosts.count != 1 {
                v.error("missing-element", "an iSCSI unit needs exactly one <host>")
            }
            if let auth = source.auth { v.enter("auth", auth.origin) { auth.validate(for: .iscsi, &$0) } }
            return
        }
        if source.adapter == nil { v.error("missing-element", "a SCSI device needs its <adapter>") }
        let address = source.address
        for (name, isThere) in [
            ("bus", address?.bus != nil), ("target", address?.target != nil), ("unit", address?.unit != nil),
        ] where !isThere {
            v.error(
                "missing-attribute", "the <address> of a SCSI device needs the attribute '\(name)'",
                at: .child("address"))
        }
    }

    private func validateWWPN(_ v: inout Validation) {
        guard let wwpn = source.wwpn else {
            return v.error("missing-attribute", "a SCSI host adapter needs the attribute 'wwpn'")
        }
        let digits = wwpn.utf8.dropFirst(4)
        guard !wwpn.hasPrefix("naa.") || digits.count != 16 || !digits.allSatisfy(isHexDigit) else { return }
        v.error(
            "invalid-wwpn", "'\(wwpn)' isn't 'naa.' and 16 hexadecimal digits", at: .attribute("wwpn"), found: wwpn)
    }

    // MARK: In the guest

    private func validateDisplay(_ v: inout Validation) {
        if type == .mdev, model == nil {
            v.error("missing-attribute", "a mediated device needs the attribute 'model'", at: .attribute("model"))
        }
        let isVirtio = model.map { [.virtio, .virtioTransitional, .virtioNonTransitional].contains($0) }
        if let model, let isVirtio, isVirtio != (type == .scsiHost) {
            v.error(
                "host-device-model", "a device of the type '\(type.rawValue)' can't have the model '\(model.rawValue)'",
                at: .attribute("model"), found: model.rawValue)
        }
        if display != nil || ramfb != nil, type == .mdev, let model, model != .vfioPCI {
            v.error(
                "display-model", "only the model 'vfio-pci' has a display",
                at: .attribute(display != nil ? "display" : "ramfb"))
        }
        if display == .on, v.domain.devices.graphics.isEmpty {
            v.error(
                "display-without-graphics", "display='on' needs a <graphics> device to show it",
                at: .attribute("display"), found: "on")
        }
        if ramfb == .on, display != .on {
            v.error("ramfb-without-display", "ramfb='on' needs display='on'", at: .attribute("ramfb"), found: "on")
        }
    }

    private func validateAddress(_ v: inout Validation) {
        guard let address else { return }
        let accepted: [DeviceAddress.Kind]
        switch (type, model) {
        case (.mdev, .vfioCCW): accepted = [.ccw]
        case (.mdev, .vfioAP): accepted = []
        case (.mdev, .vfioPCI), (.pci, _): accepted = [.pci, .unassigned]
        case (.usb, _): accepted = [.usb]
        case (.scsi, _): accepted = [.drive]
        case (.scsiHost, _): accepted = [.pci, .ccw]
        default: return
        }
        guard !accepted.contains(address.type) else { return }
        let what = type == .mdev ? "a mediated device of the model '\(model?.rawValue ?? "")'" : "a device of this type"
        v.error(
            "address-type", "\(what) can't have an address of the type '\(address.type.rawValue)'",
            at: .child("address", "type"), found: address.type.rawValue, accepted: accepted.map(\.rawValue))
    }

    private func validateBoot(_ v: inout Validation) {
        guard boot != nil else { return }
        switch (type, model) {
        case (.scsiHost, _):
            v.error("no-boot", "a machine can't boot from a vhost SCSI adapter", at: .child("boot"))
        case (.mdev, .vfioAP):
            v.error(
                "no-boot", "a machine can't boot from a mediated device of the model '\(model?.rawValue ?? "")'",
                at: .child("boot"))
        default: break
        }
    }
}

extension HostDevice.Kind {
    /// Whether the type goes with `mode='capabilities'`.
    var isCapability: Bool { self == .storage || self == .misc || self == .net }
}

/// Checks across all host devices.
extension Devices {
    func validateHostDevices(_ v: inout Validation) {
        var seen: [HostDeviceSource: XMLOrigin] = [:]
        var ramfb: XMLOrigin?
        v.each("hostdev", hostDevices) { v, device in
            if let first = seen[device.source.identity] {
                v.error(
                    "duplicate-host-device", "the machine has this device of the host\(v.line(of: first)) already",
                    at: .child("source"))
            } else {
                seen[device.source.identity] = device.origin
            }
            guard device.ramfb == .on else { return }
            if let first = ramfb {
                v.error(
                    "duplicate-ramfb", "only one device can have ramfb='on', and the one\(v.line(of: first)) has it",
                    at: .attribute("ramfb"))
            } else {
                ramfb = device.origin
            }
        }
    }
}

extension HostDeviceSource {
    /// The source reduced to what tells devices of the host apart.
    fileprivate var identity: HostDeviceSource {
        var identity = HostDeviceSource()
        identity.type = type
        switch type {
        case .pci:
            var address = HostDeviceAddress(type: .pci)
            if let pci = self.address?.pci {
                address.pci = PCIAddress(
                    domain: pci.domain ?? 0, bus: pci.bus ?? 0, slot: pci.slot ?? 0, function: pci.function ?? 0)
            }
            identity.address = address
        case .usb, .scsi: identity = self
        default:
            identity = self
        }
        (identity.startupPolicy, identity.guestReset, identity.writeFiltering) = (nil, nil, nil)
        return identity
    }
}
