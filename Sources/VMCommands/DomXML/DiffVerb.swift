internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager
internal import VMXML

extension Verb {
    /// `diff NAME`, `diff NAME FILE`, `diff FILE FILE`.
    static var diff: Verb {
        Verb(
            "diff", group: .launcher, "tell the differences between two definitions of a domain",
            details: """
                  diff NAME       what will be different when the running domain starts the next time
                  diff NAME FILE  what 'define FILE' would change in the stored definition
                  diff FILE FILE  what the second document says differently from the first

                One change a line: where, the value or element before, and the one after; + is new, - is gone. What only a
                running machine has (ids, device names, ports that were chosen for it) is left out. The exit status is 0
                when there is no difference, 1 when there is one, and 2 after an error.
                """,
            parameters: [
                .argument(
                    "domain", "string", "domain name, id or uuid, or a domain XML file", completion: .domain(.any)),
                .optional(
                    "file", "file", "the domain XML file to compare with; - for standard input", completion: .file),
            ], errorStatus: 2
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let changes = try changes(invocation).map(\.withoutSecrets)
            return Report(
                .painted(XMLChangeRenderer(colours: StandardStream.output.showsColours).render(changes)),
                value: .array(changes.map(document)), names: changes.map(\.path), exitStatus: changes.isEmpty ? 0 : 1)
        }
    }

    private static func changes(_ invocation: Invocation) throws(VMError) -> [XMLChange] {
        let first = try invocation.required("domain")
        let second = invocation.value("file").map { InputFile(name: $0) }
        guard InputFile.looksLikeFile(first) else {
            let manager = try invocation.manager()
            guard let second else { return try manager.pendingChanges(first) }
            return try manager.changes(first, to: try DomainDocument.read(second, validates: false))
        }
        guard let second else {
            throw VMError(.usage, "'\(first)' needs a second file to be compared with", remedy: "see 'vmctl help diff'")
        }
        let old = Planner.inactiveForm(of: try DomainDocument.read(InputFile(name: first), validates: false))
        return old.changes(to: Planner.inactiveForm(of: try DomainDocument.read(second, validates: false)))
    }

    private static func document(_ change: XMLChange) -> JSONValue {
        [
            "path": .string(change.path), "old": change.old.map { .string($0) } ?? .null,
            "new": change.new.map { .string($0) } ?? .null,
        ]
    }
}
