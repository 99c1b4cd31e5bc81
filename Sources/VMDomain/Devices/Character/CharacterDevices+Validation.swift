public import VMXML

extension Serial: Validated {
    public func validate(_ v: inout Validation) {
        backend.validate(&v)
        guard let type = target?.type else { return }
        if let model = target?.model?.name, !type.models.contains(model) {
            v.error(
                "serial-model", "a serial port of type '\(type.rawValue)' can't be a '\(model.rawValue)'",
                at: .child(["target", "model"], attribute: "name"), found: model.rawValue,
                accepted: type.models.map(\.rawValue))
        }
        guard v.isQEMU else { return }
        if let isX86 = v.isX86, type.isForeign(toX86: isX86, isS390: v.isS390 ?? false, isPSeries: v.isPSeries) {
            v.error(
                "serial-machine", "the machine has no serial ports of type '\(type.rawValue)'",
                at: .child("target", "type"), found: type.rawValue)
        }
        guard let address, address.type != .unassigned else { return }
        if let wanted = type.addressType {
            if address.type != wanted {
                v.error(
                    "address-type",
                    "a serial port of type '\(type.rawValue)' has an address of type '\(wanted.rawValue)'",
                    at: .child("address", "type"), found: address.type.rawValue, accepted: [wanted.rawValue])
            }
        } else {
            v.error(
                "address-type", "a serial port of type '\(type.rawValue)' has no address",
                at: .child("address", "type"),
                found: address.type.rawValue)
        }
    }
}

extension Serial.Target.Kind {
    /// The devices that are of this kind.
    var models: [Serial.Model.Name] {
        switch self {
        case .isaSerial: [.isaSerial]
        case .usbSerial: [.usbSerial]
        case .pciSerial: [.pciSerial]
        case .spaprVIOSerial: [.spaprVTY]
        case .systemSerial: [.pl011, .uart16550A]
        case .sclpSerial: [.sclpConsole, .sclplmConsole]
        case .isaDebug: [.isaDebugCon]
        }
    }

    /// Whether boards of that architecture have no such ports.
    fileprivate func isForeign(toX86 isX86: Bool, isS390: Bool, isPSeries: Bool?) -> Bool {
        switch self {
        case .isaSerial, .usbSerial, .pciSerial: false
        case .isaDebug: !isX86
        case .sclpSerial: !isS390
        case .spaprVIOSerial: isPSeries == false
        case .systemSerial: isX86 || isS390
        }
    }

    /// The bus they sit on; nil: none that has addresses.
    var addressType: DeviceAddress.Kind? {
        switch self {
        case .isaSerial, .isaDebug: .isa
        case .usbSerial: .usb
        case .pciSerial: .pci
        case .spaprVIOSerial: .spaprVIO
        case .systemSerial, .sclpSerial: nil
        }
    }
}

extension Parallel: Validated {
    public func validate(_ v: inout Validation) {
        backend.validate(&v)
        if v.isQEMU, v.isS390 == true || v.isPSeries == true {
            v.error("unsupported-device", "the machine has no parallel ports")
        }
    }
}

extension Console: Validated {
    public func validate(_ v: inout Validation) {
        backend.validate(&v)
        guard v.isQEMU, let type = target?.type else { return }
        if ![.serial, .virtio, .sclp, .sclplm].contains(type) {
            v.error(
                "console-type", "QEMU has no console of type '\(type.rawValue)'", at: .child("target", "type"),
                found: type.rawValue, accepted: ["serial", "virtio", "sclp", "sclplm"])
        }
        if type == .sclp || type == .sclplm, v.isS390 == false {
            v.error(
                "unsupported-device", "consoles of type '\(type.rawValue)' exist on s390 only",
                at: .child("target", "type"), found: type.rawValue)
        }
    }
}

extension Channel: Validated {
    public func validate(_ v: inout Validation) {
        if target?.type == .guestfwd {
            backend.validate(&v)
            if address != nil {
                v.error("no-address", "a guestfwd channel has no address but its target's", at: .child("address"))
            }
        } else {
            backend.validate(&v, for: backend.source.path == nil || hasGeneratedPath ? .generatedPath : .namedChannel)
        }
        if v.isQEMU, backend.type == .spicevmc, let name = target?.name, name != "com.redhat.spice.0" {
            v.error(
                "spice-agent", "the channel of the SPICE agent is named 'com.redhat.spice.0'",
                at: .child("target", "name"), found: name, accepted: ["com.redhat.spice.0"])
        }
        guard let target, target.type == .guestfwd, let text = target.address, !isIPv4(text) else { return }
        v.error(
            "invalid-address", "the target of a guestfwd channel is an IPv4 address", at: .child("target", "address"),
            found: text)
    }
}

private func isIPv4(_ text: String) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
}

extension Smartcard: Validated {
    public func validate(_ v: inout Validation) {
        switch mode {
        case .host: break
        case .passthrough: backend.validate(&v)
        case .hostCertificates:
            if certificates.count != 3 {
                v.error(
                    "certificates", "a smart card needs three certificates, not \(certificates.count)",
                    at: .child("certificate"))
            }
            if let database, !database.hasPrefix("/") {
                v.error(
                    "relative-path", "the database of certificates is an absolute path", at: .child("database"),
                    found: database)
            }
        }
        if let address, address.type != .ccid, address.type != .unassigned {
            v.error(
                "address-type", "a smart card has an address of type 'ccid'", at: .child("address", "type"),
                found: address.type.rawValue, accepted: ["ccid"])
        }
    }
}

extension RedirectedDevice: Validated {
    public func validate(_ v: inout Validation) {
        backend.validate(&v, for: .redirection)
        v.needsUSBAddress(address, "a redirected device")
    }
}

extension Validation {
    /// Reports an address that no USB device can have.
    mutating func needsUSBAddress(_ address: DeviceAddress?, _ what: String) {
        guard let address, address.type != .usb, address.type != .unassigned else { return }
        error(
            "address-type", "\(what) has an address of type 'usb'", at: .child("address", "type"),
            found: address.type.rawValue, accepted: ["usb"])
    }
}
