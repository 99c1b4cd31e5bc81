internal import VMCore
internal import VMManager

extension Verb {
    /// `shutdown NAME [--wait]`.
    static var shutdown: Verb {
        Verb(
            "shutdown", aliases: ["stop"], group: .domain, "have the guest power off",
            details: """
                Presses the power button, or asks the guest agent, and returns at once; with --wait returns when the machine is off, or
                fails when it is still up after --timeout seconds. The guest decides; 'destroy' doesn't ask it.
                """,
            parameters: [
                .domain(.running), .mode, .flag("wait", "wait until the machine is off"),
                .option("timeout", "seconds", "how long to wait, 60 by default"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let modes = try invocation.modes()
            let (manager, key) = try invocation.managerAndDomain()
            let wait = invocation.flag("wait") ? try invocation.seconds("timeout") ?? .seconds(60) : nil
            let timeout = wait == nil ? try invocation.patience() : VMManager.patience
            let state = try manager.carryOut("shutdown", key) { () throws(VMError) in
                try manager.shutdown(key, modes: modes, wait: wait, timeout: timeout)
            }
            return state.confirmation("Domain '\(state.name)' \(wait == nil ? "is being shutdown" : "has shut down")")
        }
    }
}
