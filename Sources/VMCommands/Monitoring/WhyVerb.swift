internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `why NAME`.
    static var why: Verb {
        Verb(
            "why", group: .monitoring, "tell the last failure of a domain: what, when, and in whose words",
            details: """
                The last start that failed, or the last crash, from what start and the machine's log have kept:
                causes, QEMU's command line, its standard error and how it ended, and the end of the log. The exit
                status is 0 in any case.
                """,
            parameters: [.domain()]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            guard let failure = try manager.lastFailure(key) else {
                return Report(.text("Domain '\(key)' has had no failure"), value: ["failure": .null])
            }
            return Report(.raw(text(key, failure)), value: ["failure": .object(failure.json)], names: [failure.time])
        }
    }

    private static func text(_ key: String, _ failure: FailureReport) -> String {
        let what = failure.kind == .start ? "failed to start" : "crashed"
        var text = "Domain '\(key)' \(what) at \(failure.time)\n"
        for cause in failure.causes { text += "  " + cause.split(separator: "\n").joined(separator: "\n    ") + "\n" }
        if let remedy = failure.remedy { text += "  hint: \(DisplayText.printable(remedy.inShell))\n" }
        text += "\nExit: \(failure.exit ?? "QEMU was not running, or nobody saw it end")\n"
        func section(_ title: String, _ lines: [String]) {
            guard !lines.isEmpty else { return }
            text += "\n\(title):\n" + lines.map { "  \($0)\n" }.joined()
        }
        section("QEMU's standard error", failure.output)
        section("Command line", failure.commandLine.map { [$0] } ?? [])
        section("Last lines of \(failure.logPath)", failure.log)
        return text
    }
}
