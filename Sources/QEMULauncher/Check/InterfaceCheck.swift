internal import VMCore
internal import VMDomain
internal import VMXML

/// Network interfaces: settings that only some kinds of them have.
enum InterfaceCheck {
    static let definition: DomainCheck.Check = { v, context in
        v.each("devices/interface", v.domain.devices.interfaces) { v, interface in
            let type = interface.type
            if type == .vhostuser, !v.hasSharedMemory {
                v.error(
                    "memory-not-shared", "an interface of type 'vhostuser' needs the guest's memory to be shared",
                    at: .attribute("type"), found: "vhostuser")
            }
            if type == .hostdev, let address = interface.address, address.type != .pci, address.type != .unassigned {
                v.error(
                    "address-type", "a network card of the host sits on PCI", at: .child("address", "type"),
                    found: address.type.rawValue, accepted: ["pci"])
            }
            if interface.mtu != nil, ![.network, .bridge, .ethernet, .vhostuser].contains(type) {
                refuse("mtu", "the size of packets can't be set", type, &v)
            }
            if interface.coalesce != nil, ![.network, .bridge, .ethernet].contains(type) {
                refuse("coalesce", "interrupts can't be coalesced", type, &v)
            }
        }
    }

    static let launch: DomainCheck.Check = { v, context in
        v.each("devices/interface", v.domain.devices.interfaces) { v, interface in
            let type = interface.type
            if interface.backend?.tap != nil, ![.network, .bridge, .ethernet].contains(type) {
                v.error(
                    "only-tap", "a tap device of one's own is not for interfaces of type '\(type.rawValue)'",
                    at: .child("backend", "tap"), accepted: ["network", "bridge", "ethernet"])
            }
            if interface.driver.queues ?? 1 > 1,
                ![.network, .bridge, .direct, .ethernet, .vdpa, .vhostuser, .hostdev].contains(type)
            {
                v.error(
                    "only-tap", "interfaces of type '\(type.rawValue)' have one queue only",
                    at: .child("driver", "queues"))
            }
        }
    }

    private static func refuse(_ name: String, _ what: String, _ type: Interface.Kind, _ v: inout Validation) {
        v.error("interface-type", "\(what) for an interface of type '\(type.rawValue)'", at: .child(name))
    }
}
