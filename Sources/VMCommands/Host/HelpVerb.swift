internal import VMCore
internal import VMJSON

extension Verb {
    /// `help [VERB] [--man|--json-schema]`.
    static var help: Verb {
        Verb(
            "help", group: .host, "tell about all verbs, or about one",
            details: """
                --man writes a manual page, for man -l -. --json-schema writes the JSON Schema of what a verb prints
                with --output json, and without a verb those of all, as one object with the verbs' names.
                """,
            parameters: [
                .optional("command", "verb", "the verb to tell about", completion: .verb),
                .flag("man", "as a manual page, in the macros of man(7)"),
                .flag("json-schema", "the JSON Schema of the verb's output"),
            ],
            exclusive: [["man", "json-schema"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let verb = try invocation.value("command").map { name throws(VMError) in try VerbTable.find(name) }
            if invocation.flag("json-schema") { return .schema(verb.map(OutputSchema.document) ?? OutputSchema.all) }
            if invocation.flag("man") {
                return .page(verb.map(ManualPage.page) ?? ManualPage.overview(VerbTable.all))
            }
            return .text(verb.map(HelpText.text) ?? HelpText.overview(VerbTable.all))
        }
    }
}

extension Report {
    fileprivate static func schema(_ schema: JSONValue) -> Report {
        Report(.text(schema.prettyDescription), value: schema)
    }

    fileprivate static func page(_ page: String) -> Report { Report(.raw(page), value: .string(page)) }
}
