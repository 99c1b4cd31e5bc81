internal import MonitorJSON
internal import VMCore
internal import VMJSON

/// What QEMU counts: its answers as they came, so that they can be kept for the time when it doesn't answer.
struct QEMUFigures {
    /// Command by command what QEMU answered; refusals are left out.
    var replies: JSONObject
    /// Nanoseconds since 1970.
    var measured: Int64

    private static let balloonPath = "/machine/peripheral/balloon0"

    /// Asks a machine, over its supervisor.
    static func ask(
        _ groups: StatisticsGroups, wantsGuestMemory: Bool, _ session: MachineSession, deadline: Deadline
    ) async throws(VMError) -> QEMUFigures {
        var commands: [(String, JSONObject)] = []
        if groups.contains(.block) {
            commands.append((QueryBlockStats.name, [:]))
            commands.append((QueryBlock.name, [:]))
        }
        if groups.contains(.balloon) {
            commands.append((QueryBalloon.name, [:]))
            if wantsGuestMemory {
                commands.append(("qom-get", ["path": .string(balloonPath), "property": "guest-stats"]))
            }
        }
        if groups.contains(.vcpu) { commands.append((QueryCPUs.name, [:])) }
        if groups.contains(.iothread) { commands.append((QueryIOThreads.name, [:])) }
        if groups.contains(.dirtyRate) { commands.append(("query-dirty-rate", [:])) }
        var figures = QEMUFigures(replies: [:], measured: WallClock.now)
        for (command, arguments) in commands {
            if case .success(let value) = try await session.attempt(command, arguments, deadline: deadline) {
                figures.replies[command] = value
            }
        }
        return figures
    }

    // MARK: Kept

    /// Older figures than this are written anew: a reader that comes every second needn't write every second.
    private static let freshness = Duration.seconds(5)

    static func read(_ path: String) -> QEMUFigures? {
        guard let bytes = try? OwnFiles.read(path, limit: 4 << 20), let value = try? JSONParser.parse(bytes),
            let measured = value["measured"]?.int64, let replies = value["replies"]?.object
        else { return nil }
        return QEMUFigures(replies: replies, measured: measured)
    }

    /// Keeps them in the machine's runtime folder, with what is there of other commands.
    func keep(_ path: String) {
        let former = QEMUFigures.read(path)
        if let former, Duration.nanoseconds(measured &- former.measured) < Self.freshness,
            replies.allSatisfy({ former.replies[$0.key] != nil })
        {
            return
        }
        var all = former?.replies ?? [:]
        for (command, value) in replies { all[command] = value }
        let value: JSONObject = ["measured": .integer(measured), "replies": .object(all)]
        try? Files.write(Array(JSONValue.object(value).description.utf8), to: path, durable: false)
    }

    // MARK: Decoded

    func reply<C: QMPCommand>(_ command: C.Type) -> C.Reply? { replies[C.name].flatMap { try? C.decode($0) } }

    var dirtyRate: DomainStatistics.DirtyRate? {
        guard let reply = replies["query-dirty-rate"],
            let status = (reply["status"]?.string).flatMap({ DomainStatistics.DirtyRate.Status(rawValue: $0) })
        else { return nil }
        return .init(
            status: status, startTime: reply["start-time"]?.int64 ?? 0, period: reply["calc-time"]?.int64 ?? 0,
            rate: reply["dirty-rate"]?.int64, mode: reply["mode"]?.string ?? "page-sampling")
    }

    /// What the guest's balloon driver says, by libvirt's names.
    var guestMemory: (values: [DomainStatistics.GuestFigure], time: Int64)? {
        guard let reply = replies["qom-get"], let figures = reply["stats"]?.object else { return nil }
        var values: [DomainStatistics.GuestFigure] = []
        for (name, theirs, unit) in Self.guestNames {
            guard let value = figures[theirs]?.uint64, value != .max else { continue }
            values.append(.init(name: name, value: value / unit))
        }
        return (values, reply["last-update"]?.int64 ?? 0)
    }

    /// libvirt's name, QEMU's, and what it is divided by.
    private static let guestNames: [(String, String, UInt64)] = [
        ("swap_in", "stat-swap-in", 1024), ("swap_out", "stat-swap-out", 1024),
        ("major_fault", "stat-major-faults", 1), ("minor_fault", "stat-minor-faults", 1),
        ("unused", "stat-free-memory", 1024), ("available", "stat-total-memory", 1024),
        ("usable", "stat-available-memory", 1024), ("disk_caches", "stat-disk-caches", 1024),
        ("hugetlb_pgalloc", "stat-htlb-pgalloc", 1), ("hugetlb_pgfail", "stat-htlb-pgfail", 1),
    ]
}
