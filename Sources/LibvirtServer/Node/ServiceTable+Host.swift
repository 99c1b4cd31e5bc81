internal import LibvirtWire
internal import VMCore
internal import VMManager

/// The host: processors, memory, security.
extension ServiceTable {
    mutating func serveHost() {
        serve(Remote.nodeGetInfo) { (_, _) throws(VMError) in
            let host = NodeInformation.current()
            var info = NodeInfo()
            info.model = host.model
            info.memory = host.memoryKiB
            info.cpus = Int32(clamping: host.processors)
            info.mhz = Int32(clamping: host.frequency)
            info.nodes = Int32(clamping: host.nodes)
            info.sockets = Int32(clamping: host.sockets)
            info.cores = Int32(clamping: host.cores)
            info.threads = Int32(clamping: host.threads)
            return info
        }
        serve(Remote.nodeGetSecurityModel) { (_, _) throws(VMError) in
            var model = SecurityModel()
            model.model = "none"
            model.doi = "0"
            return model
        }
        serveHostFigures()
    }

    private mutating func serveHostFigures() {
        serve(Remote.nodeGetCPUStats) { (arguments, _) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuNodeGetCPUStats")
            let processor = arguments.subject == -1 ? nil : Int(arguments.subject)
            return Self.listing(try NodeFigures.processor(processor), room: arguments.count)
        }
        serve(Remote.nodeGetMemoryStats) { (arguments, _) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuNodeGetMemoryStats")
            let cell = arguments.cell == -1 ? nil : Int(arguments.cell)
            return Self.listing(try NodeFigures.memory(ofCell: cell), room: arguments.count)
        }
        serve(Remote.nodeGetFreeMemory) { (_, _) throws(VMError) in try NodeFigures.freeMemory() }
        serve(Remote.nodeGetCellsFreeMemory) { (arguments, _) throws(VMError) in
            let count = NodeInformation.current().nodes
            let first = Int(arguments.firstCell)
            guard first >= 0, first < count else {
                throw VMError(.invalidArgument, "start cell \(first) out of range (0-\(count - 1))")
            }
            var free: [UInt64] = []
            for cell in first..<min(count, first + max(0, min(1024, Int(arguments.limit)))) {
                free.append(try NodeFigures.freeMemory(ofCell: cell))
            }
            return List(free)
        }
    }

    /// All figures when there is room for them, only their number when none was offered.
    private static func listing(_ figures: [NodeFigures.Figure], room: Int32) -> Listing<NodeStatistic, UpTo16> {
        var listing = Listing<NodeStatistic, UpTo16>(
            figures.map { figure in
                var statistic = NodeStatistic()
                statistic.field = figure.name
                statistic.value = figure.value
                return statistic
            })
        if room <= 0 { listing.elements = [] } else { listing.elements = Array(listing.elements.prefix(Int(room))) }
        return listing
    }
}
