internal import CVMSystem
internal import Glibc
public import VMCore
public import VMDomain

/// The host's processors, and which of them threads may run on.
public enum HostProcessors {
    /// How many there are.
    public static var count: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_CONF)))) }

    /// Those that work now; all where the kernel doesn't say.
    public static var online: CPUSet {
        let text = try? Files.read("/sys/devices/system/cpu/online", limit: 4096, regularOnly: false)
        let line = text.map { String(decoding: $0.filter { $0 > 0x20 }, as: UTF8.self) }
        return line.flatMap { CPUSet(xml: $0) } ?? CPUSet(0...count - 1)
    }

    /// Bytes of a set that holds every number a document may have.
    private static let room = CPUSet.limit / 8

    /// Where a thread may run; nil when it is gone.
    public static func affinity(of thread: Int32) -> CPUSet? {
        withMask { mask -> CPUSet? in
            guard vms_get_affinity(thread, mask.baseAddress, mask.count) == 0 else { return nil }
            let limit = count
            return CPUSet((0..<min(limit, CPUSet.limit)).filter { mask[$0 / 8] >> UInt8($0 % 8) & 1 == 1 })
        }
    }

    /// Says where a thread may run.
    public static func setAffinity(of thread: Int32, to set: CPUSet) throws(VMError) {
        let code = withMask { mask -> Int32 in
            for number in set.members where number < CPUSet.limit { mask[number / 8] |= 1 << UInt8(number % 8) }
            return vms_set_affinity(thread, mask.baseAddress, mask.count) == 0 ? 0 : errno
        }
        guard code == 0 else {
            if code == EINVAL {
                throw VMError(
                    .invalidArgument, "the host has none of the processors \(set.xml)",
                    remedy: "it has 0-\(count - 1)")
            }
            throw .system("cannot set the affinity of thread \(thread)", errno: code)
        }
    }

    /// Gives a thread a scheduling class of the kernel's.
    ///
    /// - Throws: `io` with the way to get the right to it when this user has none.
    public static func setScheduling(of thread: Int32, to wanted: Scheduling) throws(VMError) {
        let policy: Int32 =
            switch wanted.scheduler {
            // Linux's numbers of SCHED_BATCH and SCHED_IDLE, which the C library keeps to itself.
            case .batch: 3
            case .idle: 5
            case .fifo: Int32(SCHED_FIFO)
            case .rr: Int32(SCHED_RR)
            case nil: Int32(SCHED_OTHER)
            }
        var parameters = sched_param()
        parameters.sched_priority = Int32(clamping: wanted.priority ?? 0)
        guard sched_setscheduler(thread, policy, &parameters) == 0 else {
            let code = errno
            let name = wanted.scheduler?.rawValue ?? "other"
            throw VMError(
                .io, "cannot schedule thread \(thread) as '\(name)': \(errnoText(code))",
                remedy: code == EPERM ? "real-time classes need root, or a limit of 'rtprio' for the user" : nil)
        }
    }

    /// A list as users write it: `0-3,^2`, `7`, or `r` for all.
    public static func parse(_ text: String) throws(VMError) -> CPUSet {
        if text == "r" { return CPUSet(0...max(0, count - 1)) }
        guard let set = CPUSet(xml: text), !set.isEmpty else {
            throw VMError(.usage, "cpulist: Invalid format.", remedy: "write processors as in '0-3,^2'")
        }
        return set
    }

    private static func withMask<Result>(_ body: (UnsafeMutableBufferPointer<UInt8>) -> Result) -> Result {
        withUnsafeTemporaryAllocation(byteCount: room, alignment: 16) { space in
            space.initializeMemory(as: UInt8.self, repeating: 0)
            return body(space.bindMemory(to: UInt8.self))
        }
    }
}
