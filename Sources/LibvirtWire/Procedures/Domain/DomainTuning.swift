public import VMCore

/// Processors, memory, I/O threads, their limits and statistics, and the job of a domain.
extension Remote {
    public static let domainGetMaxMemory = Procedure<DomainReference, UInt64>(17)
    public static let domainGetMaxVCPUs = Procedure<DomainReference, Int32>(18)
    public static let domainGetVCPUs = Procedure<DomainGetVCPUsArguments, DomainVCPUs>(20)
    public static let domainPinVCPU = Procedure<DomainPinVCPUArguments, Nothing>(26)
    public static let domainSetMaxMemory = Procedure<DomainMemory, Nothing>(30)
    public static let domainSetMemory = Procedure<DomainMemory, Nothing>(31)
    public static let domainSetVCPUs = Procedure<DomainSetVCPUsArguments, Nothing>(32)
    public static let domainGetSchedulerType = Procedure<DomainReference, SchedulerType>(56)
    public static let domainGetSchedulerParameters =
        Procedure<DomainGetSchedulerParametersArguments, List<TypedParameter, UpTo16>>(57)
    public static let domainSetSchedulerParameters = Procedure<DomainSetSchedulerParametersArguments, Nothing>(58)
    public static let domainInterfaceStats = Procedure<DomainDevice, InterfaceStatistics>(65)
    public static let domainMemoryStats = Procedure<DomainLimitFlags, List<MemoryStatistic, UpTo1024>>(159)
    public static let domainGetJobInfo = Procedure<DomainReference, JobInfo>(163)
    public static let domainAbortJob = Procedure<DomainReference, Nothing>(164)
    public static let domainSetMemoryParameters = Procedure<Parameters<DomainReference, UpTo16>, Nothing>(197)
    public static let domainGetMemoryParameters =
        Procedure<ParameterQuery<DomainReference>, Listing<TypedParameter, UpTo16>>(198)
    public static let domainSetVCPUsFlags = Procedure<DomainSetVCPUsFlagsArguments, Nothing>(199)
    public static let domainGetVCPUsFlags = Procedure<Flagged<DomainReference>, Int32>(
        200, .writes("read only access prevents virDomainGetVcpusFlags") { $0.flags & 8 != 0 })
    public static let domainSetMemoryFlags = Procedure<DomainMemoryFlags, Nothing>(204)
    public static let domainSetSchedulerParametersFlags = Procedure<Parameters<DomainReference, UpTo16>, Nothing>(219)
    public static let domainGetSchedulerParametersFlags =
        Procedure<ParameterQuery<DomainReference>, List<TypedParameter, UpTo16>>(223)
    public static let domainPinVCPUFlags = Procedure<DomainPinVCPUFlagsArguments, Nothing>(225)
    public static let domainGetControlInfo = Procedure<Flagged<DomainReference>, ControlInfo>(229)
    public static let domainGetVCPUPinInfo = Procedure<DomainGetVCPUPinInfoArguments, PinInfo>(230)
    public static let domainSetNumaParameters = Procedure<Parameters<DomainReference, UpTo16>, Nothing>(254)
    public static let domainGetNumaParameters =
        Procedure<ParameterQuery<DomainReference>, Listing<TypedParameter, UpTo16>>(255)
    public static let domainSetInterfaceParameters = Procedure<DomainSetInterfaceParametersArguments, Nothing>(256)
    public static let domainGetInterfaceParameters =
        Procedure<DomainGetInterfaceParametersArguments, Listing<TypedParameter, UpTo16>>(257)
    public static let domainGetCPUStats = Procedure<DomainGetCPUStatsArguments, Listing<TypedParameter, UpTo2048>>(262)
    public static let domainPinEmulator = Procedure<DomainPinEmulatorArguments, Nothing>(279)
    public static let domainGetEmulatorPinInfo = Procedure<DomainGetEmulatorPinInfoArguments, PinInfo>(280)
    public static let domainGetJobStats = Procedure<Flagged<DomainReference>, JobStatistics>(298)
    public static let domainSetMemoryStatsPeriod = Procedure<DomainSetMemoryStatsPeriodArguments, Nothing>(308)
    public static let domainGetIOThreadInfo = Procedure<Flagged<DomainReference>, Listing<IOThreadInfo, UpTo16384>>(351)
    public static let domainPinIOThread = Procedure<DomainPinIOThreadArguments, Nothing>(352)
    public static let domainAddIOThread = Procedure<IOThreadArguments, Nothing>(355)
    public static let domainDelIOThread = Procedure<IOThreadArguments, Nothing>(356)
    public static let domainGetPerfEvents = Procedure<Flagged<DomainReference>, List<TypedParameter, UpTo64>>(365)
    public static let domainSetPerfEvents = Procedure<Parameters<DomainReference, UpTo64>, Nothing>(366)
    public static let domainSetVCPU = Procedure<VCPUStateArguments, Nothing>(384)
    public static let domainSetIOThreadParams = Procedure<DomainSetIOThreadParamsArguments, Nothing>(402)
    public static let domainStartDirtyRateCalc = Procedure<DomainStartDirtyRateCalcArguments, Nothing>(427)
    public static let domainAbortJobFlags = Procedure<Flagged<DomainReference>, Nothing>(442)
}

