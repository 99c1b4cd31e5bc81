/// Verbs about checkpoints and backups.
extension OutputSchema {
    static let backupResults: [String: Shape] = [
        "checkpoint-create": .named("checkpoint"), "checkpoint-create-as": .either([.named("checkpoint"), xml]),
        "checkpoint-list": .list(.named("checkpoint")),
        "checkpoint-info": .object(
            checkpoint + (["domain": .string, "children": .integer, "descendants": .integer] as Shape.Members)),
        "checkpoint-dumpxml": xml, "checkpoint-parent": .named("checkpoint"),
        "checkpoint-edit": .object(checkpoint + (["changed": .flag] as Shape.Members)),
        "checkpoint-delete": .object(["checkpoints": .list(.string)]),
        "backup-begin": backup,
        "backup-dumpxml": xml, "backup": .object(stored), "backup-list": .list(.object(stored)),
        "backup-restore": .object([
            "backup": .object(stored), "definition": .string, "images": .map(.string),
        ]),
    ]

    static let backup: Shape = .object([
        "domain": .string, "id": .string, "pull": .flag,
        "disks": .list(
            .object(
                (["disk": .string, "path": .string, "incremental": .flag] as Shape.Members)
                    .optional(["since": .string, "why_whole": .string]))),
    ])

    private static let stored: Shape.Members =
        ([
            "number": .integer, "domain": .string, "uuid": .string, "created": .integer, "variables": .flag,
            "tpm": .flag,
            "disks": .list(
                .object(
                    (["disk": .string, "file": .string, "format": .words(["qcow2", "raw"])] as Shape.Members)
                        .optional(["base": .integer, "why_whole": .string]))),
        ] as Shape.Members).optional(["checkpoint": .string])

    static let checkpoint: Shape.Members =
        (["name": .string, "current": .flag, "disks": .list(.string)] as Shape.Members)
        .optional(["created": .string, "parent": .string, "description": .string])
}
