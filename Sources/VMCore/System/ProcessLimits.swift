internal import Glibc

/// What the kernel lets this process have.
public enum ProcessLimits {
    /// Descriptors that it may have open.
    public static var openFiles: Int { Int(clamping: read(descriptors)?.rlim_cur ?? 1024) }

    /// Takes more descriptors, as far as it is allowed to. What it starts has the same limit.
    public static func raiseOpenFiles(to wanted: Int) {
        guard var limit = read(descriptors), limit.rlim_cur < UInt(clamping: wanted) else { return }
        limit.rlim_cur = min(limit.rlim_max, UInt(clamping: wanted))
        _ = setrlimit(descriptors, &limit)
    }

    /// How many bytes a program that it starts may keep from being swapped out; nil without a limit.
    ///
    /// Root raises limits, and its programs need none, but for those that run as another user, and for what keeps root itself
    /// from either, a container for example.
    /// - Parameter asOther: whether the program runs as another user than this process.
    public static func lockedMemory(asOther: Bool) -> UInt64? {
        guard let limit = read(__rlimit_resource_t(8)), limit.rlim_max != .max else { return nil }
        let rights = ProcFields.ownEffectiveCapabilities ?? 0
        // CAP_SYS_RESOURCE, by which it is raised, and CAP_IPC_LOCK, which a program of root's still has.
        if rights >> 24 & 1 == 1 || geteuid() == 0 && !asOther && rights >> 14 & 1 == 1 { return nil }
        return UInt64(limit.rlim_max)
    }

    /// The highest real-time priority that it may give to threads; nil without a limit, as for root.
    public static var realTimePriority: Int? {
        guard geteuid() != 0, let limit = read(__rlimit_resource_t(14)) else { return nil }
        return Int(clamping: limit.rlim_cur)
    }

    // Linux's numbers of locked memory (8) and priorities (14) have names that are macros.
    private static var descriptors: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }

    private static func read(_ resource: __rlimit_resource_t) -> rlimit? {
        var limit = rlimit()
        return getrlimit(resource, &limit) == 0 ? limit : nil
    }
}
