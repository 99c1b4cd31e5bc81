internal import VMCore
internal import VMJSON

/// A machine's way through its states: a pure machine. Things that happened go in, things to do come out.
struct LifeCycle: Sendable {
    /// What happened.
    enum Input: Sendable {
        /// QEMU negotiated and its CPUs run or, after `--paused`, wait.
        case started(paused: Bool)
        /// The same, after its state was read from a file.
        case restored(paused: Bool)
        /// A supervisor took over and asked QEMU: `query-status`.
        case resynchronized(status: String)
        /// A QMP event with its data.
        case event(name: String, data: JSONValue)
        /// The owner asked for a shutdown, a reboot by powering off, or the end.
        case shutdownRequested, rebootRequested, destroyRequested
        /// The CPUs will be stopped for something of the manager's own.
        case stopping(StateReason)
        /// The machine's state is in a file, and QEMU is going to be ended.
        case saved
        /// The start was given up.
        case startFailed(String)
        /// QEMU has ended.
        case exited(ProcessExit)
    }

    /// What is to be done about it.
    enum Action: Sendable, Hashable {
        /// The state changed: tell the readers.
        case publish
        /// Reset the machine and let its CPUs run.
        case resetAndContinue
        /// End QEMU.
        case end
        /// Write the guest's memory to a file, then reset or end.
        case dump(thenRestart: Bool)
    }

    private(set) var state = DomainState.paused
    private(set) var reason = StateReason.startingUp
    private(set) var detail: String?
    let policy: LifeCyclePolicy

    private var isRebooting = false
    private var isDestroyed = false
    private var isSaved = false
    private var sawShutdown = false
    private var sawPanic = false
    private var wasStarted = false
    /// A SHUTDOWN event is followed by STOP, which tells nothing new.
    private var ignoresStop = false
    /// What the event before STOP said about its cause.
    private var stopCause: (reason: StateReason, detail: String?)?

    init(policy: LifeCyclePolicy) { self.policy = policy }

    /// Begins in the middle, as a supervisor that takes over does.
    init(policy: LifeCyclePolicy, continuing state: DomainState, _ reason: StateReason, detail: String?) {
        self.policy = policy
        self.state = state
        self.reason = reason
        self.detail = detail
        wasStarted = reason != .startingUp
    }

    mutating func handle(_ input: Input) -> [Action] {
        switch input {
        case .started(let paused):
            wasStarted = true
            return paused ? change(.paused, .user) : change(.running, .booted)
        case .restored(let paused):
            wasStarted = true
            return paused ? change(.paused, .user) : change(.running, .restored)
        case .resynchronized(let status): return resynchronize(status)
        case .event(let name, let data): return handle(event: name, data)
        case .shutdownRequested: return []
        case .rebootRequested:
            isRebooting = true
            return []
        case .destroyRequested:
            isDestroyed = true
            return []
        case .stopping(let reason):
            stopCause = (reason, nil)
            return []
        case .saved:
            isSaved = true
            return []
        case .startFailed(let text): return change(.shutOff, .failed, text)
        case .exited(let exit): return ended(exit)
        }
    }

    private mutating func change(_ state: DomainState, _ reason: StateReason, _ detail: String? = nil) -> [Action] {
        if self.state == state, self.reason == reason, self.detail == detail { return [] }
        self.state = state
        self.reason = reason
        self.detail = detail
        return [.publish]
    }

    // MARK: Events

    private mutating func handle(event: String, _ data: JSONValue) -> [Action] {
        switch event {
        case "STOP":
            let cause = stopCause
            stopCause = nil
            if ignoresStop {
                ignoresStop = false
                return []
            }
            // A stop after a panic tells nothing new; nor do the first moments.
            guard wasStarted, state == .running || state == .suspendedByGuest else { return [] }
            return change(.paused, cause?.reason ?? .user, cause?.detail)
        case "RESUME":
            guard wasStarted else { return [] }
            return state == .paused || state == .inShutdown || state == .crashed ? change(.running, .unpaused) : []
        case "SHUTDOWN": return shutDown(reason: data["reason"]?.string ?? "", guest: data["guest"]?.bool ?? false)
        case "GUEST_PANICKED": return panicked()
        case "BLOCK_IO_ERROR":
            if data["action"]?.string == "stop" { stopCause = (.ioError, ioErrorText(data)) }
            return []
        case "WATCHDOG":
            if data["action"]?.string == "pause" { stopCause = (.watchdog, nil) }
            return []
        case "SUSPEND", "SUSPEND_DISK": return change(.suspendedByGuest, .unknown)
        case "WAKEUP": return state == .suspendedByGuest ? change(.running, .eventWakeup) : []
        default: return []
        }
    }

