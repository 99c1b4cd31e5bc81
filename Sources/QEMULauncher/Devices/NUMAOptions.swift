internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// `<numa>` of `<cpu>`: cells, distances, and the properties of memory that HMAT tells.
enum NUMAOptions {
    static func all(_ context: BuildContext) throws(VMError) -> [QEMUOption] {
        guard let numa = context.domain.cpu?.numa, !numa.cells.isEmpty else { return [] }
        let backends = numa.cells.enumerated().map { index, cell in backend(cell, number(cell, index), context) }
        let hasObjects = hasObjects(context)

        var options: [QEMUOption] = []
        for (index, cell) in numa.cells.enumerated() {
            if hasObjects { options += try backends[index].make() }
            options.append(node(cell, number(cell, index), numa, hasObject: hasObjects, backends[index].size))
        }
        options += distances(numa)
        options += interconnects(numa)
        options += caches(numa)
        return options
    }

    /// Whether cells have objects for their memory: all have, or none.
    static func hasObjects(_ context: BuildContext) -> Bool {
        let cells = context.domain.cpu?.numa.cells ?? []
        guard !cells.isEmpty else { return false }
        return !(context.machine?.numaMemory ?? false) || context.domain.cpu?.numa.hasHMAT == true
            || cells.enumerated().contains { backend($1, number($1, $0), context).isSpecial }
    }

    private static func number(_ cell: NUMA.Cell, _ index: Int) -> UInt32 { cell.id ?? UInt32(clamping: index) }

    private static func backend(_ cell: NUMA.Cell, _ number: UInt32, _ context: BuildContext) -> MemoryBackend {
        MemoryBackend(
            id: "ram-node\(number)", size: MemoryOptions.round(cell.memory?.bytes ?? 0, to: context.memoryGrain),
            cell: number, origin: cell.origin,
            context: context)
    }

    private static func node(
        _ cell: NUMA.Cell, _ number: UInt32, _ numa: NUMA, hasObject: Bool, _ size: UInt64
    ) -> QEMUOption {
        var properties: JSONObject = ["type": "node", "nodeid": JSONValue(number)]
        if let cpus = cell.cpus, !cpus.isEmpty {
            properties["cpus"] = .array(
                cpus.ranges.map { range in
                    .string(range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)")
                })
        }
        if let initiator = initiator(number, cell, numa) { properties["initiator"] = JSONValue(initiator) }
        if hasObject {
            properties["memdev"] = .string("ram-node\(number)")
        } else {
            properties["mem"] = JSONValue(size >> 20)
        }
        return QEMUOption(.numa, properties, from: cell.origin)
    }

    /// The cell with CPUs that is nearest to a cell's memory, which HMAT wants to know of each.
    private static func initiator(_ number: UInt32, _ cell: NUMA.Cell, _ numa: NUMA) -> UInt32? {
        let links = numa.interconnects
        guard numa.hasHMAT else { return nil }
        if let cpus = cell.cpus, !cpus.isEmpty { return number }
        func hasCPUs(_ id: UInt32?) -> Bool {
            numa.cells.contains { $0.id == id && !($0.cpus?.isEmpty ?? true) }
        }
        var best: (id: UInt32, value: UInt64)?
        for link in links.bandwidths where link.target == number && hasCPUs(link.initiator) {
            guard let id = link.initiator, let value = link.value?.bytes, value > best?.value ?? 0 else { continue }
            best = (id, value)
        }
        if let best { return best.id }
        for link in links.latencies where link.target == number && hasCPUs(link.initiator) {
            guard let id = link.initiator, let value = link.value, value < best?.value ?? .max else { continue }
            best = (id, value)
        }
        return best?.id ?? numa.cells.first { !($0.cpus?.isEmpty ?? true) }?.id
    }

    private static func distances(_ numa: NUMA) -> [QEMUOption] {
        guard numa.cells.count > 1, numa.cells.contains(where: { !$0.distances.isEmpty }) else { return [] }
        var options: [QEMUOption] = []
        for (row, from) in numa.cells.enumerated() {
            for (column, to) in numa.cells.enumerated() {
                let (source, target) = (number(from, row), number(to, column))
                let given =
                    from.distances.first { $0.id == target }?.value ?? to.distances.first { $0.id == source }?.value
                options.append(
                    QEMUOption(
                        .numa,
                        [
                            "type": "dist", "src": JSONValue(source), "dst": JSONValue(target),
                            "val": JSONValue(given ?? (source == target ? 10 : 20)),
                        ], from: from.origin))
            }
        }
        return options
    }

    // MARK: HMAT

    private static func interconnects(_ numa: NUMA) -> [QEMUOption] {
        numa.interconnects.latencies.map { link in
            var properties = head(link.initiator, link.target, link.cache)
            properties["data-type"] = .string("\((link.type ?? .access).rawValue)-latency")
            properties["latency"] = JSONValue(link.value ?? 0)
            return QEMUOption(.numa, properties, from: link.origin)
        }
            + numa.interconnects.bandwidths.map { link in
                var properties = head(link.initiator, link.target, link.cache)
                properties["data-type"] = .string("\((link.type ?? .access).rawValue)-bandwidth")
                properties["bandwidth"] = .string("\(link.value?.kibibytes ?? 0)K")
                return QEMUOption(.numa, properties, from: link.origin)
            }
    }

    private static func head(_ initiator: UInt32?, _ target: UInt32?, _ cache: UInt32?) -> JSONObject {
        let levels = ["memory", "first-level", "second-level", "third-level"]
        let level = Int(cache ?? 0)
        return [
            "type": "hmat-lb", "initiator": JSONValue(initiator ?? 0), "target": JSONValue(target ?? 0),
            "hierarchy": .string(levels.indices.contains(level) ? levels[level] : levels[0]),
        ]
    }

    private static func caches(_ numa: NUMA) -> [QEMUOption] {
        var options: [QEMUOption] = []
        for (index, cell) in numa.cells.enumerated() {
            for cache in cell.caches {
                var properties: JSONObject = ["type": "hmat-cache", "node-id": JSONValue(number(cell, index))]
                properties["size"] = .string("\(cache.size?.value?.kibibytes ?? 0)K")
                properties.put("level", cache.level)
                switch cache.associativity {
                case .full: properties["associativity"] = "complex"
                case .direct: properties["associativity"] = "direct"
                case NUMA.Cache.Associativity.none?, nil: properties["associativity"] = "none"
                }
                switch cache.policy {
                case .writeback: properties["policy"] = "write-back"
                case .writethrough: properties["policy"] = "write-through"
                case NUMA.Cache.Policy.none?, nil: properties["policy"] = "none"
                }
                properties["line"] = cache.line?.value.map { JSONValue($0.bytes) }
                options.append(QEMUOption(.numa, properties, from: cache.origin))
            }
        }
        return options
    }
}

extension NUMA {
    /// Whether the guest is told more of its memory than which cell it is in: ACPI's table HMAT.
    var hasHMAT: Bool {
        !interconnects.latencies.isEmpty || !interconnects.bandwidths.isEmpty || cells.contains { !$0.caches.isEmpty }
    }
}
