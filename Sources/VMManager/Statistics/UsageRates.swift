internal import MonitorJSON
public import VMCore

/// How much a running machine uses, from two looks at its figures.
public struct UsageRates: Sendable, Hashable {
    public var uuid: UUID
    public var name: String
    public var id: Int?
    public var state: DomainState
    /// Of one processor of the host, in percent; nil on the first look. A machine with two busy processors has 200.
    public var load: Double?
    public var vcpus: Int
    /// KiB in the host's memory.
    public var resident: UInt64?
    /// Bytes a second.
    public var read: Double?
    public var written: Double?
    public var received: Double?
    public var sent: Double?
    /// The age of QEMU's figures in seconds, -1 when it never gave any; nil when they are fresh.
    public var age: Double?

    /// - Parameters:
    ///   - before: the same machine's figures of the look before.
    ///   - seconds: how long ago that was.
    public init(_ now: DomainStatistics, before: DomainStatistics?, seconds: Double) {
        uuid = now.uuid
        name = now.name
        id = now.id
        state = now.state
        vcpus = now.vcpus.count
        resident = now.memory?.resident
        if now.problem != nil { age = now.age?.inSeconds ?? -1 }
        // A machine that was started again counts from nothing.
        guard let before, before.id == now.id, seconds > 0 else { return }
        func rate(_ new: UInt64?, _ old: UInt64?) -> Double? {
            guard let new, let old, new >= old else { return nil }
            return Double(new - old) / seconds
        }
        // Nanoseconds a second, in hundredths.
        load = rate(now.cpu?.total, before.cpu?.total).map { $0 / 1e7 }
        guard now.problem == nil else { return }
        read = rate(now.disk(\.readBytes), before.disk(\.readBytes))
        written = rate(now.disk(\.writtenBytes), before.disk(\.writtenBytes))
        received = rate(now.network(\.received), before.network(\.received))
        sent = rate(now.network(\.sent), before.network(\.sent))
    }
}

/// Looks at all running machines again and again, and keeps the last figures for rates.
public struct UsageMeter {
    private var before: [UUID: DomainStatistics] = [:]
    private var time = Deadline.now

    public init() {}

    /// The rates since the look before this one.
    public mutating func look(_ manager: VMManager) throws(VMError) -> [UsageRates] {
        let found = try manager.statistics([.cpuTotal, .balloon, .vcpu, .interface, .block])
        let now = Deadline.now
        let seconds = Double(now.nanoseconds &- time.nanoseconds) / 1e9
        let rates = found.map { UsageRates($0, before: before[$0.uuid], seconds: seconds) }
        before = Dictionary(found.map { ($0.uuid, $0) }, uniquingKeysWith: { $1 })
        time = now
        return rates
    }
}

extension DomainStatistics {
    fileprivate func disk(_ part: KeyPath<QueryBlockStats.Counters, Int64>) -> UInt64 {
        disks.reduce(0) { $0 &+ UInt64(clamping: $1.counters?[keyPath: part] ?? 0) }
    }

    fileprivate func network(_ part: KeyPath<Interface, Interface.Counters?>) -> UInt64? {
        let known = interfaces.compactMap { $0[keyPath: part] }
        return known.isEmpty ? nil : known.reduce(0) { $0 &+ $1.bytes }
    }
}
