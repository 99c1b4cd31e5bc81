internal import VMSecret

/// Verbs about secrets.
extension OutputSchema {
    static let secretResults: [String: Shape] = [
        "secret-list": .list(.object(secret)), "secret-define": .object(secret), "secret-dumpxml": xml,
        "secret-set-value": .object(secret), "secret-get-value": .object(["uuid": .string, "base64": .string]),
        "secret-undefine": .object(secret),
        "secret-event": .either([
            .list(.string),
            .object(["secret": .string, "time": .string, "event": .string, "detail": .string]),
        ]),
    ]

    private static let secret: Shape.Members =
        ([
            "uuid": .string, "usage_type": .words(SecretUsage.Kind.allCases.map(\.rawValue)), "ephemeral": .flag,
            "private": .flag, "has_value": .flag,
        ] as Shape.Members).optional(["usage": .string, "description": .string])
}
