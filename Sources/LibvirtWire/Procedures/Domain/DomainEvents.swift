public import VMCore

/// Events of domains. Those in a ``Callback`` go to clients that know ``Feature/eventCallbacks``, the others, up to 311, to
/// older ones.
extension Remote {
    public static let connectDomainEventRegister = Procedure<Nothing, Int32>(105)
    public static let connectDomainEventDeregister = Procedure<Nothing, Int32>(106)
    public static let domainEventLifecycle = RemoteEvent<LifecycleMessage<DomainReference>>(107)
    public static let connectDomainEventRegisterAny = Procedure<Int32, Nothing>(167)
    public static let connectDomainEventDeregisterAny = Procedure<Int32, Nothing>(168)
    public static let domainEventReboot = RemoteEvent<DomainReference>(169)
    public static let domainEventRTCChange = RemoteEvent<RTCChangeMessage>(170)
    public static let domainEventWatchdog = RemoteEvent<WatchdogMessage>(171)
    public static let domainEventIOError = RemoteEvent<IOErrorMessage>(172)
    public static let domainEventGraphics = RemoteEvent<GraphicsMessage>(173)
    public static let domainEventIOErrorReason = RemoteEvent<IOErrorReasonMessage>(195)
    public static let domainEventControlError = RemoteEvent<DomainReference>(224)
    public static let domainEventBlockJob = RemoteEvent<BlockJobMessage>(241)
    public static let domainEventDiskChange = RemoteEvent<DiskChangeMessage>(248)
    public static let domainEventTrayChange = RemoteEvent<TrayChangeMessage>(268)
    public static let domainEventPMWakeup = RemoteEvent<DomainReference>(269)
    public static let domainEventPMSuspend = RemoteEvent<DomainReference>(270)
    public static let domainEventBalloonChange = RemoteEvent<BalloonChangeMessage>(276)
    public static let domainEventPMSuspendDisk = RemoteEvent<DomainReference>(292)
    public static let domainEventDeviceRemoved = RemoteEvent<DeviceMessage>(311)
    public static let connectDomainEventCallbackRegisterAny = Procedure<EventRegistration<DomainReference>, Int32>(316)
    public static let connectDomainEventCallbackDeregisterAny = Procedure<Int32, Nothing>(317)
    public static let domainEventCallbackLifecycle = RemoteEvent<Callback<LifecycleMessage<DomainReference>>>(318)
    public static let domainEventCallbackReboot = RemoteEvent<Callback<DomainReference>>(319)
    public static let domainEventCallbackRTCChange = RemoteEvent<Callback<RTCChangeMessage>>(320)
    public static let domainEventCallbackWatchdog = RemoteEvent<Callback<WatchdogMessage>>(321)
    public static let domainEventCallbackIOError = RemoteEvent<Callback<IOErrorMessage>>(322)
    public static let domainEventCallbackGraphics = RemoteEvent<Callback<GraphicsMessage>>(323)
    public static let domainEventCallbackIOErrorReason = RemoteEvent<Callback<IOErrorReasonMessage>>(324)
    public static let domainEventCallbackControlError = RemoteEvent<Callback<DomainReference>>(325)
    public static let domainEventCallbackBlockJob = RemoteEvent<Callback<BlockJobMessage>>(326)
    public static let domainEventCallbackDiskChange = RemoteEvent<Callback<DiskChangeMessage>>(327)
    public static let domainEventCallbackTrayChange = RemoteEvent<Callback<TrayChangeMessage>>(328)
    public static let domainEventCallbackPMWakeup = RemoteEvent<Callback<PowerMessage>>(329)
    public static let domainEventCallbackPMSuspend = RemoteEvent<Callback<PowerMessage>>(330)
    public static let domainEventCallbackBalloonChange = RemoteEvent<Callback<BalloonChangeMessage>>(331)
    public static let domainEventCallbackPMSuspendDisk = RemoteEvent<Callback<PowerMessage>>(332)
    public static let domainEventCallbackDeviceRemoved = RemoteEvent<Callback<DeviceMessage>>(333)
    public static let domainEventBlockJob2 = RemoteEvent<Callback<BlockJob2Message>>(339)
    public static let domainEventCallbackTunable = RemoteEvent<Callback<TunableMessage>>(346)
    public static let domainEventCallbackAgentLifecycle = RemoteEvent<Callback<AgentLifecycleMessage>>(348)
    public static let domainEventCallbackDeviceAdded = RemoteEvent<Callback<DeviceMessage>>(354)
    public static let domainEventCallbackMigrationIteration = RemoteEvent<Callback<MigrationIterationMessage>>(359)
    public static let domainEventCallbackJobCompleted = RemoteEvent<Callback<JobCompletedMessage>>(363)
    public static let domainEventCallbackDeviceRemovalFailed = RemoteEvent<Callback<DeviceMessage>>(367)
    public static let domainEventCallbackMetadataChange = RemoteEvent<Callback<MetadataChangeMessage>>(379)
    public static let domainEventBlockThreshold = RemoteEvent<Callback<BlockThresholdMessage>>(385)
    public static let domainEventMemoryFailure = RemoteEvent<Callback<MemoryFailureMessage>>(423)
    public static let domainEventMemoryDeviceSizeChange = RemoteEvent<Callback<MemoryDeviceSizeChangeMessage>>(438)
    public static let domainEventNICMACChange = RemoteEvent<Callback<NICMACChangeMessage>>(453)
    public static let domainEventVCPURemoved = RemoteEvent<Callback<VCPURemovedMessage>>(454)
    public static let domainEventCallbackChannelLifecycle = RemoteEvent<Callback<ChannelLifecycleMessage>>(455)
}

