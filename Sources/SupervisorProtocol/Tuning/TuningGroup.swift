package import VMCore
package import VMDomain

/// A group of libvirt's typed parameters: how much of the host a domain may have, and what is counted of it.
public enum TuningGroup: Sendable, Hashable {
    /// `<memtune>`, `virDomainSetMemoryParameters`.
    case memory
    /// `<blkiotune>`, `virDomainSetBlkioParameters`.
    case blockIO
    /// Shares, periods and quotas of `<cputune>`, `virDomainSetSchedulerParameters`.
    case scheduler
    /// `<numatune>`, `virDomainSetNumaParameters`.
    case numa
    /// `<perf>`, `virDomainSetPerfEvents`.
    case perfEvents
    /// `<bandwidth>` of a network card, by its MAC address or its host device; `virDomainSetInterfaceParameters`.
    case bandwidth(interface: String)
    /// `<iotune>` of a disk, `virDomainSetBlockIoTune`.
    case blockLimits(disk: String)

    /// How many parameters it has.
    public var count: Int {
        switch self {
        case .memory: 3
        case .blockIO: 6
        case .scheduler: 9
        case .numa: 2
        case .perfEvents: TuningGroup.perfEventNames.count
        case .bandwidth: 7
        case .blockLimits: 20
        }
    }

    /// Why it is not for a running machine where there is no control group that could do it: what libvirt says then.
    package var liveRefusal: VMError {
        func missing(_ what: String) -> VMError {
            VMError(
                .wrongState, "Requested operation is not valid: \(what)",
                remedy: "no control group can be had for the machine; use \(option: "config")")
        }
        switch self {
        case .memory: return missing("cgroup memory controller is not mounted")
        case .blockIO: return missing("blkio cgroup isn't mounted")
        case .scheduler: return missing("cgroup CPU controller is not mounted")
        case .numa: return missing("cgroup cpuset controller is not mounted")
        case .perfEvents, .bandwidth, .blockLimits: return missing("it is not for a running machine")
        }
    }

    /// In libvirt's order.
    static let perfEventNames: [PerfEvent.Name] = [
        .cmt, .mbmt, .mbml, .cpuCycles, .instructions, .cacheReferences, .cacheMisses, .branchInstructions,
        .branchMisses, .busCycles, .stalledCyclesFrontend, .stalledCyclesBackend, .refCpuCycles, .cpuClock, .taskClock,
        .pageFaults, .contextSwitches, .cpuMigrations, .pageFaultsMin, .pageFaultsMaj, .alignmentFaults,
        .emulationFaults,
    ]
}

extension Domain {
    /// The parameters of a group as this document has them, in libvirt's order and with its types.
    ///
    /// - Throws: `not-found` when there is no such card or disk.
    package func tuning(_ group: TuningGroup) throws(VMError) -> [TypedParameter] {
        var mapper = TuningMapper()
        var copy = self
        try copy.map(group, &mapper)
        return mapper.parameters
    }

    /// Changes the parameters that are named.
    ///
    /// - Throws: `unsupported` for a name that the group hasn't; `invalid-argument` for one that comes twice, a value of
    ///   another type, or one that doesn't go with the others.
    mutating func tune(_ group: TuningGroup, _ parameters: [TypedParameter]) throws(VMError) {
        var mapper = try TuningMapper(writing: parameters)
        try map(group, &mapper)
        try mapper.finish()
        try settle(group, mapper)
    }

    /// Names each parameter of a group with its place in the document: reading and writing run the same lines.
    private mutating func map(_ group: TuningGroup, _ x: inout TuningMapper) throws(VMError) {
        switch group {
        case .memory: mapMemory(&x)
        case .blockIO: mapBlockIO(&x)
        case .scheduler: mapScheduler(&x)
        case .numa: mapNUMA(&x)
        case .perfEvents: mapPerfEvents(&x)
        case .bandwidth(let name): try mapBandwidth(name, &x)
        case .blockLimits(let name): try mapBlockLimits(name, &x)
        }
    }

    /// What follows from the new values, and whether they go together.
    private mutating func settle(_ group: TuningGroup, _ x: TuningMapper) throws(VMError) {
        switch group {
        case .memory: try checkMemoryLimits()
        case .blockIO: blkiotune.devices.removeAll { !$0.hasLimits }
        case .scheduler, .perfEvents: break
        case .numa: try settleNUMA()
        case .bandwidth(let name): try settleBandwidth(name, x)
        case .blockLimits(let name): try settleBlockLimits(name, x)
        }
    }
}
