internal import Glibc
internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager
internal import VMXML

extension Verb {
    /// `edit NAME [--skip-validate]`.
    static var edit: Verb {
        Verb(
            "edit", group: .domain, "edit a domain's stored XML",
            details: """
                Opens $VISUAL, $EDITOR or vi on the stored XML and stores the result when it is without fault and
                nobody has changed the definition meanwhile. Otherwise says why and asks what to do: y edits again, f
                stores it over the other's change, i stores it although it has unknown things in it, n gives up. A text
                that wasn't stored stays in a file whose path is told.
                """,
            parameters: [
                .domain(), .flag("skip-validate", "take unknown elements and attributes without a word"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let machine = try manager.find(key)
            guard machine.isPersistent else {
                throw VMError(
                    .wrongState, "Requested operation is not valid: domain is transient",
                    remedy: "store its definition with 'vmctl define' first")
            }
            let original = try manager.store.read(machine.name)
            let file = try EditedFile(
                String(decoding: original.xml, as: UTF8.self), name: machine.name + ".xml", manager)
            var session = EditSession(
                manager: manager, original: original, file: file, isLenient: invocation.flag("skip-validate"))
            return try session.run()
        }
    }
}

/// One `edit`, with as many rounds as it takes.
private struct EditSession {
    let manager: VMManager
    let original: StoredDefinition
    let file: EditedFile
    var isLenient: Bool
    var overwrites = false

    mutating func run() throws(VMError) -> Report {
        try file.openEditor()
        while true {
            do throws(VMError) {
                return try store()
            } catch {
                try ask(about: error)
            }
        }
    }

    private func store() throws(VMError) -> Report {
        let text = try file.read()
        let name = original.name
        if text == original.xml {
            file.remove()
            return report("Domain '\(name)' XML configuration not changed.", original, changed: false)
        }
        let result = try manager.replace(
            original, with: text, file: file.path, overwrites: overwrites, options: isLenient ? .lenient : .strict)
        file.remove()
        var report = report("Domain '\(name)' XML configuration edited.", result.definition, changed: true)
        report.warnings = result.warnings.map(\.statement)
        return report
    }

    private func report(_ sentence: String, _ definition: StoredDefinition, changed: Bool) -> Report {
        Report(
            .message(sentence),
            value: [
                "name": .string(definition.name), "uuid": .string(definition.uuid.description),
                "changed": .bool(changed), "generation": JSONValue(definition.generation),
            ], names: [definition.name])
    }

    /// Tells what is wrong and does what the user wants about it.
    ///
    /// - Throws: the error itself when nobody can be asked, or when the user gives up.
    private mutating func ask(about error: VMError) throws(VMError) {
        let kept = VMError(
            error.code, "Failed to edit domain '\(original.name)'",
            remedy: "your text is in '\(file.path)'" + (error.firstRemedy.map { "; \($0.inShell)" } ?? ""), cause: error
        )
        guard isatty(0) == 1 else { throw kept }
        StandardStream.error.show(Renderer(global: GlobalOptions()).text(of: error).text)
        while true {
            StandardStream.error.show("Failed. Try again? [y,n,i,f,?]: ")
            switch Terminal.readAnswer() {
            case "y", "yes": return try file.openEditor()
            case "f": return overwrites = true
            case "i": return isLenient = true
            case "n", "no", nil: throw kept
            default:
                StandardStream.error.show(
                    """
                    y - yes, start editor again
                    n - no, give up; the text stays in its file
                    i - take unknown elements and attributes without a word
                    f - force, store it even if others have changed the definition
                    ? - print this help

                    """)
            }
        }
    }
}