/// What `DOMAIN_GET_VCPUS` takes.
public struct DomainGetVCPUsArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    /// How many the client has room for.
    public var limit: Int32 = 0
    /// Bytes of each map.
    public var mapLength: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &limit, &mapLength) }
}

/// What `DOMAIN_GET_VCPUS` answers.
public struct DomainVCPUs: XDRValue, Hashable {
    public var vcpus: [VCPUInfo] = []
    /// Maps of `mapLength` bytes, one behind the other.
    public var maps: [UInt8] = []

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.list(&vcpus, limit: XDRLimit.vcpus)
        x.opaque(&maps, limit: XDRLimit.cpuMaps)
    }
}

/// What `DOMAIN_PIN_VCPU` takes.
public struct DomainPinVCPUArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var vcpu: UInt32 = 0
    /// A bit for each CPU, the lowest in the first byte's lowest bit.
    public var map: [UInt8] = []

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain, &vcpu)
        x.opaque(&map, limit: XDRLimit.cpuMap)
    }
}

/// What `DOMAIN_SET_MAX_MEMORY` and `DOMAIN_SET_MEMORY` take.
public struct DomainMemory: XDRValue, Hashable {
    public var domain = DomainReference()
    /// KiB.
    public var memory: UInt64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &memory) }
}

/// What `DOMAIN_SET_VCPUS` takes.
public struct DomainSetVCPUsArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    /// vCPUs.
    public var count: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &count) }
}

/// What `DOMAIN_GET_SCHEDULER_TYPE` answers.
public struct SchedulerType: XDRValue, Hashable {
    public var type = ""
    /// Parameters that it has.
    public var count: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&type, &count) }
}

/// What `DOMAIN_GET_SCHEDULER_PARAMETERS` takes.
public struct DomainGetSchedulerParametersArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var count: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &count) }
}

/// What `DOMAIN_SET_SCHEDULER_PARAMETERS` takes.
public struct DomainSetSchedulerParametersArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var parameters: [TypedParameter] = []

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain)
        x.list(&parameters, limit: XDRLimit.parameters)
    }
}

/// What `DOMAIN_INTERFACE_STATS` takes.
public struct DomainDevice: XDRValue, Hashable {
    public var domain = DomainReference()
    public var device = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &device) }
}

/// What `DOMAIN_INTERFACE_STATS` answers.
public struct InterfaceStatistics: XDRValue, Hashable {
    public var receivedBytes: Int64 = 0
    public var receivedPackets: Int64 = 0
    public var receiveErrors: Int64 = 0
    public var receiveDrops: Int64 = 0
    public var sentBytes: Int64 = 0
    public var sentPackets: Int64 = 0
    public var sendErrors: Int64 = 0
    public var sendDrops: Int64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&receivedBytes, &receivedPackets, &receiveErrors, &receiveDrops, &sentBytes, &sentPackets)
        x.map(&sendErrors, &sendDrops)
    }
}

/// What `DOMAIN_GET_JOB_INFO` answers.
public struct JobInfo: XDRValue, Hashable {
    /// `virDomainJobType`.
    public var type: Int32 = 0
    /// Milliseconds.
    public var timeElapsed: UInt64 = 0
    /// Milliseconds.
    public var timeRemaining: UInt64 = 0
    public var dataTotal: UInt64 = 0
    public var dataProcessed: UInt64 = 0
    public var dataRemaining: UInt64 = 0
    public var memoryTotal: UInt64 = 0
    public var memoryProcessed: UInt64 = 0
    public var memoryRemaining: UInt64 = 0
    public var fileTotal: UInt64 = 0
    public var fileProcessed: UInt64 = 0
    public var fileRemaining: UInt64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&type, &timeElapsed, &timeRemaining, &dataTotal, &dataProcessed, &dataRemaining)
        x.map(&memoryTotal, &memoryProcessed, &memoryRemaining, &fileTotal, &fileProcessed, &fileRemaining)
    }
}

/// What `DOMAIN_SET_VCPUS_FLAGS` takes.
public struct DomainSetVCPUsFlagsArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    /// vCPUs.
    public var count: UInt32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &count, &flags) }
}

/// What `DOMAIN_SET_MEMORY_FLAGS` takes.
public struct DomainMemoryFlags: XDRValue, Hashable {
    public var domain = DomainReference()
    /// KiB.
    public var memory: UInt64 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &memory, &flags) }
}

/// What `DOMAIN_PIN_VCPU_FLAGS` takes.
public struct DomainPinVCPUFlagsArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var vcpu: UInt32 = 0
    /// A bit for each CPU, the lowest in the first byte's lowest bit.
    public var map: [UInt8] = []
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain, &vcpu)
        x.opaque(&map, limit: XDRLimit.cpuMap)
        x.map(&flags)
    }
}

