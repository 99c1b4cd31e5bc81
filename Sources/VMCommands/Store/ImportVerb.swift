internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `import libvirt [NAME …]`.
    static var importDomains: Verb {
        Verb(
            "import", group: .domain, "take domains over from libvirt",
            details: """
                Takes definitions, autostart marks, firmware variables, the states of TPMs, managed saves and snapshots over, of
                the domains named or of all. libvirt's files are only read, and needn't be used by a daemon any more; disk images
                stay where they are. The machines keep their UUIDs, addresses and hardware. Start each of them in one
                place only: a managed save or a disk that has been used here is of no use there any more. What can't be
                taken over is told. The exit status is 1 when a domain couldn't be.
                """,
            parameters: [
                .argument("source", "string", "what they are taken from: libvirt", completion: .words(["libvirt"])),
                .rest("domain", "string", "their names; all without any", required: false),
                .option(
                    "from", "string",
                    "qemu:///system, qemu:///session, a system's root or a ~/.config/libvirt",
                    completion: .folder),
                .flag("replace", "take over again what was taken over before"),
                .flag("dry-run", "only tell what would be done"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let source = try invocation.required("source")
            guard source == "libvirt" else {
                throw VMError(
                    .usage, "domains can't be taken over from '\(source)'", remedy: "the one source is 'libvirt'")
            }
            let installation = try LibvirtInstallation.find(invocation.value("from"))
            let isDryRun = invocation.flag("dry-run")
            let outcomes = try invocation.manager().importDomains(
                of: installation, names: invocation.all("domain"), replaces: invocation.flag("replace"),
                isDryRun: isDryRun)
            let failed = outcomes.contains { $0.error != nil }
            return Report(
                .text(ImportText.text(outcomes, isDryRun, installation.path)),
                value: .array(outcomes.map(ImportText.value)), exitStatus: failed ? 1 : 0)
        }
    }
}

/// How people and programs are told what became of each domain.
private enum ImportText {
    static func text(_ outcomes: [ImportOutcome], _ isDryRun: Bool, _ path: String) -> String {
        if outcomes.isEmpty { return "There are no domains in '\(path)'.\n" }
        return outcomes.map { outcome in
            let lines = [line(outcome, isDryRun)] + outcome.warnings.map { "    \($0)" }
            return lines.map { DisplayText.printable($0) + "\n" }.joined()
        }.joined()
    }

    private static func line(_ outcome: ImportOutcome, _ isDryRun: Bool) -> String {
        if let error = outcome.error {
            var text = "Domain '\(outcome.name)' \(isDryRun ? "would not be" : "was not") taken over"
            var next: VMError? = error
            while let cause = next {
                text += ": \(cause.message)"
                next = cause.cause
            }
            return text + (error.firstRemedy.map { "; \($0.inShell)" } ?? "")
        }
        let parts = outcome.parts.map(words).joined(separator: ", ")
        return "Domain '\(outcome.name)' \(isDryRun ? "would be taken over" : "taken over"): \(parts)"
    }

    private static func words(_ part: ImportOutcome.Part) -> String {
        switch part {
        case .definition: "definition"
        case .autostart: "autostart"
        case .variables(let path): "firmware variables in \(path)"
        case .tpm(let path): "TPM in \(path)"
        case .managedSave: "managed save"
        case .snapshots(let count): count == 1 ? "1 snapshot" : "\(count) snapshots"
        case .checkpoints(let count): count == 1 ? "1 checkpoint" : "\(count) checkpoints"
        }
    }

    static func value(_ outcome: ImportOutcome) -> JSONValue {
        var object: JSONObject = [
            "name": .string(outcome.name), "taken": .bool(outcome.error == nil),
            "parts": .array(outcome.parts.map(value)), "warnings": .array(outcome.warnings.map { .string($0) }),
        ]
        object["uuid"] = outcome.uuid.map { .string($0.description) }
        object["error"] = outcome.error.map { .string("\($0)") }
        return .object(object)
    }

    private static func value(_ part: ImportOutcome.Part) -> JSONValue {
        switch part {
        case .definition: ["part": "definition"]
        case .autostart: ["part": "autostart"]
        case .variables(let path): ["part": "variables", "path": .string(path)]
        case .tpm(let path): ["part": "tpm", "path": .string(path)]
        case .managedSave: ["part": "managed-save"]
        case .snapshots(let count): ["part": "snapshots", "count": .integer(Int64(count))]
        case .checkpoints(let count): ["part": "checkpoints", "count": .integer(Int64(count))]
        }
    }
}
