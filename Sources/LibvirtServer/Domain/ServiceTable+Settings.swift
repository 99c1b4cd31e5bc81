internal import LibvirtWire
internal import VMCore
internal import VMDomain
internal import VMManager

/// Memory, and what becomes of a machine at the events of its life.
extension ServiceTable {
    mutating func serveSettings() {
        carryOut(Remote.domainSetMemory) { (arguments, client) throws(VMError) in
            try await Self.setMemory(arguments.domain, arguments.memory, 1, client)
        }
        carryOut(Remote.domainSetMaxMemory) { (arguments, client) throws(VMError) in
            try await Self.setMemory(arguments.domain, arguments.memory, 4, client)
        }
        carryOut(Remote.domainSetMemoryFlags) { (arguments, client) throws(VMError) in
            try await Self.setMemory(arguments.domain, arguments.memory, arguments.flags, client)
        }
        carryOut(Remote.domainSetMemoryStatsPeriod) { (arguments, client) throws(VMError) in
            let scope = try ChangeScope(flags: arguments.flags, "qemuDomainSetMemoryStatsPeriod")
            _ = try await client.machine(arguments.domain).apply(
                .setMemoryStatisticsPeriod(seconds: UInt32(clamping: arguments.period)), scope: scope)
        }
        carryOut(Remote.domainSetLifecycleAction) { (arguments, client) throws(VMError) in
            let scope = try ChangeScope(flags: arguments.flags, "qemuDomainSetLifecycleAction")
            let change = try Self.lifecycleAction(arguments.type, arguments.action)
            _ = try await client.machine(arguments.domain).apply(.setLifecycleAction(change), scope: scope)
        }
    }

    private static func setMemory(
        _ domain: DomainReference, _ kibibytes: UInt64, _ flags: UInt32, _ client: Client
    ) async throws(VMError) {
        let scope = try ChangeScope(flags: flags, besides: 4, "qemuDomainSetMemoryFlags")
        let (bytes, isTooMuch) = kibibytes.multipliedReportingOverflow(by: 1024)
        if isTooMuch { throw VMError(.invalidArgument, "memory size \(kibibytes) KiB is too large") }
        guard flags & 4 != 0 else {
            _ = try await client.machine(domain).apply(.setMemory(bytes: bytes), scope: scope)
            return
        }
        try await client.machine(domain).setMaximumMemory(bytes: bytes, scope: scope)
    }

    /// `virDomainLifecycle` and `virDomainLifecycleAction`.
    private static func lifecycleAction(
        _ type: UInt32, _ action: UInt32
    ) throws(VMError) -> LifecycleActionChange {
        let actions: [LifecycleAction] = [.destroy, .restart, .renameRestart, .preserve]
        let crashes: [CrashAction] = [
            .destroy, .restart, .renameRestart, .preserve, .coredumpDestroy, .coredumpRestart,
        ]
        let place = Int(action)
        switch type {
        case 0 where actions.indices.contains(place): return .poweroff(actions[place])
        case 1 where actions.indices.contains(place): return .reboot(actions[place])
        case 2 where crashes.indices.contains(place): return .crash(crashes[place])
        default: throw VMError(.invalidArgument, "lifecycle type \(type) with action \(action) isn't known")
        }
    }
}
