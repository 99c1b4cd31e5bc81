public import VMCore
internal import VMDomain

/// What can be set of a thread that serves devices' I/O; nil leaves it as it is.
public struct IOThreadSettings: Sendable, Hashable {
    /// For how long it polls before it sleeps, in nanoseconds; 0 never polls.
    public var pollMax: UInt64?
    /// By which factor it polls longer when polling was worth it; 0 is QEMU's own.
    public var pollGrow: UInt64?
    /// By which divisor it polls shorter when it was not; 0 polls no more.
    public var pollShrink: UInt64?
    /// How many worker threads it keeps at least.
    public var threadPoolMin: UInt32?
    /// How many worker threads it has at most.
    public var threadPoolMax: UInt32?

    public init() {}

    /// QEMU's names, with the values that are set.
    package var properties: [(name: String, value: UInt64)] {
        [
            ("poll-max-ns", pollMax), ("poll-grow", pollGrow), ("poll-shrink", pollShrink),
            ("thread-pool-min", threadPoolMin.map { UInt64($0) }),
            ("thread-pool-max", threadPoolMax.map { UInt64($0) }),
        ].compactMap { name, value in value.map { (name, $0) } }
    }

    func apply(to thread: inout IOThread) {
        if pollMax != nil || pollGrow != nil || pollShrink != nil {
            var poll = thread.poll ?? IOThread.Poll()
            poll.max = pollMax ?? poll.max
            poll.grow = pollGrow ?? poll.grow
            poll.shrink = pollShrink ?? poll.shrink
            thread.poll = poll
        }
        thread.threadPoolMin = threadPoolMin ?? thread.threadPoolMin
        thread.threadPoolMax = threadPoolMax ?? thread.threadPoolMax
    }

    /// What libvirt's typed parameters say: `poll_max_ns`, `poll_grow`, `poll_shrink`, `thread_pool_min`, `thread_pool_max`.
    ///
    /// - Throws: `unsupported` for another name, `invalid-argument` for a value.
    public init(_ parameters: [TypedParameter]) throws(VMError) {
        var x = try TuningMapper(writing: parameters)
        var (grow, shrink): (UInt32?, UInt32?)
        x.ullong("poll_max_ns", &pollMax)
        x.uint("poll_grow", &grow)
        x.uint("poll_shrink", &shrink)
        for (name, path) in [
            ("thread_pool_min", \IOThreadSettings.threadPoolMin), ("thread_pool_max", \.threadPoolMax),
        ] {
            x.int(name, 0) { value, x in
                guard let number = UInt32(exactly: value) else { return x.fail("\(name) can't be \(value)") }
                self[keyPath: path] = number
            }
        }
        try x.finish()
        if x.sets("poll_max_ns") { pollMax = pollMax ?? 0 }
        if x.sets("poll_grow") { pollGrow = UInt64(grow ?? 0) }
        if x.sets("poll_shrink") { pollShrink = UInt64(shrink ?? 0) }
    }
}
