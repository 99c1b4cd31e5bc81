public import VMCore

/// Domains: which there are, what they are, their life.
extension Remote {
    public static let domainAttachDevice = Procedure<DomainXML, Nothing>(8)
    public static let domainCreate = Procedure<DomainReference, Nothing>(9)
    public static let domainCreateXML = Procedure<Flagged<String>, DomainReference>(10)
    public static let domainDefineXML = Procedure<String, DomainReference>(11)
    public static let domainDestroy = Procedure<DomainReference, Nothing>(12)
    public static let domainDetachDevice = Procedure<DomainXML, Nothing>(13)
    public static let domainGetXMLDesc = Procedure<Flagged<DomainReference>, String>(
        14, .writes("virDomainGetXMLDesc with secure flag") { $0.flags & 9 != 0 })
    public static let domainGetAutostart = Procedure<DomainReference, Bool>(15)
    public static let domainGetInfo = Procedure<DomainReference, DomainInfo>(16)
    public static let domainGetOSType = Procedure<DomainReference, String>(19)
    public static let connectListDefinedDomains = Procedure<Int32, List<String, UpTo16384>>(21)
    public static let domainLookupByID = Procedure<Int32, DomainReference>(22)
    public static let domainLookupByName = Procedure<String, DomainReference>(23)
    public static let domainLookupByUUID = Procedure<UUID, DomainReference>(24)
    public static let connectNumOfDefinedDomains = Procedure<Nothing, Int32>(25)
    public static let domainReboot = Procedure<Flagged<DomainReference>, Nothing>(27)
    public static let domainResume = Procedure<DomainReference, Nothing>(28)
    public static let domainSetAutostart = Procedure<Autostart<DomainReference>, Nothing>(29)
    public static let domainShutdown = Procedure<DomainReference, Nothing>(33)
    public static let domainSuspend = Procedure<DomainReference, Nothing>(34)
    public static let domainUndefine = Procedure<DomainReference, Nothing>(35)
    public static let connectListDomains = Procedure<Int32, List<Int32, UpTo16384>>(37)
    public static let connectNumOfDomains = Procedure<Nothing, Int32>(51)
    public static let domainGetSecurityLabel = Procedure<DomainReference, DomainSecurityLabel>(121)
    public static let connectDomainXMLFromNative = Procedure<ConnectDomainXMLFromNativeArguments, String>(135)
    public static let connectDomainXMLToNative = Procedure<ConnectDomainXMLToNativeArguments, String>(136)
    public static let domainIsActive = Procedure<DomainReference, Bool>(150)
    public static let domainIsPersistent = Procedure<DomainReference, Bool>(151)
    public static let domainAttachDeviceFlags = Procedure<DomainXMLFlags, Nothing>(160)
    public static let domainDetachDeviceFlags = Procedure<DomainXMLFlags, Nothing>(161)
    public static let domainUpdateDeviceFlags = Procedure<DomainXMLFlags, Nothing>(174)
    public static let domainCreateWithFlags = Procedure<Flagged<DomainReference>, DomainReference>(196)
    public static let domainIsUpdated = Procedure<DomainReference, Bool>(202)
    public static let domainGetState = Procedure<Flagged<DomainReference>, DomainStateReason>(212)
    public static let domainUndefineFlags = Procedure<Flagged<DomainReference>, Nothing>(231)
    public static let domainDestroyFlags = Procedure<Flagged<DomainReference>, Nothing>(234)
    public static let domainReset = Procedure<Flagged<DomainReference>, Nothing>(245)
    public static let domainShutdownFlags = Procedure<Flagged<DomainReference>, Nothing>(258)
    public static let domainSetMetadata = Procedure<DomainSetMetadataArguments, Nothing>(264)
    public static let domainGetMetadata = Procedure<DomainGetMetadataArguments, String>(265)
    public static let connectListAllDomains = Procedure<ListArguments, Listing<DomainReference, UpTo16384>>(273)
    public static let domainGetSecurityLabelList = Procedure<DomainReference, Listing<DomainSecurityLabel, UpTo64>>(278)
    public static let domainCreateXMLWithFiles = Procedure<Flagged<String>, DomainReference>(309)
    public static let domainCreateWithFiles = Procedure<Flagged<DomainReference>, DomainReference>(310)
    public static let connectGetAllDomainStats =
        Procedure<ConnectGetAllDomainStatsArguments, List<DomainStatisticsRecord, UpTo16384>>(344)
    public static let domainDefineXMLFlags = Procedure<Flagged<String>, DomainReference>(350)
    public static let domainRename = Procedure<DomainOptionalName, Int32>(358)
    public static let domainSetLifecycleAction = Procedure<DomainSetLifecycleActionArguments, Nothing>(390)
    public static let domainDetachDeviceAlias = Procedure<DomainDetachDeviceAliasArguments, Nothing>(392)
    public static let domainGetLaunchSecurityInfo =
        Procedure<Flagged<DomainReference>, List<TypedParameter, UpTo64>>(396)
    public static let domainGetMessages = Procedure<Flagged<DomainReference>, List<String, UpTo2048>>(426)
    public static let domainSetLaunchSecurityState = Procedure<Parameters<DomainReference, UpTo64>, Nothing>(439)
    public static let domainFDAssociate = Procedure<DomainNameFlags, Nothing>(443)
    public static let domainGetAutostartOnce = Procedure<DomainReference, Bool>(449)
    public static let domainSetAutostartOnce = Procedure<Autostart<DomainReference>, Nothing>(450)
}

