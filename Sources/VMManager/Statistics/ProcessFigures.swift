internal import Glibc
internal import VMCore

/// What the kernel knows of a QEMU: always there and always fresh, whether QEMU answers or not.
struct ProcessFigures {
    let pid: Int32

    /// Processor time of all threads together.
    var cpu: DomainStatistics.CPUTime? {
        ProcessStat.of(pid).map { .init(user: $0.userTime, system: $0.systemTime) }
    }

    /// KiB in the host's memory.
    var resident: UInt64? {
        MemoryPages.of(pid).map { $0.resident &* UInt64(clamping: sysconf(Int32(_SC_PAGESIZE))) / 1024 }
    }

    /// One thread's times; nil when it is gone.
    func thread(_ id: Int) -> DomainStatistics.ThreadTime? {
        let thread = Int32(clamping: id)
        guard let stat = ProcessStat.of(thread: thread, in: pid) else { return nil }
        // Where the kernel keeps it: to the nanosecond.
        let exact = SchedulerTimes.of(thread: thread, in: pid)
        return .init(
            id: id, time: exact?.running ?? stat.userTime &+ stat.systemTime, delay: exact?.waiting ?? 0,
            processor: stat.processor, isRunnable: stat.isRunnable)
    }

    /// The threads that run virtual processors, by their numbers, as QEMU names them with `debug-threads=on`.
    var processorThreads: [Int: Int] {
        var found: [Int: Int] = [:]
        for thread in ProcessTable.threads(of: pid) {
            guard let name = ProcessTable.name(ofThread: thread, in: pid), name.hasPrefix("CPU ") else { continue }
            let number = name.dropFirst(4).prefix { $0.isNumber }
            if let index = Int(number) { found[index] = Int(thread) }
        }
        return found
    }
}

extension NetworkDevices {
    /// What a guest has received and sent over its tap: the host's other way round.
    func guest(of tap: String) -> (
        received: DomainStatistics.Interface.Counters, sent: DomainStatistics.Interface.Counters
    )? {
        self[tap].map { (.init($0.sent), .init($0.received)) }
    }
}

extension DomainStatistics.Interface.Counters {
    init(_ counters: NetworkDevices.Counters) {
        self.init(
            bytes: counters.bytes, packets: counters.packets, errors: counters.errors, drops: counters.drops)
    }
}
