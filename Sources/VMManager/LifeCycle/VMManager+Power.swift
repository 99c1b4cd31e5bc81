public import VMCore

/// Stopping, continuing, resetting and ending machines that run, and waiting for their states.
extension VMManager {
    /// Stops the CPUs. A machine that is paused already stays so.
    @discardableResult
    public func suspend(_ key: String, timeout: Duration = patience) throws(VMError) -> PublishedState {
        try perform(.suspend, .suspend, on: try find(key), timeout: timeout)
    }

    /// Lets the CPUs run.
    @discardableResult
    public func resume(_ key: String, timeout: Duration = patience) throws(VMError) -> PublishedState {
        try perform(.resume, .resume, on: try find(key), timeout: timeout)
    }

    /// Resets the machine as its reset button would.
    @discardableResult
    public func reset(_ key: String, timeout: Duration = patience) throws(VMError) -> PublishedState {
        try perform(.reset, .reset, on: try find(key), timeout: timeout)
    }

    /// Presses the power button and starts the machine again when the guest has powered off.
    @discardableResult
    public func reboot(_ key: String, timeout: Duration = patience) throws(VMError) -> PublishedState {
        try perform(.reboot, .reboot, on: try find(key), timeout: timeout)
    }

    /// Presses the power button.
    /// - Parameter wait: wait that long for the guest to power off; nil returns when the button is pressed.
    /// - Throws: `timeout` when the guest is still up then; the machine keeps running.
    @discardableResult
    public func shutdown(_ key: String, wait: Duration? = nil, timeout: Duration = patience) throws(VMError)
        -> PublishedState
    {
        let machine = try find(key)
        let state = try perform(.shutdown, .shutdown, on: machine, timeout: timeout)
        guard let wait else { return state }
        return try waitForShutdown(of: machine, wait)
    }

    /// Waits until a guest that was asked to has powered off.
    func waitForShutdown(of machine: Machine, _ wait: Duration) throws(VMError) -> PublishedState {
        do throws(VMError) {
            return try self.wait(
                machine, until: { !$0.state.isActive || $0.state == .inShutdown }, deadline: .after(wait))
        } catch {
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
        try destroy(try find(key), graceful: graceful, timeout: timeout)
    }

    @discardableResult
    func destroy(
        _ machine: Machine, graceful: Bool = false, timeout: Duration = patience
    ) throws(VMError) -> PublishedState {
        try perform(.destroy, .destroy(isGraceful: graceful), on: machine, timeout: timeout)
    }

    /// Wakes a guest that has suspended itself.
    public func wakeUp(_ key: String, timeout: Duration = patience) throws(VMError) {
        let machine = try find(key)
        let state = observe(machine)
        guard state.state == .suspendedByGuest else {
            throw VMError(
                .wrongState, "Requested operation is not valid: domain is not pmsuspended",
                remedy: "it is \(state.state.rawValue); \(command: "resume") lets a paused one run")
        }
        try request(.wakeUp, of: machine, timeout: timeout)
    }

    /// Waits until a domain is in a state.
    ///
    /// - Throws: `timeout`; `wrong-state` when the machine ended instead.
    @discardableResult
    public func wait(_ key: String, for state: DomainState, deadline: Deadline) throws(VMError) -> PublishedState {
        try wait(find(key), until: { $0.state == state }, deadline: deadline)
    }

    /// Watches the published state; a change is noticed within milliseconds.
    func wait(
        _ machine: Machine, until isReached: (PublishedState) -> Bool, deadline: Deadline
    ) throws(VMError) -> PublishedState {
        var pause = Duration.milliseconds(1)
        while true {
            let state = observe(machine)
            if isReached(state) { return state }
            if deadline.hasPassed {
                throw VMError(
                    .timeout, "domain '\(machine.name)' is still \(state.state.rawValue) (\(state.reason.rawValue))")
            }
            Poll.sleep(min(pause, deadline.remaining))
            pause = min(pause * 2, .milliseconds(10))
        }
    }
}
