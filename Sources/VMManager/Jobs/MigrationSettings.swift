internal import SupervisorProtocol
public import VMCore
internal import VMJSON

/// What migrations keep to, and how fast the guest changes its memory, which says how long they take.
extension VirtualMachine {
    /// The limits that QEMU has now, `query-migrate-parameters`.
    public func migrationLimits(timeout: Duration = VMManager.patience) async throws(VMError) -> MigrationLimits {
        let reply = try await execute("query-migrate-parameters", timeout: timeout)
        var limits = MigrationLimits()
        limits.bandwidth = reply["max-bandwidth"]?.uint64
        limits.postcopyBandwidth = reply["max-postcopy-bandwidth"]?.uint64
        limits.downtime = reply["downtime-limit"]?.uint64
        limits.cacheSize = reply["xbzrle-cache-size"]?.uint64
        return limits
    }

    /// Sets limits for later migrations of this run.
    public func setMigrationLimits(
        _ limits: MigrationLimits, timeout: Duration = VMManager.patience
    ) async throws(VMError) {
        try await call("setMigrationLimits") { (manager, machine) throws(VMError) in
            try await manager.requestLive(machine, .setMigrationLimits(limits), timeout)
        }
    }

    /// Begins to measure how fast the guest changes its memory; what comes of it is among the statistics.
    ///
    /// - Parameter time: 1 to 60 seconds.
    public func measureDirtyRate(
        for time: Duration, timeout: Duration = VMManager.patience
    ) async throws(VMError) {
        let seconds = time.components.seconds
        guard (1...60).contains(seconds) else {
            throw VMError(
                .unsupported,
                "unsupported configuration: seconds=\(seconds) is invalid, please choose value within [1, 60].")
        }
        try await call("measureDirtyRate") { (manager, machine) throws(VMError) in
            try await manager.requestLive(machine, .measureDirtyRate(seconds: Int(seconds)), timeout)
        }
    }

    /// Has its network cards tell the network where they are, `virDomainAnnounceInterface`.
    ///
    /// - Parameter interface: only this one, by its MAC address, its host device or its alias.
    public func announce(
        _ interface: String? = nil, _ times: AnnounceTimes = .init(), timeout: Duration = VMManager.patience
    ) async throws(VMError) {
        try await call("announce") { (manager, machine) throws(VMError) in
            try await manager.requestLive(machine, .announce(interface: interface, times), timeout)
        }
    }
}
