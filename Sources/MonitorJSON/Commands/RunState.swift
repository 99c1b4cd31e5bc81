public import VMCore
public import VMJSON

/// QAPI's `RunState`; open, because versions differ.
public struct RunState: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }

    public static let running = RunState(rawValue: "running")
    public static let paused = RunState(rawValue: "paused")
    public static let prelaunch = RunState(rawValue: "prelaunch")
    public static let preconfig = RunState(rawValue: "preconfig")
    public static let incomingMigration = RunState(rawValue: "inmigrate")
    public static let postMigration = RunState(rawValue: "postmigrate")
    public static let finishingMigration = RunState(rawValue: "finish-migrate")
    public static let saving = RunState(rawValue: "save-vm")
    public static let restoring = RunState(rawValue: "restore-vm")
    public static let suspended = RunState(rawValue: "suspended")
    public static let shutdown = RunState(rawValue: "shutdown")
    public static let watchdog = RunState(rawValue: "watchdog")
    public static let guestPanicked = RunState(rawValue: "guest-panicked")
    public static let inputOutputError = RunState(rawValue: "io-error")
    public static let internalError = RunState(rawValue: "internal-error")
    public static let debug = RunState(rawValue: "debug")
    public static let colo = RunState(rawValue: "colo")
}

/// `query-status`: whether the virtual processors run, and why not.
public struct QueryStatus: QMPCommand {
    public struct Reply: Sendable, Hashable {
        public var status: RunState
        public var isRunning: Bool
        /// Gone since QEMU 9.0.
        public var isSingleStepping: Bool?
    }

    public static let name = "query-status"
    public init() {}

    public static func decode(_ value: JSONValue) throws(VMError) -> Reply {
        let fields = try Fields(value, of: name)
        return Reply(
            status: RunState(rawValue: try fields.string("status")), isRunning: try fields.bool("running"),
            isSingleStepping: fields["singlestep"]?.bool)
    }
}

/// `stop`: halts the virtual processors.
public struct Stop: QMPAction {
    public static let name = "stop"
    public init() {}
}

/// `cont`: lets the virtual processors run.
public struct Cont: QMPAction {
    public static let name = "cont"
    public init() {}
}

/// `system_powerdown`: presses the power button; the guest decides what comes of it.
public struct SystemPowerdown: QMPAction {
    public static let name = "system_powerdown"
    public init() {}
}

/// `system_reset`: presses the reset button.
public struct SystemReset: QMPAction {
    public static let name = "system_reset"
    public init() {}
}

/// `system_wakeup`: ends the guest's sleep.
public struct SystemWakeup: QMPAction {
    public static let name = "system_wakeup"
    public init() {}
}

/// `quit`: ends QEMU at once. A SHUTDOWN event with reason `host-qmp-quit` comes first, then the answer, then the end.
public struct Quit: QMPAction {
    public static let name = "quit"
    public init() {}
}

/// `inject-nmi`: sends a non-maskable interrupt to the guest.
public struct InjectNMI: QMPAction {
    public static let name = "inject-nmi"
    public init() {}
}

/// `set-action` (since 6.0): what QEMU does when the guest reboots, shuts down, panics or its watchdog fires.
public struct SetAction: QMPAction {
    public static let name = "set-action"
    /// `reset` or `shutdown`.
    public var reboot: String?
    /// `poweroff` or `pause`.
    public var shutdown: String?
    /// `pause`, `shutdown`, `exit-failure` or `none`.
    public var panic: String?
    /// `reset`, `shutdown`, `poweroff`, `pause`, `debug`, `none` or `inject-nmi`.
    public var watchdog: String?

    public init(reboot: String? = nil, shutdown: String? = nil, panic: String? = nil, watchdog: String? = nil) {
        self.reboot = reboot
        self.shutdown = shutdown
        self.panic = panic
        self.watchdog = watchdog
    }

    public var arguments: JSONObject {
        MonitorJSON.arguments().with("reboot", reboot).with("shutdown", shutdown).with("panic", panic)
            .with("watchdog", watchdog).object
    }
}

/// `watchdog-set-action` (since 2.11).
public struct WatchdogSetAction: QMPAction {
    public static let name = "watchdog-set-action"
    public var action: String
    public init(_ action: String) { self.action = action }
    public var arguments: JSONObject { ["action": .string(action)] }
}

/// `rtc-reset-reinjection`: drops timer ticks that would be delivered late.
public struct RTCResetReinjection: QMPAction {
    public static let name = "rtc-reset-reinjection"
    public init() {}
}
