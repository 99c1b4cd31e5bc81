internal import VMNetwork

/// Verbs about virtual networks.
extension OutputSchema {
    static let networkResults: [String: Shape] = [
        "net-list": .list(.object(network)), "net-define": .object(network), "net-create": .object(network),
        "net-start": .object(network), "net-destroy": .object(network), "net-undefine": .object(network),
        "net-autostart": .object(network), "net-update": .object(network), "net-name": .object(network),
        "net-uuid": .object(network), "net-dumpxml": xml,
        "net-info": .object(network + (["lost": .list(.object(port))] as Shape.Members)),
        "net-edit": .object(network + (["changed": .flag] as Shape.Members)), "net-port-list": .list(.object(port)),
        "net-port-create": .object(port), "net-port-delete": .object(port), "net-port-dumpxml": xml,
        "net-dhcp-leases": .list(
            .object(
                ([
                    "address": .string, "prefix": .integer, "expiry": .integer, "protocol": .words(["ipv4", "ipv6"]),
                ] as Shape.Members).optional(["mac": .string, "hostname": .string, "client_id": .string]))),
        "net-desc": .object(
            (["name": .string] as Shape.Members).optional([
                "title": .nullable(.string), "description": .nullable(.string),
            ])),
        "net-metadata": .object(["name": .string, "uri": .string, "xml": .nullable(.string)]),
        "net-event": .either([
            .list(.string),
            .object(["network": .string, "time": .string, "event": .string, "detail": .string]),
        ]),
    ]

    private static let network: Shape.Members =
        (["name": .string, "uuid": .string, "active": .flag, "persistent": .flag, "autostart": .flag] as Shape.Members)
        .optional([
            "bridge": .string, "forward": .words(["none"] + NetworkForward.Mode.allCases.map(\.rawValue)),
            "problem": .string,
        ])

    private static let port: Shape.Members =
        (["uuid": .string, "domain": .string, "domain_uuid": .string] as Shape.Members)
        .optional(["mac": .string, "device": .string])
}
