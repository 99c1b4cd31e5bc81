internal import MonitorJSON
public import VMCore
public import VMDomain
internal import VMJSON
internal import VMXML

extension VMManager {
    /// How long a QEMU may take when many are asked: the others' figures aren't to wait for one that hangs.
    public static let statisticsPatience = Duration.milliseconds(60)

    /// The figures of all running machines, those with smaller numbers first.
    public func statistics(
        _ groups: StatisticsGroups = .all, patience: Duration = statisticsPatience
    ) throws(VMError) -> [DomainStatistics] {
        let states = try activeStates().sorted { ($0.id ?? 0) < ($1.id ?? 0) }
        return statistics(of: states, groups, patience: patience)
    }

    /// The figures of one domain; of one that doesn't run its state alone.
    public func statistics(
        of key: String, _ groups: StatisticsGroups = .all, patience: Duration = .seconds(1)
    ) throws(VMError) -> DomainStatistics {
        try blocking(key) { (manager, machine) async throws(VMError) in
            await manager.statistics(of: machine, groups, patience: patience)
        }
    }

    func statistics(
        of machine: Machine, _ groups: StatisticsGroups, patience: Duration = .seconds(1)
    ) async -> DomainStatistics {
        await statistics(of: observe(machine), groups, Self.network(for: groups), patience: patience)
    }

    /// The figures of several machines, which are asked at the same time.
    public func statistics(
        of states: [PublishedState], _ groups: StatisticsGroups = .all, patience: Duration = statisticsPatience
    ) -> [DomainStatistics] {
        let network = Self.network(for: groups)
        return Threads.map(states) { state in
            let found = try? blocking { (manager) async throws(VMError) in
                await manager.statistics(of: state, groups, network, patience: patience)
            }
            return found ?? DomainStatistics(of: state)
        }
    }

    /// What the host's network devices count, read once for all machines; nil when it isn't wanted.
    static func network(for groups: StatisticsGroups) -> NetworkDevices? {
        groups.contains(.interface) ? NetworkDevices.current() : nil
    }

    func statistics(
        of state: PublishedState, _ groups: StatisticsGroups, _ network: NetworkDevices?, patience: Duration
    ) async -> DomainStatistics {
        var result = DomainStatistics(of: state)
        guard state.state.isActive, let qemu = state.qemu else { return result }
        let process = ProcessFigures(pid: qemu.pid)
        if groups.contains(.cpuTotal) { result.cpu = process.cpu }
        let folder = folder(state.uuid)
        guard let domain = try? liveDomain(of: state) else {
            result.problem = VMError(.io, "the live definition of '\(state.name)' can't be read")
            return result
        }
        let figures = await figures(of: state, domain, folder, groups, patience, &result)
        fill(&result, from: domain, figures, groups)
        if groups.contains(.vcpu) { fillProcessors(&result, domain, figures, process) }
        if groups.contains(.dirtyRate) { result.dirtyRate = figures?.dirtyRate }
        if groups.contains(.iothread) { fillIOThreads(&result, figures, process) }
        if groups.contains(.balloon) { fillMemory(&result, domain, figures, process) }
        if let network { fillInterfaces(&result, domain, network) }
        return result
    }

    // MARK: QEMU's

    /// Asks QEMU, unless it is known not to answer; then, and when it doesn't, what it said last is taken.
    private func figures(
        of state: PublishedState, _ domain: Domain, _ folder: RuntimeFolder, _ groups: StatisticsGroups,
        _ patience: Duration, _ result: inout DomainStatistics
    ) async -> QEMUFigures? {
        let asked: StatisticsGroups = [.block, .balloon, .vcpu, .iothread, .dirtyRate]
        guard !groups.isDisjoint(with: asked) else { return nil }
        do throws(VMError) {
            if state.qemu?.isStopped == true {
                throw VMError(
                    .timeout, "QEMU is stopped", remedy: "something has sent it SIGSTOP; SIGCONT lets it go on")
            }
            // What the machine hasn't got is not asked for: a question costs QEMU a fifth of a millisecond.
            var groups = groups
            if domain.devices.disks.isEmpty { groups.remove(.block) }
            if domain.devices.memoryBalloon.map({ $0.model == MemoryBalloon.Model.none }) ?? true {
                groups.remove(.balloon)
            }
            if domain.numberedIOThreads.isEmpty { groups.remove(.iothread) }
            let wantsGuestMemory = domain.devices.memoryBalloon?.stats?.period ?? 0 > 0
            let deadline = Deadline.after(patience)
            let session = try await session(folder.monitor, deadline: deadline)
            defer { session.close() }
            let figures = try await QEMUFigures.ask(
                groups, wantsGuestMemory: wantsGuestMemory, session, deadline: deadline)
            figures.keep(folder.statistics)
            result.measured = figures.measured
            return figures
        } catch {
            let figures = QEMUFigures.read(folder.statistics)
            result.measured = figures?.measured
            result.problem = error
            return figures
        }
    }

