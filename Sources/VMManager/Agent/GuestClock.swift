internal import MonitorJSON
public import VMCore

/// A guest's clock, by its agent.
extension VMManager {
    /// What a guest's clock is set to.
    public enum GuestTime: Sendable, Hashable {
        /// The host's time.
        case host
        /// That of the guest's hardware clock, `VIR_DOMAIN_TIME_SYNC`.
        case hardwareClock
        /// Nanoseconds since 1970.
        case time(Int64)
    }

    /// A guest's time, in nanoseconds since 1970.
    public func guestTime(_ key: String, timeout: Duration = agentActionPatience) throws(VMError) -> Int64 {
        try ask(key, GuestGetTime(), timeout)
    }

    /// Sets a guest's clock.
    public func setGuestTime(
        _ key: String, to time: GuestTime, timeout: Duration = agentActionPatience
    ) throws(VMError) {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.setGuestTime(machine, to: time, timeout: timeout)
        }
    }

    func setGuestTime(_ machine: Machine, to time: GuestTime, timeout: Duration) async throws(VMError) {
        try await withAgent(machine, timeout) { (agent, deadline) async throws(VMError) in
            let wanted: Int64? =
                switch time {
                case .host: WallClock.now
                case .hardwareClock: nil
                case .time(let time): time
                }
            try await agent.execute(GuestSetTime(wanted), deadline: deadline)
        }
    }
}
