internal import QEMULauncher
public import VMCore

/// What the host's processors and memory do: `virNodeGetCPUStats`, `virNodeGetMemoryStats` and their like.
public struct NodeFigures: Sendable {
    /// A figure by libvirt's name.
    public struct Figure: Sendable, Hashable {
        public var name: String
        public var value: UInt64
    }

    /// One tick of the kernel's counters; its programs see 100 in a second everywhere.
    private static let tick: UInt64 = 10_000_000

    /// How long the processors have worked at what, in nanoseconds.
    ///
    /// - Parameters:
    ///   - processor: nil is all together.
    ///   - given: what `/proc/stat` says.
    /// - Throws: `invalid-argument` when there is no such processor.
    public static func processor(_ processor: Int?, text given: [UInt8]? = nil) throws(VMError) -> [Figure] {
        guard let times = ProcessorTimes(of: processor, text: given) else {
            throw VMError(.invalidArgument, "Invalid cpuNum in virNodeGetCPUStats: \(processor ?? -1)")
        }
        return [
            ("kernel", times.system &+ times.interrupts &+ times.softInterrupts), ("user", times.user &+ times.nice),
            ("idle", times.idle), ("iowait", times.ioWait),
        ].map { Figure(name: $0.0, value: $0.1 &* tick) }
    }

    /// How much memory there is and is free, in KiB; of the whole host also what is in buffers and caches.
    ///
    /// - Parameter cell: a NUMA cell; nil is the whole host.
    /// - Throws: `invalid-argument` when there is no such cell.
    public static func memory(ofCell cell: Int? = nil) throws(VMError) -> [Figure] {
        let fields: ProcFields
        var prefix = ""
        if let cell {
            let path = "/sys/devices/system/node/node\(cell)/meminfo"
            guard cell >= 0, let text = try? Files.read(path, limit: 1 << 16, regularOnly: false) else {
                throw VMError(.invalidArgument, "cellNum in virNodeGetMemoryStats must be a cell of this host: \(cell)")
            }
            fields = ProcFields(text)
            prefix = "Node \(cell) "
        } else {
            fields = .memory()
        }
        let names = [("total", "MemTotal"), ("free", "MemFree")]
        let more = cell == nil ? [("buffers", "Buffers"), ("cached", "Cached")] : []
        return (names + more).map { name, key in Figure(name: name, value: fields.kibibytes(prefix + key) ?? 0) }
    }

    /// Bytes of memory that nobody uses.
    ///
    /// - Parameter cell: as for ``memory(ofCell:)``.
    public static func freeMemory(ofCell cell: Int? = nil) throws(VMError) -> UInt64 {
        let free = try memory(ofCell: cell).first { $0.name == "free" }?.value ?? 0
        return free.multipliedReportingOverflow(by: 1024).partialValue
    }
}
