/// Verbs about command lines, documents, the host, and the program.
extension OutputSchema {
    static let hostResults: [String: Shape] = [
        "argv": .either([commandLine, .object(["script": .string]), .list(explained)]),
        "check": .object([
            "domain": .string, "ok": .flag, "causes": .list(.named("failure")), "warnings": .list(.string),
        ]),
        "readconfig": .object((["text": .string] as Shape.Members).optional(["file": .string])),
        "validate": .list(.object(["file": .string, "valid": .flag, "diagnostics": .list(.named("diagnostic"))])),
        "diff": .list(.object(["path": .string, "old": .nullable(.string), "new": .nullable(.string)])),
        "domxml": .either([.object(["output": .string]), native]), "domxml-from-native": native,
        "domxml-to-native": commandLine, "maxvcpus": .object(["maximum": .integer]), "sysinfo": .map(.map(.string)),
        "capabilities": .object(["host": .object(host), "guests": .list(.object(guest))]),
        "domcapabilities": .object([
            "path": .string, "domain": .string, "machine": .string, "arch": .string, "vcpuMax": .integer,
            "iothreads": .flag,
            "os": .object([
                "firmware": .list(.string), "loader": .list(.string), "loaderType": .list(.string),
                "secure": .list(.string),
            ]), "cpu": .map(.anything), "memoryBacking": .anything, "devices": .map(.anything),
            "features": .map(.anything),
        ]),
        "help": .either([.string, .map(.anything)]),
        "version": .object(["vmctl": .string, "qemu": .string, "emulator": .string]), "uri": .object(["uri": .string]),
        "hostname": .object(["hostname": .string]), "nodeinfo": nodeInfo,
        "completion": .object(["shell": .string, "script": .string]), "serve": .null,
        "doctor": .list(
            .object(
                ([
                    "check": .string, "status": .words(["ok", "note", "warning", "error"]), "message": .string,
                ] as Shape.Members).optional(["remedy": .string]))),
    ]

    private static let nodeInfo: Shape = .object([
        "model": .string, "cpus": .integer, "mhz": .integer, "nodes": .integer, "sockets": .integer,
        "cores": .integer, "threads": .integer, "memory_kib": .integer,
    ])

    private static let commandLine: Shape = .object([
        "executable": .string, "arguments": .list(.string), "environment": .map(.string),
    ])

    private static let explained: Shape = .object([
        "option": .string, "value": .nullable(.string),
        "source": .either([
            .object(["path": .string, "line": .integer, "column": .integer, "element": .string]),
            .object(["default": .string]),
        ]),
    ])

    private static let native: Shape = .object([
        "xml": .string, "unmapped": .list(remark), "ignored": .list(remark), "remarks": .list(.string),
    ])

    private static let remark: Shape = .object(["words": .list(.string), "reason": .string])

    private static let host: Shape.Members =
        ([
            "cpu": .object(
                ([
                    "arch": .string,
                    "topology": .object([
                        "sockets": .integer, "dies": .integer, "cores": .integer, "threads": .integer,
                    ]), "features": .list(.string), "pageSizesKiB": .list(.integer),
                ] as Shape.Members).optional([
                    "vendor": .string, "microcode": .integer, "family": .integer, "model": .integer,
                    "stepping": .integer, "maxphysaddr": .integer,
                ])), "iommu": .flag, "cells": .list(cell),
        ] as Shape.Members).optional(["uuid": .string])

    private static let cell: Shape = .object([
        "id": .integer, "memoryKiB": .integer,
        "pages": .list(.object(["sizeKiB": .integer, "count": .integer])), "distances": .list(.integer),
        "cpus": .list(
            .object([
                "id": .integer, "socket": .integer, "die": .integer, "core": .integer, "siblings": .string,
            ])),
    ])

    private static let guest: Shape.Members = [
        "arch": .string, "wordsize": .integer, "emulator": .string, "version": .string, "domains": .list(.string),
        "machines": .list(
            .object(
                ([
                    "name": .string, "maxCpus": .integer, "default": .flag, "deprecated": .flag,
                ] as Shape.Members).optional(["alias": .string]))), "features": .list(.string),
    ]
}
