#if DEBUG
    internal import Glibc
#endif

/// A place at which tests have this process killed, named by `VMCTL_FAILPOINT`. Not there in a release build.
enum Failpoint {
    static func reached(_ name: @autoclosure () -> String) {
        #if DEBUG
            guard let wanted = getenv("VMCTL_FAILPOINT"), String(cString: wanted) == name() else { return }
            kill(getpid(), SIGKILL)
        #endif
    }
}
