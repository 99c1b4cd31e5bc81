internal import VMCore
internal import VMDomain

/// `<serial>`, `<parallel>`, `<console>`, `<channel>`: ports, models, and the pairing of the first console with the
/// first serial port.
enum CharacterDefaults {
    static let apply: Planner.Pass = { domain, context throws(VMError) in
        for index in domain.devices.channels.indices { dropGeneratedPath(&domain.devices.channels[index]) }
        fillModes(&domain.devices)
        pairConsole(&domain, context)
        numberISA(&domain.devices.serials)
        for index in domain.devices.serials.indices { fill(&domain.devices.serials[index], context) }
        numberPorts(&domain.devices)
        copyConsole(&domain.devices)
        fillProtocols(&domain.devices)
        for index in domain.devices.redirectedDevices.indices
        where domain.devices.redirectedDevices[index].backend.type == .dbus {
            domain.devices.redirectedDevices[index].backend.source.channel.fill("org.qemu.usbredir")
        }
    }

    /// A lone serial console stands for a serial port; a lone serial port gets a console.
    private static func pairConsole(_ domain: inout Domain, _ context: PlanContext) {
        for index in domain.devices.consoles.indices {
            var target = domain.devices.consoles[index].target ?? Console.Target()
            target.type.fill(.serial)
            domain.devices.consoles[index].target = target
        }
        if let first = domain.devices.consoles.first, first.target?.type == .serial, domain.devices.serials.isEmpty {
            var serial = Serial()
            serial.backend = first.backend
            serial.address = first.address
            serial.alias = first.alias
            domain.devices.serials = [serial]
        } else if domain.devices.consoles.first?.target?.type != .serial, let first = domain.devices.serials.first,
            ![.isaDebug, .usbSerial, .pciSerial].contains(first.target?.type)
        {
            var console = Console()
            console.target = Console.Target()
            console.target?.type = .serial
            console.target?.port = first.target?.port
            console.backend = first.backend
            domain.devices.consoles.insert(console, at: 0)
        }
    }

    private static func fill(_ serial: inout Serial, _ context: PlanContext) {
        var target = serial.target ?? Serial.Target()
        let given = target.type
        if given == nil || given == .isaSerial { target.type = standardSerial(context) ?? given }
        // POWER's ports have a register, whatever place a document gives them.
        if target.type == .spaprVIOSerial, serial.address?.type != .spaprVIO { serial.address = nil }
        if target.model?.name == nil, let type = target.type, let name = model(of: type, context) {
            target.model = Serial.Model()
            target.model?.name = name
        }
        serial.target = target
    }

    private static func standardSerial(_ context: PlanContext) -> Serial.Target.Kind? {
        switch context.traits.family {
        case .pseries: .spaprVIOSerial
        case .virt: .systemSerial
        case .s390: .sclpSerial
        case .i440fx, .q35, .isapc, .microvm: .isaSerial
        default: context.traits.isX86 ? .isaSerial : nil
        }
    }

    private static func model(of type: Serial.Target.Kind, _ context: PlanContext) -> Serial.Model.Name? {
        switch type {
        case .isaSerial: .isaSerial
        case .usbSerial: .usbSerial
        case .pciSerial: .pciSerial
        case .spaprVIOSerial: .spaprVTY
        case .systemSerial: context.traits.isARM ? .pl011 : .uart16550A
        case .sclpSerial: .sclpConsole
        case .isaDebug: .isaDebugCon
        }
    }

    /// Ports count up, each from the highest number before it.
    private static func numberPorts(_ devices: inout Devices) {
        number(devices.serials.indices, { devices.serials[$0].target?.port }) { index, port in
            devices.serials[index].target.fill(Serial.Target())
            devices.serials[index].target?.port = port
        }
        number(devices.parallels.indices, { devices.parallels[$0].target?.port }) { index, port in
            devices.parallels[index].target.fill(Parallel.Target())
            devices.parallels[index].target?.port = port
        }
        // A console's port is its place in the list.
        for index in devices.consoles.indices { devices.consoles[index].target?.port = UInt32(index) }
    }

