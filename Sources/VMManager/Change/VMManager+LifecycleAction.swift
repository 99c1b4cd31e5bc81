internal import QEMULauncher
public import VMCore
public import VMDomain
internal import VMJSON

/// What becomes of a machine at an event of its life: `<on_poweroff>`, `<on_reboot>`, `<on_crash>`.
public enum LifecycleActionChange: Sendable, Hashable {
    case poweroff(LifecycleAction)
    case reboot(LifecycleAction)
    case crash(CrashAction)
}

extension VMManager {
    /// Decides anew what becomes of a machine when its guest powers off, reboots or crashes; a running machine's
    /// supervisor keeps to it from now on.
    ///
    /// - Throws: `invalid-xml` when the actions don't go together.
    public func setLifecycleAction(
        _ key: String, _ action: LifecycleActionChange, scope: ChangeScope = .current, timeout: Duration = patience
    ) throws(VMError) {
        let machine = try find(key)
        let (live, config) = try resolve(scope, machine)
        func edit(_ domain: inout Domain) throws(VMError) {
            switch action {
            case .poweroff(let action): domain.onPoweroff = action
            case .reboot(let action): domain.onReboot = action
            case .crash(let action): domain.onCrash = action
            }
        }
        var change: StoredChange?
        if config { change = try prepareStored(machine, edit) }
        if live {
            var session = try LiveSession(self, machine, deadline: .after(timeout))
            var next = session.domain
            try edit(&next)
            let findings = next.validate().filter { $0.severity == .error }
            if !findings.isEmpty {
                throw VMError(.invalidXML, "the actions don't go together", diagnostics: findings)
            }
            // QEMU itself reboots, or says that it would and leaves the rest to the supervisor.
            func call(_ domain: Domain) -> QMPCall {
                let isOwn = LifeCyclePolicy(domain).onReboot == .restart
                return QMPCall("set-action", ["reboot": isOwn ? "reset" : "shutdown"])
            }
            try session.make(
                HotplugChange(steps: [.init(call(next), undo: call(session.domain))], domain: next))
        }
        if let change { try commit(change) }
    }
}