    private func fill(
        _ result: inout DomainStatistics, from domain: Domain, _ figures: QEMUFigures?, _ groups: StatisticsGroups
    ) {
        guard groups.contains(.block) else { return }
        let counters = figures?.reply(QueryBlockStats.self) ?? []
        let devices = figures?.reply(QueryBlock.self) ?? []
        for disk in domain.devices.disks {
            guard let target = disk.target?.dev, let alias = disk.alias?.name else { continue }
            var entry = DomainStatistics.Disk(
                target: target, path: disk.source.isEmpty ? nil : disk.source.place, index: disk.source.index)
            entry.counters = counters.first { QEMUFigures.path($0.qdev, names: alias) }
            if let device = devices.first(where: { QEMUFigures.path($0.qdev, names: alias) }) {
                entry.capacity = device.medium?.virtualSize
                entry.physical = device.medium?.actualSize
                entry.ioStatus = device.ioStatus
            }
            result.disks.append(entry)
        }
    }

    // MARK: The kernel's

    private func fillProcessors(
        _ result: inout DomainStatistics, _ domain: Domain, _ figures: QEMUFigures?, _ process: ProcessFigures
    ) {
        result.maximumVCPUs = Int(domain.vcpu?.count ?? 1)
        let known = figures?.reply(QueryCPUs.self) ?? []
        // QEMU that doesn't answer has its threads named.
        let threads =
            known.isEmpty
            ? process.processorThreads.map { ($0.key, $0.value) } : known.map { ($0.index, $0.threadID) }
        result.vcpus = threads.sorted { $0.0 < $1.0 }.map { index, id in
            DomainStatistics.VCPU(index: index, thread: process.thread(id))
        }
    }

    private func fillIOThreads(
        _ result: inout DomainStatistics, _ figures: QEMUFigures?, _ process: ProcessFigures
    ) {
        let raw = figures?.replies[QueryIOThreads.name]?.array ?? []
        for (index, thread) in (figures?.reply(QueryIOThreads.self) ?? []).enumerated() {
            guard thread.id.hasPrefix("iothread"), let id = UInt32(thread.id.dropFirst("iothread".count)) else {
                continue
            }
            let more = index < raw.count ? raw[index] : .null
            result.iothreads.append(
                .init(
                    id: id, pollMax: thread.pollMax, pollGrow: more["poll-grow"]?.int64,
                    pollShrink: more["poll-shrink"]?.int64, thread: process.thread(thread.threadID)))
        }
        result.iothreads.sort { $0.id < $1.id }
    }

    private func fillMemory(
        _ result: inout DomainStatistics, _ domain: Domain, _ figures: QEMUFigures?, _ process: ProcessFigures
    ) {
        let maximum = domain.memory?.size?.kibibytes ?? 0
        let current = figures?.reply(QueryBalloon.self).map { $0 / 1024 } ?? domain.currentMemory?.size?.kibibytes
        var memory = DomainStatistics.Memory(current: current ?? maximum, maximum: maximum, resident: process.resident)
        if let guest = figures?.guestMemory {
            memory.guest = guest.values
            memory.lastUpdate = guest.time
        }
        result.memory = memory
    }

    private func fillInterfaces(_ result: inout DomainStatistics, _ domain: Domain, _ network: NetworkDevices) {
        for card in domain.devices.interfaces {
            var entry = DomainStatistics.Interface(
                target: card.target?.dev, mac: card.mac?.address.map { "\($0)" })
            // A card of a virtual network may have its device in that one's namespace.
            let devices = networks.devices(of: card) ?? network
            if let target = entry.target, let figures = devices.guest(of: target) {
                entry.received = figures.received
                entry.sent = figures.sent
            }
            result.interfaces.append(entry)
        }
    }
}

extension DomainStatistics {
    fileprivate init(of state: PublishedState) {
        self.init(name: state.name, uuid: state.uuid, state: state.state, reason: state.reason)
        id = state.id
    }
}

extension QEMUFigures {
    /// Whether a QOM path or id is of that device or of a part of it.
    static func path(_ path: String?, names alias: String) -> Bool {
        path?.split(separator: "/").contains { $0 == alias } ?? false
    }
}

extension DiskSource {
    /// What a disk's data comes from, in one word: a path, or the name on a server.
    public var place: String? {
        switch type {
        case .file: file
        case .block, .vhostvdpa: dev
        case .dir: dir
        case .network: name
        case .volume: volume
        case .vhostuser: path
        case .nvme: nil
        }
    }
}
