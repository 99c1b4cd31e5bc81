internal import VMHost

/// Verbs about devices and network interfaces of the host.
extension OutputSchema {
    static let hostDeviceResults: [String: Shape] = [
        "nodedev-list": .list(device), "nodedev-info": device, "nodedev-dumpxml": xml,
        "nodedev-detach": .object(["name": .string]), "nodedev-reattach": .object(["name": .string]),
        "nodedev-reset": .object(["name": .string]),
        "iface-list": .list(interface), "iface-dumpxml": xml, "iface-mac": interface, "iface-name": interface,
    ]

    private static let device: Shape = .object(
        ([
            "name": .string, "capabilities": .list(.words(NodeDevice.Capability.allCases.map(\.rawValue))),
        ] as Shape.Members).optional(["parent": .string, "path": .string, "node": .string, "driver": .string]))

    private static let interface: Shape = .object(
        ([
            "name": .string, "mac": .string, "active": .flag, "type": .words(["ethernet", "bridge", "bond", "vlan"]),
        ] as Shape.Members).optional(["mtu": .integer, "state": .string]))
}