/// What `DOMAIN_GET_CONTROL_INFO` answers.
public struct ControlInfo: XDRValue, Hashable {
    /// `virDomainControlState`.
    public var state: UInt32 = 0
    public var details: UInt32 = 0
    /// Milliseconds.
    public var stateTime: UInt64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&state, &details, &stateTime) }
}

/// What `DOMAIN_GET_VCPU_PIN_INFO` takes.
public struct DomainGetVCPUPinInfoArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    /// How many the client has room for.
    public var limit: Int32 = 0
    /// Bytes of each map.
    public var mapLength: Int32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &limit, &mapLength, &flags) }
}

/// What `DOMAIN_GET_VCPU_PIN_INFO` and `DOMAIN_GET_EMULATOR_PIN_INFO` answer.
public struct PinInfo: XDRValue, Hashable {
    /// Maps of `mapLength` bytes, one behind the other.
    public var maps: [UInt8] = []
    public var count: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.opaque(&maps, limit: XDRLimit.cpuMaps)
        x.map(&count)
    }
}

/// What `DOMAIN_SET_INTERFACE_PARAMETERS` takes.
public struct DomainSetInterfaceParametersArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var device = ""
    public var parameters: [TypedParameter] = []
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain, &device)
        x.list(&parameters, limit: XDRLimit.parameters)
        x.map(&flags)
    }
}

/// What `DOMAIN_GET_INTERFACE_PARAMETERS` takes.
public struct DomainGetInterfaceParametersArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var device = ""
    public var count: Int32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &device, &count, &flags) }
}

/// What `DOMAIN_GET_CPU_STATS` takes.
public struct DomainGetCPUStatsArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var count: UInt32 = 0
    public var firstCPU: Int32 = 0
    public var cpuCount: UInt32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &count, &firstCPU, &cpuCount, &flags) }
}

/// What `DOMAIN_PIN_EMULATOR` takes.
public struct DomainPinEmulatorArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    /// A bit for each CPU, the lowest in the first byte's lowest bit.
    public var map: [UInt8] = []
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain)
        x.opaque(&map, limit: XDRLimit.cpuMap)
        x.map(&flags)
    }
}

/// What `DOMAIN_GET_EMULATOR_PIN_INFO` takes.
public struct DomainGetEmulatorPinInfoArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    /// Bytes of each map.
    public var mapLength: Int32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &mapLength, &flags) }
}

/// What `DOMAIN_GET_JOB_STATS` answers.
public struct JobStatistics: XDRValue, Hashable {
    /// `virDomainJobType`.
    public var type: Int32 = 0
    public var parameters: [TypedParameter] = []

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&type)
        x.list(&parameters, limit: XDRLimit.manyParameters)
    }
}

/// What `DOMAIN_SET_MEMORY_STATS_PERIOD` takes.
public struct DomainSetMemoryStatsPeriodArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var period: Int32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &period, &flags) }
}

/// What `DOMAIN_PIN_IOTHREAD` takes.
public struct DomainPinIOThreadArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var thread: UInt32 = 0
    /// A bit for each CPU, the lowest in the first byte's lowest bit.
    public var map: [UInt8] = []
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain, &thread)
        x.opaque(&map, limit: XDRLimit.cpuMap)
        x.map(&flags)
    }
}

/// What `DOMAIN_ADD_IOTHREAD` and `DOMAIN_DEL_IOTHREAD` take.
public struct IOThreadArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var thread: UInt32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &thread, &flags) }
}

/// What `DOMAIN_SET_IOTHREAD_PARAMS` takes.
public struct DomainSetIOThreadParamsArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var thread: UInt32 = 0
    public var parameters: [TypedParameter] = []
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain, &thread)
        x.list(&parameters, limit: XDRLimit.manyParameters)
        x.map(&flags)
    }
}

/// What `DOMAIN_START_DIRTY_RATE_CALC` takes.
public struct DomainStartDirtyRateCalcArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var seconds: Int32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &seconds, &flags) }
}

/// `remote_vcpu_info`.
public struct VCPUInfo: XDRValue, Hashable {
    public var number: UInt32 = 0
    /// `virVcpuState`.
    public var state: Int32 = 0
    /// Nanoseconds.
    public var cpuTime: UInt64 = 0
    /// The host CPU that it is on; -1 offline.
    public var cpu: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&number, &state, &cpuTime, &cpu) }
}

/// `remote_domain_iothread_info`.
public struct IOThreadInfo: XDRValue, Hashable {
    public var thread: UInt32 = 0
    /// A bit for each CPU, the lowest in the first byte's lowest bit.
    public var map: [UInt8] = []

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&thread)
        x.opaque(&map, limit: XDRLimit.cpuMap)
    }
}

/// `remote_domain_memory_stat`.
public struct MemoryStatistic: XDRValue, Hashable {
    /// `virDomainMemoryStatTags`.
    public var tag: Int32 = 0
    public var value: UInt64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&tag, &value) }
}