/// What `DOMAIN_EVENT_RTC_CHANGE` tells.
public struct RTCChangeMessage: XDRValue, Hashable {
    public var domain = DomainReference()
    /// Seconds from UTC.
    public var offset: Int64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &offset) }
}

/// What `DOMAIN_EVENT_WATCHDOG` tells.
public struct WatchdogMessage: XDRValue, Hashable {
    public var domain = DomainReference()
    /// `virDomainEventWatchdogAction`.
    public var action: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &action) }
}

/// What `DOMAIN_EVENT_IO_ERROR` tells.
public struct IOErrorMessage: XDRValue, Hashable {
    public var domain = DomainReference()
    public var path = ""
    public var alias = ""
    /// `virDomainEventIOErrorAction`.
    public var action: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &path, &alias, &action) }
}

/// What `DOMAIN_EVENT_GRAPHICS` tells.
public struct GraphicsMessage: XDRValue, Hashable {
    public var domain = DomainReference()
    /// `virDomainEventGraphicsPhase`.
    public var phase: Int32 = 0
    public var local = GraphicsAddress()
    public var remote = GraphicsAddress()
    public var authScheme = ""
    public var subject: [GraphicsIdentity] = []

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain, &phase, &local, &remote, &authScheme)
        x.list(&subject, limit: XDRLimit.identity)
    }
}

/// What `DOMAIN_EVENT_IO_ERROR_REASON` tells.
public struct IOErrorReasonMessage: XDRValue, Hashable {
    public var domain = DomainReference()
    public var path = ""
    public var alias = ""
    /// `virDomainEventIOErrorAction`.
    public var action: Int32 = 0
    public var reason = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &path, &alias, &action, &reason) }
}

/// What `DOMAIN_EVENT_BLOCK_JOB` tells.
public struct BlockJobMessage: XDRValue, Hashable {
    public var domain = DomainReference()
    /// The disk by its source.
    public var path = ""
    /// `virDomainBlockJobType`.
    public var type: Int32 = 0
    /// `virConnectDomainEventBlockJobStatus`.
    public var status: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &path, &type, &status) }
}

/// What `DOMAIN_EVENT_DISK_CHANGE` tells.
public struct DiskChangeMessage: XDRValue, Hashable {
    public var domain = DomainReference()
    public var oldPath: String?
    public var newPath: String?
    public var alias = ""
    /// `virConnectDomainEventDiskChangeReason`.
    public var reason: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &oldPath, &newPath, &alias, &reason) }
}

/// What `DOMAIN_EVENT_TRAY_CHANGE` tells.
public struct TrayChangeMessage: XDRValue, Hashable {
    public var domain = DomainReference()
    public var alias = ""
    /// `virDomainEventTrayChangeReason`.
    public var reason: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &alias, &reason) }
}

/// What `DOMAIN_EVENT_BALLOON_CHANGE` tells.
public struct BalloonChangeMessage: XDRValue, Hashable {
    public var domain = DomainReference()
    /// KiB.
    public var actual: UInt64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &actual) }
}

/// What `DOMAIN_EVENT_DEVICE_REMOVED`, `…_ADDED` and `…_REMOVAL_FAILED` tell.
public struct DeviceMessage: XDRValue, Hashable {
    public var domain = DomainReference()
    /// The device.
    public var alias = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &alias) }
}

