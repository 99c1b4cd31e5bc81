internal import VMSnapshot

/// Verbs about snapshots.
extension OutputSchema {
    static let snapshotResults: [String: Shape] = [
        "snapshot-create": .named("snapshot"), "snapshot-create-as": .either([.named("snapshot"), xml]),
        "snapshot-list": .list(.named("snapshot")),
        "snapshot-info": .object(
            snapshot + (["domain": .string, "children": .integer, "descendants": .integer] as Shape.Members)),
        "snapshot-dumpxml": xml, "snapshot-edit": .object(snapshot + (["changed": .flag] as Shape.Members)),
        "snapshot-current": .named("snapshot"), "snapshot-parent": .named("snapshot"),
        "snapshot-revert": .named("snapshot-plan"), "snapshot-delete": .named("snapshot-plan"),
        "trash-list": .list(
            .object(
                ([
                    "id": .string, "removed": .string, "domain": .string, "path": .string, "place": .string,
                    "reason": .string, "bytes": .integer,
                ] as Shape.Members).optional(["problem": .string]))),
        "trash-restore": .object(["id": .string, "path": .string]),
        "trash-empty": .list(.object(["id": .string, "path": .string])),
        "snapshot-verify": .list(
            .object(
                (["snapshot": .string, "what": .string, "ok": .flag] as Shape.Members)
                    .optional(["path": .string, "problem": .string]))),
    ]

    static let snapshot: Shape.Members =
        ([
            "name": .string, "state": .words(SnapshotState.allCases.map(\.rawValue)), "current": .flag,
            "location": .words(["internal", "external", "none"]), "memory": .flag, "firmware_variables": .flag,
        ] as Shape.Members).optional(["created": .string, "parent": .string, "description": .string, "tpm": .flag])

    static let snapshotPlan: Shape.Members =
        ([
            "snapshots": .list(.string),
            "files": .list(
                .object(
                    ([
                        "action": .words(["make", "merge", "change", "unlink", "keep"]), "path": .string,
                        "detail": .string,
                    ] as Shape.Members).optional(["trash": .string]))), "ends_domain": .flag,
        ] as Shape.Members).optional(["state_after": .string])
}
