public import VMXML

extension MemoryBacking: Validated, XMLLocated {
    public func validate(_ v: inout Validation) {
        guard let hugepages else { return }
        if source?.type == .anonymous {
            v.error("hugepages-source", "huge pages don't go with anonymous memory", at: .child("source", "type"))
        }
        if allocation?.mode == .ondemand {
            v.error(
                "hugepages-allocation", "huge pages don't go with allocation on demand",
                at: .child("allocation", "mode"))
        }
        v.enter("hugepages", hugepages.origin) { hugepages.validate(&$0) }
    }
}

extension MemoryBacking.HugePages: Validated, XMLLocated {
    public func validate(_ v: inout Validation) {
        let cells = v.cellCount
        var earlier: [MemoryBacking.Page] = []
        v.each("page", pages) { v, page in
            if page.size?.bytes == 0 {
                v.error("page-size", "the size of a page can't be 0", at: .attribute("size"), found: "0")
            }
            if let last = page.nodes(cells: cells)?.last, last >= cells {
                v.error(
                    "missing-node", "the page names NUMA node \(last), but \(nodePhrase(cells))",
                    at: .attribute("nodeset"), found: page.nodeset?.xml)
            }
            for other in earlier { page.validate(against: other, cells: cells, &v) }
            earlier.append(page)
        }
    }

    private func nodePhrase(_ cells: Int) -> String {
        switch cells {
        case 0: "the guest has no NUMA cells"
        case 1: "the guest has only cell 0"
        default: "the guest has only the cells 0 to \(cells - 1)"
        }
    }
}

extension MemoryBacking.Page: XMLLocated {
    /// The nodes meant; a guest without cells has all of its memory in node 0.
    fileprivate func nodes(cells: Int) -> CPUSet? { cells == 0 && nodeset == [0] ? nil : nodeset }

    fileprivate func validate(against other: MemoryBacking.Page, cells: Int, _ v: inout Validation) {
        switch (nodes(cells: cells), other.nodes(cells: cells)) {
        case (nil, nil):
            v.error(
                "duplicate-page", "only one page size can be the default, and\(v.line(of: other.origin)) there is one",
                found: size?.description)
        case (let mine?, let others?) where !mine.isDisjoint(with: others):
            v.error(
                "duplicate-page", "the nodes \(mine) have a page size\(v.line(of: other.origin)) already",
                at: .attribute("nodeset"), found: mine.xml)
        default: break
        }
    }
}
