internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager

extension Verb {
    /// `check NAME|FILE`.
    static var check: Verb {
        Verb(
            "check", group: .launcher, "tell all that would keep a domain from starting, without starting it",
            details: """
                Looked at are images with their formats, backing files and users, files that are booted, firmware
                and its variables, every path and port that the command line names, bridges and devices of the host,
                the emulator and what it can do, memory and huge pages. Settings without effect are warnings. The
                exit status is 0 when nothing is in the way, else 1.
                """,
            parameters: [
                .argument(
                    "domain", "string", "domain name, id or uuid, or a domain XML file", completion: .domain(.inactive))
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let manager = try invocation.manager()
            let word = try invocation.required("domain")
            let result: CheckResult
            if InputFile.looksLikeFile(word) {
                let reading = try DomainDocument.reading(InputFile(name: word))
                result = manager.check(reading.domain, source: reading.source)
            } else {
                result = try manager.check(word)
            }
            var text = ""
            for cause in result.causes {
                text += DisplayText.printable(sentence(cause)) + "\n"
                var next = cause.cause
                while let link = next {
                    text += "  \(DisplayText.printable(link.message))\n"
                    next = link.cause
                }
                if let remedy = cause.firstRemedy { text += "  hint: \(DisplayText.printable(remedy.inShell))\n" }
            }
            if result.causes.isEmpty { text = "Domain '\(result.name)' can be started\n" }
            var report = Report(
                .raw(text),
                value: [
                    "domain": .string(result.name), "ok": .bool(result.causes.isEmpty),
                    "causes": .array(result.causes.map { .object($0.json) }),
                    "warnings": .array(result.warnings.map { .string($0) }),
                ], names: [result.name], exitStatus: result.causes.isEmpty ? 0 : 1)
            report.warnings = result.warnings
            return report
        }
    }

    /// A cause with the place in the document that it comes from.
    private static func sentence(_ cause: VMError) -> String {
        guard let finding = cause.diagnostics.first, finding.message == cause.message else { return cause.message }
        return finding.statement
    }
}