/// What `DOMAIN_EVENT_BLOCK_JOB_2` tells: the same, with another name for the disk.
public struct BlockJob2Message: XDRValue, Hashable {
    public var domain = DomainReference()
    /// The disk by its name in the guest, `vda`.
    public var target = ""
    /// `virDomainBlockJobType`.
    public var type: Int32 = 0
    /// `virConnectDomainEventBlockJobStatus`.
    public var status: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &target, &type, &status) }
}

/// What `DOMAIN_EVENT_CALLBACK_TUNABLE` tells.
public struct TunableMessage: XDRValue, Hashable {
    public var domain = DomainReference()
    public var parameters: [TypedParameter] = []

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain)
        x.list(&parameters, limit: XDRLimit.guestInformation)
    }
}

/// What `DOMAIN_EVENT_CALLBACK_AGENT_LIFECYCLE` tells.
public struct AgentLifecycleMessage: XDRValue, Hashable {
    public var domain = DomainReference()
    /// `virConnectDomainEventAgentLifecycleState`.
    public var state: Int32 = 0
    /// `virConnectDomainEventAgentLifecycleReason`.
    public var reason: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &state, &reason) }
}

/// What `DOMAIN_EVENT_CALLBACK_MIGRATION_ITERATION` tells.
public struct MigrationIterationMessage: XDRValue, Hashable {
    public var domain = DomainReference()
    /// Counted from 1.
    public var iteration: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &iteration) }
}

/// What `DOMAIN_EVENT_CALLBACK_JOB_COMPLETED` tells.
public struct JobCompletedMessage: XDRValue, Hashable {
    public var domain = DomainReference()
    public var parameters: [TypedParameter] = []

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain)
        x.list(&parameters, limit: XDRLimit.manyParameters)
    }
}

/// What `DOMAIN_EVENT_CALLBACK_METADATA_CHANGE` tells.
public struct MetadataChangeMessage: XDRValue, Hashable {
    public var domain = DomainReference()
    /// `virDomainMetadataType`.
    public var type: Int32 = 0
    /// Of a custom element, its namespace.
    public var namespace: String?

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &type, &namespace) }
}

/// What `DOMAIN_EVENT_BLOCK_THRESHOLD` tells.
public struct BlockThresholdMessage: XDRValue, Hashable {
    public var domain = DomainReference()
    public var device = ""
    public var path: String?
    /// Bytes.
    public var threshold: UInt64 = 0
    /// Bytes beyond the threshold.
    public var excess: UInt64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &device, &path, &threshold, &excess) }
}

/// What `DOMAIN_EVENT_MEMORY_FAILURE` tells.
public struct MemoryFailureMessage: XDRValue, Hashable {
    public var domain = DomainReference()
    /// `virDomainMemoryFailureRecipientType`.
    public var recipient: Int32 = 0
    /// `virDomainMemoryFailureActionType`.
    public var action: Int32 = 0
    /// `virDomainMemoryFailureFlags`.
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &recipient, &action, &flags) }
}

/// What `DOMAIN_EVENT_MEMORY_DEVICE_SIZE_CHANGE` tells.
public struct MemoryDeviceSizeChangeMessage: XDRValue, Hashable {
    public var domain = DomainReference()
    public var alias = ""
    /// KiB.
    public var size: UInt64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &alias, &size) }
}

/// What `DOMAIN_EVENT_NIC_MAC_CHANGE` tells.
public struct NICMACChangeMessage: XDRValue, Hashable {
    public var domain = DomainReference()
    public var alias = ""
    public var oldMAC = ""
    public var newMAC = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &alias, &oldMAC, &newMAC) }
}

/// What `DOMAIN_EVENT_VCPU_REMOVED` tells.
public struct VCPURemovedMessage: XDRValue, Hashable {
    public var domain = DomainReference()
    public var vcpu: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &vcpu) }
}

/// What `DOMAIN_EVENT_CALLBACK_CHANNEL_LIFECYCLE` tells.
public struct ChannelLifecycleMessage: XDRValue, Hashable {
    public var domain = DomainReference()
    public var channel = ""
    /// `virConnectDomainEventChannelLifecycleState`.
    public var state: Int32 = 0
    public var reason: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &channel, &state, &reason) }
}

/// `remote_domain_event_graphics_address`.
public struct GraphicsAddress: XDRValue, Hashable {
    /// `virDomainEventGraphicsAddressType`.
    public var family: Int32 = 0
    /// The address, or the path of a unix socket.
    public var node = ""
    /// The port.
    public var service = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&family, &node, &service) }
}

/// `remote_domain_event_graphics_identity`.
public struct GraphicsIdentity: XDRValue, Hashable {
    public var type = ""
    public var name = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&type, &name) }
}
