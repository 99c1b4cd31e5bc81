internal import MonitorJSON
internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager

extension Verb {
    /// `domblkstat NAME [DISK] [--human]`.
    static var domblkstat: Verb {
        Verb(
            "domblkstat", group: .monitoring, "get device block stats for a domain",
            parameters: [
                .domain(.active),
                .optional("device", "string", "block device: a target or the path of its source; all without it"),
                .flag("human", "print a more human readable output"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let statistics = try manager.runningStatistics(of: key, .block)
            let wanted = invocation.value("device")
            let disks = statistics.disks.filter { wanted == nil || $0.target == wanted || $0.path == wanted }
            guard wanted == nil || !disks.isEmpty else {
                throw VMError(
                    .notFound, "invalid argument: invalid path: \(wanted ?? "")",
                    remedy: Remedy(Self.disksText(statistics.disks.map(\.target))))
            }
            var sum = BlockCounters()
            for disk in disks { if let counters = disk.counters { sum.add(counters) } }
            let text: String
            if invocation.flag("human") {
                text =
                    "Device: \(wanted ?? "")\n"
                    + sum.all.map { field in
                        " " + "\(field.label):".padded(to: 32) + "\(field.value)\n"
                    }.joined()
            } else {
                text = sum.all.map { "\(wanted ?? "") \($0.name) \($0.value)\n" }.joined()
            }
            var report = Report(
                .text(text), value: .object(JSONObject(sum.all.map { ($0.name, .integer($0.value)) })),
                names: disks.map(\.target))
            report.warnings = [statistics.staleness].compactMap { $0 }
            return report
        }
    }

    /// `domblkinfo NAME (DISK|--all)`.
    static var domblkinfo: Verb {
        Verb(
            "domblkinfo", group: .monitoring, "domain block device size information",
            parameters: [
                .domain(), .optional("device", "string", "block device"),
                .flag("human", "human readable output"), .flag("all", "display all block devices info"),
            ], exclusive: [["device", "all"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let sizes = try manager.diskSizes(key)
            func text(_ size: UInt64?) -> String {
                guard let size else { return "-" }
                return invocation.flag("human") ? ByteCount.text(size) : String(size)
            }
            if invocation.flag("all") {
                var table = TextTable(["Target", "Capacity", "Allocation", "Physical"])
                table.rows = sizes.map { [$0.target, text($0.capacity), text($0.allocation), text($0.physical)] }
                return Report(.table(table), value: .array(sizes.map(\.json)), names: sizes.map(\.target))
            }
            let device = try invocation.required("device")
            guard let size = sizes.first(where: { $0.target == device || $0.path == device }) else {
                throw VMError(
                    .notFound, "invalid argument: invalid path \(device) not assigned to domain",
                    remedy: Remedy(Self.disksText(sizes.map(\.target))))
            }
            let lines = [("Capacity", size.capacity), ("Allocation", size.allocation), ("Physical", size.physical)]
            return Report(
                .text(lines.map { "\($0.0):".padded(to: 16) + text($0.1) + "\n" }.joined()), value: size.json,
                names: [size.target])
        }
    }

    /// Which disks could have been named.
    private static func disksText(_ targets: [String]) -> String {
        targets.isEmpty ? "it has no disks" : "it has: " + targets.joined(separator: ", ")
    }

    /// `domblklist NAME [--details] [--inactive]`.
    static var domblklist: Verb {
        Verb(
            "domblklist", group: .monitoring, "list all domain blocks",
            parameters: [
                .domain(), .flag("inactive", "get inactive rather than running configuration"),
                .flag("details", "additionally display the type and device value"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let disks = try manager.domain(key, inactive: invocation.flag("inactive")).devices.disks
            let hasDetails = invocation.flag("details")
            var table = TextTable(hasDetails ? ["Type", "Device", "Target", "Source"] : ["Target", "Source"])
            for disk in disks {
                let source = disk.source.isEmpty ? "-" : disk.source.place ?? "-"
                let common = [disk.target?.dev ?? "-", source]
                table.rows.append(
                    hasDetails ? [disk.source.type.rawValue, (disk.device ?? .disk).rawValue] + common : common)
            }
            let value = JSONValue.array(
                disks.map { disk in
                    var object: JSONObject = ["type": .string(disk.source.type.rawValue)]
                    object["device"] = .string((disk.device ?? .disk).rawValue)
                    object["target"] = disk.target?.dev.map { .string($0) }
                    object["source"] = disk.source.isEmpty ? nil : disk.source.place.map { .string($0) }
                    return .object(object)
                })
            return Report(.table(table), value: value, names: disks.compactMap { $0.target?.dev })
        }
    }

    /// `domblkerror NAME`.
    static var domblkerror: Verb {
        Verb(
            "domblkerror", group: .monitoring, "show errors on block devices",
            parameters: [.domain(.active)]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let statistics = try manager.runningStatistics(of: key, .block)
            if let problem = statistics.problem { throw problem }
            let broken = statistics.disks.compactMap { disk in
                disk.ioStatus.flatMap { status in
                    status == "ok" ? nil : (disk.target, status == "nospace" ? "no space" : "unspecified error")
                }
            }
            let text = broken.isEmpty ? "No errors found\n" : broken.map { "\($0.0): \($0.1)\n" }.joined()
            return Report(
                .text(text),
                value: .array(broken.map { ["target": .string($0.0), "error": .string($0.1)] }), names: broken.map(\.0))
        }
    }
}

/// Counters by the names and the labels of `domblkstat`.
struct BlockCounters {
    private(set) var all: [(name: String, label: String, value: Int64)] = [
        ("rd_req", "number of read operations", 0), ("rd_bytes", "number of bytes read", 0),
        ("wr_req", "number of write operations", 0), ("wr_bytes", "number of bytes written", 0),
        ("flush_operations", "number of flush operations", 0),
        ("rd_total_times", "total duration of reads (ns)", 0), ("wr_total_times", "total duration of writes (ns)", 0),
        ("flush_total_times", "total duration of flushes (ns)", 0),
    ]

    mutating func add(_ counters: QueryBlockStats.Counters) {
        let values = [
            counters.readOperations, counters.readBytes, counters.writeOperations, counters.writtenBytes,
            counters.flushOperations, counters.readTime, counters.writeTime, counters.flushTime,
        ]
        for (index, value) in values.enumerated() { all[index].value = all[index].value &+ value }
    }
}

extension DiskSize {
    fileprivate var json: JSONValue {
        var object: JSONObject = ["target": .string(target)]
        object["source"] = path.map { .string($0) }
        object["capacity"] = capacity.map { JSONValue($0) }
        object["allocation"] = allocation.map { JSONValue($0) }
        object["physical"] = physical.map { JSONValue($0) }
        return .object(object)
    }
}

/// Sizes for people: `196.612 KiB`, with three digits as virsh has them.
enum ByteCount {
    static func text(_ bytes: UInt64) -> String {
        var value = Double(bytes)
        var unit = "B"
        for next in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] where value >= 1024 {
            value /= 1024
            unit = next
        }
        return "\(Decimal.text(value, digits: 3)) \(unit)"
    }
}
