public import VMXML

extension Watchdog: Validated {
    public func validate(_ v: inout Validation) {
        guard v.isQEMU, let model else { return }
        if model == .diag288, v.isS390 == false {
            v.error("watchdog-model", "only s390 has the watchdog 'diag288'", at: .attribute("model"), found: "diag288")
        }
        if model == .ib700, v.machine != nil, v.hasISA == false {
            v.error(
                "watchdog-model", "the machine can't have the watchdog 'ib700'", at: .attribute("model"), found: "ib700"
            )
        }
        if model == .itco, v.isQ35 == false {
            v.error("watchdog-model", "only q35 has the watchdog 'itco'", at: .attribute("model"), found: "itco")
        }
        guard let address, address.type != .unassigned else { return }
        if model != .i6300esb {
            v.error(
                "address-type", "the watchdog '\(model.rawValue)' has no address", at: .child("address"),
                found: address.type.rawValue)
        } else if address.type != .pci {
            v.error(
                "address-type", "the watchdog 'i6300esb' has an address of type 'pci'", at: .child("address", "type"),
                found: address.type.rawValue, accepted: ["pci"])
        }
    }
}

extension RandomNumberGenerator: Validated {
    public func validate(_ v: inout Validation) {
        guard let backend else { return }
        if backend.model == .egd { v.enter("backend", backend.origin) { backend.character.validate(&$0) } }
        if let rate, rate.bytes == 0 {
            v.warning("no-effect", "a rate of 0 bytes is no limit", at: .child("rate", "bytes"), found: "0")
        }
    }
}

extension MemoryBalloon: Validated {
    public func validate(_ v: inout Validation) {
        if model == .xen || model == .some(.none) { v.noEffect(of: driver, "a balloon that is no virtio device") }
        if model == .some(.none), let address {
            v.warning(
                "no-effect", "there is no balloon that could have an address", at: .child("address"),
                found: address.type.rawValue)
        }
    }
}

extension Devices {
    /// QEMU has one action for all watchdogs.
    func validateWatchdogs(_ v: inout Validation) {
        guard v.isQEMU, let first = watchdogs.first else { return }
        v.each("watchdog", watchdogs) { v, watchdog in
            guard let action = watchdog.action, action != first.action ?? .reset else { return }
            v.error(
                "watchdog-action", "all watchdogs have the same action\(v.line(of: first.origin))",
                at: .attribute("action"), found: action.rawValue, accepted: [(first.action ?? .reset).rawValue])
        }
    }
}
