#if DEBUG
    internal import Glibc
    internal import Synchronization
#endif

/// A place at which tests have this process killed, or a call of the kernel fail. Not there in a release build.
///
/// `VMCTL_FAILPOINT` names it, or counts: `#3` is the third place that the process reaches, whatever its name, so that
/// a test can walk them all without a list.
public enum Failpoint {
    #if DEBUG
        private static let count = Atomic<Int>(0)
    #endif

    /// Passes all places from now on, in a process that inherited its environment from one that was to be killed.
    public static func disarm() {
        #if DEBUG
            unsetenv("VMCTL_FAILPOINT")
        #endif
    }

    public static func reached(_ name: @autoclosure () -> String) {
        #if DEBUG
            guard let wanted = getenv("VMCTL_FAILPOINT").map({ String(cString: $0) }) else { return }
            let number = count.add(1, ordering: .relaxed).newValue
            if wanted == "#\(number)" || wanted == name() { kill(getpid(), SIGKILL) }
        #endif
    }

    /// Fails in a process whose `VMCTL_FAILPOINT` is `fail:` and the name, as a call of the kernel would.
    public static func failing(_ name: @autoclosure () -> String) throws(VMError) {
        #if DEBUG
            guard let wanted = getenv("VMCTL_FAILPOINT"), String(cString: wanted) == "fail:" + name() else { return }
            throw .system("a test wants '\(name())' to fail", errno: ENOSPC)
        #endif
    }
}
