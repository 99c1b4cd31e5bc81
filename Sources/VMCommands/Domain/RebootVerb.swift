internal import VMCore
internal import VMManager

extension Verb {
    /// `reboot NAME`.
    static var reboot: Verb {
        Verb(
            "reboot", group: .domain, "have the guest power off and start the machine again",
            details: "Presses the power button; returns at once. The machine is reset when the guest has powered off.",
            parameters: [.domain(.running), .mode, .timeout]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let (modes, timeout) = (try invocation.modes(), try invocation.patience())
            let state = try manager.carryOut("reboot", key) { () throws(VMError) in
                try manager.reboot(key, modes: modes, timeout: timeout)
            }
            return state.confirmation("Domain '\(state.name)' is being rebooted")
        }
    }
}
