internal import VMCore
internal import VMDomain

/// Ports of virtio-serial controllers for channels and virtio consoles.
enum VirtioSerialAddresses {
    /// Ports of a controller that doesn't say how many it has.
    private static let standardPorts: UInt32 = 31

    static let apply: Planner.Pass = { domain, context throws(VMError) in
        guard needsController(domain.devices) else { return }
        for controller in controllers(domain.devices) { domain.devices.add(.virtioSerial, index: controller) }
        var ports = Ports(domain.devices.controllers, taken: try takenPorts(domain.devices))
        // Consoles take the ports that QEMU gives them; only those with an address of their own are looked at.
        for index in domain.devices.consoles.indices where domain.devices.consoles[index].target?.type == .virtio {
            guard let address = domain.devices.consoles[index].address else { continue }
            domain.devices.consoles[index].address = try assign(address, from: 0, &ports, &domain.devices)
        }
        for index in domain.devices.channels.indices where domain.devices.channels[index].target?.type == .virtio {
            let address = domain.devices.channels[index].address
            domain.devices.channels[index].address = try assign(address, from: 1, &ports, &domain.devices)
        }
    }

    private struct Port: Hashable {
        var controller: UInt32
        var port: UInt32
    }

    /// The ports of all controllers. Ports are only taken, never given back, so each search goes on where the last ended.
    private struct Ports {
        private struct Row {
            var controller: UInt32
            var count: UInt32
            /// All ports below are taken, or aren't wanted.
            var next: UInt32 = 0
        }

        private var rows: [Row]
        private var rowsInFull = 0
        var taken: Set<Port>

        init(_ controllers: [Controller], taken: Set<Port>) {
            rows = controllers.filter { $0.type == .virtioSerial }.map {
                Row(controller: $0.index ?? 0, count: min($0.ports ?? standardPorts, 512))
            }.sorted { $0.controller < $1.controller }
            self.taken = taken
        }

        /// Takes the first free port of a controller, or of all of them.
        mutating func take(on controller: UInt32?, from first: UInt32) -> Port? {
            for row in (controller == nil ? rowsInFull : 0)..<rows.count
            where controller == nil || rows[row].controller == controller {
                if let port = take(inRow: row, from: first) { return port }
                if controller == nil, first > 0 { rowsInFull = row + 1 }
            }
            return nil
        }

        private mutating func take(inRow row: Int, from first: UInt32) -> Port? {
            var next = max(first, rows[row].next)
            while next < rows[row].count {
                let port = Port(controller: rows[row].controller, port: next)
                next += 1
                guard taken.insert(port).inserted else { continue }
                rows[row].next = next
                return port
            }
            rows[row].next = next
            return nil
        }

        mutating func add(controller: UInt32) { rows.append(Row(controller: controller, count: standardPorts)) }

        /// One more than the highest number of a controller.
        var nextController: UInt32 { (rows.map(\.controller).max() ?? 0) &+ 1 }
    }

    private static func users(_ devices: Devices) -> [DeviceAddress?] {
        devices.channels.filter { $0.target?.type == .virtio }.map(\.address)
            + devices.consoles.filter { $0.target?.type == .virtio }.map(\.address)
    }

    private static func needsController(_ devices: Devices) -> Bool { !users(devices).isEmpty }

    /// The controllers that users name; those without an address want the first.
    private static func controllers(_ devices: Devices) -> [UInt32] {
        Set(users(devices).map { $0?.controller ?? 0 }.filter { $0 < 4096 }).sorted()
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
        _ given: DeviceAddress?, from first: UInt32, _ ports: inout Ports, _ devices: inout Devices
    ) throws(VMError) -> DeviceAddress {
        var address = DeviceAddress(type: .virtioSerial)
        address.bus = 0
        if let given, given.type == .virtioSerial, let port = given.port, port != 0 || first == 0 {
            address.controller = given.controller ?? 0
            address.port = port
            ports.taken.insert(Port(controller: address.controller ?? 0, port: port))
            return address
        }
        let fixed = given?.type == .virtioSerial ? given?.controller : nil
        var place = ports.take(on: fixed, from: first)
        if place == nil, fixed == nil {
            let next = ports.nextController
            devices.add(.virtioSerial, index: next)
            ports.add(controller: next)
            place = ports.take(on: next, from: first)
        }
        guard let place else {
            throw VMError(.unsupported, "Failed to find an empty virtio serial port on controller \(fixed ?? 0)")
        }
        address.controller = place.controller
        address.port = place.port
        return address
    }
}
