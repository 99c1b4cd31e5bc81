internal import VMJSON

/// JSON Schemas of what verbs print with `--output json`; with `jsonl`, an array's items stand one on a line.
///
/// More members may come: a schema closes no object.
enum OutputSchema {
    /// The schema of one verb: its result, or an error.
    static func document(_ verb: Verb) -> JSONValue {
        let shape = results[verb.name]
        let used = ["error"] + definitions.map(\.name).filter { closure(shape?.references ?? []).contains($0) }
        return [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": .string("vmctl \(verb.name) --output json"), "description": .string(verb.summary),
            "anyOf": .array([shape?.schema, Shape.named("error").schema].compactMap(\.self)),
            "$defs": .object(
                JSONObject(
                    used.compactMap { name in
                        name == "error" ? (name, error.schema) : self[name].map { (name, $0.schema) }
                    })),
        ]
    }

    /// The schemas of all verbs, by their names.
    static var all: JSONValue {
        .object(JSONObject(VerbTable.all.filter { !$0.isHidden }.map { ($0.name, document($0)) }))
    }

    /// What each verb prints when all goes well; those that join a terminal and print nothing are absent.
    static let results: [String: Shape] = domainResults.merging(deviceResults) { $1 }.merging(hostResults) { $1 }
        .merging(figureResults) { $1 }.merging(storageResults) { $1 }.merging(snapshotResults) { $1 }
        .merging(backupResults) { $1 }
        .merging(secretResults) { $1 }.merging(networkResults) { $1 }
        .merging(hostDeviceResults) { $1 }

    private static subscript(name: String) -> Shape? { definitions.first { $0.name == name }?.shape }

    private static func closure(_ names: Set<String>) -> Set<String> {
        var all = names
        var open = Array(names)
        while let name = open.popLast() {
            for next in self[name]?.references ?? [] where all.insert(next).inserted { open.append(next) }
        }
        return all
    }

    // MARK: What many verbs share

    static let definitions: [(name: String, shape: Shape)] = [
        ("domain", .object(identity)), ("state", .object(state)), ("diagnostic", .object(diagnostic)),
        ("failure", failure), ("possession", possession), ("disk-error", diskError),
        ("pool", .object(pool)), ("volume", .object(volume)), ("snapshot", .object(snapshot)),
        ("snapshot-plan", .object(snapshotPlan)), ("checkpoint", .object(checkpoint)),
    ]

    /// The members by which an answer names a domain.
    static let identity: Shape.Members = (["name": .string, "uuid": .string] as Shape.Members)
        .optional(["id": .integer])

    static let state: Shape.Members =
        identity
        + (["state": .words(states), "reason": .string, "since": .string] as Shape.Members).optional([
            "detail": .string, "disk_errors": .list(.named("disk-error")), "space_waited_for": .integer,
        ])

    /// A disk's error that has paused a machine.
    private static let diskError: Shape = .object(
        (["disk": .string, "error": .string, "no_space": .flag, "since": .string] as Shape.Members)
            .optional(["file": .string]))

    static let states = [
        "no state", "running", "idle", "paused", "in shutdown", "shut off", "crashed", "pmsuspended",
    ]

    private static let diagnostic: Shape.Members =
        (["severity": .words(["error", "warning", "note"]), "rule": .string, "message": .string] as Shape.Members)
        .optional([
            "file": .string, "line": .integer, "column": .integer, "path": .string, "found": .string,
            "accepted": .list(.string), "suggestion": .string,
        ])

    /// An error inside a result.
    private static let failure: Shape = .object(
        (["code": .string, "message": .string] as Shape.Members).optional([
            "remedy": .string, "cause": .named("failure"),
        ]))

    private static let possession: Shape = .object(
        (["kind": .string, "path": .string] as Shape.Members).optional(["device": .string, "reason": .string]))

    /// What is printed instead of a result.
    private static let error: Shape = .object([
        "error": .object(
            ([
                "code": .string, "message": .string, "exit_status": .integer,
                "libvirt": .object(["code": .integer, "domain": .integer]),
            ] as Shape.Members).optional([
                "remedy": .string, "causes": .list(.object(["code": .string, "message": .string])),
                "diagnostics": .list(.object(diagnostic)),
            ]))
    ])
}
