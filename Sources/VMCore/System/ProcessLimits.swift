internal import Glibc

/// What the kernel lets this process have.
public enum ProcessLimits {
    /// Descriptors that it may have open.
    public static var openFiles: Int { Int(clamping: read()?.rlim_cur ?? 1024) }

    /// Takes more descriptors, as far as it is allowed to. What it starts has the same limit.
    public static func raiseOpenFiles(to wanted: Int) {
        guard var limit = read(), limit.rlim_cur < UInt(clamping: wanted) else { return }
        limit.rlim_cur = min(limit.rlim_max, UInt(clamping: wanted))
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    private static func read() -> rlimit? {
        var limit = rlimit()
        return getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? limit : nil
    }
}
