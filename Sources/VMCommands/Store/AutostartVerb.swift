internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `autostart NAME [--disable]`, `autostart --run`, `autostart --shutdown`.
    static var autostart: Verb {
        Verb(
            "autostart", group: .domain, "have a domain started with the host, or start all that are marked so",
            details: """
                The mark alone does nothing: the unit vmctl-autostart.service runs 'autostart --run' at boot or login
                and 'autostart --shutdown' at the end. Enable it once, for your own machines with
                  systemctl --user enable vmctl-autostart.service
                  loginctl enable-linger
                and for root's with
                  systemctl enable vmctl-autostart.service
                """,
            parameters: [
                .optional("domain", "string", "domain name, id or uuid", completion: .domain(.any)),
                .flag("disable", "take the mark away"), .flag("run", "start all marked domains that don't run"),
                .flag("shutdown", "shut all running domains down, marked or not, and wait for them"),
                .option("timeout", "seconds", "how long a start (30) or the whole shutdown (90) may take"),
            ],
            exclusive: [["disable", "run", "shutdown"], ["domain", "run"], ["domain", "shutdown"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let manager = try invocation.manager()
            let limit = try invocation.seconds("timeout")
            if invocation.flag("run") { return tell(manager.startMarked(timeout: limit ?? .seconds(30))) }
            if invocation.flag("shutdown") { return tell(try manager.shutDownAll(within: limit ?? .seconds(90))) }
            let key = try invocation.required("domain")
            let isWanted = !invocation.flag("disable")
            let machine: Machine
            do throws(VMError) {
                machine = try manager.setAutostart(key, isWanted)
            } catch {
                if error.code == .noDomain { throw error }
                throw error.wrapped("Failed to \(isWanted ? "" : "un")mark domain '\(key)' as autostarted")
            }
            return Report(
                .message("Domain '\(machine.name)' \(isWanted ? "" : "un")marked as autostarted"),
                value: [
                    "name": .string(machine.name), "uuid": .string(machine.uuid.description),
                    "autostart": .bool(isWanted),
                ], names: [machine.name])
        }
    }

    private static func tell(_ outcomes: [FleetOutcome]) -> Report {
        let lines = outcomes.map { outcome in
            let kind = outcome.isPool ? "Pool" : outcome.isNetwork ? "Network" : "Domain"
            let what = "\(kind) '\(outcome.name)'"
            return switch outcome.result {
            case .started: "\(what) started"
            case .running: "\(what) is \(outcome.isPool || outcome.isNetwork ? "active" : "running") already"
            case .shutDown: "\(what) has shut down"
            case .failed: "\(what) failed"
            }
        }
        let failed = outcomes.compactMap(\.error)
        var report = Report(
            lines.isEmpty ? .message("Nothing to do") : .messages(lines),
            value: .array(
                outcomes.map { outcome in
                    var object: JSONObject = [
                        "name": .string(outcome.name), "result": .string(outcome.result.rawValue),
                    ]
                    if outcome.isPool { object["pool"] = true }
                    if outcome.isNetwork { object["network"] = true }
                    object["error"] = outcome.error.map { .string($0.description) }
                    return .object(object)
                }), names: outcomes.map(\.name), exitStatus: failed.first?.code.exitStatus ?? 0)
        report.warnings = failed.map(\.description)
        return report
    }
}
