/// Events of domains. Those in a ``Callback`` go to clients that know ``Feature/eventCallbacks``, the others, up to 311, to
/// older ones.
extension Remote {
    public static let connectDomainEventRegister = Procedure<Nothing, Int32>(105)
    public static let connectDomainEventDeregister = Procedure<Nothing, Int32>(106)
    public static let domainEventLifecycle = RemoteEvent<LifecycleEvent<DomainReference>>(107)
    public static let connectDomainEventRegisterAny = Procedure<Int32, Nothing>(167)
    public static let connectDomainEventDeregisterAny = Procedure<Int32, Nothing>(168)
    public static let domainEventReboot = RemoteEvent<DomainReference>(169)
    public static let domainEventRTCChange = RemoteEvent<RTCChangeEvent>(170)
    public static let domainEventWatchdog = RemoteEvent<WatchdogEvent>(171)
    public static let domainEventIOError = RemoteEvent<IOErrorEvent>(172)
    public static let domainEventGraphics = RemoteEvent<GraphicsEvent>(173)
    public static let domainEventIOErrorReason = RemoteEvent<IOErrorReasonEvent>(195)
    public static let domainEventControlError = RemoteEvent<DomainReference>(224)
    public static let domainEventBlockJob = RemoteEvent<BlockJobEvent>(241)
    public static let domainEventDiskChange = RemoteEvent<DiskChangeEvent>(248)
    public static let domainEventTrayChange = RemoteEvent<TrayChangeEvent>(268)
    public static let domainEventPMWakeup = RemoteEvent<DomainReference>(269)
    public static let domainEventPMSuspend = RemoteEvent<DomainReference>(270)
    public static let domainEventBalloonChange = RemoteEvent<BalloonChangeEvent>(276)
    public static let domainEventPMSuspendDisk = RemoteEvent<DomainReference>(292)
    public static let domainEventDeviceRemoved = RemoteEvent<DeviceEvent>(311)
    public static let connectDomainEventCallbackRegisterAny = Procedure<EventRegistration<DomainReference>, Int32>(316)
    public static let connectDomainEventCallbackDeregisterAny = Procedure<Int32, Nothing>(317)
    public static let domainEventCallbackLifecycle = RemoteEvent<Callback<LifecycleEvent<DomainReference>>>(318)
    public static let domainEventCallbackReboot = RemoteEvent<Callback<DomainReference>>(319)
    public static let domainEventCallbackRTCChange = RemoteEvent<Callback<RTCChangeEvent>>(320)
    public static let domainEventCallbackWatchdog = RemoteEvent<Callback<WatchdogEvent>>(321)
    public static let domainEventCallbackIOError = RemoteEvent<Callback<IOErrorEvent>>(322)
    public static let domainEventCallbackGraphics = RemoteEvent<Callback<GraphicsEvent>>(323)
    public static let domainEventCallbackIOErrorReason = RemoteEvent<Callback<IOErrorReasonEvent>>(324)
    public static let domainEventCallbackControlError = RemoteEvent<Callback<DomainReference>>(325)
    public static let domainEventCallbackBlockJob = RemoteEvent<Callback<BlockJobEvent>>(326)
    public static let domainEventCallbackDiskChange = RemoteEvent<Callback<DiskChangeEvent>>(327)
    public static let domainEventCallbackTrayChange = RemoteEvent<Callback<TrayChangeEvent>>(328)
    public static let domainEventCallbackPMWakeup = RemoteEvent<Callback<PowerEvent>>(329)
    public static let domainEventCallbackPMSuspend = RemoteEvent<Callback<PowerEvent>>(330)
    public static let domainEventCallbackBalloonChange = RemoteEvent<Callback<BalloonChangeEvent>>(331)
    public static let domainEventCallbackPMSuspendDisk = RemoteEvent<Callback<PowerEvent>>(332)
    public static let domainEventCallbackDeviceRemoved = RemoteEvent<Callback<DeviceEvent>>(333)
    public static let domainEventBlockJob2 = RemoteEvent<Callback<BlockJob2Event>>(339)
    public static let domainEventCallbackTunable = RemoteEvent<Callback<TunableEvent>>(346)
    public static let domainEventCallbackAgentLifecycle = RemoteEvent<Callback<AgentLifecycleEvent>>(348)
    public static let domainEventCallbackDeviceAdded = RemoteEvent<Callback<DeviceEvent>>(354)
    public static let domainEventCallbackMigrationIteration = RemoteEvent<Callback<MigrationIterationEvent>>(359)
    public static let domainEventCallbackJobCompleted = RemoteEvent<Callback<JobCompletedEvent>>(363)
    public static let domainEventCallbackDeviceRemovalFailed = RemoteEvent<Callback<DeviceEvent>>(367)
    public static let domainEventCallbackMetadataChange = RemoteEvent<Callback<MetadataChangeEvent>>(379)
    public static let domainEventBlockThreshold = RemoteEvent<Callback<BlockThresholdEvent>>(385)
    public static let domainEventMemoryFailure = RemoteEvent<Callback<MemoryFailureEvent>>(423)
    public static let domainEventMemoryDeviceSizeChange = RemoteEvent<Callback<MemoryDeviceSizeChangeEvent>>(438)
    public static let domainEventNICMACChange = RemoteEvent<Callback<NICMACChangeEvent>>(453)
    public static let domainEventVCPURemoved = RemoteEvent<Callback<VCPURemovedEvent>>(454)
    public static let domainEventCallbackChannelLifecycle = RemoteEvent<Callback<ChannelLifecycleEvent>>(455)
}

