internal import VMCore
internal import VMJSON
internal import VMManager
internal import VMStorage

/// Looking at pools.
extension Verb {
    /// `pool-list [--all] [--details]`.
    static var poolList: Verb {
        Verb(
            "pool-list", group: .storage, "list storage pools", details: "Active ones unless told otherwise.",
            parameters: [
                .flag("inactive", "list inactive pools"), .flag("all", "list inactive & active pools"),
                .flag("transient", "list transient pools"), .flag("persistent", "list persistent pools"),
                .flag("autostart", "list pools with autostart enabled"),
                .flag("no-autostart", "list pools with autostart disabled"),
                .option("type", "string", "only list pool of specified type(s) (if supported)"),
                .flag("details", "display extended details for pools"),
                .flag("uuid", "list UUID of active pools only"), .flag("name", "list name of active pools only"),
            ], exclusive: [["details", "uuid"], ["details", "name"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let storage = try invocation.storage()
            let pools = try storage.pools(try filter(invocation))
            let details = invocation.flag("details")
            var report = Report(
                .nothing,
                value: .array(
                    pools.map { pool in
                        var value = pool.value
                        for member in storage.information(of: pool).value { value[member.key] = member.value }
                        return .object(value)
                    }), names: pools.map(\.name))
            report.warnings = pools.compactMap { pool in
                pool.problem.map { "the definition of pool '\(pool.name)' can't be used: \($0)" }
            }
            if invocation.flag("uuid") || invocation.flag("name") {
                report.body = .raw(pools.map { line($0, invocation) }.joined())
            } else {
                report.body = .table(details ? detailed(pools, storage) : table(pools))
            }
            return report
        }
    }

    private static func filter(_ invocation: Invocation) throws(VMError) -> PoolFilter {
        let flags: [(String, PoolFilter)] = [
            ("transient", .transient), ("persistent", .persistent), ("autostart", .autostart),
            ("no-autostart", .noAutostart),
        ]
        var filter = PoolFilter(flags.filter { invocation.flag($0.0) }.map(\.1))
        for word in invocation.value("type")?.split(separator: ",") ?? [] {
            guard let type = PoolType(rawValue: String(word)) else {
                throw VMError(
                    .usage, "Invalid pool type '\(word)'",
                    remedy: NearMatch.best(for: String(word), among: PoolType.allCases.map(\.rawValue))
                        .map { "did you mean '\($0)'?" })
            }
            filter.insert(.type(type))
        }
        if !invocation.flag("all") { filter.insert(invocation.flag("inactive") ? .inactive : .active) }
        return filter
    }

    private static func line(_ pool: PoolRecord, _ invocation: Invocation) -> String {
        let words = [("uuid", pool.uuid.description), ("name", pool.name)].filter { invocation.flag($0.0) }.map(\.1)
        return words.joined(separator: " ") + "\n"
    }

    private static func table(_ pools: [PoolRecord]) -> TextTable {
        var table = TextTable(["Name", "State", "Autostart"])
        table.rows = pools.map { pool in
            [
                pool.name, pool.problem == nil ? pool.isActive ? "active" : "inactive" : "broken",
                pool.isAutostarted ? "yes" : "no",
            ]
        }
        return table
    }

    private static func detailed(_ pools: [PoolRecord], _ storage: HostStorage) -> TextTable {
        var table = TextTable(["Name", "State", "Autostart", "Persistent", "Capacity", "Allocation", "Available"])
        table.rows = pools.map { pool in
            let information = storage.information(of: pool)
            let sizes = [information.capacity, information.allocation, information.available]
            let isKnown = information.state == .running
            return [
                pool.name, information.state.word, pool.isAutostarted ? "yes" : "no", pool.isPersistent ? "yes" : "no",
            ] + sizes.map { isKnown ? Capacity.text($0) : "-" }
        }
        return table
    }

    /// `pool-info POOL [--bytes]`.
    static var poolInfo: Verb {
        Verb(
            "pool-info", group: .storage, "tell the main facts about a pool",
            parameters: [.pool(), .bytes]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let storage = try invocation.storage()
            let pool = try invocation.pool(storage)
            let information = storage.information(of: pool)
            var lines = [
                ("Name:", pool.name), ("UUID:", pool.uuid.description), ("State:", information.state.word),
                ("Persistent:", pool.isPersistent ? "yes" : "no"), ("Autostart:", pool.isAutostarted ? "yes" : "no"),
            ]
            if information.state == .running {
                lines += [
                    ("Capacity:", invocation.shown(information.capacity)),
                    ("Allocation:", invocation.shown(information.allocation)),
                    ("Available:", invocation.shown(information.available)),
                ]
            }
            var value = pool.value
            for member in information.value { value[member.key] = member.value }
            return Report(
                .text(facts(lines)), value: .object(value), names: [pool.name])
        }
    }

    static func facts(_ lines: [(String, String)]) -> String {
        lines.map { $0.padded(to: 15) + " " + DisplayText.printable($1) + "\n" }.joined()
    }

    /// `pool-name POOL`.
    static var poolName: Verb {
        Verb("pool-name", group: .storage, "tell the name of a pool known by its UUID", parameters: [.pool()]) {
            (invocation: Invocation) throws(VMError) -> Report in
            let pool = try invocation.pool(invocation.storage())
            return Report(.text(pool.name), value: .object(pool.value), names: [pool.name])
        }
    }

    /// `pool-uuid POOL`.
    static var poolUUID: Verb {
        Verb("pool-uuid", group: .storage, "tell a pool's UUID", parameters: [.pool()]) {
            (invocation: Invocation) throws(VMError) -> Report in
            let pool = try invocation.pool(invocation.storage())
            return Report(.text(pool.uuid.description), value: .object(pool.value), names: [pool.name])
        }
    }

    /// `pool-event`.
    static var poolEvent: Verb {
        Verb(
            "pool-event", group: .storage, "wait for events of storage pools, as virsh does",
            details: "A pool is refreshed when its volumes are looked at anew, and when one was written over.",
            parameters: [
                .option("pool", "string", "filter by storage pool name or uuid", completion: .pool(.any))
            ] + ObjectEvents.parameters(["lifecycle", "refresh"])
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let manager = try invocation.manager()
            let wanted = invocation.has("pool") ? try invocation.pool(manager.storage).uuid : nil
            return try ObjectEvents.follow(
                invocation, manager, ["lifecycle", "refresh"], word: "storage pool", member: "pool"
            ) {
                guard case .pool(let change) = $0.kind, wanted == nil || wanted == change.uuid else { return nil }
                switch change.change {
                case .defined: return .init("lifecycle", change.name, ": Defined")
                case .undefined: return .init("lifecycle", change.name, ": Undefined")
                case .started: return .init("lifecycle", change.name, ": Started")
                case .stopped: return .init("lifecycle", change.name, ": Stopped")
                case .built: return .init("lifecycle", change.name, ": Created")
                case .deleted: return .init("lifecycle", change.name, ": Deleted")
                case .refreshed: return .init("refresh", change.name, "")
                }
            }
        }
    }
}
