internal import VMCore
internal import VMDomain

/// Ports of USB controllers, with hubs added where a controller has too few.
///
/// Definitions of old were stored without these; a machine gets them when it starts.
enum USBAddresses {
    static func assign(_ domain: inout Domain) throws(VMError) {
        guard domain.devices.controllers.contains(where: { $0.type == .usb && $0.usbModel != Controller.USBModel.none })
        else {
            return
        }
        try addHubs(&domain.devices)
        var tree = USBTree(domain.devices)
        for slot in slots(domain.devices) {
            guard let address = domain.devices[addressOf: slot], address.type == .usb, let port = address.usbPort else {
                continue
            }
            try tree.take(bus: address.bus ?? 0, port, hub: hubPorts(slot, domain.devices))
        }
        for slot in slots(domain.devices) {
            let address = domain.devices[addressOf: slot]
            guard address == nil || address?.type == .usb && address?.usbPort == nil else { continue }
            let wanted = address?.bus
            guard let place = tree.free(on: wanted) else {
                throw VMError(
                    .unsupported, "no free USB port for \(domain.devices.describe(slot))",
                    remedy: "add a USB controller or a hub")
            }
            try tree.take(bus: place.bus, place.port, hub: hubPorts(slot, domain.devices))
            var given = DeviceAddress(type: .usb)
            given.bus = place.bus
            given.usbPort = place.port
            domain.devices[addressOf: slot] = given
        }
    }

    /// Hubs come first: what follows may need their ports.
    private static func slots(_ devices: Devices) -> [DeviceSlot] {
        devices.hubs.indices.map { .hub($0) } + devices.usbSlots
    }

    private static func hubPorts(_ slot: DeviceSlot, _ devices: Devices) -> Bool {
        if case .hub = slot { true } else { false }
    }

    /// QEMU's hub has eight ports and takes one.
    private static func addHubs(_ devices: inout Devices) throws(VMError) {
        let ports = devices.controllers.filter { $0.type == .usb && $0.master == nil }
            .reduce(0) { $0 + USBTree.ports(of: $1) }
        let needed = devices.usbSlots.filter { devices[addressOf: $0]?.type ?? .usb == .usb }.count
        // libvirt keeps one port more than is needed once it has to add hubs.
        let missing = needed + devices.hubs.count - (ports + devices.hubs.count * USBTree.hubPorts) + 1
        guard missing > 0, needed > ports else { return }
        let hubs = min((missing + USBTree.hubPorts - 2) / (USBTree.hubPorts - 1), 256)
        for _ in 0..<hubs { devices.hubs.append(Hub()) }
    }
}

/// Which ports of USB controllers and hubs are taken.
struct USBTree {
    static let hubPorts = 8
    private struct Node {
        var bus: UInt32
        var path: [UInt32]

        /// `0.1.2`. How text is hashed is known already; for a type of its own the runtime would have to look for it, which
        /// takes longer than all of this.
        var key: String { path.reduce(String(bus)) { $0 + "." + String($1) } }
    }
    private var ports: [String: Int] = [:]
    private var order: [Node] = []
    private var taken: Set<String> = []

    init(_ devices: Devices) {
        for controller in devices.controllers where controller.type == .usb && controller.master == nil {
            let root = Node(bus: controller.index ?? 0, path: [])
            if ports[root.key] == nil { order.append(root) }
            ports[root.key] = USBTree.ports(of: controller)
        }
    }

    /// How many devices can be plugged into a controller itself.
    static func ports(of controller: Controller) -> Int {
        switch controller.usbModel {
        case .piix3UHCI, .piix4UHCI, .vt82c686bUHCI, .ich9UHCI1, .ich9UHCI2, .ich9UHCI3, nil: 2
        case .ehci, .ich9EHCI1: 6
        case .pciOHCI: 3
        case .necXHCI, .qemuXHCI: Int(controller.ports ?? 4)
        case .qusb1, .qusb2: Int(controller.ports ?? 8)
        default: 0
        }
    }

    mutating func take(bus: UInt32, _ port: USBPort, hub: Bool) throws(VMError) {
        let node = Node(bus: bus, path: port.path)
        guard taken.insert(node.key).inserted else {
            throw VMError(.invalidXML, "Duplicate USB address bus \(bus) port \(port.xml)")
        }
        if hub {
            ports[node.key] = USBTree.hubPorts
            order.append(node)
        }
    }

    /// The first free port, on controllers before hubs.
    func free(on bus: UInt32?) -> (bus: UInt32, port: USBPort)? {
        let sorted = order.sorted { $0.bus == $1.bus ? $0.path.lexicographicallyPrecedes($1.path) : $0.bus < $1.bus }
        for node in sorted where bus == nil || node.bus == bus {
            guard node.path.count < USBPort.deepest else { continue }
            let count = ports[node.key] ?? 0
            for port in 1...max(1, UInt32(count)) where count > 0 {
                let place = Node(bus: node.bus, path: node.path + [port])
                if !taken.contains(place.key) { return (node.bus, USBPort(path: place.path)) }
            }
        }
        return nil
    }
}
