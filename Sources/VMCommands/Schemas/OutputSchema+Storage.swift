internal import VMStorage

/// Verbs about storage pools and volumes.
extension OutputSchema {
    static let storageResults: [String: Shape] = [
        "pool-list": .list(.object(poolFacts)), "pool-info": .object(poolFacts), "pool-define": .named("pool"),
        "pool-define-as": .either([.named("pool"), xml]), "pool-create": .named("pool"),
        "pool-create-as": .either([.named("pool"), xml]), "pool-build": .named("pool"), "pool-start": .named("pool"),
        "pool-destroy": .named("pool"), "pool-delete": .named("pool"), "pool-undefine": .named("pool"),
        "pool-refresh": .named("pool"), "pool-autostart": .named("pool"), "pool-dumpxml": xml,
        "pool-edit": .object(pool + (["changed": .flag] as Shape.Members)), "pool-name": .named("pool"),
        "pool-uuid": .named("pool"),
        "pool-capabilities": .object([
            "pools": .list(.object(["type": .string, "supported": .flag, "source_formats": .list(.string)])),
            "volume_formats": .list(.string),
        ]),
        "pool-event": .either([
            .list(.string), .object(["pool": .string, "time": .string, "event": .string, "detail": .string]),
        ]),
        "find-storage-pool-sources": xml, "find-storage-pool-sources-as": xml,
        "vol-list": .list(.object(volume.optional(sizes))), "vol-info": .object(volume + sizes),
        "vol-create": .named("volume"), "vol-create-as": .either([.named("volume"), xml]),
        "vol-create-from": .named("volume"), "vol-clone": .either([.named("volume"), xml]),
        "vol-import": .object(volume + sizes),
        "vol-delete": .named("volume"), "vol-wipe": .named("volume"), "vol-resize": .object(volume + sizes),
        "vol-upload": .named("volume"), "vol-download": .named("volume"), "vol-dumpxml": xml,
        "vol-path": .named("volume"), "vol-key": .named("volume"), "vol-name": .named("volume"),
        "vol-pool": .named("pool"),
    ]

    static let pool: Shape.Members =
        (["name": .string, "uuid": .string, "active": .flag, "persistent": .flag, "autostart": .flag] as Shape.Members)
        .optional([
            "type": .words(PoolType.allCases.map(\.rawValue)), "target": .string, "problem": .string,
        ])

    private static let poolFacts: Shape.Members =
        pool
        + ([
            "state": .words(["inactive", "building", "running", "degraded", "inaccessible"]), "capacity": .integer,
            "allocation": .integer, "available": .integer,
        ] as Shape.Members)

    static let volume: Shape.Members = [
        "pool": .string, "name": .string, "key": .string, "path": .string,
        "type": .words(["file", "block", "dir", "network", "netdir", "ploop"]),
    ]

    private static let sizes: Shape.Members = [
        "format": .string, "capacity": .integer, "allocation": .integer, "physical": .integer,
    ]
}
