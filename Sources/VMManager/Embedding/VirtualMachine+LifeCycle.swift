public import VMCore

/// Starting, stopping and ending, for programs that embed the manager.
extension VirtualMachine {
    /// Starts it; returns when its CPUs run. See
    /// ``VMManager/start(_:paused:timeout:leash:forceBoot:resetNVRAM:)``.
    @discardableResult
    public func start(
        paused: Bool = false, timeout: Duration = .seconds(30), leash: Int32? = nil, forceBoot: Bool = false,
        resetNVRAM: Bool = false
    ) async throws(VMError) -> PublishedState {
        try await call("start") { (manager, machine) throws(VMError) in
            try await manager.start(
                machine, paused: paused, timeout: timeout, leash: leash, forceBoot: forceBoot, resetNVRAM: resetNVRAM)
        }
    }

    /// Stops its CPUs.
    @discardableResult
    public func suspend(timeout: Duration = VMManager.patience) async throws(VMError) -> PublishedState {
        try await power("suspend", .suspend, .suspend, timeout)
    }

    /// Lets its CPUs run.
    @discardableResult
    public func resume(timeout: Duration = VMManager.patience) async throws(VMError) -> PublishedState {
        try await power("resume", .resume, .resume, timeout)
    }

    /// Presses its reset button.
    @discardableResult
    public func reset(timeout: Duration = VMManager.patience) async throws(VMError) -> PublishedState {
        try await power("reset", .reset, .reset, timeout)
    }

    /// Presses its power button, and starts it again when it has powered off.
    @discardableResult
    public func reboot(timeout: Duration = VMManager.patience) async throws(VMError) -> PublishedState {
        try await power("reboot", .reboot, .reboot, timeout)
    }

    /// Presses its power button; with `wait`, returns when it has powered off.
    @discardableResult
    public func shutdown(
        wait: Duration? = nil, timeout: Duration = VMManager.patience
    ) async throws(VMError) -> PublishedState {
        try await call("shutdown") { (manager, machine) throws(VMError) in
            try await manager.shutdown(machine, wait: wait, timeout: timeout)
        }
    }

    /// Ends it at once.
    @discardableResult
    public func destroy(
        graceful: Bool = false, timeout: Duration = VMManager.patience
    ) async throws(VMError) -> PublishedState {
        try await call("destroy") { (manager, machine) throws(VMError) in
            try await manager.destroy(machine, graceful: graceful, timeout: timeout)
        }
    }

    /// Wakes a guest that has suspended itself.
    public func wakeUp(timeout: Duration = VMManager.patience) async throws(VMError) {
        try await call("wakeUp") { (manager, machine) throws(VMError) in
            try await manager.wakeUp(machine, timeout: timeout)
        }
    }

    /// Gives it a new supervisor where it has lost its own; see ``VMManager/mend(_:)``.
    @discardableResult
    public func mend() async throws(VMError) -> PublishedState {
        try await call("mend") { (manager, machine) throws(VMError) in try await manager.mend(machine) }
    }

    /// Removes its definition. A running machine is gone when it ends.
    @discardableResult
    public func undefine(_ request: UndefineRequest = .init()) async throws(VMError) -> UndefineResult {
        try await call("undefine") { (manager, machine) throws(VMError) in
            try manager.carryOut(try await manager.undefinePlan(machine, request))
        }
    }

    private func power(
        _ name: String, _ operation: Operation, _ request: SupervisorRequest, _ timeout: Duration
    ) async throws(VMError) -> PublishedState {
        try await call(name) { (manager, machine) throws(VMError) in
            try await manager.perform(operation, request, on: machine, timeout: timeout)
        }
    }
}