/// What `DOMAIN_EVENT_RTC_CHANGE` tells.
public struct RTCChangeEvent: XDRValue, Hashable {
    public var domain = DomainReference()
    /// Seconds from UTC.
    public var offset: Int64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &offset) }
}

/// What `DOMAIN_EVENT_WATCHDOG` tells.
public struct WatchdogEvent: XDRValue, Hashable {
    public var domain = DomainReference()
    /// `virDomainEventWatchdogAction`.
    public var action: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &action) }
}

/// What `DOMAIN_EVENT_IO_ERROR` tells.
public struct IOErrorEvent: XDRValue, Hashable {
    public var domain = DomainReference()
    public var path = ""
    public var alias = ""
    /// `virDomainEventIOErrorAction`.
    public var action: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &path, &alias, &action) }
}

/// What `DOMAIN_EVENT_GRAPHICS` tells.
public struct GraphicsEvent: XDRValue, Hashable {
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
public struct IOErrorReasonEvent: XDRValue, Hashable {
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
public struct BlockJobEvent: XDRValue, Hashable {
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
public struct DiskChangeEvent: XDRValue, Hashable {
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
public struct TrayChangeEvent: XDRValue, Hashable {
    public var domain = DomainReference()
    public var alias = ""
    /// `virDomainEventTrayChangeReason`.
    public var reason: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &alias, &reason) }
}

/// What `DOMAIN_EVENT_BALLOON_CHANGE` tells.
public struct BalloonChangeEvent: XDRValue, Hashable {
    public var domain = DomainReference()
    /// KiB.
    public var actual: UInt64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &actual) }
}

/// What `DOMAIN_EVENT_DEVICE_REMOVED`, `…_ADDED` and `…_REMOVAL_FAILED` tell.
public struct DeviceEvent: XDRValue, Hashable {
    public var domain = DomainReference()
    /// The device.
    public var alias = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &alias) }
}

/// What `DOMAIN_EVENT_BLOCK_JOB_2` tells: the same, with another name for the disk.
public struct BlockJob2Event: XDRValue, Hashable {
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
public struct TunableEvent: XDRValue, Hashable {
    public var domain = DomainReference()
    public var parameters: [TypedParameter] = []

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain)
        x.list(&parameters, limit: XDRLimit.guestInformation)
    }
}

/// What `DOMAIN_EVENT_CALLBACK_AGENT_LIFECYCLE` tells.
public struct AgentLifecycleEvent: XDRValue, Hashable {
    public var domain = DomainReference()
    /// `virConnectDomainEventAgentLifecycleState`.
    public var state: Int32 = 0
    /// `virConnectDomainEventAgentLifecycleReason`.
    public var reason: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &state, &reason) }
}

/// What `DOMAIN_EVENT_CALLBACK_MIGRATION_ITERATION` tells.
public struct MigrationIterationEvent: XDRValue, Hashable {
    public var domain = DomainReference()
    /// Counted from 1.
    public var iteration: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &iteration) }
}

/// What `DOMAIN_EVENT_CALLBACK_JOB_COMPLETED` tells.
public struct JobCompletedEvent: XDRValue, Hashable {
    public var domain = DomainReference()
    public var parameters: [TypedParameter] = []

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain)
        x.list(&parameters, limit: XDRLimit.manyParameters)
    }
}

/// What `DOMAIN_EVENT_CALLBACK_METADATA_CHANGE` tells.
public struct MetadataChangeEvent: XDRValue, Hashable {
    public var domain = DomainReference()
    /// `virDomainMetadataType`.
    public var type: Int32 = 0
    /// Of a custom element, its namespace.
    public var namespace: String?

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &type, &namespace) }
}

/// What `DOMAIN_EVENT_BLOCK_THRESHOLD` tells.
public struct BlockThresholdEvent: XDRValue, Hashable {
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
public struct MemoryFailureEvent: XDRValue, Hashable {
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
public struct MemoryDeviceSizeChangeEvent: XDRValue, Hashable {
    public var domain = DomainReference()
    public var alias = ""
    /// KiB.
    public var size: UInt64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &alias, &size) }
}

/// What `DOMAIN_EVENT_NIC_MAC_CHANGE` tells.
public struct NICMACChangeEvent: XDRValue, Hashable {
    public var domain = DomainReference()
    public var alias = ""
    public var oldMAC = ""
    public var newMAC = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &alias, &oldMAC, &newMAC) }
}

/// What `DOMAIN_EVENT_VCPU_REMOVED` tells.
public struct VCPURemovedEvent: XDRValue, Hashable {
    public var domain = DomainReference()
    public var vcpu: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &vcpu) }
}

/// What `DOMAIN_EVENT_CALLBACK_CHANNEL_LIFECYCLE` tells.
public struct ChannelLifecycleEvent: XDRValue, Hashable {
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
