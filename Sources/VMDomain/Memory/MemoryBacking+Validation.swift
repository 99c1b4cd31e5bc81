public import VMXML

extension MemoryBacking: Validated {
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

extension MemoryBacking.HugePages: Validated {
    public func validate(_ v: inout Validation) {
        let cells = v.cellCount
        var taken = NumberOwners()
        var standard: XMLOrigin?
        v.each("page", pages) { v, page in
            if page.size?.bytes == 0 {
                v.error("page-size", "the size of a page can't be 0", at: .attribute("size"), found: "0")
            }
            if let last = page.nodes(cells: cells)?.last, last >= cells {
                v.error(
                    "missing-node", "the page names NUMA node \(last), but \(nodePhrase(cells))",
                    at: .attribute("nodeset"), found: page.nodeset?.xml)
            }
            if let nodes = page.nodes(cells: cells) {
                guard let other = taken.claim(nodes, for: page.origin) else { return }
                v.error(
                    "duplicate-page", "the nodes \(nodes) have a page size\(v.line(of: other)) already",
                    at: .attribute("nodeset"), found: nodes.xml)
            } else if let other = standard {
                v.error(
                    "duplicate-page", "only one page size can be the default, and\(v.line(of: other)) there is one",
                    found: page.size?.description)
            } else {
                standard = page.origin
            }
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

extension MemoryBacking.Page {
    /// The nodes meant; a guest without cells has all of its memory in node 0.
    fileprivate func nodes(cells: Int) -> CPUSet? { cells == 0 && nodeset == [0] ? nil : nodeset }
}
