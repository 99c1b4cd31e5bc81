internal import QEMULauncher
internal import VMDomain
internal import VMManager

/// Verbs about devices, settings, media, saved states, and consoles.
extension OutputSchema {
    static let deviceResults: [String: Shape] = [
        "eject": medium, "change-media": medium, "attach-device": changed, "detach-device": changed,
        "detach-device-alias": .object(["alias": .string, "name": .string]), "update-device": name,
        "attach-disk": .either([changed, xml]), "detach-disk": .either([changed, xml]),
        "attach-interface": .either([changed, xml]), "detach-interface": .either([changed, xml]),
        "setmem": name, "setmaxmem": name, "setvcpus": name, "setvcpu": name, "iothreadadd": name, "iothreaddel": name,
        "iothreadset": name, "iothreadpin": name, "set-lifecycle-action": name, "domblkthreshold": name,
        "guestvcpus": .either([name, .object(["vcpus": .string, "online": .string, "offlinable": .string])]),
        "get-user-sshkeys": .list(.string), "set-user-sshkeys": name, "dompmsuspend": name, "dompmwakeup": name,
        "domif-setlink": .either([.object(["state": .string, "name": .string]), xml]),
        "domif-getlink": .object(["interface": .string, "state": .words(["up", "down"])]),
        "forward": .either([
            .list(
                .object(
                    ([
                        "type": .words(["user", "network", "passt"]), "protocol": .words(["tcp", "udp"]),
                        "address": .string, "state": .words(HostForward.State.allCases.map(\.rawValue)),
                    ] as Shape.Members).optional([
                        "mac": .string, "device": .string, "port": .integer, "last_port": .integer,
                        "guest_port": .integer, "guest_address": .string,
                    ]))),
            .object([
                "name": .string,
                "ports": .list(
                    .object([
                        "protocol": .words(["tcp", "udp"]), "address": .string, "port": .integer,
                        "guest_port": .integer,
                    ])),
            ]),
        ]),
        "blockresize": .object(["path": .string, "name": .string]), "blkdeviotune": .either([name, limits]),
        "domiftune": .either([name, .map(.integer)]),
        "schedinfo": .map(.integer), "memtune": .either([name, .map(.integer)]),
        "blkiotune": .either([name, .map(.either([.integer, .string]))]),
        "numatune": .either([name, .object(["numa_mode": .integer, "numa_nodeset": .string])]),
        "set-display-password": name, "send-key": name, "domtime": .either([name, .object(["time": .string])]),
        "set-user-password": .object(["name": .string, "user": .string]),
        "domfsfreeze": .object(["filesystems": .integer]),
        "domfsthaw": .object(["filesystems": .integer]),
        "domfstrim": .list(
            .object((["path": .string] as Shape.Members).optional(["trimmed": .integer, "error": .string]))),
        "inject-nmi": name, "screenshot": file,
        "save": file, "restore": .named("state"), "managedsave": name, "managedsave-remove": name,
        "managedsave-dumpxml": xml, "managedsave-define": name, "managedsave-edit": .object(["changed": .flag]),
        "save-image-dumpxml": xml, "save-image-define": .object(["file": .string]),
        "save-image-edit": .object(["changed": .flag]), "dump": file, "domjobabort": name,
        "blockcommit": .either([
            blockJob,
            .object(
                ([
                    "path": .string, "base": .string, "merged": .list(.string), "removed": .list(.string),
                    "remaining": .list(.string), "active": .flag,
                ] as Shape.Members).optional(["user": .string])),
        ]),
        "blockpull": blockJob, "blockcopy": blockJob,
        "blockjob": .either([
            name, .object(["path": .string, "type": .words(["None"])]),
            .object([
                "path": .string, "type": .words(["pull", "copy", "commit", "active-commit"]), "ready": .flag,
                "bandwidth": .integer, "current": .integer, "end": .integer,
            ]),
        ]),
        "domjobinfo": .either([.object(["type": .words(["None"])]), .object(job)]),
        "ttyconsole": .object(["tty": .string]),
        "vncdisplay": .object(["display": .string, "host": .string, "port": .integer]),
        "domdisplay": .list(.object(["uri": .string])),
    ]

    private static let blockJob: Shape = .object([
        "name": .string, "path": .string,
        "state": .words(["begun", "ready", "completed", "cancelled", "pivoted", "kept", "copied"]),
    ])
    private static let name: Shape = .object(["name": .string])
    private static let file: Shape = .object(["file": .string, "name": .string])
    private static let changed: Shape = .object((["name": .string] as Shape.Members).optional(["device": .string]))

    private static let medium: Shape = .object([
        "name": .string, "target": .string, "before": .nullable(.string), "after": .nullable(.string),
    ])

    private static var limits: Shape {
        var members: Shape.Members = ["group_name": .string]
        members.members += IOTune.parameters.map { .init(name: $0.name, shape: .integer, isRequired: true) }
        return .object(members)
    }

    private static let job: Shape.Members =
        ([
            "id": .string, "kind": .string, "phase": .string, "path": .string, "started": .integer,
            "bytesTotal": .integer, "bytesRemaining": .integer, "bytesProcessed": .integer, "wasRunning": .flag,
            "offset": .integer,
        ] as Shape.Members).optional([
            "ended": .integer, "error": .named("failure"), "after": .string, "speed": .integer, "step": .string,
            "owner": .string, "reason": .string, "backup": backup,
        ])
}
