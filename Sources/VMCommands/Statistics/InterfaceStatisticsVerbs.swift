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
            let counters = try manager.interfaceCounters(
                key, interface: try invocation.required("interface"))
            let fields = counters.parameters
            return Report(
                .text(fields.map { "\(counters.device) \($0.name) \($0.value.text)\n" }.joined()),
                value: .object(fields.json), names: [counters.device])
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
            let figures = memory.figures
            var report = Report(
                .text(figures.map { "\($0.name) \($0.value)\n" }.joined()),
                value: .object(JSONObject(figures.map { ($0.name, JSONValue($0.value)) })),
                names: figures.map(\.name))
            report.warnings = [statistics.staleness].compactMap { $0 }
            return report
        }
    }
}

extension InterfaceSource {
    /// What the card is plugged into, in one word.
    fileprivate var place: String? { network ?? bridge ?? dev ?? path ?? name ?? address }
}
