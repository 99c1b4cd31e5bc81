internal import VMCore
internal import VMManager

extension Verb {
    /// `console NAME [--devname ALIAS]`.
    static var console: Verb {
        Verb(
            "console", group: .console, "join a domain's serial console",
            details: """
                Keys go to the guest, what it writes comes to the terminal; ^] (Ctrl and ]) leaves, --escape chooses
                another. Standard input may be a pipe too: what it holds is typed, and the session ends with it.
                """,
            parameters: [
                .domain(.active), .option("devname", "string", "the device's alias, such as serial0"),
                .flag("force", "take the place of somebody else who has joined"),
                .flag("safe", "refuse when somebody has joined"),
            ],
            exclusive: [["force", "safe"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            return try ConsoleVerb.join(manager, key, invocation)
        }
    }
}

/// Joining a console, for the verbs that do.
enum ConsoleVerb {
    static func join(_ manager: VMManager, _ key: String, _ invocation: Invocation) throws(VMError) -> Report {
        let escape = invocation.global.escape
        let escapeByte = try ConsoleSession.escapeByte(escape)
        let console = try manager.openConsole(
            key, device: invocation.value("devname"), force: invocation.flag("force"))
        if !invocation.global.isQuiet {
            StandardStream.error.show("Connected to domain '\(key)'\nEscape character is \(escape)\n")
        }
        var session = ConsoleSession(console: console, escape: escapeByte)
        let end = try session.run()
        if StandardStream.output.isTerminal { StandardStream.output.write("\n") }
        if end == .takenOver { StandardStream.error.show("Another client has taken the console over\n") }
        return .finished(end == .interrupted ? 130 : 0)
    }
}
