internal import MonitorJSON
public import VMCore
public import VMJSON

/// One machine, for programs that embed the manager: asynchronous calls and its events.
///
/// A handle, not the machine: it holds no resource, and the machine lives on without it. Every call takes its deadline
/// from ``VMManager/patience`` or its own argument; cancelling the task abandons the call.
public struct VirtualMachine: Sendable, Hashable {
    public let manager: VMManager
    public let name: String
    public let uuid: UUID

    public static func == (a: VirtualMachine, b: VirtualMachine) -> Bool {
        a.uuid == b.uuid && a.manager.paths == b.manager.paths
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(uuid) }

    /// The machine as it is now, found by its UUID: it may have been renamed, defined or undefined since.
    private static func reference(_ manager: VMManager, _ uuid: UUID, _ name: String) throws(VMError) -> Machine {
        guard let machine = try manager.machine(with: uuid) else { throw .noDomain(name) }
        return machine
    }

    func call<Result: Sendable>(
        _ operation: String,
        _ body: @escaping @Sendable (VMManager, Machine) async throws(VMError) -> Result
    ) async throws(VMError) -> Result {
        let (uuid, name) = (uuid, name)
        return try await manager.observed(operation, domain: name) { manager throws(VMError) in
            try await body(manager, try VirtualMachine.reference(manager, uuid, name))
        }
    }

    /// Runs a blocking call of the manager for this machine, which it is given the key of; see ``VMManager/perform(_:domain:_:)``.
    public func perform<Result: Sendable>(
        _ operation: String, _ body: @escaping @Sendable (VMManager, String) throws(VMError) -> Result
    ) async throws(VMError) -> Result {
        let key = uuid.description
        return try await manager.observed(operation, domain: name) { manager throws(VMError) in
            try body(manager, key)
        }
    }

    // MARK: Looking

    /// What the machine does, and why.
    public func status() async throws(VMError) -> PublishedState {
        try await call("status") { (manager, machine) throws(VMError) in manager.observe(machine) }
    }

    /// Its XML: the live definition while it runs.
    public func xml(inactive: Bool = false, secrets: Bool = true) async throws(VMError) -> String {
        try await perform("xml") { (manager, key) throws(VMError) in
            try manager.xml(key, inactive: inactive, secrets: secrets)
        }
    }

    /// What it and its host count for it: processors, memory, disks, network.
    ///
    /// - Parameter patience: How long QEMU may take; then its last figures are given with their age.
    public func statistics(
        _ groups: StatisticsGroups = .all, patience: Duration = .seconds(1)
    ) async throws(VMError) -> DomainStatistics {
        try await call("statistics") { (manager, machine) throws(VMError) in
            await manager.statistics(
                of: manager.observe(machine), groups, VMManager.network(for: groups), patience: patience)
        }
    }

    /// How long its QEMU takes to answer a question now.
    public func answerTime(timeout: Duration = VMManager.patience) async throws(VMError) -> Duration {
        try await call("answerTime") { (manager, machine) throws(VMError) in
            try await manager.answerTime(machine, deadline: .after(timeout))
        }
    }

    /// Waits for a state.
    @discardableResult
    public func wait(for state: DomainState, timeout: Duration) async throws(VMError) -> PublishedState {
        try await call("wait") { (manager, machine) throws(VMError) in
            try await manager.wait(machine, until: { $0.state == state }, deadline: .after(timeout))
        }
    }

    /// What happens to it until it has ended, and the event that says so.
    /// - Parameter since: the number of the last event known; 0 begins with the oldest that is kept, of earlier runs and of
    ///   its definition too; nil with the next one.
    /// - Throws: `wrong-state` when it doesn't run.
    public func events(since: UInt64? = nil) async throws(VMError) -> HostEvents {
        let feed = try await call("events") { (manager, machine) throws(VMError) in
            // Before it is looked at, so that an end after that is among the events.
            let follower = try EventFollower(manager, machine, since: since, endsWithMachine: true)
            guard manager.observe(machine).state.isActive else { throw VMManager.notRunning(machine) }
            return HostEvents.Feed(manager, follower)
        }
        return HostEvents(feed)
    }

    // MARK: QMP

    /// Runs a QMP command.
    ///
    /// - Parameter descriptors: open files that go with it, for `getfd` and `add-fd`; QEMU gets copies.
    @discardableResult
    public func execute(
        _ command: String, _ arguments: JSONObject = [:], descriptors: [Int32] = [],
        timeout: Duration = VMManager.patience
    ) async throws(VMError) -> JSONValue {
        let (uuid, name) = (uuid, name)
        return try await manager.observed("execute", domain: name, command: .init(command, arguments)) {
            manager throws(VMError) in
            let machine = try VirtualMachine.reference(manager, uuid, name)
            let deadline = Deadline.after(timeout)
            return try await manager.inTurn(machine, by: deadline) { () async throws(VMError) in
                let session = try await manager.connect(machine, deadline: deadline)
                defer { session.close() }
                return try await session.execute(command, arguments, descriptors: descriptors, deadline: deadline)
            }
        }
    }
}
