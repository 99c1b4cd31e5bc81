internal import SupervisorProtocol
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
        /// Somebody wants the CPUs stopped, and nobody but somebody to let them run again.
        case suspendRequested
        /// A disk's error is going to stop the CPUs, or has stopped them; or more is known of one that did.
        case diskFailed(DiskFailure)
        /// The CPUs will be let run by the manager itself, for that reason; nil takes it back.
        case resuming(String?)
        /// The CPUs will be stopped for something of the manager's own.
        case stopping(StateReason)
        /// The machine's state is in a file, and QEMU is going to be ended.
        case saved
        /// The guest has powered off, and QEMU is kept for something that isn't over.
        case held
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
    /// Whether the guest that sleeps has saved itself to its disk.
    private(set) var isOnDisk = false
    /// The disks whose errors came since the CPUs were last let run, in that order.
    private(set) var diskFailures: [DiskFailure] = []
    /// Whether the owner has asked for the end.
    private(set) var isDestroyed = false
    var policy: LifeCyclePolicy

    private var isRebooting = false
    /// Somebody has suspended the machine, whatever else may stop it at the same time.
    private var isHeld = false
    /// Why the manager lets the CPUs run.
    private var resumeCause: String?
    private var isSaved = false
    private var sawShutdown = false
    private var sawPanic = false
    private var wasStarted = false
    /// A SHUTDOWN event is followed by STOP, which tells nothing new.
    private var ignoresStop = false
    /// What the event before STOP said about its cause.
    private var stopCause: StateReason?

    init(policy: LifeCyclePolicy) { self.policy = policy }

    /// Begins in the middle, as a supervisor that takes over does.
    init(policy: LifeCyclePolicy, continuing published: PublishedState) {
        self.policy = policy
        state = published.state
        reason = published.reason
        detail = published.detail
        diskFailures = published.diskFailures
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
        case .suspendRequested:
            isHeld = true
            return isPausedByDisk ? change(.paused, .user) : []
        case .diskFailed(let failure): return failed(failure)
        case .resuming(let cause):
            resumeCause = cause
            return []
        case .stopping(let reason):
            stopCause = reason
            return []
        case .saved:
            isSaved = true
            return []
        case .held: return change(.inShutdown, .user)
        case .startFailed(let text): return change(.shutOff, .failed, text)
        case .exited(let exit): return ended(exit)
        }
    }

    private mutating func change(_ state: DomainState, _ reason: StateReason, _ detail: String? = nil) -> [Action] {
        if self.state == state, self.reason == reason, self.detail == detail { return [] }
        self.state = state
        self.reason = reason
        self.detail = detail
        if state != .suspendedByGuest { isOnDisk = false }
        return [.publish]
    }

    // MARK: Events

    private mutating func handle(event: String, _ data: JSONValue) -> [Action] {
        switch event {
        case "STOP": return stopped()
        case "RESUME": return resumed()
        case "SHUTDOWN": return shutDown(reason: data["reason"]?.string ?? "", guest: data["guest"]?.bool ?? false)
        case "GUEST_PANICKED": return panicked()
        case "WATCHDOG":
            if data["action"]?.string == "pause" { stopCause = .watchdog }
            return []
        case "SUSPEND", "SUSPEND_DISK":
            isOnDisk = event == "SUSPEND_DISK"
            return change(.suspendedByGuest, .unknown)
        case "WAKEUP": return state == .suspendedByGuest ? change(.running, .eventWakeup) : []
        default: return []
        }
    }

    private mutating func stopped() -> [Action] {
        let cause = stopCause
        stopCause = nil
        if ignoresStop {
            ignoresStop = false
            return []
        }
        // A stop after a panic tells nothing new; nor do the first moments.
        guard wasStarted, state == .running || state == .suspendedByGuest else { return [] }
        // A disk's error may come just before a stop that somebody asked for.
        if isHeld { return change(.paused, .user) }
        if let cause { return change(.paused, cause) }
        return diskFailures.isEmpty ? change(.paused, .user) : change(.paused, .ioError, failureText)
    }

    private mutating func resumed() -> [Action] {
        guard wasStarted else { return [] }
        let cause = resumeCause
        resumeCause = nil
        // Who suspends the machine in the moment in which the manager resumes it is obeyed just after.
        if cause == nil { isHeld = false }
        stopCause = nil
        // QEMU tries again what has failed, and tells if it fails again.
        diskFailures = []
        return state == .paused || state == .inShutdown || state == .crashed ? change(.running, .unpaused, cause) : []
    }

    // MARK: Disks

    private var isPausedByDisk: Bool { state == .paused && reason == .ioError }

    private var failureText: String? {
        diskFailures.isEmpty ? nil : diskFailures.map(\.text).joined(separator: "; ")
    }

    /// One entry for each disk: that of which more is known replaces the first that was heard of it.
    private mutating func failed(_ failure: DiskFailure) -> [Action] {
        let before = diskFailures
        if let known = diskFailures.firstIndex(where: { $0.node == failure.node }) {
            diskFailures[known] = failure
        } else {
            diskFailures.append(failure)
        }
        guard isPausedByDisk, diskFailures != before else { return [] }
        detail = failureText
        return [.publish]
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
        case "io-error": return state == .paused ? [] : change(.paused, .ioError, failureText)
        // A stop by somebody, after the disk had failed or gone on.
        case "paused" where isPausedByDisk: return change(.paused, .user)
        case "watchdog": return state == .paused ? [] : change(.paused, .watchdog)
        case "guest-panicked": return panicked()
        case "suspended": return change(.suspendedByGuest, .unknown)
        case "shutdown":
            return policy.onPoweroff == .preserve ? change(.inShutdown, .user) : shutDown(reason: "", guest: true)
        default: return state == .paused ? [] : change(.paused, .user)
        }
    }
}
