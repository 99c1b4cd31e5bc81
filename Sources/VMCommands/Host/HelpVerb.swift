internal import VMCore
internal import VMJSON

extension Verb {
    /// `help [VERB]`.
    static var help: Verb {
        Verb(
            "help", group: .host, "tell about all verbs, or about one",
            parameters: [.optional("command", "verb", "the verb to tell about")]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            guard let name = invocation.value("command") else { return .text(HelpText.overview(VerbTable.all)) }
            return .text(HelpText.text(for: try VerbTable.find(name)))
        }
    }
}
