/// An event of a domain with what it tells, for any client: with the number of a registration, or as old clients know it.
public enum DomainEvent: Sendable {
    case lifecycle(LifecycleMessage<DomainReference>)
    case reboot(DomainReference)
    case rtcChange(RTCChangeMessage)
    case watchdog(WatchdogMessage)
    case ioError(IOErrorMessage)
    case graphics(GraphicsMessage)
    case ioErrorReason(IOErrorReasonMessage)
    case controlError(DomainReference)
    case blockJob(BlockJobMessage)
    case diskChange(DiskChangeMessage)
    case trayChange(TrayChangeMessage)
    case pmWakeup(PowerMessage)
    case pmSuspend(PowerMessage)
    case balloonChange(BalloonChangeMessage)
    case pmSuspendDisk(PowerMessage)
    case deviceRemoved(DeviceMessage)
    case blockJob2(BlockJob2Message)
    case tunable(TunableMessage)
    case agentLifecycle(AgentLifecycleMessage)
    case deviceAdded(DeviceMessage)
    case migrationIteration(MigrationIterationMessage)
    case jobCompleted(JobCompletedMessage)
    case deviceRemovalFailed(DeviceMessage)
    case metadataChange(MetadataChangeMessage)
    case blockThreshold(BlockThresholdMessage)
    case memoryFailure(MemoryFailureMessage)
    case memoryDeviceSizeChange(MemoryDeviceSizeChangeMessage)
    case nicMACChange(NICMACChangeMessage)
    case vcpuRemoved(VCPURemovedMessage)
    case channelLifecycle(ChannelLifecycleMessage)

    /// What clients register for to be told.
    public var id: DomainEventID { form.id }

    /// The domain that it is about.
    public var domain: DomainReference { form.domain }

    /// The event for a client that registered with CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY and got that number.
    public func packet(for callbackID: Int32) throws(RemoteError) -> RPCEvent {
        try form.current(callbackID).get()
    }

    /// The event for a client that registered without a number; nil for those that came after that.
    public func legacyPacket() throws(RemoteError) -> RPCEvent? { try form.legacy?().get() }

