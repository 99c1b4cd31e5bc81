internal import LibvirtWire
internal import VMCore
internal import VMManager

/// Figures of processors, memory and network, and those of all domains together.
extension ServiceTable {
    mutating func serveStatistics() {
        serve(Remote.connectGetAllDomainStats) { (arguments, client) throws(VMError) in
            List(try await Self.statistics(arguments, client))
        }
        serve(Remote.domainMemoryStats) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainMemoryStats")
            let figures = try await Self.running(arguments.domain, .balloon, client).memory?.figures ?? []
            let known = figures.compactMap { figure -> MemoryStatistic? in
                guard let tag = figure.libvirtTag else { return nil }
                var statistic = MemoryStatistic()
                statistic.tag = tag
                statistic.value = figure.value
                return statistic
            }
            return List(Array(known.prefix(Int(arguments.limit))))
        }
        serve(Remote.domainGetCPUStats) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 4, "qemuDomainGetCPUStats")
            guard arguments.firstCPU == -1, arguments.cpuCount == 1 else {
                throw VMError(
                    .wrongState,
                    "Requested operation is not valid: cgroup CPUACCT controller is not mounted: only the total is known"
                )
            }
            let cpu = try await Self.running(arguments.domain, .cpuTotal, client).cpu
            return Listing(cpu?.parameters ?? [], room: Int32(clamping: arguments.count))
        }
        serve(Remote.domainInterfaceStats) { (arguments, client) throws(VMError) in
            let counters = try await client.machine(arguments.domain).interfaceCounters(interface: arguments.device)
            var answer = InterfaceStatistics()
            answer.receivedBytes = Int64(clamping: counters.received.bytes)
            answer.receivedPackets = Int64(clamping: counters.received.packets)
            answer.receiveErrors = Int64(clamping: counters.received.errors)
            answer.receiveDrops = Int64(clamping: counters.received.drops)
            answer.sentBytes = Int64(clamping: counters.sent.bytes)
            answer.sentPackets = Int64(clamping: counters.sent.packets)
            answer.sendErrors = Int64(clamping: counters.sent.errors)
            answer.sendDrops = Int64(clamping: counters.sent.drops)
            return answer
        }
    }

    private static func running(
        _ domain: DomainReference, _ groups: StatisticsGroups, _ client: Client
    ) async throws(VMError) -> DomainStatistics {
        let found = try await client.machine(domain).statistics(groups)
        guard found.state.isActive else {
            throw VMError(.wrongState, "Requested operation is not valid: domain is not running")
        }
        return found
    }

    /// `virDomainStatsTypes` among those that there are here.
    private static func groups(_ types: UInt32, enforced: Bool) throws(VMError) -> StatisticsGroups {
        if types == 0 { return .all }
        let known: [(UInt32, StatisticsGroups)] = [
            (1, .state), (2, .cpuTotal), (4, .balloon), (8, .vcpu), (16, .interface), (32, .block), (128, .iothread),
            // Counters, shares of bandwidth and what KVM counts are none here.
            (64, []), (256, []), (512, .dirtyRate), (1024, []),
        ]
        let unknown = known.reduce(types) { $0 & ~$1.0 }
        if enforced, unknown != 0 {
            throw VMError(
                .unsupported, "Stats types bits 0x\(String(unknown, radix: 16)) are not supported by this daemon",
                libvirt: LibvirtError(.argumentUnsupported))
        }
        return StatisticsGroups(known.filter { types & $0.0 != 0 }.map(\.1))
    }

    private static func statistics(
        _ arguments: ConnectGetAllDomainStatsArguments, _ client: Client
    ) async throws(VMError) -> [DomainStatisticsRecord] {
        // Beside the filters: 1 << 28 and up ask for the backing chain, not to wait, to enforce the types.
        let options: UInt32 = 0xE000_0000 | 1 << 28
        try checkFlags(arguments.flags, 0xff | options, "qemuConnectGetAllDomainStats")
        let groups = try groups(arguments.statistics, enforced: arguments.flags & (1 << 31) != 0)
        let filter = ListFilter(rawValue: arguments.flags & 0xff)
        let figures = try await client.manager.statistics(of: arguments.domains.map(\.uuid), filter, groups)
        return figures.map { figures in
            var record = DomainStatisticsRecord()
            record.domain = DomainReference(
                name: figures.name, uuid: figures.uuid, id: figures.id.map { Int32(clamping: $0) } ?? -1)
            record.parameters = figures.parameters(groups)
            return record
        }
    }
}