    /// Ports that say that they are on ISA count by themselves, whatever the others have.
    private static func numberISA(_ serials: inout [Serial]) {
        var next: UInt32 = 0
        for index in serials.indices where serials[index].target?.type == .isaSerial {
            serials[index].target?.port.fill(next)
            next += 1
        }
    }

    private static func number(
        _ indices: Range<Int>, _ port: (Int) -> UInt32?, _ set: (Int, UInt32) -> Void
    ) {
        var highest = indices.compactMap(port).max()
        for index in indices where port(index) == nil {
            let next = highest.map { $0 &+ 1 } ?? 0
            set(index, next)
            highest = max(highest ?? 0, next)
        }
    }

    /// The console that stands for a serial port shows that port's backend.
    static func copyConsole(_ devices: inout Devices) {
        guard let serial = devices.serials.first, devices.consoles.first?.target?.type == .serial else { return }
        devices.consoles[0].backend = serial.backend
        devices.consoles[0].alias = serial.alias
        devices.consoles[0].address = serial.address
        devices.consoles[0].address?.zpci = nil
        devices.consoles[0].target?.port = serial.target?.port
    }

    /// What is said over TCP is raw unless the document says otherwise.
    private static func fillProtocols(_ devices: inout Devices) {
        for index in devices.serials.indices { fillProtocol(&devices.serials[index].backend) }
        for index in devices.parallels.indices { fillProtocol(&devices.parallels[index].backend) }
        for index in devices.consoles.indices { fillProtocol(&devices.consoles[index].backend) }
        for index in devices.channels.indices { fillProtocol(&devices.channels[index].backend) }
        for index in devices.redirectedDevices.indices { fillProtocol(&devices.redirectedDevices[index].backend) }
        for index in devices.smartcards.indices { fillProtocol(&devices.smartcards[index].backend) }
    }

    static func fillProtocol(_ backend: inout CharacterBackend) {
        guard backend.type == .tcp, backend.protocol?.type == nil else { return }
        backend.protocol = CharacterProtocol()
        backend.protocol?.type = .raw
    }

    /// Who doesn't say that it listens calls, wherever there is something to call.
    private static func fillModes(_ devices: inout Devices) {
        for index in devices.serials.indices { fillMode(&devices.serials[index].backend) }
        for index in devices.parallels.indices { fillMode(&devices.parallels[index].backend) }
        for index in devices.consoles.indices { fillMode(&devices.consoles[index].backend) }
        for index in devices.channels.indices { fillMode(&devices.channels[index].backend) }
        for index in devices.redirectedDevices.indices { fillMode(&devices.redirectedDevices[index].backend) }
        for index in devices.smartcards.indices { fillMode(&devices.smartcards[index].backend) }
        for index in devices.rngs.indices where devices.rngs[index].backend?.model == .egd {
            guard var backend = devices.rngs[index].backend?.character else { continue }
            fillMode(&backend)
            devices.rngs[index].backend?.character = backend
        }
    }

    private static func fillMode(_ backend: inout CharacterBackend) {
        switch backend.type {
        case .tcp: backend.source.mode.fill(.connect)
        case .unix where backend.source.path != nil: backend.source.mode.fill(.connect)
        case .udp:
            for index in backend.endpoints.indices { backend.endpoints[index].mode.fill(.connect) }
        default: break
        }
    }

    /// A socket that was generated for one run is generated anew for the next.
    private static func dropGeneratedPath(_ channel: inout Channel) {
        guard channel.backend.type == .unix, channel.backend.source.mode != .connect,
            channel.target?.type == .virtio
        else { return }
        if let path = channel.backend.source.path {
            guard path.split(separator: "/").dropLast().suffix(4).contains("channel"), path.hasPrefix("/") else {
                return
            }
        }
        channel.backend.source = CharacterSource()
    }
}
