public import VMXML

extension NUMA: Validated {
    public func validate(_ v: inout Validation) {
        validateCells(&v)
        v.enter("interconnects", XMLOrigin()) { v in
            v.each("latency", interconnects.latencies) { v, link in
                validateLink(link.initiator, link.target, &v)
            }
            v.each("bandwidth", interconnects.bandwidths) { v, link in
                validateLink(link.initiator, link.target, &v)
            }
        }
    }

    private func validateCells(_ v: inout Validation) {
        var ids: Set<UInt32> = []
        var taken = NumberOwners()
        let count = v.domain.vcpu?.count
        v.each("cell", cells) { v, cell in
            if let id = cell.id, !ids.insert(id).inserted {
                v.error("duplicate-cell", "NUMA cell \(id) is there twice", at: .attribute("id"), found: String(id))
            }
            if let id = cell.id, id >= UInt32(clamping: cells.count) {
                v.error(
                    "cell-gap", "\(cells.count) NUMA cells are numbered 0 to \(cells.count - 1) without a gap",
                    at: .attribute("id"), found: String(id))
            }
            if let cpus = cell.cpus {
                if let last = cpus.last, let count, last >= Int(count) {
                    v.error(
                        "missing-vcpu", "the cell has virtual CPU \(last), but <vcpu> has \(count), counted from 0",
                        at: .attribute("cpus"), found: cpus.xml)
                }
                if let other = taken.claim(cpus, for: cell.origin) {
                    v.error(
                        "duplicate-vcpu",
                        "a virtual CPU of '\(cpus)' is in the cell\(v.line(of: other)) already",
                        at: .attribute("cpus"), found: cpus.xml)
                }
            }
            validateDistances(of: cell, &v)
        }
    }

    private func validateDistances(of cell: Cell, _ v: inout Validation) {
        var seen: Set<UInt32> = []
        v.enter("distances", XMLOrigin()) { v in
            v.each("sibling", cell.distances) { v, sibling in
                if let id = sibling.id {
                    if id >= UInt32(clamping: cells.count) {
                        v.error("missing-cell", "there is no NUMA cell \(id)", at: .attribute("id"), found: String(id))
                    } else if !seen.insert(id).inserted {
                        v.error(
                            "duplicate-cell", "the distance to cell \(id) is there twice", at: .attribute("id"),
                            found: String(id))
                    }
                }
                guard let value = sibling.value else { return }
                if !(10...255).contains(value) {
                    v.error(
                        "numa-distance", "a NUMA distance is a number from 10 to 255", at: .attribute("value"),
                        found: String(value))
                } else if let own = cell.id, own == sibling.id, value != 10 {
                    v.error(
                        "numa-distance", "the distance of a NUMA cell to itself is 10", at: .attribute("value"),
                        found: String(value), accepted: ["10"])
                }
            }
        }
    }

    private func validateLink(_ initiator: UInt32?, _ target: UInt32?, _ v: inout Validation) {
        for (name, cell) in [("initiator", initiator), ("target", target)] {
            guard let cell, cell >= UInt32(clamping: cells.count) else { continue }
            v.error("missing-cell", "there is no NUMA cell \(cell)", at: .attribute(name), found: String(cell))
        }
    }
}