    private var form: Form {
        switch self {
        case .lifecycle(let m):
            Form(.lifecycle, m.object, m, Remote.domainEventCallbackLifecycle, Remote.domainEventLifecycle)
        case .reboot(let m): Form(.reboot, m, m, Remote.domainEventCallbackReboot, Remote.domainEventReboot)
        case .rtcChange(let m):
            Form(.rtcChange, m.domain, m, Remote.domainEventCallbackRTCChange, Remote.domainEventRTCChange)
        case .watchdog(let m):
            Form(.watchdog, m.domain, m, Remote.domainEventCallbackWatchdog, Remote.domainEventWatchdog)
        case .ioError(let m):
            Form(.ioError, m.domain, m, Remote.domainEventCallbackIOError, Remote.domainEventIOError)
        case .graphics(let m):
            Form(.graphics, m.domain, m, Remote.domainEventCallbackGraphics, Remote.domainEventGraphics)
        case .ioErrorReason(let m):
            Form(.ioErrorReason, m.domain, m, Remote.domainEventCallbackIOErrorReason, Remote.domainEventIOErrorReason)
        case .controlError(let m):
            Form(.controlError, m, m, Remote.domainEventCallbackControlError, Remote.domainEventControlError)
        case .blockJob(let m):
            Form(.blockJob, m.domain, m, Remote.domainEventCallbackBlockJob, Remote.domainEventBlockJob)
        case .diskChange(let m):
            Form(.diskChange, m.domain, m, Remote.domainEventCallbackDiskChange, Remote.domainEventDiskChange)
        case .trayChange(let m):
            Form(.trayChange, m.domain, m, Remote.domainEventCallbackTrayChange, Remote.domainEventTrayChange)
        case .pmWakeup(let m): Form(.pmWakeup, m, Remote.domainEventCallbackPMWakeup, Remote.domainEventPMWakeup)
        case .pmSuspend(let m): Form(.pmSuspend, m, Remote.domainEventCallbackPMSuspend, Remote.domainEventPMSuspend)
        case .balloonChange(let m):
            Form(.balloonChange, m.domain, m, Remote.domainEventCallbackBalloonChange, Remote.domainEventBalloonChange)
        case .pmSuspendDisk(let m):
            Form(.pmSuspendDisk, m, Remote.domainEventCallbackPMSuspendDisk, Remote.domainEventPMSuspendDisk)
        case .deviceRemoved(let m):
            Form(.deviceRemoved, m.domain, m, Remote.domainEventCallbackDeviceRemoved, Remote.domainEventDeviceRemoved)
        case .blockJob2(let m): Form(.blockJob2, m.domain, m, Remote.domainEventBlockJob2)
        case .tunable(let m): Form(.tunable, m.domain, m, Remote.domainEventCallbackTunable)
        case .agentLifecycle(let m): Form(.agentLifecycle, m.domain, m, Remote.domainEventCallbackAgentLifecycle)
        case .deviceAdded(let m): Form(.deviceAdded, m.domain, m, Remote.domainEventCallbackDeviceAdded)
        case .migrationIteration(let m):
            Form(.migrationIteration, m.domain, m, Remote.domainEventCallbackMigrationIteration)
        case .jobCompleted(let m): Form(.jobCompleted, m.domain, m, Remote.domainEventCallbackJobCompleted)
        case .deviceRemovalFailed(let m):
            Form(.deviceRemovalFailed, m.domain, m, Remote.domainEventCallbackDeviceRemovalFailed)
        case .metadataChange(let m): Form(.metadataChange, m.domain, m, Remote.domainEventCallbackMetadataChange)
        case .blockThreshold(let m): Form(.blockThreshold, m.domain, m, Remote.domainEventBlockThreshold)
        case .memoryFailure(let m): Form(.memoryFailure, m.domain, m, Remote.domainEventMemoryFailure)
        case .memoryDeviceSizeChange(let m):
            Form(.memoryDeviceSizeChange, m.domain, m, Remote.domainEventMemoryDeviceSizeChange)
        case .nicMACChange(let m): Form(.nicMACChange, m.domain, m, Remote.domainEventNICMACChange)
        case .vcpuRemoved(let m): Form(.vcpuRemoved, m.domain, m, Remote.domainEventVCPURemoved)
        case .channelLifecycle(let m):
            Form(.channelLifecycle, m.domain, m, Remote.domainEventCallbackChannelLifecycle)
        }
    }
}

/// What all events of domains have, whatever they tell.
private struct Form {
    let id: DomainEventID
    let domain: DomainReference
    let current: (Int32) -> Result<RPCEvent, RemoteError>
    let legacy: (() -> Result<RPCEvent, RemoteError>)?

    init<M>(
        _ id: DomainEventID, _ domain: DomainReference, _ message: M, _ current: RemoteEvent<Callback<M>>,
        _ legacy: RemoteEvent<M>? = nil
    ) {
        self.id = id
        self.domain = domain
        self.current = { RPCEvent.result(current, Callback($0, message)) }
        self.legacy = legacy.map { event in { RPCEvent.result(event, message) } }
    }

    /// Old clients aren't told a reason.
    init(
        _ id: DomainEventID, _ message: PowerMessage, _ current: RemoteEvent<Callback<PowerMessage>>,
        _ legacy: RemoteEvent<DomainReference>
    ) {
        self.id = id
        domain = message.domain
        self.current = { RPCEvent.result(current, Callback($0, message)) }
        self.legacy = { RPCEvent.result(legacy, message.domain) }
    }
}

extension RPCEvent {
    fileprivate static func result<M>(_ event: RemoteEvent<M>, _ message: M) -> Result<RPCEvent, RemoteError> {
        do { return .success(try RPCEvent(event, message)) } catch { return .failure(error) }
    }
}
