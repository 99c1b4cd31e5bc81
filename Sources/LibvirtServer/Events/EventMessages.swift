internal import LibvirtWire
internal import VMCore
internal import VMJSON
internal import VMManager

/// An event of the host as libvirt's events: none for what libvirt has none for, several where it sends several.
struct EventMessages: Sendable {
    let events: [DomainEvent]
    /// QEMU's own event, where it is one.
    let monitor: MonitorMessage?
    /// What happened, where it is about a storage pool, a network or a secret.
    let object: HostEvent.Kind?

    init(_ event: HostEvent, _ manager: VMManager) {
        switch event.kind {
        case .pool, .network, .secret: object = event.kind
        default: object = nil
        }
        guard let uuid = event.uuid else {
            events = []
            monitor = nil
            return
        }
        var domain = DomainReference(name: event.domain, uuid: uuid)
        // The number of the run isn't in the journal; an event is told as it happens, so it is that of now.
        if let state = manager.state(of: uuid) { domain.id = DomainReference(state).id }
        if case .lifecycle(let change) = event.kind, !change.state.isActive { domain.id = -1 }
        events = Self.lifecycle(event, domain) + Self.others(event, domain)
        monitor = event.qemu.map { Self.monitor($0, event.time, domain) }
    }

    private static func lifecycle(_ event: HostEvent, _ domain: DomainReference) -> [DomainEvent] {
        event.libvirtLifecycle.map { number in
            var message = LifecycleMessage<DomainReference>()
            message.object = domain
            message.event = number.event
            message.detail = number.detail
            return .lifecycle(message)
        }
    }

    private static func monitor(
        _ event: HostEvent.QEMUEvent, _ time: Int64, _ domain: DomainReference
    ) -> MonitorMessage {
        var message = MonitorMessage()
        message.domain = domain
        message.event = event.name
        message.seconds = time / 1_000_000_000
        message.microseconds = UInt32(clamping: time / 1000 % 1_000_000)
        message.details = event.data.object?.isEmpty == false ? event.data.description : nil
        return message
    }

    private static func others(_ event: HostEvent, _ domain: DomainReference) -> [DomainEvent] {
        switch event.kind {
        case .reboot: return [.reboot(domain)]
        case .rtcChange(let offset):
            return [
                .rtcChange(
                    make(RTCChangeMessage()) {
                        $0.domain = domain; $0.offset = offset
                    })
            ]
        case .watchdog(let action):
            let actions = ["none", "pause", "reset", "poweroff", "shutdown", "debug", "inject-nmi"]
            return [
                .watchdog(
                    make(WatchdogMessage()) {
                        $0.domain = domain
                        $0.action = number(of: action, in: actions)
                    })
            ]
        case .ioError(let error): return ioError(error, domain)
        case .graphics(let connection): return [.graphics(graphics(connection, domain))]
        case .error: return [.controlError(domain)]
        case .blockJob(let change): return blockJob(change, domain)
        case .diskChange(let change): return diskChange(change, domain)
        case .trayChange(let alias, let isOpen):
            return [
                .trayChange(
                    make(TrayChangeMessage()) {
                        $0.domain = domain
                        $0.alias = alias
                        $0.reason = isOpen ? 0 : 1
                    })
            ]
        case .power(let change):
            let message = make(PowerMessage()) { $0.domain = domain }
            switch change {
            case .suspended: return [.pmSuspend(message)]
            case .suspendedToDisk: return [.pmSuspendDisk(message)]
            case .wokeUp: return [.pmWakeup(message)]
            }
        case .balloonChange(let bytes):
            return [
                .balloonChange(
                    make(BalloonChangeMessage()) {
                        $0.domain = domain
                        $0.actual = bytes / 1024
                    })
            ]
        case .deviceAdded(let alias): return [.deviceAdded(device(alias, domain))]
        case .deviceRemoved(let alias): return [.deviceRemoved(device(alias, domain))]
        case .deviceRemovalFailed(let alias): return [.deviceRemovalFailed(device(alias, domain))]
        case .agentLifecycle(let isConnected):
            return [
                .agentLifecycle(
                    make(AgentLifecycleMessage()) {
                        $0.domain = domain
                        $0.state = isConnected ? 1 : 2
                        $0.reason = 2
                    })
            ]
        default: return rare(event, domain)
        }
    }

    private static func rare(_ event: HostEvent, _ domain: DomainReference) -> [DomainEvent] {
        switch event.kind {
        case .job(let change): return job(change, domain)
        case .metadataChanged(let part, let uri):
            return [
                .metadataChange(
                    make(MetadataChangeMessage()) {
                        $0.domain = domain
                        $0.type = number(of: part, in: [.description, .title, .element])
                        $0.namespace = uri
                    })
            ]
        case .blockThreshold(let node, let threshold, let excess):
            return [
                .blockThreshold(
                    make(BlockThresholdMessage()) {
                        $0.domain = domain
                        $0.device = node
                        $0.threshold = threshold
                        $0.excess = excess
                    })
            ]
        case .memoryFailure(let failure):
            return [
                .memoryFailure(
                    make(MemoryFailureMessage()) {
                        $0.domain = domain
                        $0.recipient = number(of: failure.recipient, in: ["hypervisor", "guest"])
                        $0.action = number(of: failure.action, in: ["ignore", "inject", "fatal", "reset"])
                        $0.flags = (failure.isActionRequired ? 1 : 0) | (failure.isRecursive ? 2 : 0)
                    })
            ]
        case .memoryDeviceSizeChange(let alias, let bytes):
            return [
                .memoryDeviceSizeChange(
                    make(MemoryDeviceSizeChangeMessage()) {
                        $0.domain = domain
                        $0.alias = alias
                        $0.size = bytes / 1024
                    })
            ]
        default: return []
        }
    }
}
