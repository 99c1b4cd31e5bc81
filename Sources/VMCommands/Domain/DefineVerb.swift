internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager
internal import VMXML

extension Verb {
    /// `define FILE`.
    static var define: Verb {
        Verb(
            "define", group: .domain, "store a domain from an XML file, or store it anew",
            details: """
                The document must be without fault: anything unknown or wrong is told with its line, and nothing is
                stored. With --lenient what is unknown is told and left out, as libvirt does it. Relative paths in it
                are taken from the file's folder and stored as absolute ones.
                """,
            parameters: [
                .argument("file", "file", "domain XML file; - for standard input", completion: .file),
                .flag("validate", "check the document (always done)"),
                .flag("lenient", "leave unknown elements and attributes out, with a warning"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let file = InputFile(name: try invocation.required("file"))
            let manager = try invocation.manager()
            let document = try DomainDocument.bytes(file)
            let result: DefineResult
            do throws(VMError) {
                result = try manager.define(
                    document, file: file.name, options: invocation.flag("lenient") ? .lenient : .strict)
            } catch {
                throw error.wrapped("Failed to define domain from \(file.name)")
            }
            let definition = result.definition
            var report = Report(
                .message("Domain '\(definition.name)' defined from \(file.name)"),
                value: [
                    "name": .string(definition.name), "uuid": .string(definition.uuid.description),
                    "replaced": .bool(result.replaced), "generation": JSONValue(definition.generation),
                ], names: [definition.name])
            report.warnings = result.warnings.map(\.statement)
            return report
        }
    }
}
