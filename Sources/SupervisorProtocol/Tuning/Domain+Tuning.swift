internal import VMCore
internal import VMDomain
internal import VMXML

/// The parameters of memory, processors and NUMA nodes.
extension Domain {
    // MARK: Memory

    mutating func mapMemory(_ x: inout TuningMapper) {
        func limit(_ name: String, _ size: inout ScaledSize?, _ x: inout TuningMapper) {
            var kibibytes: UInt64? = size?.kibibytes ?? TuningGroup.unlimitedMemory
            x.ullong(name, &kibibytes)
            guard x.sets(name) else { return }
            size = kibibytes.flatMap { $0 >= TuningGroup.unlimitedMemory ? nil : .kibibytes($0) }
        }
        limit("hard_limit", &memtune.hardLimit, &x)
        limit("soft_limit", &memtune.softLimit, &x)
        limit("swap_hard_limit", &memtune.swapHardLimit, &x)
    }

    func checkMemoryLimits() throws(VMError) {
        guard let hard = memtune.hardLimit, let swap = memtune.swapHardLimit, hard > swap else { return }
        throw VMError(
            .invalidArgument,
            "invalid argument: memory hard_limit tunable value must be lower than or equal to swap_hard_limit")
    }

    // MARK: Processors

    private static let periods: ClosedRange<UInt64> = 1000...1_000_000
    private static let quotas: ClosedRange<Int64> = 1000...18_446_744_073_709_551

    mutating func mapScheduler(_ x: inout TuningMapper) {
        x.ullong("cpu_shares", &cputune.shares)
        x.ullong("vcpu_period", &cputune.period, range: Self.periods)
        x.llong("vcpu_quota", &cputune.quota, range: Self.quotas)
        x.ullong("emulator_period", &cputune.emulatorPeriod, range: Self.periods)
        x.llong("emulator_quota", &cputune.emulatorQuota, range: Self.quotas)
        x.ullong("global_period", &cputune.globalPeriod, range: Self.periods)
        x.llong("global_quota", &cputune.globalQuota, range: Self.quotas)
        x.ullong("iothread_period", &cputune.iothreadPeriod, range: Self.periods)
        x.llong("iothread_quota", &cputune.iothreadQuota, range: Self.quotas)
    }

    // MARK: NUMA

    /// In the order of `virDomainNumatuneMemMode`.
    private static let modes: [NUMATuning.Mode] = [.strict, .preferred, .interleave, .restrictive]

    mutating func mapNUMA(_ x: inout TuningMapper) {
        var memory = numatune.memory ?? NUMATuning.Memory()
        let number = memory.mode.flatMap { Self.modes.firstIndex(of: $0) } ?? 0
        x.int("numa_mode", Int32(clamping: number)) { new, x in
            guard Self.modes.indices.contains(Int(new)) else { return x.fail("unsupported numatune mode: '\(new)'") }
            memory.mode = Self.modes[Int(new)]
        }
        x.string("numa_nodeset", memory.nodeset?.xml ?? "") { new, x in
            guard let set = CPUSet(xml: new), !set.isEmpty else {
                return x.fail("Invalid value for 'cpuset': \(new)")
            }
            memory.nodeset = set
            memory.placement = .static
        }
        if x.sets("numa_mode") || x.sets("numa_nodeset") { numatune.memory = memory }
    }

    func settleNUMA() throws(VMError) {
        guard let memory = numatune.memory, memory.nodeset == nil, memory.placement != .auto else { return }
        throw VMError(
            .invalidXML, "XML error: nodeset for NUMA memory tuning must be set if 'placement' is 'static'")
    }

    // MARK: Counters

    mutating func mapPerfEvents(_ x: inout TuningMapper) {
        for name in TuningGroup.perfEventNames {
            let place = perf.firstIndex { $0.name == name }
            let was = place.map { perf[$0].enabled == .yes } ?? false
            var isOn = was
            x.boolean(name.rawValue, &isOn)
            guard x.sets(name.rawValue), isOn != was || place == nil else { continue }
            var event = PerfEvent()
            event.name = name
            event.enabled = isOn ? .yes : .no
            if let place { perf[place] = event } else { perf.append(event) }
        }
    }
}
