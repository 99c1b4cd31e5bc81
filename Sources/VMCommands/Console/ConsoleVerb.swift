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
                First comes what the guest has printed since it was started and nobody has seen, up to the last 64 KiB;
                two lines on standard error say where it begins and ends. With --history all comes that is kept, with
                --no-history nothing.
                """,
            parameters: [
                .domain(.active), .option("devname", "string", "the device's alias, such as serial0"),
                .flag("force", "take the place of somebody else who has joined"),
                .flag("safe", "refuse when somebody has joined"),
                .flag("history", "show all that is kept of what the guest has printed"),
                .flag("no-history", "show only what comes from now on"),
            ],
            exclusive: [["force", "safe"], ["history", "no-history"]]
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
        let history: ConsoleHistory =
            invocation.flag("no-history") ? .none : invocation.flag("history") ? .all : .unseen
        let console = try manager.carryOut("open console of", key) { () throws(VMError) in
            try manager.openConsole(
                key, device: invocation.value("devname"), force: invocation.flag("force"), history: history)
        }
        let isQuiet = invocation.global.isQuiet
        if !isQuiet {
            StandardStream.error.show("Connected to domain '\(key)'\nEscape character is \(escape)\n")
            if console.earlierByteCount > 0 {
                StandardStream.error.show("--- printed before you joined, \(console.earlierByteCount) bytes ---\n")
            }
        }
        var session = ConsoleSession(
            console: console, escape: escapeByte, liveNotice: isQuiet ? nil : "--- from here on as it comes ---\n")
        let end = try session.run()
        if StandardStream.output.isTerminal { StandardStream.output.write("\n") }
        if end == .takenOver { StandardStream.error.show("Another client has taken the console over\n") }
        return .finished(end == .interrupted ? 130 : 0)
    }
}
