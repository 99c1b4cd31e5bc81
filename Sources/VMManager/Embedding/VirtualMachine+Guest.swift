public import MonitorJSON
public import VMCore

/// What the guest says by its agent, and what it is told, for programs that embed the manager. Each is one command of the
/// agent; what they throw is said at ``askAgent(_:timeout:)``.
extension VirtualMachine {
    private func ask<Command: GuestCommand>(
        _ operation: String, _ command: Command, _ timeout: Duration
    ) async throws(VMError) -> Command.Reply {
        try await call(operation) { (manager, machine) throws(VMError) in
            try await manager.ask(machine, command, timeout)
        }
    }

    // MARK: Questions

    /// The addresses of its interfaces; see ``VMManager/guestInterfaces(_:from:timeout:)``.
    public func guestInterfaces(
        from source: VMManager.AddressSource = .agent, timeout: Duration = VMManager.agentActionPatience
    ) async throws(VMError) -> [GuestInterface] {
        try await call("guestInterfaces") { (manager, machine) throws(VMError) in
            try await manager.guestInterfaces(machine, from: source, timeout: timeout)
        }
    }

    /// The guest's host name.
    public func guestHostName(timeout: Duration = VMManager.agentActionPatience) async throws(VMError) -> String {
        try await ask("guestHostName", GuestGetHostName(), timeout)
    }

    /// The guest's time, in nanoseconds since 1970.
    public func guestTime(timeout: Duration = VMManager.agentActionPatience) async throws(VMError) -> Int64 {
        try await ask("guestTime", GuestGetTime(), timeout)
    }

    /// The file systems that the guest has mounted.
    public func guestFileSystems(
        timeout: Duration = VMManager.agentPatience
    ) async throws(VMError) -> [GuestGetFSInfo.FileSystem] {
        try await ask("guestFileSystems", GuestGetFSInfo(), timeout)
    }

    /// The processors that the guest's kernel has.
    public func guestProcessors(
        timeout: Duration = VMManager.agentActionPatience
    ) async throws(VMError) -> GuestProcessors {
        GuestProcessors(try await ask("guestProcessors", GuestGetVCPUs(), timeout))
    }

    /// The lines of a user's `authorized_keys`.
    public func guestSSHKeys(
        user: String, timeout: Duration = VMManager.agentActionPatience
    ) async throws(VMError) -> [String] {
        try await ask("guestSSHKeys", GuestSSHGetAuthorizedKeys(user: user), timeout)
    }

    // MARK: Actions

    /// Freezes mounted file systems, all or those named.
    ///
    /// - Returns: how many were frozen.
    public func freezeGuest(
        mountPoints: [String] = [], timeout: Duration = VMManager.agentActionPatience
    ) async throws(VMError) -> Int {
        try await call("freezeGuest") { (manager, machine) throws(VMError) in
            try await manager.freezeGuest(machine, mountPoints: mountPoints, timeout: timeout)
        }
    }

    /// Thaws all that the agent has frozen.
    ///
    /// - Returns: how many file systems were thawed.
    public func thawGuest(timeout: Duration = VMManager.agentActionPatience) async throws(VMError) -> Int {
        try await ask("thawGuest", GuestFSThaw(), timeout)
    }

    /// Gives free blocks back to the host; see ``VMManager/trimGuest(_:minimum:timeout:)``.
    public func trimGuest(
        minimum: UInt64? = nil, timeout: Duration = VMManager.agentActionPatience
    ) async throws(VMError) -> [GuestFSTrim.Trimmed] {
        try await ask("trimGuest", GuestFSTrim(minimum: minimum), timeout)
    }

    /// Sets a user's password; see ``VMManager/setGuestPassword(_:user:password:isCrypted:timeout:)``.
    public func setGuestPassword(
        user: String, password: String, isCrypted: Bool = false, timeout: Duration = VMManager.agentActionPatience
    ) async throws(VMError) {
        let command = GuestSetUserPassword(user: user, password: password, isCrypted: isCrypted)
        _ = try await ask("setGuestPassword", command, timeout)
    }

    /// Changes a user's `authorized_keys`.
    public func changeGuestSSHKeys(
        user: String, _ keys: [String], _ change: VMManager.SSHKeyChange,
        timeout: Duration = VMManager.agentActionPatience
    ) async throws(VMError) {
        try await call("changeGuestSSHKeys") { (manager, machine) throws(VMError) in
            try await manager.changeGuestSSHKeys(machine, user: user, keys, change, timeout: timeout)
        }
    }
}
