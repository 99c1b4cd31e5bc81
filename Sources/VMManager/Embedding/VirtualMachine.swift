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

    private var key: String { uuid.description }

    func call<Result: Sendable>(
        _ operation: String, _ body: @escaping @Sendable () throws(VMError) -> Result
    ) async throws(VMError) -> Result {
        try await manager.observed(operation, domain: name, body)
    }

    /// What the machine does, and why.
    public func status() async throws(VMError) -> PublishedState {
        try await call("status") { () throws(VMError) in try manager.status(key) }
    }

    /// Starts it; returns when its CPUs run. See ``VMManager/start(_:paused:timeout:leash:forceBoot:resetNVRAM:)``.
    @discardableResult
    public func start(
        paused: Bool = false, timeout: Duration = .seconds(30), leash: Int32? = nil
    ) async throws(VMError) -> PublishedState {
        try await call("start") { () throws(VMError) in
            try manager.start(key, paused: paused, timeout: timeout, leash: leash)
        }
    }

    /// Stops its CPUs.
    @discardableResult
    public func suspend(timeout: Duration = VMManager.patience) async throws(VMError) -> PublishedState {
        try await call("suspend") { () throws(VMError) in try manager.suspend(key, timeout: timeout) }
    }

    /// Lets its CPUs run.
    @discardableResult
    public func resume(timeout: Duration = VMManager.patience) async throws(VMError) -> PublishedState {
        try await call("resume") { () throws(VMError) in try manager.resume(key, timeout: timeout) }
    }

    /// Presses its reset button.
    @discardableResult
    public func reset(timeout: Duration = VMManager.patience) async throws(VMError) -> PublishedState {
        try await call("reset") { () throws(VMError) in try manager.reset(key, timeout: timeout) }
    }

    /// Presses its power button, and starts it again when it has powered off.
    @discardableResult
    public func reboot(timeout: Duration = VMManager.patience) async throws(VMError) -> PublishedState {
        try await call("reboot") { () throws(VMError) in try manager.reboot(key, timeout: timeout) }
    }

    /// Presses its power button; with `wait`, returns when it has powered off.
    @discardableResult
    public func shutdown(wait: Duration? = nil) async throws(VMError) -> PublishedState {
        try await call("shutdown") { () throws(VMError) in try manager.shutdown(key, wait: wait) }
    }

    /// Ends it at once.
    @discardableResult
    public func destroy(graceful: Bool = false) async throws(VMError) -> PublishedState {
        try await call("destroy") { () throws(VMError) in try manager.destroy(key, graceful: graceful) }
    }

    /// Takes the medium out of a drive; nil is its only drive for removable media.
    @discardableResult
    public func eject(
        _ target: String? = nil, force: Bool = false, timeout: Duration = VMManager.patience
    ) async throws(VMError) -> MediaResult {
        try await changeMedia(target, .eject, force: force, timeout: timeout)
    }

    /// Changes the medium of a drive.
    @discardableResult
    public func changeMedia(
        _ target: String? = nil, _ change: MediaChange, force: Bool = false, timeout: Duration = VMManager.patience
    ) async throws(VMError) -> MediaResult {
        try await call("changeMedia") { () throws(VMError) in
            try manager.changeMedia(key, target: target, change, force: force, timeout: timeout)
        }
    }

    /// Runs a QMP command.
    @discardableResult
    public func execute(
        _ command: String, _ arguments: JSONObject = [:], timeout: Duration = VMManager.patience
    ) async throws(VMError) -> JSONValue {
        try await manager.observed("execute", domain: name, command: .init(command, arguments)) { () throws(VMError) in
            let deadline = Deadline.after(timeout)
            let session = try manager.monitor(key, deadline: deadline)
            defer { session.close() }
            return try session.execute(command, arguments, deadline: deadline)
        }
    }

    /// Its XML: the live definition while it runs.
    public func xml(inactive: Bool = false) async throws(VMError) -> String {
        try await call("xml") { () throws(VMError) in try manager.xml(key, inactive: inactive) }
    }

    /// Removes its definition. A running machine is gone when it ends.
    public func undefine() async throws(VMError) {
        _ = try await call("undefine") { () throws(VMError) in try manager.undefine(key) }
    }

    /// Waits for a state.
    @discardableResult
    public func wait(for state: DomainState, timeout: Duration) async throws(VMError) -> PublishedState {
        try await call("wait") { () throws(VMError) in
            try manager.wait(key, for: state, deadline: .after(timeout))
        }
    }

    /// What happens to it until it has ended, and the event that says so.
    /// - Parameter since: the number of the last event known; 0 begins with the oldest that is kept, of earlier runs and of
    ///   its definition too; nil with the next one.
    /// - Throws: `wrong-state` when it doesn't run.
    public func events(since: UInt64? = nil) async throws(VMError) -> HostEvents {
        let feed = try await call("events") { () throws(VMError) in
            let machine = try manager.find(key)
            // Before it is looked at, so that an end after that is among the events.
            let follower = try EventFollower(manager, machine, since: since, endsWithMachine: true)
            guard manager.observe(machine).state.isActive else { throw VMManager.notRunning(machine) }
            return HostEvents.Feed(manager, follower)
        }
        return HostEvents(feed)
    }
}

extension VMManager {
    /// Stores a domain and gives its machine.
    public func define(xml: String) async throws(VMError) -> VirtualMachine {
        try await observed("define", domain: nil) { () throws(VMError) in
            let definition = try define(Array(xml.utf8), file: "domain.xml").definition
            return VirtualMachine(manager: self, name: definition.name, uuid: definition.uuid)
        }
    }

    /// A domain's machine, found by name, UUID or id.
    public func machine(_ key: String) async throws(VMError) -> VirtualMachine {
        try await observed("machine", domain: nil) { () throws(VMError) in
            let found = try find(key)
            return VirtualMachine(manager: self, name: found.name, uuid: found.uuid)
        }
    }
}