/// A domain and the XML of a device of it.
public struct DomainXML: XDRValue, Hashable {
    public var domain = DomainReference()
    public var xml = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &xml) }
}

/// What `DOMAIN_GET_INFO` answers.
public struct DomainInfo: XDRValue, Hashable {
    /// `virDomainState`.
    public var state: UInt8 = 0
    /// KiB.
    public var maximalMemory: UInt64 = 0
    /// KiB.
    public var memory: UInt64 = 0
    public var vcpuCount: UInt16 = 0
    /// Nanoseconds.
    public var cpuTime: UInt64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&state, &maximalMemory, &memory, &vcpuCount, &cpuTime) }
}

/// What `DOMAIN_GET_SECURITY_LABEL` answers.
public struct DomainSecurityLabel: XDRValue, Hashable {
    public var label = ""
    /// 1 where the label is enforced.
    public var enforcing: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.characters(&label, limit: XDRLimit.securityLabel)
        x.map(&enforcing)
    }
}

/// What `CONNECT_DOMAIN_XML_FROM_NATIVE` takes.
public struct ConnectDomainXMLFromNativeArguments: XDRValue, Hashable {
    public var format = ""
    public var configuration = ""
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&format, &configuration, &flags) }
}

/// What `CONNECT_DOMAIN_XML_TO_NATIVE` takes.
public struct ConnectDomainXMLToNativeArguments: XDRValue, Hashable {
    public var format = ""
    public var xml = ""
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&format, &xml, &flags) }
}

/// What `DOMAIN_GET_STATE` answers.
public struct DomainStateReason: XDRValue, Hashable {
    /// `virDomainState`.
    public var state: Int32 = 0
    /// The reason of that state: `virDomainRunningReason` and its like.
    public var reason: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&state, &reason) }
}

/// What `DOMAIN_SET_METADATA` takes.
public struct DomainSetMetadataArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    /// `virDomainMetadataType`.
    public var type: Int32 = 0
    public var metadata: String?
    public var key: String?
    public var uri: String?
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &type, &metadata, &key, &uri, &flags) }
}

/// What `DOMAIN_GET_METADATA` takes.
public struct DomainGetMetadataArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    /// `virDomainMetadataType`.
    public var type: Int32 = 0
    public var uri: String?
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &type, &uri, &flags) }
}

/// What `CONNECT_GET_ALL_DOMAIN_STATS` takes.
public struct ConnectGetAllDomainStatsArguments: XDRValue, Hashable {
    /// None for all.
    public var domains: [DomainReference] = []
    /// `virDomainStatsTypes`; 0 for all.
    public var statistics: UInt32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.list(&domains, limit: XDRLimit.list)
        x.map(&statistics, &flags)
    }
}

/// What `DOMAIN_SET_LIFECYCLE_ACTION` takes.
public struct DomainSetLifecycleActionArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    /// `virDomainLifecycle`.
    public var type: UInt32 = 0
    /// `virDomainLifecycleAction`.
    public var action: UInt32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &type, &action, &flags) }
}

/// What `DOMAIN_DETACH_DEVICE_ALIAS` takes.
public struct DomainDetachDeviceAliasArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var alias = ""
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &alias, &flags) }
}

/// What is known of one domain: `remote_domain_stats_record`.
public struct DomainStatisticsRecord: XDRValue, Hashable {
    public var domain = DomainReference()
    /// Statistics by name: `state.state`, `block.0.rd.reqs`.
    public var parameters: [TypedParameter] = []

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain)
        x.list(&parameters, limit: XDRLimit.statistics)
    }
}
