/// What a machine is doing, in the words of `virsh domstate`.
public enum DomainState: String, Sendable, Hashable, CaseIterable {
    case running
    case paused
    /// The guest has powered off but its resources are kept (`<on_poweroff>preserve`).
    case inShutdown = "in shutdown"
    case shutOff = "shut off"
    /// The guest has crashed and is kept for inspection (`<on_crash>preserve`).
    case crashed
    case suspendedByGuest = "pmsuspended"

    /// Whether there is a QEMU process.
    public var isActive: Bool { self != .shutOff }
}

/// Why a machine is in its state, in the words of `virsh domstate --reason`.
public enum StateReason: String, Sendable, Hashable, CaseIterable {
    case unknown
    // running
    case booted, migrated, restored, unpaused
    case eventWakeup = "event wakeup"
    // paused
    case user
    case ioError = "I/O error"
    case watchdog
    case startingUp = "starting up"
    case shuttingDown = "shutting down"
    case migrating, saving, dumping
    // shut off
    case shutdown, destroyed, crashed, saved, failed
    // crashed
    case panicked
}
