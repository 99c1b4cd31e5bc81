public import MonitorJSON
public import VMCore

/// A guest's file systems, by its agent.
extension VMManager {
    /// The file systems that a guest has mounted, `virDomainGetFSInfo`.
    public func guestFileSystems(
        _ key: String, timeout: Duration = agentPatience
    ) throws(VMError) -> [GuestGetFSInfo.FileSystem] {
        try ask(key, GuestGetFSInfo(), timeout)
    }

    /// Freezes a guest's mounted file systems: its writers wait until they are thawed.
    ///
    /// - Parameter mountPoints: which ones; empty is all.
    /// - Returns: how many were frozen.
    public func freezeGuest(
        _ key: String, mountPoints: [String] = [], timeout: Duration = agentActionPatience
    ) throws(VMError) -> Int {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.freezeGuest(machine, mountPoints: mountPoints, timeout: timeout)
        }
    }

    func freezeGuest(_ machine: Machine, mountPoints: [String], timeout: Duration) async throws(VMError) -> Int {
        mountPoints.isEmpty
            ? try await ask(machine, GuestFSFreeze(), timeout)
            : try await ask(machine, GuestFSFreezeList(mountPoints), timeout)
    }

    /// Thaws all that the agent has frozen.
    ///
    /// - Returns: how many file systems were thawed.
    public func thawGuest(_ key: String, timeout: Duration = agentActionPatience) throws(VMError) -> Int {
        try ask(key, GuestFSThaw(), timeout)
    }

    /// Gives the free blocks of a guest's file systems back to the host.
    ///
    /// - Parameter minimum: bytes; shorter free stretches are passed over.
    /// - Returns: what became of each file system; empty from an older agent.
    public func trimGuest(
        _ key: String, minimum: UInt64? = nil, timeout: Duration = agentActionPatience
    ) throws(VMError) -> [GuestFSTrim.Trimmed] {
        try ask(key, GuestFSTrim(minimum: minimum), timeout)
    }
}
