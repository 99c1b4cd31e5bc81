/// What a machine is doing, in the words of `virsh domstate`.
///
/// Open for growth: a state that a newer version publishes is kept and shown as its word.
public struct DomainState: RawRepresentable, Sendable, Hashable {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public static let running = DomainState(rawValue: "running")
    public static let paused = DomainState(rawValue: "paused")
    /// The guest has powered off but its resources are kept (`<on_poweroff>preserve`).
    public static let inShutdown = DomainState(rawValue: "in shutdown")
    public static let shutOff = DomainState(rawValue: "shut off")
    /// The guest has crashed and is kept for inspection (`<on_crash>preserve`).
    public static let crashed = DomainState(rawValue: "crashed")
    public static let suspendedByGuest = DomainState(rawValue: "pmsuspended")

    /// The states that this version knows.
    public static let known: [DomainState] = [.running, .paused, .inShutdown, .shutOff, .crashed, .suspendedByGuest]

    /// Whether there is a QEMU process; true for a state that this version doesn't know.
    public var isActive: Bool { self != .shutOff }
}

/// Why a machine is in its state, in the words of `virsh domstate --reason`. Open for growth, as ``DomainState`` is.
public struct StateReason: RawRepresentable, Sendable, Hashable {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public static let unknown = StateReason(rawValue: "unknown")

    // Running.
    public static let booted = StateReason(rawValue: "booted")
    public static let migrated = StateReason(rawValue: "migrated")
    public static let restored = StateReason(rawValue: "restored")
    public static let unpaused = StateReason(rawValue: "unpaused")
    public static let eventWakeup = StateReason(rawValue: "event wakeup")

    // Paused.
    public static let user = StateReason(rawValue: "user")
    public static let ioError = StateReason(rawValue: "I/O error")
    public static let watchdog = StateReason(rawValue: "watchdog")
    public static let startingUp = StateReason(rawValue: "starting up")
    public static let shuttingDown = StateReason(rawValue: "shutting down")
    public static let migrating = StateReason(rawValue: "migrating")
    public static let saving = StateReason(rawValue: "saving")
    public static let dumping = StateReason(rawValue: "dumping")
    public static let creatingSnapshot = StateReason(rawValue: "creating snapshot")

    // Shut off.
    public static let shutdown = StateReason(rawValue: "shutdown")
    public static let destroyed = StateReason(rawValue: "destroyed")
    public static let crashed = StateReason(rawValue: "crashed")
    public static let saved = StateReason(rawValue: "saved")
    public static let failed = StateReason(rawValue: "failed")

    // Crashed.
    public static let panicked = StateReason(rawValue: "panicked")
}
