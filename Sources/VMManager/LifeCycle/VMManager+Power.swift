public import VMCore

/// Stopping, continuing, resetting and ending machines that run, and waiting for their states.
extension VMManager {
    /// Stops the CPUs. A machine that is paused already stays so.
    @discardableResult
    public func suspend(_ key: String, timeout: Duration = patience) throws(VMError) -> PublishedState {
        try power(key, .suspend, .suspend, timeout)
    }

    /// Lets the CPUs run.
    @discardableResult
    public func resume(_ key: String, timeout: Duration = patience) throws(VMError) -> PublishedState {
        try power(key, .resume, .resume, timeout)
    }

    /// Resets the machine as its reset button would.
    @discardableResult
    public func reset(_ key: String, timeout: Duration = patience) throws(VMError) -> PublishedState {
        try power(key, .reset, .reset, timeout)
    }

    /// Presses the power button and starts the machine again when the guest has powered off.
    @discardableResult
    public func reboot(_ key: String, timeout: Duration = patience) throws(VMError) -> PublishedState {
        try power(key, .reboot, .reboot, timeout)
    }

    private func power(
        _ key: String, _ operation: Operation, _ request: SupervisorRequest, _ timeout: Duration
    ) throws(VMError) -> PublishedState {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.perform(operation, request, on: machine, timeout: timeout)
        }
    }

    /// Presses the power button.
    /// - Parameter wait: wait that long for the guest to power off; nil returns when the button is pressed.
    /// - Throws: `timeout` when the guest is still up then; the machine keeps running.
    @discardableResult
    public func shutdown(_ key: String, wait: Duration? = nil, timeout: Duration = patience) throws(VMError)
        -> PublishedState
    {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.shutdown(machine, wait: wait, timeout: timeout)
        }
    }

    @discardableResult
    func shutdown(
        _ machine: Machine, wait: Duration?, timeout: Duration = patience
    ) async throws(VMError) -> PublishedState {
        let state = try await perform(.shutdown, .shutdown, on: machine, timeout: timeout)
        guard let wait else { return state }
        return try await waitForShutdown(of: machine, wait)
    }

    /// Waits until a guest that was asked to has powered off.
    func waitForShutdown(of machine: Machine, _ wait: Duration) async throws(VMError) -> PublishedState {
        do throws(VMError) {
            return try await self.wait(
                machine, until: { !$0.state.isActive || $0.state == .inShutdown }, deadline: .after(wait))
        } catch {
            if error.code == .cancelled { throw error }
            throw VMError(
                .timeout, "domain '\(machine.name)' has not shut down within \(wait.inSeconds) s",
                remedy: "its guest may ignore the power button; \(command: "destroy", machine.name) ends it",
                cause: error)
        }
    }

    /// Ends the machine at once: SIGTERM to QEMU, and SIGKILL if that doesn't help within a second.
    /// - Parameter graceful: never SIGKILL; `timeout` then decides how long to wait.
    @discardableResult
    public func destroy(_ key: String, graceful: Bool = false, timeout: Duration = patience) throws(VMError)
        -> PublishedState
    {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.destroy(machine, graceful: graceful, timeout: timeout)
        }
    }

    /// Wakes a guest that has suspended itself.
    public func wakeUp(_ key: String, timeout: Duration = patience) throws(VMError) {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.wakeUp(machine, timeout: timeout)
        }
    }

    func wakeUp(_ machine: Machine, timeout: Duration) async throws(VMError) {
        let state = observe(machine)
        guard state.state == .suspendedByGuest else {
            throw VMError(
                .wrongState, "Requested operation is not valid: domain is not pmsuspended",
                remedy: "it is \(state.state.rawValue); \(command: "resume") lets a paused one run")
        }
        try await request(.wakeUp, of: machine, timeout: timeout)
    }

    /// Waits until a domain is in a state.
    ///
    /// - Throws: `timeout`; `wrong-state` when the machine ended instead.
    @discardableResult
    public func wait(_ key: String, for state: DomainState, deadline: Deadline) throws(VMError) -> PublishedState {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.wait(machine, until: { $0.state == state }, deadline: deadline)
        }
    }

    /// Watches the published state; a change is noticed within milliseconds.
    func wait(
        _ machine: Machine, until isReached: (PublishedState) -> Bool, deadline: Deadline
    ) async throws(VMError) -> PublishedState {
        var step = Duration.milliseconds(1)
        while true {
            let state = observe(machine)
            if isReached(state) { return state }
            if deadline.hasPassed {
                throw VMError(
                    .timeout, "domain '\(machine.name)' is still \(state.state.rawValue) (\(state.reason.rawValue))")
            }
            try await pause(min(step, deadline.remaining))
            step = min(step * 2, .milliseconds(10))
        }
    }
}
