public import MonitorJSON
public import VMCore

/// What disks have read and written: those of one disk, or of all together. Times are in nanoseconds.
public struct BlockCounters: Sendable, Hashable {
    public var readRequests: UInt64 = 0
    public var readBytes: UInt64 = 0
    public var readTime: UInt64 = 0
    public var writeRequests: UInt64 = 0
    public var writtenBytes: UInt64 = 0
    public var writeTime: UInt64 = 0
    public var flushRequests: UInt64 = 0
    public var flushTime: UInt64 = 0

    public init() {}

    /// Adds a disk's.
    public mutating func add(_ counters: QueryBlockStats.Counters) {
        func add(_ path: WritableKeyPath<BlockCounters, UInt64>, _ value: Int64) {
            self[keyPath: path] = self[keyPath: path] &+ UInt64(clamping: value)
        }
        add(\.readRequests, counters.readOperations)
        add(\.readBytes, counters.readBytes)
        add(\.readTime, counters.readTime)
        add(\.writeRequests, counters.writeOperations)
        add(\.writtenBytes, counters.writtenBytes)
        add(\.writeTime, counters.writeTime)
        add(\.flushRequests, counters.flushOperations)
        add(\.flushTime, counters.flushTime)
    }

    /// By the names and with the types of `virDomainBlockStatsFlags`.
    public var parameters: [TypedParameter] {
        [
            ("wr_bytes", writtenBytes), ("wr_operations", writeRequests), ("rd_bytes", readBytes),
            ("rd_operations", readRequests), ("rd_total_times", readTime), ("wr_total_times", writeTime),
            ("flush_operations", flushRequests), ("flush_total_times", flushTime),
        ].map { TypedParameter($0.0, .llong(Int64(clamping: $0.1))) }
    }
}

/// A disk whose error the guest waits for, `virDomainDiskError`.
public struct DiskError: Sendable, Hashable {
    /// `virDomainDiskErrorCode`.
    public enum Code: Int32, Sendable {
        case unspecified = 1
        case noSpace = 2
    }

    public var target: String
    public var code: Code
}

extension VMManager {
    /// What a running machine's disks have read and written.
    ///
    /// - Parameter disk: a target or the path of a source; nil is all together.
    /// - Returns: the figures of that disk or the sum, the targets of the disks they are of, and the figures they come from,
    ///   which say how old they are.
    /// - Throws: `not-found` when it has no such disk.
    public func blockCounters(
        _ key: String, disk: String? = nil
    ) throws(VMError) -> (counters: BlockCounters, targets: [String], source: DomainStatistics) {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.blockCounters(machine, disk: disk)
        }
    }

    func blockCounters(
        _ machine: Machine, disk: String?
    ) async throws(VMError) -> (counters: BlockCounters, targets: [String], source: DomainStatistics) {
        let statistics = try await runningStatistics(of: machine, .block)
        let disks = statistics.disks.filter { disk == nil || $0.target == disk || $0.path == disk }
        guard disk == nil || !disks.isEmpty else {
            throw VMError(
                .notFound, "invalid argument: invalid path: \(disk ?? "")",
                remedy: Remedy(Self.disksText(statistics.disks.map(\.target))))
        }
        var sum = BlockCounters()
        for disk in disks { if let counters = disk.counters { sum.add(counters) } }
        return (sum, disks.map(\.target), statistics)
    }

    /// The sizes of one disk, by its target or its path.
    ///
    /// - Throws: `not-found` when the domain has no such disk.
    public func diskSize(_ key: String, disk: String) throws(VMError) -> DiskSize {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.diskSize(machine, disk: disk)
        }
    }

    func diskSize(_ machine: Machine, disk: String) async throws(VMError) -> DiskSize {
        let sizes = try await diskSizes(machine)
        if let size = sizes.first(where: { $0.target == disk || $0.path == disk }) {
            guard size.path != nil || size.capacity != nil else {
                throw VMError(
                    .notFound, "invalid argument: disk '\(disk)' does not currently have a source assigned",
                    remedy: "the drive is empty")
            }
            return size
        }
        throw VMError(
            .notFound, "invalid argument: invalid path \(disk) not assigned to domain",
            remedy: Remedy(Self.disksText(sizes.map(\.target))))
    }

    /// The disks of a running machine that have failed.
    ///
    /// - Throws: `timeout` when QEMU doesn't answer.
    public func diskErrors(_ key: String) throws(VMError) -> [DiskError] {
        try blocking(key) { (manager, machine) async throws(VMError) in try await manager.diskErrors(machine) }
    }

    func diskErrors(_ machine: Machine) async throws(VMError) -> [DiskError] {
        let statistics = try await runningStatistics(of: machine, .block)
        if let problem = statistics.problem { throw problem }
        return statistics.disks.compactMap(\.error)
    }

    /// Which disks could have been named.
    private static func disksText(_ targets: [String]) -> String {
        targets.isEmpty ? "it has no disks" : "it has: " + targets.joined(separator: ", ")
    }
}

extension DomainStatistics.Disk {
    /// The error that the guest waits for; nil when there is none, or nothing is known.
    var error: DiskError? {
        guard let ioStatus, ioStatus != "ok" else { return nil }
        return DiskError(target: target, code: ioStatus == "nospace" ? .noSpace : .unspecified)
    }
}
