internal import MonitorJSON
internal import VMCore
internal import VMJSON
internal import VMManager

/// What `top` shows of a machine: rates between two looks at its figures.
struct TopRow {
    var id: Int?
    var name: String
    var state: String
    /// Of one processor, in percent; nil on the first look.
    var load: Double?
    var vcpus: Int
    /// KiB.
    var resident: UInt64?
    /// Bytes a second.
    var read: Double?
    var written: Double?
    var received: Double?
    var sent: Double?
    /// Seconds; nil when the figures are fresh.
    var age: Double?

    /// - Parameter before: the same machine's figures of the look before, that many seconds ago.
    init(_ now: DomainStatistics, before: DomainStatistics?, seconds: Double) {
        id = now.id
        name = now.name
        state = now.state.rawValue
        vcpus = now.vcpus.count
        resident = now.memory?.resident
        if now.problem != nil { age = now.age?.inSeconds ?? -1 }
        // A machine that was started again counts from nothing.
        guard let before, before.id == now.id, seconds > 0 else { return }
        func rate(_ new: UInt64?, _ old: UInt64?) -> Double? {
            guard let new, let old, new >= old else { return nil }
            return Double(new - old) / seconds
        }
        load = rate(now.cpu?.total, before.cpu?.total).map { $0 / 1e7 }
        guard now.problem == nil else { return }
        read = rate(now.sum { UInt64(clamping: $0.readBytes) }, before.sum { UInt64(clamping: $0.readBytes) })
        written = rate(now.sum { UInt64(clamping: $0.writtenBytes) }, before.sum { UInt64(clamping: $0.writtenBytes) })
        received = rate(now.network(\.received), before.network(\.received))
        sent = rate(now.network(\.sent), before.network(\.sent))
    }

    static let headings = ["Id", "Name", "State", "%CPU", "vCPU", "Memory", "Read/s", "Write/s", "Rx/s", "Tx/s", "Age"]

    var cells: [String] {
        func bytes(_ value: Double?) -> String { value.map { ByteCount.short($0) } ?? "-" }
        return [
            id.map { "\($0)" } ?? "-", name, state, load.map { Decimal.text($0, digits: 1) } ?? "-", "\(vcpus)",
            bytes(resident.map { Double($0) * 1024 }), bytes(read), bytes(written), bytes(received), bytes(sent),
            age.map { $0 < 0 ? "?" : Decimal.text($0, digits: 0) + "s" } ?? "",
        ]
    }

    var json: JSONValue {
        var object: JSONObject = ["name": .string(name), "state": .string(state), "vcpus": .integer(Int64(vcpus))]
        object["id"] = id.map { .integer(Int64($0)) }
        object["memory_kib"] = resident.map { JSONValue($0) }
        for (key, value) in [
            ("cpu_percent", load), ("read_bytes_per_second", read), ("written_bytes_per_second", written),
            ("received_bytes_per_second", received), ("sent_bytes_per_second", sent), ("stale_seconds", age),
        ] { object[key] = value.map { .double($0) } }
        return .object(object)
    }
}

extension DomainStatistics {
    fileprivate func sum(_ part: (QueryBlockStats.Counters) -> UInt64) -> UInt64 {
        disks.reduce(0) { $0 &+ ($1.counters.map(part) ?? 0) }
    }

    fileprivate func network(_ part: (Interface) -> Interface.Counters?) -> UInt64? {
        let known = interfaces.compactMap(part)
        return known.isEmpty ? nil : known.reduce(0) { $0 &+ $1.bytes }
    }
}

extension ByteCount {
    /// Three or four characters: `12K`, `1.5G`.
    static func short(_ bytes: Double) -> String {
        var value = max(0, bytes)
        var unit = "B"
        for next in ["K", "M", "G", "T", "P"] where value >= 1024 {
            value /= 1024
            unit = next
        }
        return Decimal.text(value, digits: value < 10 && unit != "B" ? 1 : 0) + unit
    }
}
