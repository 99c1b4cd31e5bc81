internal import QEMULauncher
public import VMCore
public import VMDomain

/// How many virtual processors a domain has, in its stored and its live definition.
public struct ProcessorCounts: Sendable, Hashable {
    /// Of one definition.
    public struct Counts: Sendable, Hashable {
        /// `VIR_DOMAIN_VCPU_MAXIMUM`: how many it may have.
        public var maximum: Int
        /// How many it has.
        public var current: Int

        public init(maximum: Int, current: Int) {
            self.maximum = maximum
            self.current = current
        }
    }

    /// Nil when the domain has no stored definition.
    public var config: Counts?
    /// Nil when it doesn't run.
    public var live: Counts?

    /// One of them.
    ///
    /// - Parameter isLive: the live definition, or the stored one; nil is the live one of a machine that runs.
    /// - Throws: `wrong-state` when there is no such definition.
    public func count(live isLive: Bool?, maximum: Bool) throws(VMError) -> Int {
        guard let counts = isLive ?? (live != nil) ? live : config else { throw VMManager.notRunning }
        return maximum ? counts.maximum : counts.current
    }
}

extension VMManager {
    /// How many virtual processors a domain has.
    public func processorCounts(_ key: String) throws(VMError) -> ProcessorCounts {
        let machine = try find(key)
        var counts = ProcessorCounts()
        if machine.isPersistent { counts.config = try storedDomain(machine).processorCounts }
        counts.live = try liveDomain(machine)?.processorCounts
        return counts
    }
}

extension Domain {
    /// What the document says; a document that says nothing has one processor.
    var processorCounts: ProcessorCounts.Counts {
        let maximum = vcpu?.count ?? 1
        return .init(maximum: Int(clamping: maximum), current: Int(clamping: vcpu?.current ?? maximum))
    }
}

/// A virtual processor of a running machine, `virVcpuInfo`.
public struct ProcessorState: Sendable, Hashable {
    public var number: Int
    /// Its thread's times, and the host's processor that it ran on last.
    public var thread: DomainStatistics.ThreadTime
    /// The host's processors that it may run on.
    public var affinity: CPUSet
}

extension VMManager {
    /// The virtual processors of a running machine that the kernel knows the threads of.
    public func processorStates(_ key: String) throws(VMError) -> [ProcessorState] {
        try blocking(key) { (manager, machine) async throws(VMError) in try await manager.processorStates(machine) }
    }

    func processorStates(_ machine: Machine) async throws(VMError) -> [ProcessorState] {
        let all = CPUSet(0...max(0, HostProcessors.count - 1))
        return try await runningStatistics(of: machine, .vcpu).vcpus.compactMap { vcpu in
            guard let thread = vcpu.thread else { return nil }
            let affinity = HostProcessors.affinity(of: Int32(clamping: thread.id)) ?? all
            return ProcessorState(number: vcpu.index, thread: thread, affinity: affinity)
        }
    }
}
