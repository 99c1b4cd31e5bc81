public import MonitorJSON
public import VMCore
public import VMDomain

/// A guest's processors as its own kernel has them: the machine keeps them, the guest uses them or doesn't.
public struct GuestProcessors: Sendable, Hashable {
    public var all: [GuestGetVCPUs.Processor]

    public init(_ all: [GuestGetVCPUs.Processor]) { self.all = all }

    /// How many the guest uses.
    public var onlineCount: Int { all.count(where: \.isOnline) }

    /// By the names and with the types of `virDomainGetGuestVcpus`: sets of numbers.
    public var parameters: [TypedParameter] {
        [
            ("vcpus", set { _ in true }), ("online", set(\.isOnline)), ("offlinable", set(\.canBeOffline)),
        ].map { TypedParameter($0.0, .string($0.1.xml)) }
    }

    private func set(_ isWanted: (GuestGetVCPUs.Processor) -> Bool) -> CPUSet {
        CPUSet(all.filter(isWanted).map(\.number).filter { (0..<CPUSet.limit).contains($0) })
    }

    /// What has to be changed for the guest to use so many: those with the lowest numbers, beside those that it can't do
    /// without. First what is brought on line, then what is taken off.
    ///
    /// - Throws: `invalid-argument` when it hasn't got so many, `unsupported` when it needs more.
    func changes(toUse count: Int) throws(VMError) -> [(numbers: [Int], isOnline: Bool)] {
        let sorted = all.sorted { $0.number < $1.number }
        let fixed = sorted.count { $0.isOnline && !$0.canBeOffline }
        guard count <= sorted.count else {
            throw VMError(
                .invalidArgument,
                "requested vcpu count is greater than the count of enabled vcpus in the "
                    + "domain: \(count) > \(sorted.count)")
        }
        guard count >= fixed else {
            throw VMError(.unsupported, "failed to set requested number of vcpus: the guest needs \(fixed) of them")
        }
        let free = sorted.filter { !($0.isOnline && !$0.canBeOffline) }
        let wanted = Set(free.prefix(count - fixed).map(\.number))
        return [true, false].compactMap { isOnline -> (numbers: [Int], isOnline: Bool)? in
            let changed = free.filter { wanted.contains($0.number) == isOnline && $0.isOnline != isOnline }
            return changed.isEmpty ? nil : (changed.map(\.number), isOnline)
        }
    }
}

extension VMManager {
    /// The processors that a guest's kernel has.
    public func guestProcessors(
        _ key: String, timeout: Duration = agentActionPatience
    ) throws(VMError) -> GuestProcessors {
        GuestProcessors(try ask(key, GuestGetVCPUs(), timeout))
    }

    /// Has a guest use some of its processors, or do without them.
    ///
    /// - Throws: `monitor` when the agent stopped on the way, with the number it stopped at.
    public func setGuestProcessors(
        _ key: String, _ set: CPUSet, online: Bool, timeout: Duration = agentActionPatience
    ) throws(VMError) {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.setGuestProcessors(machine, set, online: online, timeout: timeout)
        }
    }

    func setGuestProcessors(
        _ machine: Machine, _ set: CPUSet, online: Bool, timeout: Duration
    ) async throws(VMError) {
        let numbers = set.members
        let done = try await ask(machine, GuestSetVCPUs(numbers, online: online), timeout)
        guard done == numbers.count else {
            throw VMError(
                .monitor, "the guest agent stopped at cpu \(numbers.dropFirst(max(0, done)).first ?? 0)",
                remedy: "\(command: "guestvcpus") lists which can be taken off line")
        }
    }

    /// Has a guest use so many of its processors, `VIR_DOMAIN_VCPU_GUEST`.
    public func setGuestProcessors(
        _ key: String, count: Int, timeout: Duration = agentActionPatience
    ) throws(VMError) {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.setGuestProcessors(machine, count: count, timeout: timeout)
        }
    }

    func setGuestProcessors(_ machine: Machine, count: Int, timeout: Duration) async throws(VMError) {
        try await withAgent(machine, timeout) { (agent, deadline) async throws(VMError) in
            let processors = GuestProcessors(try await agent.execute(GuestGetVCPUs(), deadline: deadline))
            for change in try processors.changes(toUse: count) {
                let command = GuestSetVCPUs(change.numbers, online: change.isOnline)
                let done = try await agent.execute(command, deadline: deadline)
                guard done == change.numbers.count else {
                    throw VMError(.monitor, "the guest agent changed \(done) processors, not \(change.numbers.count)")
                }
            }
        }
    }
}
