internal import VMCore
internal import VMManager

extension Verb {
    /// `destroy NAME [--graceful]`.
    static var destroy: Verb {
        Verb(
            "destroy", aliases: ["kill"], group: .domain, "switch a domain off at once",
            details: """
                As if its power cord were pulled: the guest isn't asked. QEMU gets the chance to write its disks'
                caches; one that doesn't end is killed, except with --graceful. The definition stays.
                """,
            parameters: [
                .domain(.active), .flag("graceful", "never kill a QEMU that doesn't end by itself"),
                .flag("remove-logs", "remove the domain's log file too"), .timeout,
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let timeout = try invocation.patience()
            let state = try manager.carryOut("destroy", key) { () throws(VMError) in
                try manager.destroy(key, graceful: invocation.flag("graceful"), timeout: timeout)
            }
            if invocation.flag("remove-logs") { try Files.remove(manager.logPath(state.uuid)) }
            return state.confirmation("Domain '\(state.name)' destroyed")
        }
    }
}
