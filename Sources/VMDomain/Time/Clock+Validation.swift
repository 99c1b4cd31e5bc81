public import VMXML

extension Clock: Validated {
    public func validate(_ v: inout Validation) {
        var seen: [Timer.Name: XMLOrigin] = [:]
        v.each("timer", timers) { v, timer in
            guard let name = timer.name else { return }
            if let first = seen[name] {
                v.warning(
                    "duplicate-timer", "the timer '\(name.rawValue)' is there\(v.line(of: first)) already",
                    at: .attribute("name"), found: name.rawValue)
            }
            seen[name] = timer.origin
            timer.validate(&v)
        }
    }
}

extension Timer: Validated {
    public func validate(_ v: inout Validation) {
        guard v.isQEMU, let name else { return }
        let isX86Only: Bool
        switch name {
        case .platform, .xen:
            v.error(
                "timer-platform", "QEMU has no timer '\(name.rawValue)'", at: .attribute("name"), found: name.rawValue)
            return
        case .tsc, .kvmclock, .hypervclock: isX86Only = true
        case .hpet, .pit:
            isX86Only = false
            if v.isX86 == false {
                v.warning(
                    "no-effect", "only a PC has the timer '\(name.rawValue)'", at: .attribute("name"),
                    found: name.rawValue)
            }
        case .rtc, .armvtimer: isX86Only = false
        }
        if isX86Only, v.isX86 == false, present != .yes {
            v.warning(
                "no-effect", "only a PC has the timer '\(name.rawValue)'", at: .attribute("name"), found: name.rawValue)
        } else if (isX86Only && v.isX86 == false) || (name == .armvtimer && v.isARM == false) {
            v.error(
                "timer-platform", "the timer '\(name.rawValue)' isn't there on '\(v.architecture ?? "")'",
                at: .attribute("name"), found: name.rawValue)
        }
        validatePolicy(of: name, &v)
        if catchup != nil, tickpolicy != .catchup {
            v.error("timer-catchup", "<catchup> belongs to tickpolicy='catchup'", at: .child("catchup"))
        }
    }

    /// QEMU's clocks make up for lost ticks in fewer ways than there are words for.
    private func validatePolicy(of name: Name, _ v: inout Validation) {
        let accepted: [TickPolicy]
        switch name {
        case .pit: accepted = [.delay, .catchup, .discard]
        case .rtc: accepted = [.delay, .catchup]
        default: return
        }
        if let tickpolicy, !accepted.contains(tickpolicy) {
            v.error(
                "timer-policy", "the timer '\(name.rawValue)' has no tick policy '\(tickpolicy.rawValue)'",
                at: .attribute("tickpolicy"), found: tickpolicy.rawValue, accepted: accepted.map(\.rawValue))
        }
        if name == .rtc, track == .boot {
            v.error(
                "timer-track", "QEMU's clock can't follow the time since boot", at: .attribute("track"), found: "boot",
                accepted: ["guest", "wall"])
        }
    }
}
