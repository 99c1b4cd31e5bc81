internal import VMCore
internal import VMManager

extension Verb {
    /// `reset NAME`.
    static var reset: Verb {
        Verb(
            "reset", group: .domain, "press a domain's reset button",
            details: "The guest isn't asked and can lose what it hasn't written.",
            parameters: [.domain(.active), .timeout]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let timeout = try invocation.patience()
            let state = try manager.carryOut("reset", key) { () throws(VMError) in
                try manager.reset(key, timeout: timeout)
            }
            return state.confirmation("Domain '\(state.name)' was reset")
        }
    }
}
