internal import VMCore
internal import VMManager

extension Verb {
    /// `suspend NAME`.
    static var suspend: Verb {
        Verb(
            "suspend", group: .domain, "stop a running domain's processors",
            details: "The machine keeps its memory and devices; 'resume' lets it go on.",
            parameters: [.domain(.running), .timeout]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let timeout = try invocation.patience()
            let state = try manager.carryOut("suspend", key) { () throws(VMError) in
                try manager.suspend(key, timeout: timeout)
            }
            return state.confirmation("Domain '\(state.name)' suspended")
        }
    }
}
