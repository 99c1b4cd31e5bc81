public import VMCore

/// Disks of domains and their jobs.
extension Remote {
    public static let domainBlockStats = Procedure<DomainPath, BlockStatistics>(64)
    public static let domainBlockPeek = Procedure<DomainBlockPeekArguments, Bytes<UpTo4MiB>>(103)
    public static let domainGetBlockInfo = Procedure<DomainPathFlags, BlockInfo>(194)
    public static let domainSetBlkioParameters = Procedure<Parameters<DomainReference, UpTo16>, Nothing>(205)
    public static let domainGetBlkioParameters =
        Procedure<ParameterQuery<DomainReference>, Listing<TypedParameter, UpTo16>>(206)
    public static let domainBlockJobAbort = Procedure<DomainPathFlags, Nothing>(237)
    public static let domainGetBlockJobInfo = Procedure<DomainPathFlags, BlockJobInfo>(238)
    public static let domainBlockJobSetSpeed = Procedure<BlockBandwidthArguments, Nothing>(239)
    public static let domainBlockPull = Procedure<BlockBandwidthArguments, Nothing>(240)
    public static let domainBlockStatsFlags =
        Procedure<DomainBlockStatsFlagsArguments, Listing<TypedParameter, UpTo16>>(243)
    public static let domainBlockResize = Procedure<DomainBlockResizeArguments, Nothing>(251)
    public static let domainSetBlockIOTune = Procedure<DomainSetBlockIOTuneArguments, Nothing>(252)
    public static let domainGetBlockIOTune =
        Procedure<DomainGetBlockIOTuneArguments, Listing<TypedParameter, UpTo32>>(253)
    public static let domainGetDiskErrors = Procedure<DomainLimitFlags, Listing<DomainDiskError, UpTo256>>(263)
    public static let domainBlockRebase = Procedure<DomainBlockRebaseArguments, Nothing>(266)
    public static let domainBlockCommit = Procedure<DomainBlockCommitArguments, Nothing>(290)
    public static let domainBlockCopy = Procedure<DomainBlockCopyArguments, Nothing>(345)
    public static let domainSetBlockThreshold = Procedure<DomainSetBlockThresholdArguments, Nothing>(386)
    public static let domainSetThrottleGroup = Procedure<DomainSetThrottleGroupArguments, Nothing>(451)
    public static let domainDelThrottleGroup = Procedure<DomainDelThrottleGroupArguments, Nothing>(452)
}

/// What `DOMAIN_BLOCK_STATS` answers.
public struct BlockStatistics: XDRValue, Hashable {
    public var readRequests: Int64 = 0
    public var readBytes: Int64 = 0
    public var writeRequests: Int64 = 0
    public var writtenBytes: Int64 = 0
    public var errors: Int64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&readRequests, &readBytes, &writeRequests, &writtenBytes, &errors)
    }
}

/// What `DOMAIN_BLOCK_PEEK` takes.
public struct DomainBlockPeekArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var path = ""
    public var offset: UInt64 = 0
    public var size: UInt32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &path, &offset, &size, &flags) }
}

/// What `DOMAIN_GET_BLOCK_INFO` answers.
public struct BlockInfo: XDRValue, Hashable {
    /// Bytes that the guest has written.
    public var allocation: UInt64 = 0
    /// Bytes that the guest sees.
    public var capacity: UInt64 = 0
    /// Bytes that the source takes.
    public var physical: UInt64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&allocation, &capacity, &physical) }
}

/// What `DOMAIN_GET_BLOCK_JOB_INFO` answers.
public struct BlockJobInfo: XDRValue, Hashable {
    /// Whether there is a job.
    public var found = false
    /// `virDomainBlockJobType`.
    public var type: Int32 = 0
    /// MiB/s, or bytes/s where a flag says so.
    public var bandwidth: UInt64 = 0
    public var current: UInt64 = 0
    public var end: UInt64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&found, &type, &bandwidth, &current, &end) }
}

/// What `DOMAIN_BLOCK_JOB_SET_SPEED` and `DOMAIN_BLOCK_PULL` take.
public struct BlockBandwidthArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var path = ""
    /// MiB/s, or bytes/s where a flag says so.
    public var bandwidth: UInt64 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &path, &bandwidth, &flags) }
}

/// What `DOMAIN_BLOCK_STATS_FLAGS` takes.
public struct DomainBlockStatsFlagsArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var path = ""
    public var count: Int32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &path, &count, &flags) }
}

/// What `DOMAIN_BLOCK_RESIZE` takes.
public struct DomainBlockResizeArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var disk = ""
    /// KiB, or bytes where a flag says so.
    public var size: UInt64 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &disk, &size, &flags) }
}

/// What `DOMAIN_SET_BLOCK_IO_TUNE` takes.
public struct DomainSetBlockIOTuneArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var disk = ""
    public var parameters: [TypedParameter] = []
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain, &disk)
        x.list(&parameters, limit: XDRLimit.throttleParameters)
        x.map(&flags)
    }
}

/// What `DOMAIN_GET_BLOCK_IO_TUNE` takes.
public struct DomainGetBlockIOTuneArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var disk: String?
    public var count: Int32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &disk, &count, &flags) }
}

/// What `DOMAIN_BLOCK_REBASE` takes.
public struct DomainBlockRebaseArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var path = ""
    public var base: String?
    /// MiB/s, or bytes/s where a flag says so.
    public var bandwidth: UInt64 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &path, &base, &bandwidth, &flags) }
}

/// What `DOMAIN_BLOCK_COMMIT` takes.
public struct DomainBlockCommitArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var disk = ""
    public var base: String?
    public var top: String?
    /// MiB/s, or bytes/s where a flag says so.
    public var bandwidth: UInt64 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &disk, &base, &top, &bandwidth, &flags) }
}

/// What `DOMAIN_BLOCK_COPY` takes.
public struct DomainBlockCopyArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var path = ""
    public var xml = ""
    public var parameters: [TypedParameter] = []
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain, &path, &xml)
        x.list(&parameters, limit: XDRLimit.parameters)
        x.map(&flags)
    }
}

/// What `DOMAIN_SET_BLOCK_THRESHOLD` takes.
public struct DomainSetBlockThresholdArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var device = ""
    /// Bytes.
    public var threshold: UInt64 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &device, &threshold, &flags) }
}

/// What `DOMAIN_SET_THROTTLE_GROUP` takes.
public struct DomainSetThrottleGroupArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var group = ""
    public var parameters: [TypedParameter] = []
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain, &group)
        x.list(&parameters, limit: XDRLimit.throttleParameters)
        x.map(&flags)
    }
}

/// What `DOMAIN_DEL_THROTTLE_GROUP` takes.
public struct DomainDelThrottleGroupArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var group: String?
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &group, &flags) }
}

/// `remote_domain_disk_error`.
public struct DomainDiskError: XDRValue, Hashable {
    public var disk = ""
    /// `virDomainDiskErrorCode`.
    public var error: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&disk, &error) }
}
