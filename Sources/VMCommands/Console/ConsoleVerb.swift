internal import Glibc
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
                .flag("force", "join even if somebody else has joined"),
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
        let endpoint = try manager.console(key, device: invocation.value("devname"))
        let lock = try invocation.flag("force") ? nil : takeLock(manager, key, endpoint)
        let console =
            switch endpoint {
            case .terminal(let path): try FileDescriptor.open(path, flags: O_RDWR | O_NOCTTY | O_NONBLOCK)
            case .unix(let path): try Socket.connect(to: .unix(path: path), deadline: .after(.seconds(5)))
            }
        if !invocation.global.isQuiet {
            StandardStream.error.write("Connected to domain '\(key)'\nEscape character is \(escape)\n")
        }
        var session = ConsoleSession(console: console, escape: escapeByte)
        let end = try session.run()
        _ = consume lock
        if StandardStream.output.isTerminal { StandardStream.output.write("\n") }
        return .finished(end == .interrupted ? 130 : 0)
    }

    /// Two sessions on one terminal would each get half of what the guest writes; a socket leaves the second waiting.
    private static func takeLock(
        _ manager: VMManager, _ key: String, _ endpoint: ConsoleEndpoint
    ) throws(VMError) -> FileLock {
        let machine = try manager.find(key)
        let name = endpoint.path.split(separator: "/").last ?? "console"
        if let lock = try FileLock.take("\(machine.runtime.path)/console-\(name).lock") { return lock }
        throw VMError(
            .busy, "operation failed: Active console session exists for this domain",
            remedy: "leave the other session with ^], or join as well with --force")
    }
}

extension ConsoleEndpoint {
    var path: String {
        switch self {
        case .terminal(let path), .unix(let path): path
        }
    }
}
