internal import VMCore
internal import VMManager

extension Verb {
    /// `resume NAME`.
    static var resume: Verb {
        Verb(
            "resume", group: .domain, "let a suspended domain go on",
            details: "Also wakes a domain that was paused for an I/O error or started with --paused.",
            parameters: [.domain(.paused), .timeout]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let timeout = try invocation.patience()
            let state = try manager.carryOut("resume", key) { () throws(VMError) in
                try manager.resume(key, timeout: timeout)
            }
            return state.confirmation("Domain '\(state.name)' resumed")
        }
    }
}
