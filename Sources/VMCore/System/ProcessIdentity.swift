internal import CVMSystem
internal import Glibc

/// A process for good: its number and the time it was started, so that a number used again is not mistaken for it.
public struct ProcessIdentity: Hashable, Sendable {
    public var pid: Int32
    /// Clock ticks since the host booted, field 22 of `/proc/PID/stat`.
    public var startTime: UInt64

    public init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }

    /// This process.
    public static var current: ProcessIdentity {
        let pid = getpid()
        return ProcessIdentity(pid: pid, startTime: startTime(of: pid) ?? 0)
    }

    /// Whether the process still runs. A zombie doesn't.
    public var isAlive: Bool {
        guard pid > 0, let found = ProcessStat.of(pid) else { return false }
        return found.startTime == startTime && !found.isDead
    }

    /// Whether the process is stopped, as by SIGSTOP, and so can't obey a signal.
    public var isStopped: Bool {
        guard let found = ProcessStat.of(pid) else { return false }
        return found.startTime == startTime && found.isStopped
    }

    /// The start time of whatever process has that number now, zombies included; nil when there is none.
    public static func startTime(of pid: Int32) -> UInt64? { ProcessStat.of(pid)?.startTime }

    /// A pidfd of the process; nil when it has ended.
    public func open() throws(VMError) -> FileDescriptor? {
        let raw = vms_pidfd_open(pid)
        if raw < 0 {
            let code = errno
            if code == ESRCH || code == EINVAL { return nil }
            throw .system("cannot watch process \(pid)", errno: code)
        }
        let handle = FileDescriptor(owning: raw)
        // The number may have been used again before the pidfd was opened; from now on it can't.
        if isAlive { return handle }
        return nil
    }
}

/// How a process ended.
public enum ProcessExit: Hashable, Sendable, CustomStringConvertible {
    case exited(Int32)
    case signalled(Int32)
    /// It ended, but only its parent could have learnt how.
    case unknown

    public var description: String {
        switch self {
        case .exited(let status): "exit status \(status)"
        case .signalled(let number): "signal \(number) (\(signalName(number)))"
        case .unknown: "unknown exit status"
        }
    }

    /// The status of a process that has ended, given its pidfd; nil while it runs. Reaps a child of ours.
    public static func ofEnded(_ handle: borrowing FileDescriptor) -> ProcessExit? {
        var code: Int32 = 0
        var status: Int32 = 0
        switch vms_reap(handle.raw, &code, &status) {
        case 1: return code == 1 ? .exited(status) : .signalled(status)
        case 0: return nil
        default: return Poll.isReadable(handle.raw, by: .now) ? .unknown : nil
        }
    }

    /// Waits for the end of the process behind a pidfd; nil when the deadline passed first.
    public static func wait(for handle: borrowing FileDescriptor, until deadline: Deadline) -> ProcessExit? {
        guard Poll.isReadable(handle.raw, by: deadline) else { return nil }
        return ofEnded(handle) ?? .unknown
    }
}

/// Sends a signal by pidfd; false when the process has ended already.
@discardableResult
public func sendSignal(_ number: Int32, to handle: borrowing FileDescriptor) -> Bool {
    vms_pidfd_send_signal(handle.raw, number) == 0
}

/// A signal's name, `SIGKILL`; `SIG99` for a number that has none.
public func signalName(_ number: Int32) -> String {
    guard let name = vms_signal_name(number) else { return "SIG\(number)" }
    return "SIG" + String(cString: name)
}

/// Makes writes to a closed pipe or socket fail with `EPIPE` instead of ending the process.
public func ignoreBrokenPipes() { vms_ignore_signal(SIGPIPE) }

/// Makes writing past a limit of file sizes an error, as a full disk is, rather than this process's end.
public func ignoreFileSizeLimit() { vms_ignore_signal(SIGXFSZ) }

/// Sets the name that `ps` and `top` show for this thread; at most 15 bytes of it count.
public func setProcessName(_ name: String) { _ = vms_set_process_name(name) }

/// Gives back the memory of the program's own code, for a process that has begun and will mostly wait from now on.
public func releaseProgramMemory() { vms_release_program() }
