internal import VMCore
internal import VMDomain

/// Ports of virtio-serial controllers for channels and virtio consoles.
enum VirtioSerialAddresses {
    /// Ports of a controller that doesn't say how many it has.
    private static let standardPorts: UInt32 = 31

    static let apply: Planner.Pass = { domain, context throws(VMError) in
        guard needsController(domain.devices) else { return }
        for controller in controllers(domain.devices) { domain.devices.add(.virtioSerial, index: controller) }
        var taken = try takenPorts(domain.devices)
        // Consoles take the ports that QEMU gives them; only those with an address of their own are looked at.
        for index in domain.devices.consoles.indices where domain.devices.consoles[index].target?.type == .virtio {
            guard let address = domain.devices.consoles[index].address else { continue }
            domain.devices.consoles[index].address = try assign(address, from: 0, &taken, &domain.devices)
        }
        for index in domain.devices.channels.indices where domain.devices.channels[index].target?.type == .virtio {
            let address = domain.devices.channels[index].address
            domain.devices.channels[index].address = try assign(address, from: 1, &taken, &domain.devices)
        }
    }

    private struct Port: Hashable {
        var controller: UInt32
        var port: UInt32
    }

    private static func users(_ devices: Devices) -> [DeviceAddress?] {
        devices.channels.filter { $0.target?.type == .virtio }.map(\.address)
            + devices.consoles.filter { $0.target?.type == .virtio }.map(\.address)
    }

    private static func needsController(_ devices: Devices) -> Bool { !users(devices).isEmpty }

    /// The controllers that users name; those without an address want the first.
    private static func controllers(_ devices: Devices) -> [UInt32] {
        users(devices).map { $0?.controller ?? 0 }.filter { $0 < 4096 }
    }

    private static func takenPorts(_ devices: Devices) throws(VMError) -> Set<Port> {
        var taken = Set<Port>()
        for address in users(devices) {
            guard let address, address.type == .virtioSerial, let port = address.port, port != 0 || address.bus != nil
            else { continue }
            let place = Port(controller: address.controller ?? 0, port: port)
            guard port == 0 || taken.insert(place).inserted else {
                throw VMError(
                    .invalidXML,
                    "virtio serial port \(place.port) on controller \(place.controller) is already occupied")
            }
        }
        return taken
    }

    private static func assign(
        _ given: DeviceAddress?, from first: UInt32, _ taken: inout Set<Port>, _ devices: inout Devices
    ) throws(VMError) -> DeviceAddress {
        var address = DeviceAddress(type: .virtioSerial)
        address.bus = 0
        if let given, given.type == .virtioSerial, let port = given.port, port != 0 || first == 0 {
            address.controller = given.controller ?? 0
            address.port = port
            taken.insert(Port(controller: address.controller ?? 0, port: port))
            return address
        }
        let fixed = given?.type == .virtioSerial ? given?.controller : nil
        for controller in devices.controllers.filter({ $0.type == .virtioSerial }).map({ $0.index ?? 0 })
        where fixed == nil || controller == fixed {
            let ports = devices.controllers.first { $0.type == .virtioSerial && $0.index ?? 0 == controller }?.ports
            for port in first..<max(first, min(ports ?? standardPorts, 512)) {
                guard taken.insert(Port(controller: controller, port: port)).inserted else { continue }
                address.controller = controller
                address.port = port
                return address
            }
        }
        guard fixed == nil else {
            throw VMError(.unsupported, "Failed to find an empty virtio serial port on controller \(fixed ?? 0)")
        }
        let next = (devices.controllers.filter { $0.type == .virtioSerial }.map { $0.index ?? 0 }.max() ?? 0) &+ 1
        devices.add(.virtioSerial, index: next)
        taken.insert(Port(controller: next, port: first))
        address.controller = next
        address.port = first
        return address
    }
}
