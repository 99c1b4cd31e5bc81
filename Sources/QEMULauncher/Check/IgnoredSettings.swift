public import VMCore
public import VMDomain
public import VMXML

/// What comes to nothing here: what libvirt has control groups and security drivers for, and what is for other hypervisors
/// or other kinds of devices. It is kept in the definition, where libvirt finds it again, but not without a word.
public enum IgnoredSettings {
    /// A warning for each, with its place.
    ///
    /// - Parameter groups: where the machine's control group would be.
    public static func diagnostics(
        _ domain: Domain, source: XMLSource? = nil, groups: ControlGroupPlace = .none("it has no control group")
    ) -> [Diagnostic] {
        var v = Validation(domain: domain, source: source)
        guard v.isQEMU else { return [] }
        checkBlockIO(&v, groups)
        checkMemory(&v, groups)
        checkProcessors(&v, groups)
        checkNUMA(&v, groups)
        checkPartition(&v, groups)
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

    /// Warns of what a controller of control groups would do, where the machine's group hasn't it.
    private static func needs(
        _ controller: ControlGroupController, _ groups: ControlGroupPlace, _ v: inout Validation, _ path: String,
        _ what: String
    ) {
        if groups.controllers.contains(controller) { return }
        let why: String
        if case .none(let reason) = groups {
            why = reason
        } else {
            why = "this machine's has no controller '\(controller.rawValue)'"
        }
        ignored(&v, path, "\(what) control groups, and \(why)")
    }

    private static func checkBlockIO(_ v: inout Validation, _ groups: ControlGroupPlace) {
        let tuning = v.domain.blkiotune
        guard tuning.weight != nil || !tuning.devices.isEmpty else { return }
        needs(.io, groups, &v, "blkiotune", "block devices of the host are weighed and limited by")
    }

    private static func checkMemory(_ v: inout Validation, _ groups: ControlGroupPlace) {
        let tuning = v.domain.memtune
        let limits: [(name: String, value: ScaledSize?)] = [
            ("hard_limit", tuning.hardLimit), ("soft_limit", tuning.softLimit),
            ("swap_hard_limit", tuning.swapHardLimit),
        ]
        for limit in limits where limit.value != nil {
            needs(.memory, groups, &v, "memtune/\(limit.name)", "the memory of machines is limited by")
        }
        if tuning.minGuarantee != nil {
            ignored(&v, "memtune/min_guarantee", "it is for VMware and OpenVZ only")
        }
    }

    private static func checkProcessors(_ v: inout Validation, _ groups: ControlGroupPlace) {
        let tuning = v.domain.cputune
        let numbers: [(name: String, isSet: Bool)] = [
            ("shares", tuning.shares != nil), ("period", tuning.period != nil), ("quota", (tuning.quota ?? -1) >= 0),
            ("global_period", tuning.globalPeriod != nil), ("global_quota", (tuning.globalQuota ?? -1) >= 0),
            ("emulator_period", tuning.emulatorPeriod != nil), ("emulator_quota", (tuning.emulatorQuota ?? -1) >= 0),
            ("iothread_period", tuning.iothreadPeriod != nil), ("iothread_quota", (tuning.iothreadQuota ?? -1) >= 0),
        ]
        for number in numbers where number.isSet {
            needs(.cpu, groups, &v, "cputune/\(number.name)", "processor time is shared out by")
        }
        if !tuning.cachetune.isEmpty { ignored(&v, "cputune/cachetune", "caches are not shared out") }
        if !tuning.memorytune.isEmpty { ignored(&v, "cputune/memorytune", "memory bandwidth is not shared out") }
    }

    /// Of all modes that alone QEMU can't do by itself.
    private static func checkNUMA(_ v: inout Validation, _ groups: ControlGroupPlace) {
        guard v.domain.numatune.memory?.mode == .restrictive else { return }
        needs(.cpuset, groups, &v, "numatune", "with the mode 'restrictive' memory is bound by")
    }

    private static func checkPartition(_ v: inout Validation, _ groups: ControlGroupPlace) {
        guard let partition = v.domain.resource.partition, partition != ControlGroupPlace.standardPartition else {
            return
        }
        switch groups {
        case .none(let why): ignored(&v, "resource/partition", "it is of control groups, and \(why)")
        case .scope(ofUser: true, _):
            ignored(&v, "resource/partition", "a user's machines are in the group that the user was given")
        case .scope, .below: return
        }
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