    private func ioErrorText(_ data: JSONValue) -> String {
        let device = [data["device"]?.string, data["node-name"]?.string].compactMap { $0 }.first { !$0.isEmpty }
        let cause = data["nospace"]?.bool == true ? "no space left" : data["reason"]?.string ?? "unknown error"
        return "\(device ?? "a disk"): \(cause)"
    }

    /// `-no-shutdown` leaves QEMU running after this event, and the decision to the policy.
    private mutating func shutDown(reason: String, guest: Bool) -> [Action] {
        switch reason {
        case "guest-reset",
            "host-qmp-system-reset" where policy.onReboot != .restart:
            ignoresStop = true
            return decide(policy.onReboot)
        case "guest-panic": return panicked()
        case "host-qmp-quit", "host-signal", "host-error", "host-ui":
            // These end QEMU by themselves.
            sawShutdown = true
            return []
        default:
            ignoresStop = true
            if isRebooting {
                isRebooting = false
                return [.resetAndContinue]
            }
            return decide(policy.onPoweroff)
        }
    }

    private mutating func decide(_ decision: LifeCyclePolicy.Decision) -> [Action] {
        switch decision {
        case .restart, .dumpThenRestart: return [.resetAndContinue]
        case .preserve: return change(.inShutdown, .user)
        case .destroy, .dumpThenDestroy:
            sawShutdown = true
            return [.end]
        }
    }

    /// `-action panic=pause` has stopped the CPUs.
    private mutating func panicked() -> [Action] {
        guard !sawPanic else { return [] }
        sawPanic = true
        let published = change(.crashed, .panicked)
        switch policy.onCrash {
        case .destroy: return published + [.end]
        case .preserve:
            sawPanic = false
            return published
        case .restart:
            sawPanic = false
            return published + [.resetAndContinue]
        case .dumpThenDestroy: return published + [.dump(thenRestart: false)]
        case .dumpThenRestart:
            sawPanic = false
            return published + [.dump(thenRestart: true)]
        }
    }

    // MARK: The end, and the middle

    private mutating func ended(_ exit: ProcessExit) -> [Action] {
        guard state != .shutOff else { return [] }
        if isSaved { return change(.shutOff, .saved) }
        if isDestroyed { return change(.shutOff, .destroyed) }
        if sawPanic { return change(.shutOff, .crashed, "guest panicked") }
        if sawShutdown { return change(.shutOff, .shutdown) }
        guard wasStarted else { return change(.shutOff, .failed, "QEMU ended with \(exit)") }
        switch exit {
        case .exited(0): return change(.shutOff, .shutdown)
        case .exited(let status): return change(.shutOff, .crashed, "QEMU ended with exit status \(status)")
        case .signalled(let number): return change(.shutOff, .crashed, "QEMU was killed by \(signalName(number))")
        case .unknown: return change(.shutOff, .crashed, "QEMU ended while nobody watched it")
        }
    }

    /// QEMU's own word is the truth; the old reason is kept where it still fits.
    private mutating func resynchronize(_ status: String) -> [Action] {
        wasStarted = true
        switch status {
        case "running": return state == .running ? [] : change(.running, .unpaused)
        case "io-error": return state == .paused ? [] : change(.paused, .ioError)
        case "watchdog": return state == .paused ? [] : change(.paused, .watchdog)
        case "guest-panicked": return panicked()
        case "suspended": return change(.suspendedByGuest, .unknown)
        case "shutdown":
            return policy.onPoweroff == .preserve ? change(.inShutdown, .user) : shutDown(reason: "", guest: true)
        default: return state == .paused ? [] : change(.paused, .user)
        }
    }
}
