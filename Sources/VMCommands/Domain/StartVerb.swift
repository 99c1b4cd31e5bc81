internal import VMCore
internal import VMManager

extension Verb {
    /// `start NAME [--paused]`.
    static var start: Verb {
        Verb(
            "start", group: .domain, "start a defined domain",
            details: "Returns when the machine's processors run; with --paused, when they are ready to.",
            parameters: [
                .domain(.inactive), .flag("console", "join the console when it runs"),
                .flag("paused", "leave the processors stopped"),
                .flag("force-boot", "boot afresh even if there is a saved state"), .resetNVRAM,
                .flag("bypass-cache", "accepted; a saved state goes through the file system's cache all the same"),
                .yes,
                .option("timeout", "seconds", "how long QEMU may take to get ready, 30 by default"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            if invocation.flag("force-boot"), manager.hasManagedSave(try manager.find(key)) {
                try invocation.confirm("Boot domain '\(key)' afresh and forget its saved state\n")
            }
            let timeout = try invocation.seconds("timeout") ?? .seconds(30)
            let state = try manager.carryOut("start", key) { () throws(VMError) in
                try manager.start(
                    key, paused: invocation.flag("paused"), timeout: timeout,
                    forceBoot: invocation.flag("force-boot"), resetNVRAM: invocation.flag("reset-nvram"))
            }
            let report = state.confirmation("Domain '\(state.name)' started")
            guard invocation.flag("console") else { return report }
            if invocation.global.format == .human {
                StandardStream.output.write(Renderer(global: invocation.global).text(of: report))
            }
            return try ConsoleVerb.join(manager, state.name, invocation)
        }
    }
}
