internal import MonitorJSON
internal import VMCore
internal import VMJSON

extension Verb {
    /// `schema TARGET [NAME]`.
    static var schema: Verb {
        Verb(
            "schema", group: .monitoring, "what a machine's monitor takes",
            details: """
                Without NAME all commands and events are listed; with it the arguments and types of the command or event, or
                of all whose names contain it. --output json gives QEMU's own schema.
                """,
            parameters: [
                .argument(
                    "target", "string", "domain name, id or uuid, socket path, or tcp:HOST:PORT",
                    completion: .domain(.active)),
                .optional("name", "string", "a command's or event's name, or part of one"), .timeout,
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let monitor = try QMPTarget(try invocation.required("target")).connect(invocation)
            defer { monitor.close() }
            let value = try monitor.execute("query-qmp-schema", deadline: .after(try invocation.patience()))
            let schema = try Schema(value)
            let names = (schema.commands.keys.sorted() + schema.events.keys.sorted())
            guard let wanted = invocation.value("name") else {
                return Report(.raw(names.map { $0 + "\n" }.joined()), value: value, names: names)
            }
            let matching = names.contains(wanted) ? [wanted] : names.filter { $0.contains(wanted) }
            guard !matching.isEmpty else {
                throw VMError(
                    .notFound, "this QEMU has neither a command nor an event '\(wanted)'",
                    remedy: NearMatch.best(for: wanted, among: names).map { "did you mean '\($0)'?" })
            }
            let texts = matching.compactMap { SchemaText(schema).text(of: $0) }
            return Report(.raw(texts.joined(separator: "\n")), value: value, names: matching)
        }
    }
}
