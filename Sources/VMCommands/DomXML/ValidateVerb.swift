internal import VMCore
internal import VMDomain
internal import VMJSON

extension Verb {
    /// `validate FILE…`: what is wrong in domain documents, as a compiler would say it.
    static var validate: Verb {
        Verb(
            "validate", group: .launcher, "check domain XML files and tell all that is wrong in them",
            details: """
                Each finding has its file, line and column, says what would be accepted there, and names the
                nearest word that would. With --lenient unknown things are warnings, as libvirt ignores them.
                The exit status is 0 when no file has an error, else 5.
                """,
            parameters: [
                .flag("lenient", "report unknown elements and attributes as warnings"),
                .rest("file", "file", "domain XML files; - for standard input", completion: .file),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let options: XMLReadOptions = invocation.flag("lenient") ? .lenient : .strict
            var lines = ""
            var values: [JSONValue] = []
            var failed = false
            for name in invocation.all("file") {
                let found = findings(in: InputFile(name: name), options)
                let isGood = !found.contains { $0.severity == .error }
                failed = failed || !isGood
                for diagnostic in found { lines += "\(diagnostic)\n" }
                if isGood { lines += "\(name): valid\n" }
                values.append([
                    "file": .string(name), "valid": .bool(isGood),
                    "diagnostics": .array(found.map(Renderer.document)),
                ])
            }
            return Report(
                .raw(lines), value: .array(values), names: invocation.all("file"),
                exitStatus: failed ? VMError.Code.invalidXML.exitStatus : 0)
        }
    }

    /// All findings in one file; a file that can't be read has one.
    private static func findings(in file: InputFile, _ options: XMLReadOptions) -> [Diagnostic] {
        do throws(VMError) {
            return try Domain.read(try file.read(), file: file.name, options: options).validated().diagnostics
        } catch {
            if !error.diagnostics.isEmpty { return error.diagnostics }
            return [Diagnostic(rule: error.code.name, "\(error)", place: nil)]
        }
    }
}
