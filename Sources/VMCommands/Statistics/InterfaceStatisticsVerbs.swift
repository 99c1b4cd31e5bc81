internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager

extension Verb {
    /// `domiflist NAME [--inactive]`.
    static var domiflist: Verb {
        Verb(
            "domiflist", group: .monitoring, "list all domain virtual interfaces",
            parameters: [.domain(), .flag("inactive", "get inactive rather than running configuration")]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let cards = try manager.domain(key, inactive: invocation.flag("inactive")).devices.interfaces
            var table = TextTable(["Interface", "Type", "Source", "Model", "MAC"])
            table.rows = cards.map { card in
                [
                    card.target?.dev ?? "-", card.type.rawValue, card.source.place ?? "-", card.model?.type ?? "-",
                    card.mac?.address.map { "\($0)" } ?? "-",
                ]
            }
            let value = JSONValue.array(
                cards.map { card in
                    var object: JSONObject = ["type": .string(card.type.rawValue)]
                    object["interface"] = card.target?.dev.map { .string($0) }
                    object["source"] = card.source.place.map { .string($0) }
                    object["model"] = card.model?.type.map { .string($0) }
                    object["mac"] = card.mac?.address.map { .string("\($0)") }
                    return .object(object)
                })
            return Report(.table(table), value: value, names: cards.compactMap { $0.mac?.address.map { "\($0)" } })
        }
    }

    /// `domifstat NAME INTERFACE`.
    static var domifstat: Verb {
        Verb(
            "domifstat", group: .monitoring, "get network interface stats for a domain",
            parameters: [
                .domain(.active),
                .argument("interface", "string", "interface device specified by name or MAC Address"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let wanted = try invocation.required("interface")
            let statistics = try manager.runningStatistics(of: key, .interface)
            guard
                let card = statistics.interfaces.first(where: {
                    $0.target == wanted || $0.mac?.lowercased() == wanted.lowercased()
                })
            else {
                throw VMError(
                    .notFound, "invalid argument: '\(wanted)' is not a known interface",
                    remedy: "see 'vmctl domiflist \(key)'")
            }
            guard let name = card.target, let received = card.received, let sent = card.sent else {
                throw VMError(
                    .unsupported, "nobody counts what goes over this interface",
                    remedy: "only interfaces with a device on the host have counters")
            }
            var fields: [(String, UInt64)] = []
            for (direction, counters) in [("rx", received), ("tx", sent)] {
                fields += [
                    ("\(direction)_bytes", counters.bytes), ("\(direction)_packets", counters.packets),
                    ("\(direction)_errs", counters.errors), ("\(direction)_drop", counters.drops),
                ]
            }
            return Report(
                .text(fields.map { "\(name) \($0.0) \($0.1)\n" }.joined()),
                value: .object(JSONObject(fields.map { ($0.0, JSONValue($0.1)) })), names: [name])
        }
    }

    /// `dommemstat NAME`.
    static var dommemstat: Verb {
        Verb(
            "dommemstat", group: .monitoring, "get memory statistics for a domain",
            details: "Sizes are in KiB. What the guest itself says needs <memballoon> with <stats period='…'/>.",
            parameters: [
                .domain(), .option("period", "number", "period in seconds to set collection; 0 ends it"),
            ] + .scope,
            exclusive: .scope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            if let period = try invocation.number("period") {
                guard let seconds = UInt32(exactly: period), seconds <= UInt32(Int32.max) else {
                    throw VMError(.usage, "value '\(period)' of <period> is out of range")
                }
                try manager.setMemoryStatisticsPeriod(
                    key, period: seconds, scope: invocation.scope(standard: .current))
                return .silent(key)
            }
            let statistics = try manager.runningStatistics(of: key, .balloon)
            guard let memory = statistics.memory else {
                throw statistics.problem ?? VMError(.io, "nothing is known of its memory")
            }
            var fields: [(String, JSONValue)] = [("actual", JSONValue(memory.current))]
            fields += memory.guest.map { ($0.name, JSONValue($0.value)) }
            fields.append(("last_update", .integer(memory.lastUpdate)))
            if let resident = memory.resident { fields.append(("rss", JSONValue(resident))) }
            var report = Report(
                .text(fields.map { "\($0.0) \($0.1)\n" }.joined()), value: .object(JSONObject(fields)),
                names: fields.map(\.0))
            report.warnings = [statistics.staleness].compactMap { $0 }
            return report
        }
    }
}

extension InterfaceSource {
    /// What the card is plugged into, in one word.
    fileprivate var place: String? { network ?? bridge ?? dev ?? path ?? name ?? address }
}
