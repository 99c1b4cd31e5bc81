/// Verbs that tell what machines use and do, and what happens to them.
extension OutputSchema {
    static let figureResults: [String: Shape] = [
        "domstats": .list(.object(statistics)), "top": .list(.object(row)),
        "domblklist": .list(
            .object(
                (["type": .string, "device": .string] as Shape.Members).optional([
                    "target": .string, "source": .string,
                ]))),
        "domblkinfo": .either([.object(size), .list(.object(size))]), "domblkstat": .map(.integer),
        "domblkerror": .list(.object(["target": .string, "error": .string])),
        "domiflist": .list(
            .object(
                (["type": .string] as Shape.Members).optional([
                    "interface": .string, "source": .string, "model": .string, "mac": .string,
                ]))),
        "domifstat": .map(.integer), "dommemstat": .either([.map(.integer), .object(["name": .string])]),
        "cpu-stats": .map(.integer),
        "vcpuinfo": .list(
            .object([
                "vcpu": .integer, "cpu": .integer, "state": .string, "time_ns": .integer, "delay_ns": .integer,
                "affinity": .string,
            ])),
        "vcpucount": .either([
            .integer,
            .list(
                .object([
                    "kind": .words(["maximum", "current"]), "of": .words(["config", "live"]), "count": .integer,
                ])),
        ]),
        "vcpupin": .list(.object(["vcpu": .string, "affinity": .string])),
        "emulatorpin": .object(["affinity": .string]),
        "iothreadinfo": .list(.object(["iothread": .string, "affinity": .string])),
        "events": .list(.object(event)), "event": .nullable(.list(.string)),
        "qemu-monitor-event": .list(
            .object(["domain": .string, "time": .string, "event": .string, "data": .anything])),
        "qemu-agent-command": .anything, "guestinfo": .map(.anything), "domfsinfo": .list(.anything),
        "domhostname": .object(["hostname": .string]), "domcontrol": .object(["state": .string]),
        "domifaddr": .list(
            .object(
                (["interface": .string, "protocol": .words(["ipv4", "ipv6"]), "address": .string, "prefix": .integer]
                    as Shape.Members).optional(["mac": .string]))),
    ]

    private static let statistics: Shape.Members =
        (["name": .string, "uuid": .string, "state": .words(states), "statistics": .map(.anything)] as Shape.Members)
        .optional(["measured_at": .string, "problem": .string])

    private static let row: Shape.Members =
        (["name": .string, "state": .words(states), "vcpus": .integer] as Shape.Members).optional([
            "id": .integer, "memory_kib": .integer, "cpu_percent": .number, "read_bytes_per_second": .number,
            "written_bytes_per_second": .number, "received_bytes_per_second": .number,
            "sent_bytes_per_second": .number, "stale_seconds": .number,
        ])

    private static let size: Shape.Members =
        (["target": .string] as Shape.Members).optional([
            "source": .string, "capacity": .integer, "allocation": .integer, "physical": .integer,
        ])

    private static let event: Shape.Members =
        ([
            "domain": .string, "event": .string, "seq": .integer, "time": .string, "token": .string,
        ] as Shape.Members).optional([
            "uuid": .string, "state": .string, "reason": .string, "start": .string, "onDisk": .flag, "name": .string,
            "data": .anything, "context": .map(.string), "what": .string, "detail": .string, "program": .string,
            "device": .string, "cause": .string, "from": .string, "to": .string, "edit": .string, "scope": .string,
            "part": .string, "uri": .string, "alias": .string, "id": .string, "operation": .string, "phase": .string,
            "elapsed": .integer, "error": .string, "cut": .list(.string),
        ])
}
