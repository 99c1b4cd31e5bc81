internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `doctor`.
    static var doctor: Verb {
        Verb(
            "doctor", group: .host, "tell what this host lacks for machines, and how to mend it",
            details: """
                Looks at QEMU, KVM, firmware, folders, space, limits, definitions, and the programs beside QEMU. A note is
                about what only some machines need. The exit status is 1 when no machine can run.
                """,
            parameters: [.flag("all", "what is well, too")]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let findings = try invocation.manager().checkup()
            let shown = findings.filter { invocation.flag("all") || $0.status != .ok }
            let worst = findings.map(\.status).max() ?? .ok
            let paint = Paint(isWanted: StandardStream.output.showsColours)
            var text = shown.map { line($0, paint) }.joined()
            if shown.isEmpty { text = "All \(findings.count) checks are well\n" }
            return Report(
                .painted(text), value: .array(findings.map(\.json)),
                names: findings.filter { $0.status != .ok }.map(\.check), exitStatus: worst == .error ? 1 : 0)
        }
    }

    private static func line(_ finding: CheckupFinding, _ paint: Paint) -> String {
        let status = paint.text(finding.status.rawValue.padded(to: 8), finding.status.style)
        let text = status + finding.check.padded(to: 15) + DisplayText.printable(finding.message) + "\n"
        guard let remedy = finding.remedy else { return text }
        return text + String(repeating: " ", count: 23) + paint.text("hint: ", .hint)
            + DisplayText.printable(remedy.inShell)
            + "\n"
    }
}

extension CheckupFinding {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "check": .string(check), "status": .string(status.rawValue), "message": .string(message),
        ]
        object["remedy"] = remedy.map { .string($0.inShell) }
        return .object(object)
    }
}

extension CheckupFinding.Status {
    fileprivate var style: Paint.Style {
        switch self {
        case .ok: .good
        case .note: .hint
        case .warning: .warning
        case .error: .error
        }
    }
}
