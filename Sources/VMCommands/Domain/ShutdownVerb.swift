internal import VMCore
internal import VMManager

extension Verb {
    /// `shutdown NAME [--wait]`.
    static var shutdown: Verb {
        Verb(
            "shutdown", aliases: ["stop"], group: .domain, "have the guest power off",
            details: """
                Presses the power button and returns at once; with --wait returns when the machine is off, or
                fails when it is still up after --timeout seconds. The guest decides; 'destroy' doesn't ask it.
                """,
            parameters: [
                .domain(.running), .mode, .flag("wait", "wait until the machine is off"),
                .option("timeout", "seconds", "how long to wait, 60 by default"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            try invocation.checkMode()
            let (manager, key) = try invocation.managerAndDomain()
            guard invocation.flag("wait") else {
                let state = try manager.shutdown(key, timeout: try invocation.patience())
                return state.confirmation("Domain '\(state.name)' is being shutdown")
            }
            let state = try manager.shutdown(key, wait: try invocation.seconds("timeout") ?? .seconds(60))
            return state.confirmation("Domain '\(state.name)' has shut down")
        }
    }
}
