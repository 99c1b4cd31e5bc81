public import VMCore

/// The host: processors, memory, pages.
extension Remote {
    public static let nodeGetInfo = Procedure<Nothing, NodeInfo>(6)
    public static let nodeGetCellsFreeMemory = Procedure<NodeGetCellsFreeMemoryArguments, List<UInt64, UpTo1024>>(101)
    public static let nodeGetFreeMemory = Procedure<Nothing, UInt64>(102)
    public static let nodeGetSecurityModel = Procedure<Nothing, SecurityModel>(122)
    public static let nodeGetCPUStats = Procedure<ParameterQuery<Int32>, Listing<NodeStatistic, UpTo16>>(227)
    public static let nodeGetMemoryStats = Procedure<NodeGetMemoryStatsArguments, Listing<NodeStatistic, UpTo16>>(228)
    public static let nodeSuspendForDuration = Procedure<NodeSuspendForDurationArguments, Nothing>(250)
    public static let nodeSetMemoryParameters = Procedure<FlaggedParameters<UpTo64>, Nothing>(288)
    public static let nodeGetMemoryParameters = Procedure<ParameterCount, Listing<TypedParameter, UpTo64>>(289)
    public static let nodeGetCPUMap = Procedure<NodeGetCPUMapArguments, NodeCPUMap>(293)
    public static let nodeGetFreePages = Procedure<NodeGetFreePagesArguments, List<UInt64, UpTo1024>>(340)
    public static let nodeAllocPages = Procedure<NodeAllocPagesArguments, Int32>(347)
    public static let nodeGetSEVInfo = Procedure<ParameterCount, Listing<TypedParameter, UpTo64>>(395)
}

/// What `NODE_GET_INFO` answers.
public struct NodeInfo: XDRValue, Hashable {
    /// The architecture; at most 31 characters.
    public var model = ""
    /// KiB.
    public var memory: UInt64 = 0
    public var cpus: Int32 = 0
    /// 0 where it isn't known.
    public var mhz: Int32 = 0
    /// NUMA nodes.
    public var nodes: Int32 = 0
    /// Of each node.
    public var sockets: Int32 = 0
    /// Of each socket.
    public var cores: Int32 = 0
    /// Of each core.
    public var threads: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.characters(&model, count: 32)
        x.map(&memory, &cpus, &mhz, &nodes, &sockets, &cores)
        x.map(&threads)
    }
}

/// What `NODE_GET_CELLS_FREE_MEMORY` takes.
public struct NodeGetCellsFreeMemoryArguments: XDRValue, Hashable {
    /// A NUMA cell.
    public var firstCell: Int32 = 0
    /// How many the client has room for.
    public var limit: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&firstCell, &limit) }
}

/// What `NODE_GET_SECURITY_MODEL` answers.
public struct SecurityModel: XDRValue, Hashable {
    public var model = ""
    /// The domain of interpretation.
    public var doi = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.characters(&model, limit: XDRLimit.securityModel)
        x.characters(&doi, limit: XDRLimit.securityModel)
    }
}

/// What `NODE_GET_MEMORY_STATS` takes.
public struct NodeGetMemoryStatsArguments: XDRValue, Hashable {
    public var count: Int32 = 0
    public var cell: Int32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&count, &cell, &flags) }
}

/// What `NODE_SUSPEND_FOR_DURATION` takes.
public struct NodeSuspendForDurationArguments: XDRValue, Hashable {
    /// `virNodeSuspendTarget`.
    public var target: UInt32 = 0
    /// Seconds.
    public var duration: UInt64 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&target, &duration, &flags) }
}

/// What `NODE_GET_MEMORY_PARAMETERS` and `NODE_GET_SEV_INFO` take.
public struct ParameterCount: XDRValue, Hashable {
    /// How many the client has room for; 0 to ask how many there are.
    public var count: Int32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&count, &flags) }
}

/// What `NODE_GET_CPU_MAP` takes.
public struct NodeGetCPUMapArguments: XDRValue, Hashable {
    public var needsMap = false
    public var needsOnline = false
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&needsMap, &needsOnline, &flags) }
}

/// What `NODE_GET_CPU_MAP` answers.
public struct NodeCPUMap: XDRValue, Hashable {
    /// A bit for each CPU, the lowest in the first byte's lowest bit.
    public var map: [UInt8] = []
    /// How many of them are on.
    public var online: UInt32 = 0
    /// CPUs of the host.
    public var count: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.opaque(&map, limit: XDRLimit.cpuMap)
        x.map(&online, &count)
    }
}

/// What `NODE_GET_FREE_PAGES` takes.
public struct NodeGetFreePagesArguments: XDRValue, Hashable {
    /// Sizes of pages, KiB.
    public var pages: [UInt32] = []
    /// A NUMA cell; -1 for the host as a whole where there is no limit.
    public var firstCell: Int32 = 0
    public var cellCount: UInt32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.list(&pages, limit: XDRLimit.cells)
        x.map(&firstCell, &cellCount, &flags)
    }
}

/// What `NODE_ALLOC_PAGES` takes.
public struct NodeAllocPagesArguments: XDRValue, Hashable {
    /// KiB.
    public var pageSizes: [UInt32] = []
    public var pageCounts: [UInt64] = []
    /// A NUMA cell; -1 for the host as a whole where there is no limit.
    public var firstCell: Int32 = 0
    public var cellCount: UInt32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.list(&pageSizes, limit: XDRLimit.cells)
        x.list(&pageCounts, limit: XDRLimit.cells)
        x.map(&firstCell, &cellCount, &flags)
    }
}

/// One figure of a host CPU or of memory: `remote_node_get_cpu_stats`, `remote_node_get_memory_stats`.
public struct NodeStatistic: XDRValue, Hashable {
    public var field = ""
    public var value: UInt64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&field, &value) }
}
