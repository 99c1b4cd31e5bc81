/// Verbs about domains, their states and definitions.
extension OutputSchema {
    static let domainResults: [String: Shape] = [
        "define": .object(["name": .string, "uuid": .string, "replaced": .flag, "generation": .integer]),
        "create": .named("state"),
        "edit": .object(["name": .string, "uuid": .string, "changed": .flag, "generation": .integer]),
        "undefine": .either([.object(undefined), .object(plan), .object(takenBack)]),
        "import": .list(
            .object(
                ([
                    "name": .string, "taken": .flag, "warnings": .list(.string),
                    "parts": .list(
                        .object(
                            ([
                                "part": .words([
                                    "definition", "autostart", "variables", "tpm", "managed-save", "snapshots",
                                    "checkpoints",
                                ])
                            ] as Shape.Members).optional(["path": .string, "count": .integer]))),
                ] as Shape.Members).optional(["uuid": .string, "error": .string]))),
        "domrename": .object(["name": .string, "uuid": .string, "generation": .integer]),
        "autostart": .either([
            .object(["name": .string, "uuid": .string, "autostart": .flag]),
            .list(
                .object(
                    ([
                        "name": .string, "result": .words(["started", "running", "shut-down", "failed"]),
                    ] as Shape.Members).optional(["error": .string, "pool": .flag, "network": .flag]))),
        ]),
        "desc": .either([
            .object(["changed": .flag]),
            .object(
                (["name": .string] as Shape.Members).optional([
                    "description": .nullable(.string), "title": .nullable(.string),
                ])),
        ]),
        "metadata": .object(
            (["uri": .string, "xml": .nullable(.string)] as Shape.Members).optional(["name": .string])),
        "start": .named("state"), "shutdown": .named("state"), "reboot": .named("state"), "reset": .named("state"),
        "suspend": .named("state"), "resume": .named("state"), "destroy": .named("state"), "wait": .named("state"),
        "dumpxml": xml, "list": .either([.list(.object(listed)), .list(.object(discarded))]),
        "status": .object(status), "why": .object(["failure": .nullable(.object(lastFailure))]),
        "domstate": .named("state"), "dominfo": .object(info), "domid": .named("domain"), "domname": .named("domain"),
        "domuuid": .named("domain"), "qemu-monitor-command": .anything, "qmp": .anything, "schema": .list(.anything),
    ]

    static let xml: Shape = .object(["xml": .string])

    private static let plan: Shape.Members = [
        "name": .string, "uuid": .string, "running": .flag, "removed": .list(.named("possession")),
        "kept": .list(.named("possession")),
    ]

    private static let undefined: Shape.Members = plan + ["undo": .flag, "failures": .list(.string)]

    private static let takenBack: Shape.Members = (["name": .string, "removed_at": .string] as Shape.Members)
        .optional(["uuid": .string])

    private static let discarded: Shape.Members =
        (["name": .string, "removed_at": .string, "path": .string] as Shape.Members).optional(["uuid": .string])

    private static let listed: Shape.Members =
        ([
            "name": .string, "state": .words(states), "reason": .string, "persistent": .flag, "autostart": .flag,
        ] as Shape.Members).optional([
            "uuid": .string, "id": .integer, "pending_restart": .flag, "title": .string, "problem": .string,
            "not_answering_since": .string, "disk_errors": .list(.named("disk-error")),
        ])

    private static let status: Shape.Members =
        state
        + (["published": .string, "pending_restart": .flag] as Shape.Members).optional([
            "qemu_pid": .integer, "qemu_version": .string, "supervisor_pid": .integer,
            "helpers": .list(.object(["program": .string, "device": .string, "pid": .integer])), "monitor": .string,
            "not_answering_since": .string, "answer_ms": .number, "answer_error": .string,
        ])

    private static let lastFailure: Shape.Members = [
        "kind": .string, "time": .string, "causes": .list(.string), "remedy": .nullable(.string),
        "commandLine": .nullable(.string), "stderr": .list(.string), "exit": .nullable(.string), "log": .list(.string),
        "logFile": .string,
    ]

    private static let info: Shape.Members =
        state
        + ([
            "os_type": .string, "cpus": .integer, "max_memory_kib": .integer, "used_memory_kib": .integer,
            "persistent": .flag, "autostart": .flag, "managed_save": .flag,
        ] as Shape.Members).optional(["cpu_seconds": .number])
}
