/// What `/proc/PID/stat` says of a process, or `/proc/PID/task/TID/stat` of a thread: see proc(5).
public struct ProcessStat: Sendable, Hashable {
    /// Field 3: `R` runs, `S` sleeps, `T` is stopped, `Z` is a zombie.
    public var state: UInt8
    /// Fields 14 and 15: processor time in ticks, of which there are 100 a second on every architecture that QEMU runs
    /// on.
    public var userTicks: UInt64
    public var systemTicks: UInt64
    /// Field 22: when it was started, in ticks since the host booted.
    public var startTime: UInt64
    /// Field 39: the processor it ran on last.
    public var processor: Int

    /// Nanoseconds in a tick.
    public static let tick: UInt64 = 10_000_000

    /// Processor time in nanoseconds.
    public var userTime: UInt64 { userTicks &* Self.tick }
    public var systemTime: UInt64 { systemTicks &* Self.tick }

    /// It has ended, and its parent hasn't taken notice yet.
    public var isDead: Bool { state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") }
    /// A signal or a debugger has stopped it.
    public var isStopped: Bool { state == UInt8(ascii: "T") || state == UInt8(ascii: "t") }
    /// It runs or waits for a processor.
    public var isRunnable: Bool { state == UInt8(ascii: "R") }

    /// Reads the file's text; nil when it isn't such a text.
    ///
    /// The program's name in it may hold blanks and parentheses, so the fields are counted from the last closing one.
    public init?(_ text: [UInt8]) {
        guard let close = text.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = ProcText.words(text[(close + 1)...])
        // The first of them is field 3.
        guard fields.count > 19, fields[0].count == 1, let state = fields[0].first,
            let user = ProcText.number(fields[11]), let system = ProcText.number(fields[12]),
            let start = ProcText.number(fields[19])
        else { return nil }
        self.state = state
        userTicks = user
        systemTicks = system
        startTime = start
        processor = fields.count > 36 ? Int(clamping: ProcText.number(fields[36]) ?? 0) : 0
    }

    /// Of a process; nil when it is gone.
    public static func of(_ pid: Int32) -> ProcessStat? {
        ProcText.read("/proc/\(pid)/stat", limit: 4096).flatMap { ProcessStat($0) }
    }

    /// Of a thread; nil when it is gone.
    public static func of(thread: Int32, in pid: Int32) -> ProcessStat? {
        ProcText.read("/proc/\(pid)/task/\(thread)/stat", limit: 4096).flatMap { ProcessStat($0) }
    }
}

/// How long a thread has run and waited for a processor, to the nanosecond: `/proc/PID/task/TID/schedstat`. Not every
/// kernel keeps it.
public struct SchedulerTimes: Sendable, Hashable {
    /// Nanoseconds on a processor.
    public var running: UInt64
    /// Nanoseconds in the queue for one.
    public var waiting: UInt64

    /// Reads the file's text: both times and the number of turns.
    public init?(_ text: [UInt8]) {
        let words = ProcText.words(text[...])
        guard words.count > 1, let running = ProcText.number(words[0]), let waiting = ProcText.number(words[1]) else {
            return nil
        }
        self.running = running
        self.waiting = waiting
    }

    public static func of(thread: Int32, in pid: Int32) -> SchedulerTimes? {
        ProcText.read("/proc/\(pid)/task/\(thread)/schedstat").flatMap { SchedulerTimes($0) }
    }
}

/// How much memory a process has, in pages: `/proc/PID/statm`.
public struct MemoryPages: Sendable, Hashable {
    /// Pages of its address space.
    public var total: UInt64
    /// Pages in the host's memory.
    public var resident: UInt64

    /// Reads the file's text.
    public init?(_ text: [UInt8]) {
        let words = ProcText.words(text[...])
        guard words.count > 1, let total = ProcText.number(words[0]), let resident = ProcText.number(words[1]) else {
            return nil
        }
        self.total = total
        self.resident = resident
    }

    public static func of(_ pid: Int32) -> MemoryPages? {
        ProcText.read("/proc/\(pid)/statm").flatMap { MemoryPages($0) }
    }
}
