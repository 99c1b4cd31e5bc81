internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

extension Verb {
    /// `validate FILE…`: what is wrong in domain documents, as a compiler would say it.
    static var validate: Verb {
        Verb(
            "validate", group: .launcher, "check domain XML files and tell all that is wrong in them",
            details: """
                Each finding has its file, line and column, shows the line with what is wrong in it, says what
                would be accepted there, and names the nearest word that would. With --lenient unknown things are warnings, as libvirt ignores them.
                --output sarif prints all findings as a SARIF 2.1.0 log, for editors and code reviews.
                The exit status is 0 when no file has an error, else 5.
                """,
            parameters: [
                .flag("lenient", "report unknown elements and attributes as warnings"),
                .rest("file", "file", "domain XML files; - for standard input", completion: .file),
            ], extraFormats: [.sarif]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let options: XMLReadOptions = invocation.flag("lenient") ? .lenient : .strict
            var lines = ""
            var values: [JSONValue] = []
            var failed = false
            var log = SARIFLog(folder: InputFile.workingFolder)
            let renderer = DiagnosticRenderer(colours: StandardStream.output.showsColours)
            for name in invocation.all("file") {
                let (found, source) = findings(in: InputFile(name: name), options)
                let isGood = !found.contains { $0.severity == .error }
                failed = failed || !isGood
                lines += renderer.render(found, source: source)
                if isGood { lines += DisplayText.printable(name) + ": valid\n" }
                for finding in found { log.add(finding, in: name, source) }
                values.append([
                    "file": .string(name), "valid": .bool(isGood),
                    "diagnostics": .array(found.map(Renderer.document)),
                ])
            }
            return Report(
                .painted(lines), value: invocation.global.format == .sarif ? log.value : .array(values),
                names: invocation.all("file"),
                exitStatus: failed ? VMError.Code.invalidXML.exitStatus : 0)
        }
    }

    /// All findings in one file, and its text; a file that can't be read has one.
    private static func findings(
        in file: InputFile, _ options: XMLReadOptions
    ) -> ([Diagnostic], XMLSource?) {
        var source: XMLSource?
        do throws(VMError) {
            let bytes = try file.read()
            source = XMLSource(file: file.name, bytes: bytes)
            let reading = try Domain.read(bytes, file: file.name, options: options).validated()
            return (reading.diagnostics, reading.source)
        } catch {
            if !error.diagnostics.isEmpty { return (error.diagnostics, source) }
            return ([Diagnostic(rule: error.code.name, "\(error)", place: nil)], nil)
        }
    }
}
