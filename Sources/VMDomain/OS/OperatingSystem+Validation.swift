public import VMXML

extension OperatingSystem: Validated {
    public func validate(_ v: inout Validation) {
        // There are four kinds, so they are looked through.
        var seen: [BootDevice.Kind] = []
        v.each("boot", boot) { v, entry in
            guard let dev = entry.dev else { return }
            guard seen.contains(dev) else { return seen.append(dev) }
            v.warning(
                "duplicate-boot", "the machine boots from '\(dev.rawValue)' already", at: .attribute("dev"),
                found: dev.rawValue)
        }
        if let kind = type?.kind, !OperatingSystem.kinds.contains(kind) {
            v.error(
                "invalid-value", "'\(kind)' is no kind of operating system", at: .child("type"), found: kind,
                accepted: OperatingSystem.kinds)
        }
        if let timeout = bios?.rebootTimeout, !(-1...65535).contains(timeout) {
            v.error(
                "out-of-range", "'rebootTimeout' is a number from -1 to 65535", at: .child("bios", "rebootTimeout"),
                found: String(timeout))
        }
        let console = v.domain.devices.consoles.first
        let hasSerial =
            !v.domain.devices.serials.isEmpty || console.map { $0.target?.type ?? .serial == .serial } ?? false
        if bios?.useserial == .yes, v.isQEMU, !hasSerial {
            v.error(
                "bios-serial", "the BIOS needs a serial port to write to", at: .child("bios", "useserial"), found: "yes"
            )
        }
        if bios?.useserial == .yes, v.isQEMU, v.isX86 == false {
            v.error(
                "bios-serial", "only a PC's BIOS writes to a serial port", at: .child("bios", "useserial"), found: "yes"
            )
        }
        if kernel == nil {
            for (name, value) in [("initrd", initrd), ("cmdline", cmdline)] where value != nil && v.isQEMU {
                v.warning("no-effect", "<\(name)> is of no use without a <kernel>", at: .child(name))
            }
        }
        if v.isQEMU { validateFirmware(&v) }
    }

    private static let kinds = ["hvm", "exe", "linux", "xen", "xenpvh", "uml"]

    private func validateFirmware(_ v: inout Validation) {
        let isPflash = loader?.type == .pflash
        if firmware == nil {
            if loader != nil, loader?.path == nil {
                v.error(
                    "missing-path", "a <loader> without a path needs the attribute firmware of <os>",
                    at: .child("loader"))
            }
            if nvram != nil, loader?.path == nil {
                v.error("nvram-without-loader", "an <nvram> needs a <loader> of type pflash", at: .child("nvram"))
            } else if nvram != nil, !isPflash {
                v.warning("nvram-without-loader", "only a <loader> of type pflash uses an <nvram>", at: .child("nvram"))
            }
        } else if firmware == .bios, nvram != nil {
            v.error("nvram-of-bios", "a firmware of the kind 'bios' has no <nvram>", at: .child("nvram"))
        } else if firmware == .bios, loader?.secure == .yes {
            v.error(
                "secure-bios", "a firmware of the kind 'bios' has no secure boot", at: .child("loader", "secure"),
                found: "yes")
        }
        if loader?.secure == .yes, v.isX86 == false || v.isQ35 == false {
            v.error(
                "secure-machine", "only a q35 machine has firmware whose secure boot the guest can't tamper with",
                at: .child("loader", "secure"), found: "yes")
        }
        if let kind = nvram?.type, ![.file, .block, .network].contains(kind) {
            v.error(
                "nvram-source", "the firmware's variables can't be in a source of the type '\(kind.rawValue)'",
                at: .child("nvram", "type"), found: kind.rawValue, accepted: ["file", "block", "network"])
        }
        for (name, isSet) in [
            ("encryption", nvram?.source.encryption != nil), ("dataStore", nvram?.source.dataStore != nil),
        ] where isSet {
            v.error(
                "nvram-source", "the firmware's variables have no <\(name)>", at: .child(["nvram", "source", name]))
        }
        validateStateless(&v)
        validateACPI(&v)
    }

    private func validateStateless(_ v: inout Validation) {
        if loader?.stateless == .no, firmware == nil, loader?.type != .pflash {
            v.error(
                "stateless-loader", "only a <loader> of type pflash has an NVRAM, so this one is stateless",
                at: .child("loader", "stateless"), found: "no")
        }
        guard loader?.stateless == .yes else { return }
        if nvram?.template != nil {
            v.error(
                "stateless-loader", "a stateless loader has no NVRAM template", at: .child("nvram", "template"),
                found: nvram?.template)
        } else if nvram != nil {
            v.error("stateless-loader", "a stateless loader has no <nvram>", at: .child("nvram"))
        }
    }

    /// UEFI and ACPI need each other: on x86 the firmware needs the tables, on ARM the tables the firmware.
    private func validateACPI(_ v: inout Validation) {
        let acpi = v.domain.features.acpi
        let isEFI = firmware == .efi || loader?.type == .pflash
        if isEFI, !acpi, v.isX86 == true {
            v.error(
                "efi-without-acpi", "UEFI firmware needs <acpi/> in <features>",
                at: firmware == .efi ? .attribute("firmware") : .child("loader"))
        }
        if acpi, v.architecture == "aarch64", !isEFI {
            v.error(
                "acpi-without-efi", "ACPI on this architecture needs UEFI firmware", at: .element,
                of: v.domain.features.origin)
        }
    }
}
