internal import VMCore
internal import VMJSON
internal import VMManager

/// What `top` shows of a machine.
struct TopRow {
    let usage: UsageRates

    static let headings = ["Id", "Name", "State", "%CPU", "vCPU", "Memory", "Read/s", "Write/s", "Rx/s", "Tx/s", "Age"]

    var cells: [String] {
        func bytes(_ value: Double?) -> String { value.map { ByteCount.short($0) } ?? "-" }
        return [
            usage.id.map { "\($0)" } ?? "-", usage.name, usage.state.rawValue,
            usage.load.map { Decimal.text($0, digits: 1) } ?? "-", "\(usage.vcpus)",
            bytes(usage.resident.map { Double($0) * 1024 }), bytes(usage.read), bytes(usage.written),
            bytes(usage.received), bytes(usage.sent),
            usage.age.map { $0 < 0 ? "?" : Decimal.text($0, digits: 0) + "s" } ?? "",
        ]
    }

    var json: JSONValue {
        var object: JSONObject = [
            "name": .string(usage.name), "state": .string(usage.state.rawValue),
            "vcpus": .integer(Int64(usage.vcpus)),
        ]
        object["id"] = usage.id.map { .integer(Int64($0)) }
        object["memory_kib"] = usage.resident.map { JSONValue($0) }
        for (key, value) in [
            ("cpu_percent", usage.load), ("read_bytes_per_second", usage.read),
            ("written_bytes_per_second", usage.written), ("received_bytes_per_second", usage.received),
            ("sent_bytes_per_second", usage.sent), ("stale_seconds", usage.age),
        ] { object[key] = value.map { .double($0) } }
        return .object(object)
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
