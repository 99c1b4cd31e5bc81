internal import VMXML

extension Devices {
    /// Checks displays, sound and the small devices against others of their kind.
    func validatePeripherals(_ v: inout Validation) {
        validateScreens(&v)
        validateSPICEChannels(&v)
        validateSmartcards(&v)
        validateNumbers(&v)
        validateAudioNumbers(&v)
        validateTPMs(&v)
        validateWatchdogs(&v)
        validatePanics(&v)
    }

    /// What is carried in a SPICE session needs a SPICE server.
    private func validateSPICEChannels(_ v: inout Validation) {
        guard v.isQEMU, !graphics.contains(where: { $0.type == .spice }) else { return }
        func check<E: XMLElement>(_ name: String, _ devices: [E], _ backend: (E) -> CharacterBackend?) {
            v.each(name, devices) { v, device in
                guard let type = backend(device)?.type, type == .spicevmc || type == .spiceport else { return }
                v.error(
                    "needs-spice", "'\(type.rawValue)' needs <graphics type='spice'>", at: .attribute("type"),
                    found: type.rawValue)
            }
        }
        check("serial", serials) { $0.backend }
        check("parallel", parallels) { $0.backend }
        check("console", consoles) { $0.backend }
        check("channel", channels) { $0.backend }
        check("redirdev", redirectedDevices) { $0.backend }
        check("smartcard", smartcards) { $0.backend }
    }

    /// Names and numbers that are given twice, or are none.
    private func validateNumbers(_ v: inout Validation) {
        guard v.isQEMU else { return }
        for device in all {
            v.enter(device.pathPart, device.element.origin) { v in
                if device.element.acpi?.index == 0 {
                    v.error("out-of-range", "the ACPI index counts from 1", at: .child("acpi", "index"), found: "0")
                }
                if let rom = device.element.rom, rom.enabled == .no, rom.file != nil || rom.bar != nil {
                    v.error("rom", "a ROM that isn't there has neither 'bar' nor 'file'", at: .child("rom"))
                }
            }
        }
        if memoryBalloon?.model == .xen {
            v.enter("memballoon", memoryBalloon?.origin ?? XMLOrigin()) {
                $0.error("balloon-model", "QEMU has no balloon 'xen'", at: .attribute("model"), found: "xen")
            }
        }
        var hasSerialConsole = false
        v.each("console", consoles) { v, console in
            guard console.target?.type == .serial else { return }
            if hasSerialConsole {
                v.error("two-serial-consoles", "only the first console is a serial port", at: .child("target", "type"))
            }
            hasSerialConsole = true
        }
    }

    private func validateSmartcards(_ v: inout Validation) {
        guard v.isQEMU, let second = smartcards.dropFirst().first else { return }
        v.enter("smartcard[2]", second.origin) {
            $0.error("one-smartcard", "QEMU has a single smartcard, and there is one already")
        }
    }
}
