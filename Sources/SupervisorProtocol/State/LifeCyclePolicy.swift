internal import VMCore
package import VMDomain
package import VMJSON

/// What becomes of a machine whose guest powers off, reboots or crashes: `<on_poweroff>`, `<on_reboot>`, `<on_crash>`.
package struct LifeCyclePolicy: Sendable, Hashable {
    /// The decisions a supervisor can carry out. libvirt's `rename-restart` is `restart` for QEMU: there is one name.
    package enum Decision: String, Sendable {
        case destroy, restart, preserve
        case dumpThenDestroy = "dump-destroy"
        case dumpThenRestart = "dump-restart"
    }

    package var onPoweroff = Decision.destroy
    package var onReboot = Decision.restart
    package var onCrash = Decision.destroy

    package init() {}

    package init(_ domain: Domain) {
        if let action = domain.onPoweroff { onPoweroff = Self.decision(action) }
        if let action = domain.onReboot { onReboot = Self.decision(action) }
        switch domain.onCrash {
        case nil, .destroy: onCrash = .destroy
        case .restart, .renameRestart: onCrash = .restart
        case .preserve: onCrash = .preserve
        case .coredumpDestroy: onCrash = .dumpThenDestroy
        case .coredumpRestart: onCrash = .dumpThenRestart
        }
    }

    private static func decision(_ action: LifecycleAction) -> Decision {
        switch action {
        case .destroy: .destroy
        case .restart, .renameRestart: .restart
        case .preserve: .preserve
        }
    }

    package var json: JSONValue {
        [
            "poweroff": .string(onPoweroff.rawValue), "reboot": .string(onReboot.rawValue),
            "crash": .string(onCrash.rawValue),
        ]
    }

    package init(json: JSONValue?) {
        func read(_ key: String, _ fallback: Decision) -> Decision {
            (json?[key]?.string).flatMap { Decision(rawValue: $0) } ?? fallback
        }
        onPoweroff = read("poweroff", .destroy)
        onReboot = read("reboot", .restart)
        onCrash = read("crash", .destroy)
    }
}
