internal import VMCore
internal import VMDomain
internal import VMXML

/// Firmware that was to be chosen, and wasn't.
enum FirmwareCheck {
    static let launch: DomainCheck.Check = { v, context in
        guard let firmware = v.domain.os.firmware, !FirmwareDefaults.isSettled(v.domain, context) else { return }
        let image = v.domain.os.loader?.path.map {
            ": this host describes none in '\($0)', which needs no firmware='\(firmware.rawValue)' to be used"
        }
        v.error(
            "no-firmware",
            "Unable to find '\(firmware.rawValue)' firmware that is compatible with the current configuration"
                + (image ?? ""),
            at: .child(["os", "loader"]), found: v.domain.os.loader?.path)
    }
}
