public import VMCore
public import VMDomain
public import VMXML

/// What comes to nothing here: what libvirt has control groups and security drivers for, and what is for other hypervisors
/// or other kinds of devices. It is kept in the definition, where libvirt finds it again, but not without a word.
public enum IgnoredSettings {
    /// A warning for each, with its place.
    public static func diagnostics(_ domain: Domain, source: XMLSource? = nil) -> [Diagnostic] {
        var v = Validation(domain: domain, source: source)
        guard v.isQEMU else { return [] }
        checkBlockIO(&v)
        checkMemory(&v)
        checkProcessors(&v)
        if let partition = domain.resource.partition {
            ignored(&v, "resource/partition", "its control group is the one it is started in, not '\(partition)'")
        }
        v.each("seclabel", domain.seclabels) { v, label in
            guard label.type != SecurityLabel.Kind.none, label.model != "none" else { return }
            // It names the user whom a machine of root's runs as.
            if label.model == "dac", label.type == .static { return }
            v.warning("ignored-setting", "no security driver confines machines here: the label has no effect")
        }
        checkMachine(&v)
        checkDevices(&v)
        checkHost(&v)
        return v.diagnostics
    }

    private static func ignored(_ v: inout Validation, _ path: String, _ why: String) {
        let names = path.split(separator: "/").map(String.init)
        note(&v, names.last ?? "", at: .child(names), why)
    }

    /// One setting without effect: an element, or an attribute where the spot is one.
    ///
    /// - Parameter value: the value that has none, where others have.
    static func note(
        _ v: inout Validation, _ name: String, at spot: Validation.Spot, _ why: String, named value: String? = nil
    ) {
        let subject: String
        if let value {
            subject = "<\(name) type='\(value)'>"
        } else {
            subject = spot.isAttribute ? "'\(name)'" : "<\(name)>"
        }
        v.warning("ignored-setting", "\(subject) has no effect: \(why)", at: spot)
    }

    private static func checkBlockIO(_ v: inout Validation) {
        let tuning = v.domain.blkiotune
        if tuning.weight != nil || !tuning.devices.isEmpty {
            ignored(&v, "blkiotune", "block I/O is weighed by control groups; a disk's <iotune> limits it")
        }
    }

    private static func checkMemory(_ v: inout Validation) {
        let tuning = v.domain.memtune
        let limits: [(name: String, value: ScaledSize?)] = [
            ("hard_limit", tuning.hardLimit), ("soft_limit", tuning.softLimit),
            ("swap_hard_limit", tuning.swapHardLimit), ("min_guarantee", tuning.minGuarantee),
        ]
        for limit in limits where limit.value != nil {
            ignored(&v, "memtune/\(limit.name)", "the memory of machines is limited by control groups")
        }
    }

    private static func checkProcessors(_ v: inout Validation) {
        let tuning = v.domain.cputune
        let numbers: [(name: String, isSet: Bool)] = [
            ("shares", tuning.shares != nil), ("period", tuning.period != nil), ("quota", (tuning.quota ?? -1) >= 0),
            ("global_period", tuning.globalPeriod != nil), ("global_quota", (tuning.globalQuota ?? -1) >= 0),
            ("emulator_period", tuning.emulatorPeriod != nil), ("emulator_quota", (tuning.emulatorQuota ?? -1) >= 0),
            ("iothread_period", tuning.iothreadPeriod != nil), ("iothread_quota", (tuning.iothreadQuota ?? -1) >= 0),
        ]
        for number in numbers where number.isSet {
            ignored(&v, "cputune/\(number.name)", "processor time is shared out by control groups")
        }
        if !tuning.cachetune.isEmpty { ignored(&v, "cputune/cachetune", "caches are not shared out") }
        if !tuning.memorytune.isEmpty { ignored(&v, "cputune/memorytune", "memory bandwidth is not shared out") }
    }
}

extension XMLSpot {
    /// Whether it is an attribute, of the element itself or of a child.
    fileprivate var isAttribute: Bool {
        switch self {
        case .attribute: true
        case .child(_, let attribute): attribute != nil
        case .element, .content: false
        }
    }
}
