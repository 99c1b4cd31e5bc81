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
            let wanted = invocation.value("device")
            let (counters, targets, statistics) = try manager.blockCounters(key, disk: wanted)
            let fields = counters.lines
            let text: String
            if invocation.flag("human") {
                text =
                    "Device: \(wanted ?? "")\n"
                    + fields.map { field in
                        " " + "\(field.label):".padded(to: 32) + "\(field.value)\n"
                    }.joined()
            } else {
                text = fields.map { "\(wanted ?? "") \($0.name) \($0.value)\n" }.joined()
            }
            var report = Report(
                .text(text), value: .object(JSONObject(fields.map { ($0.name, JSONValue($0.value)) })),
                names: targets)
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
            func text(_ size: UInt64?) -> String {
                guard let size else { return "-" }
                return invocation.flag("human") ? ByteCount.text(size) : String(size)
            }
            if invocation.flag("all") {
                let sizes = try manager.diskSizes(key)
                var table = TextTable(["Target", "Capacity", "Allocation", "Physical"])
                table.rows = sizes.map { [$0.target, text($0.capacity), text($0.allocation), text($0.physical)] }
                return Report(.table(table), value: .array(sizes.map(\.json)), names: sizes.map(\.target))
            }
            let size = try manager.diskSize(key, disk: try invocation.required("device"))
            let lines = [("Capacity", size.capacity), ("Allocation", size.allocation), ("Physical", size.physical)]
            return Report(
                .text(lines.map { "\($0.0):".padded(to: 16) + text($0.1) + "\n" }.joined()), value: size.json,
                names: [size.target])
        }
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
            let broken = try manager.diskErrors(key).map { error in
                (error.target, error.code == .noSpace ? "no space" : "unspecified error")
            }
            let text =
                broken.isEmpty
                ? "No errors found\n" : broken.map { "\(DisplayText.printable($0.0)): \($0.1)\n" }.joined()
            return Report(
                .text(text),
                value: .array(broken.map { ["target": .string($0.0), "error": .string($0.1)] }), names: broken.map(\.0))
        }
    }
}

extension BlockCounters {
    /// By virsh's names and labels, in virsh's order.
    fileprivate var lines: [(name: String, label: String, value: UInt64)] {
        [
            ("rd_req", "number of read operations", readRequests), ("rd_bytes", "number of bytes read", readBytes),
            ("wr_req", "number of write operations", writeRequests),
            ("wr_bytes", "number of bytes written", writtenBytes),
            ("flush_operations", "number of flush operations", flushRequests),
            ("rd_total_times", "total duration of reads (ns)", readTime),
            ("wr_total_times", "total duration of writes (ns)", writeTime),
            ("flush_total_times", "total duration of flushes (ns)", flushTime),
        ]
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
