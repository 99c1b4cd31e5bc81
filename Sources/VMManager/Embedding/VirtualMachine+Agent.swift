public import MonitorJSON
public import VMCore
public import VMDomain
public import VMJSON

/// What the guest agent does, for programs that embed the manager.
extension VirtualMachine {
    /// Runs a command of the guest agent, such as `GuestGetFSInfo`.
    ///
    /// - Throws: `unsupported` when the domain has no channel for an agent, `agent-unresponsive` when none answers,
    ///   `monitor` when it refuses.
    @discardableResult
    public func askAgent<Command: GuestCommand>(
        _ command: Command, timeout: Duration = VMManager.agentActionPatience
    ) async throws(VMError) -> Command.Reply {
        try await call("askAgent") { (manager, machine) throws(VMError) in
            try await manager.ask(machine, command, timeout)
        }
    }

    /// Runs any command of the guest agent; see ``VMManager/agentCommand(_:_:_:patience:)``.
    public func agentCommand(
        _ command: String, _ arguments: JSONObject = [:],
        patience: VMManager.AgentPatience = .atMost(VMManager.agentPatience)
    ) async throws(VMError) -> JSONValue? {
        try await call("agentCommand") { (manager, machine) throws(VMError) in
            try await manager.agentCommand(machine, command, arguments, patience: patience)
        }
    }

    /// How long its agent may take from now on, until it ends, for what is asked without a time of its own; nil is the
    /// standard.
    public func setAgentPatience(_ patience: AgentPatience?) async throws(VMError) {
        try await call("setAgentPatience") { (manager, machine) throws(VMError) in
            try await manager.setAgentPatience(machine, patience)
        }
    }

    /// What the guest says of itself; see ``VMManager/guestInformation(_:_:timeout:)``.
    public func guestInformation(
        _ groups: GuestInformation = [], timeout: Duration = VMManager.agentPatience
    ) async throws(VMError) -> [TypedParameter] {
        try await call("guestInformation") { (manager, machine) throws(VMError) in
            try await manager.guestInformation(machine, groups, timeout: timeout)
        }
    }

    /// Sets the guest's clock.
    public func setGuestTime(
        to time: VMManager.GuestTime, timeout: Duration = VMManager.agentActionPatience
    ) async throws(VMError) {
        try await call("setGuestTime") { (manager, machine) throws(VMError) in
            try await manager.setGuestTime(machine, to: time, timeout: timeout)
        }
    }

    /// Has the guest use some of its processors, or do without them.
    public func setGuestProcessors(
        _ set: CPUSet, online: Bool, timeout: Duration = VMManager.agentActionPatience
    ) async throws(VMError) {
        try await call("setGuestProcessors") { (manager, machine) throws(VMError) in
            try await manager.setGuestProcessors(machine, set, online: online, timeout: timeout)
        }
    }

    /// Has the guest use so many of its processors.
    public func setGuestProcessors(
        count: Int, timeout: Duration = VMManager.agentActionPatience
    ) async throws(VMError) {
        try await call("setGuestProcessors") { (manager, machine) throws(VMError) in
            try await manager.setGuestProcessors(machine, count: count, timeout: timeout)
        }
    }

    /// Asks the guest to power off by its agent or its power button; see
    /// ``VMManager/shutdown(_:modes:wait:timeout:)``.
    @discardableResult
    public func shutdown(
        modes: GuestPowerModes, wait: Duration? = nil, timeout: Duration = VMManager.patience
    ) async throws(VMError) -> PublishedState {
        try await call("shutdown") { (manager, machine) throws(VMError) in
            try await manager.shutdown(machine, modes: modes, wait: wait, timeout: timeout)
        }
    }

    /// Asks the guest to reboot by its agent or its power button; see ``VMManager/reboot(_:modes:timeout:)``.
    @discardableResult
    public func reboot(
        modes: GuestPowerModes, timeout: Duration = VMManager.patience
    ) async throws(VMError) -> PublishedState {
        try await call("reboot") { (manager, machine) throws(VMError) in
            try await manager.reboot(machine, modes: modes, timeout: timeout)
        }
    }

    /// Puts the guest to sleep; see ``VMManager/suspendGuest(_:to:timeout:)``.
    public func suspendGuest(
        to target: GuestSuspend.Target, timeout: Duration = VMManager.agentActionPatience
    ) async throws(VMError) {
        try await call("suspendGuest") { (manager, machine) throws(VMError) in
            try await manager.suspendGuest(machine, to: target, timeout: timeout)
        }
    }
}
