/// The connection and what the hypervisor can do.
extension Remote {
    public static let connectOpen = Procedure<ConnectOpenArguments, Nothing>(1)
    public static let connectClose = Procedure<Nothing, Nothing>(2)
    public static let connectGetType = Procedure<Nothing, String>(3)
    public static let connectGetVersion = Procedure<Nothing, UInt64>(4)
    public static let connectGetMaxVCPUs = Procedure<String?, Int32>(5)
    public static let connectGetCapabilities = Procedure<Nothing, String>(7)
    public static let connectGetHostname = Procedure<Nothing, String>(59)
    public static let connectSupportsFeature = Procedure<Int32, Int32>(60)
    public static let authList = Procedure<Nothing, AuthTypes>(66)
    public static let authSASLInit = Procedure<Nothing, String>(67)
    public static let authPolkit = Procedure<Nothing, Int32>(70)
    public static let connectGetURI = Procedure<Nothing, String>(110)
    public static let connectIsSecure = Procedure<Nothing, Bool>(149)
    public static let connectGetLibVersion = Procedure<Nothing, UInt64>(157)
    public static let connectCompareCPU = Procedure<Flagged<String>, Int32>(158)
    public static let connectBaselineCPU = Procedure<ConnectBaselineCPUArguments, String>(162)
    public static let connectGetSysinfo = Procedure<UInt32, String>(203)
    public static let connectGetCPUModelNames = Procedure<ChildListArguments<String>, Listing<String, UpTo8192>>(312)
    public static let connectGetDomainCapabilities = Procedure<ConnectGetDomainCapabilitiesArguments, String>(342)
    public static let connectRegisterCloseCallback = Procedure<Nothing, Nothing>(360)
    public static let connectUnregisterCloseCallback = Procedure<Nothing, Nothing>(361)
    public static let connectEventConnectionClosed = RemoteEvent<Int32>(362)
    public static let connectCompareHypervisorCPU = Procedure<ConnectCompareHypervisorCPUArguments, Int32>(393)
    public static let connectBaselineHypervisorCPU = Procedure<ConnectBaselineHypervisorCPUArguments, String>(394)
    public static let connectSetIdentity = Procedure<FlaggedParameters<UpTo20>, Nothing>(419)
}

/// What `CONNECT_OPEN` takes.
public struct ConnectOpenArguments: XDRValue, Hashable {
    /// The URI, without what concerns the client alone; absent or empty to let the server choose.
    public var name: String?
    /// 1: only reading.
    public var flags: UInt32 = 0

    /// Whether the client will only read.
    public var isReadOnly: Bool { flags & 1 != 0 }

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&name, &flags) }
}

/// What `CONNECT_BASELINE_CPU` takes.
public struct ConnectBaselineCPUArguments: XDRValue, Hashable {
    public var cpus: [String] = []
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.list(&cpus, limit: XDRLimit.few)
        x.map(&flags)
    }
}

/// What `CONNECT_GET_DOMAIN_CAPABILITIES` takes.
public struct ConnectGetDomainCapabilitiesArguments: XDRValue, Hashable {
    public var emulator: String?
    public var arch: String?
    public var machine: String?
    public var virtualization: String?
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&emulator, &arch, &machine, &virtualization, &flags) }
}

/// What `CONNECT_COMPARE_HYPERVISOR_CPU` takes.
public struct ConnectCompareHypervisorCPUArguments: XDRValue, Hashable {
    public var emulator: String?
    public var arch: String?
    public var machine: String?
    public var virtualization: String?
    public var cpu = ""
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&emulator, &arch, &machine, &virtualization, &cpu, &flags) }
}

/// What `CONNECT_BASELINE_HYPERVISOR_CPU` takes.
public struct ConnectBaselineHypervisorCPUArguments: XDRValue, Hashable {
    public var emulator: String?
    public var arch: String?
    public var machine: String?
    public var virtualization: String?
    public var cpus: [String] = []
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&emulator, &arch, &machine, &virtualization)
        x.list(&cpus, limit: XDRLimit.few)
        x.map(&flags)
    }
}
