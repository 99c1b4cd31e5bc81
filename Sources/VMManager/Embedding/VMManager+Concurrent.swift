public import VMCore
public import VMXML

/// All machines together, and those that are only made, for programs that embed the manager.
extension VMManager {
    /// The threads on which asynchronous calls work, for tasks that do little but call a manager: a call then wakes no
    /// other thread. Two threads serve any number of calls, which hold none while they wait.
    ///
    ///     await withTaskExecutorPreference(VMManager.executor) {
    ///         for machine in machines { … try await machine.status() … }
    ///     }
    public static var executor: any TaskExecutor { WorkerPool.shared }

    /// Stores a domain and gives its machine.
    public func define(
        xml: String, options: XMLReadOptions = .strict
    ) async throws(VMError) -> VirtualMachine {
        let asked = self
        return try await observed("define", domain: nil) { manager throws(VMError) in
            let definition = try manager.define(Array(xml.utf8), file: "domain.xml", options: options).definition
            return VirtualMachine(manager: asked, name: definition.name, uuid: definition.uuid)
        }
    }

    /// A domain's machine, found by name, UUID or id.
    public func machine(_ key: String) async throws(VMError) -> VirtualMachine {
        let asked = self
        return try await observed("machine", domain: nil) { manager throws(VMError) in
            let found = try manager.find(key)
            return VirtualMachine(manager: asked, name: found.name, uuid: found.uuid)
        }
    }

    /// A machine by its UUID, which is looked up by each call: a handle costs nothing.
    ///
    /// - Parameter name: What errors call it.
    public func machine(uuid: UUID, name: String) -> VirtualMachine {
        VirtualMachine(manager: self, name: name, uuid: uuid)
    }

    /// Starts a machine from a document that isn't stored; see
    /// ``create(_:file:paused:timeout:resetNVRAM:options:)``.
    public func create(
        xml: String, paused: Bool = false, timeout: Duration = .seconds(30), resetNVRAM: Bool = false,
        options: XMLReadOptions = .strict
    ) async throws(VMError) -> VirtualMachine {
        let asked = self
        return try await observed("create", domain: nil) { manager throws(VMError) in
            let state = try await manager.startTransient(
                Array(xml.utf8), file: "domain.xml", paused: paused, timeout: timeout, resetNVRAM: resetNVRAM,
                options: options)
            return VirtualMachine(manager: asked, name: state.name, uuid: state.uuid)
        }
    }

    /// Starts a machine from a file that ``VirtualMachine/save(to:xml:resume:format:progress:)`` wrote; see
    /// ``restore(_:xml:paused:resetNVRAM:timeout:)``.
    @discardableResult
    public func restoreMachine(
        from path: String, xml: String? = nil, paused: Bool? = nil, resetNVRAM: Bool = false,
        timeout: Duration = .seconds(30)
    ) async throws(VMError) -> VirtualMachine {
        let asked = self
        return try await observed("restore", domain: nil) { manager throws(VMError) in
            let state = try await manager.startSaved(
                path, xml: xml.map { Array($0.utf8) }, paused: paused, resetNVRAM: resetNVRAM, timeout: timeout)
            return VirtualMachine(manager: asked, name: state.name, uuid: state.uuid)
        }
    }

    /// The figures of all running machines, which are asked at the same time; those with smaller ids first.
    ///
    /// - Parameter patience: How long one QEMU may take; the others' figures don't wait for one that hangs.
    public func allStatistics(
        _ groups: StatisticsGroups = .all, patience: Duration = statisticsPatience
    ) async throws(VMError) -> [DomainStatistics] {
        try await observed("statistics", domain: nil) { manager throws(VMError) in
            let states = try manager.activeStates().sorted { ($0.id ?? 0) < ($1.id ?? 0) }
            return await manager.statisticsOfEach(states, groups, patience)
        }
    }

    /// The figures of the domains of a list, or of those named where any are; the machines are asked at the same time.
    ///
    /// - Parameter domains: those that aren't there any more are left out.
    public func statistics(
        of domains: [UUID], _ filter: ListFilter, _ groups: StatisticsGroups = .all,
        patience: Duration = statisticsPatience
    ) async throws(VMError) -> [DomainStatistics] {
        try await observed("statistics", domain: nil) { manager throws(VMError) in
            let states =
                domains.isEmpty
                ? try manager.states(filter)
                : domains.compactMap { uuid in ((try? manager.machine(with: uuid)) ?? nil).map(manager.observe) }
            return await manager.statisticsOfEach(states, groups, patience)
        }
    }

    private func statisticsOfEach(
        _ states: [PublishedState], _ groups: StatisticsGroups, _ patience: Duration
    ) async -> [DomainStatistics] {
        let network = VMManager.network(for: groups)
        return await withTaskGroup(of: (Int, DomainStatistics).self) { group in
            for (index, state) in states.enumerated() {
                group.addTask { (index, await statistics(of: state, groups, network, patience: patience)) }
            }
            var found: [(Int, DomainStatistics)] = []
            for await entry in group { found.append(entry) }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// The domains; see ``list(_:)``.
    public func domains(_ filter: ListFilter = .active) async throws(VMError) -> [DomainSummary] {
        try await perform("list") { manager throws(VMError) in try manager.list(filter) }
    }

    /// Starts every marked domain that doesn't run; see ``startMarked(timeout:)``.
    public func startAllMarked(timeout: Duration = .seconds(30)) async throws(VMError) -> [FleetOutcome] {
        try await observed("startMarked", domain: nil) { manager throws(VMError) in
            await manager.startEach(timeout: timeout)
        }
    }

    /// Shuts all running machines down; see ``shutDownAll(within:)``.
    public func shutDownEveryMachine(within limit: Duration) async throws(VMError) -> [FleetOutcome] {
        try await observed("shutDownAll", domain: nil) { manager throws(VMError) in
            try await manager.shutDownEach(within: limit)
        }
    }

    /// Mends every machine that needs it; see ``mendAll()``.
    @discardableResult
    public func mendEveryMachine() async throws(VMError) -> [FleetOutcome] {
        try await observed("mendAll", domain: nil) { manager throws(VMError) in try await manager.mendEach() }
    }
}
