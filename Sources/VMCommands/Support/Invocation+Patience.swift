internal import MonitorJSON
internal import VMCore
internal import VMManager

extension Parameter {
    /// How long a running machine may take to answer.
    static var timeout: Parameter {
        .option("timeout", "seconds", "how long the machine may take to answer, 10 by default")
    }

    /// How the guest is asked to power off.
    static var mode: Parameter {
        .option(
            "mode", "string", "how to ask the guest: acpi (its power button, which is the default) or agent",
            completion: .words(["acpi", "agent"]))
    }

    static var resetNVRAM: Parameter {
        .flag("reset-nvram", "make the file of firmware variables anew from its template")
    }
}

extension Invocation {
    func patience() throws(VMError) -> Duration { try seconds("timeout") ?? VMManager.patience }

    /// How the guest is to be asked: virsh's modes, of which those that there is no way for are refused. Several stand
    /// for the first that works.
    func modes() throws(VMError) -> [ShutdownMode] {
        let known = ["acpi", "agent", "initctl", "signal", "paravirt"]
        guard let text = value("mode") else { return [.acpi] }
        var modes: [ShutdownMode] = []
        for word in text.split(separator: ",") {
            guard known.contains(String(word)) else {
                throw VMError(
                    .usage, "Unknown mode \(word) value, expecting " + known.joined(separator: ", "),
                    remedy: "leave --mode out to press the power button")
            }
            if let mode = ShutdownMode(rawValue: String(word)) { modes.append(mode) }
        }
        if !modes.isEmpty { return modes }
        throw VMError(
            .unsupported, "mode '\(text)' is not available: a guest is asked by its power button or its agent",
            remedy: "leave --mode out, or give acpi or agent")
    }

    /// Asks the guest in one way after the other until one works.
    func askGuest(
        _ modes: [ShutdownMode], agent command: GuestShutdown, _ manager: VMManager, _ key: String,
        acpi: () throws(VMError) -> Void
    ) throws(VMError) {
        var failure: VMError?
        for mode in modes {
            do throws(VMError) {
                switch mode {
                case .acpi: try acpi()
                case .agent:
                    let deadline = Deadline.after(try patience())
                    let agent = try manager.guestAgent(key, deadline: deadline)
                    defer { agent.close() }
                    try agent.execute(command, deadline: deadline)
                }
                return
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }
}

/// How a guest is asked to power off.
enum ShutdownMode: String {
    case acpi, agent
}
