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
        let text: [UInt8]
        if let given { text = given } else { text = try Files.read("/proc/stat", limit: 4 << 20, regularOnly: false) }
        let label = processor.map { "cpu\($0)" } ?? "cpu"
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.first.map(String.init) == label else { continue }
            // user, nice, system, idle, iowait, irq, softirq
            let ticks = words.dropFirst().prefix(7).map { UInt64($0) ?? 0 }
            guard ticks.count == 7 else { break }
            return [
                Figure(name: "kernel", value: (ticks[2] &+ ticks[5] &+ ticks[6]) &* tick),
                Figure(name: "user", value: (ticks[0] &+ ticks[1]) &* tick),
                Figure(name: "idle", value: ticks[3] &* tick), Figure(name: "iowait", value: ticks[4] &* tick),
            ]
        }
        throw VMError(.invalidArgument, "Invalid cpuNum in virNodeGetCPUStats: \(processor ?? -1)")
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
