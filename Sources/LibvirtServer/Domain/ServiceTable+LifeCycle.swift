internal import LibvirtWire
internal import MonitorJSON
internal import VMCore
internal import VMManager
internal import VMXML

/// Starting, stopping and ending.
extension ServiceTable {
    mutating func serveLifeCycle() {
        serveStarts()
        carryOut(Remote.domainSuspend) { (domain, client) throws(VMError) in
            try await client.machine(domain).suspend()
        }
        carryOut(Remote.domainResume) { (domain, client) throws(VMError) in try await client.machine(domain).resume() }
        carryOut(Remote.domainShutdown) { (domain, client) throws(VMError) in
            try await client.machine(domain).shutdown(modes: [])
        }
        carryOut(Remote.domainShutdownFlags) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 3, "qemuDomainShutdownFlags")
            try await client.machine(arguments.subject).shutdown(modes: GuestPowerModes(rawValue: arguments.flags))
        }
        carryOut(Remote.domainReboot) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 3, "qemuDomainReboot")
            try await client.machine(arguments.subject).reboot(modes: GuestPowerModes(rawValue: arguments.flags))
        }
        carryOut(Remote.domainReset) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainReset")
            try await client.machine(arguments.subject).reset()
        }
        carryOut(Remote.domainDestroy) { (domain, client) throws(VMError) in
            try await client.machine(domain).destroy()
        }
        carryOut(Remote.domainDestroyFlags) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 3, "qemuDomainDestroyFlags")
            let state = try await client.machine(arguments.subject).destroy(graceful: arguments.flags & 1 != 0)
            if arguments.flags & 2 != 0 { try Files.remove(client.manager.logPath(state.uuid)) }
        }
        carryOut(Remote.domainPMSuspendForDuration) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainPMSuspendForDuration")
            guard arguments.duration == 0 else {
                throw VMError(.invalidArgument, "Duration not supported. Use 0 for now")
            }
            try await client.machine(arguments.domain).suspendGuest(to: try Self.suspendTarget(arguments.target))
        }
        carryOut(Remote.domainPMWakeup) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainPMWakeup")
            try await client.machine(arguments.subject).wakeUp()
        }
    }

    private mutating func serveStarts() {
        carryOut(Remote.domainCreate) { (domain, client) throws(VMError) in
            _ = try await Self.start(domain, 0, client)
        }
        serve(Remote.domainCreateWithFlags) { (arguments, client) throws(VMError) in
            try await Self.start(arguments.subject, arguments.flags, client)
        }
        serve(Remote.domainCreateXML) { (arguments, client) throws(VMError) in
            try await Self.create(arguments.subject, arguments.flags, client)
        }
        // Open files are for containers: libvirt's QEMU takes none either.
        serveWithFiles(Remote.domainCreateWithFiles) { (arguments, files, client) throws(VMError) in
            try Self.refuse(files, "virDomainCreateWithFiles")
            return try await Self.start(arguments.subject, arguments.flags, client)
        }
        serveWithFiles(Remote.domainCreateXMLWithFiles) { (arguments, files, client) throws(VMError) in
            try Self.refuse(files, "virDomainCreateXMLWithFiles")
            return try await Self.create(arguments.subject, arguments.flags, client)
        }
    }

    private static func refuse(_ files: [Int32], _ function: String) throws(VMError) {
        if files.isEmpty { return }
        throw VMError(
            .unsupported, "this function is not supported by the connection driver: \(function)",
            remedy: "a virtual machine gets no open files of its client", libvirt: LibvirtError(.noSupport))
    }

    /// `virDomainCreateFlags`.
    private enum StartFlag {
        static let paused: UInt32 = 1
        static let autodestroy: UInt32 = 2
        static let bypassCache: UInt32 = 4
        static let forceBoot: UInt32 = 8
        static let validate: UInt32 = 16
        static let resetNVRAM: UInt32 = 32
    }

    private static func start(
        _ domain: DomainReference, _ flags: UInt32, _ client: Client
    ) async throws(VMError) -> DomainReference {
        try checkFlags(flags, 0x2f, "qemuDomainCreateWithFlags")
        let machine = client.machine(domain)
        let state = try await machine.start(
            paused: flags & StartFlag.paused != 0, forceBoot: flags & StartFlag.forceBoot != 0,
            resetNVRAM: flags & StartFlag.resetNVRAM != 0)
        if flags & StartFlag.autodestroy != 0 { await client.leash(state.uuid) }
        return DomainReference(state)
    }

    private static func create(
        _ xml: String, _ flags: UInt32, _ client: Client
    ) async throws(VMError) -> DomainReference {
        try checkFlags(flags, 0x33, "qemuDomainCreateXML")
        let machine = try await client.manager.create(
            xml: xml, paused: flags & StartFlag.paused != 0, resetNVRAM: flags & StartFlag.resetNVRAM != 0,
            options: flags & StartFlag.validate != 0 ? .strict : .lenient)
        if flags & StartFlag.autodestroy != 0 { await client.leash(machine.uuid) }
        return DomainReference(try await machine.status())
    }

    /// `virNodeSuspendTarget`.
    private static func suspendTarget(_ number: UInt32) throws(VMError) -> GuestSuspend.Target {
        switch number {
        case 0: return .memory
        case 1: return .disk
        case 2: return .hybrid
        default: throw VMError(.invalidArgument, "Unknown suspend target: \(number)")
        }
    }
}
