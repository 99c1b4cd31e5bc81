/// libvirt's numbers of events.
extension HostEvent {
    /// An event of libvirt's `VIR_DOMAIN_EVENT_ID_LIFECYCLE`.
    public struct LibvirtLifecycle: Sendable, Hashable {
        /// `virDomainEventType`.
        public var event: Int32
        /// A number of the enumeration of that event's details.
        public var detail: Int32

        public init(_ event: Int32, _ detail: Int32) {
            self.event = event
            self.detail = detail
        }

        // virDomainEventType.
        static func defined(_ detail: Int32) -> Self { Self(0, detail) }
        static func undefined(_ detail: Int32) -> Self { Self(1, detail) }
        static func started(_ detail: Int32) -> Self { Self(2, detail) }
        static func suspended(_ detail: Int32) -> Self { Self(3, detail) }
        static func resumed(_ detail: Int32) -> Self { Self(4, detail) }
        static func stopped(_ detail: Int32) -> Self { Self(5, detail) }
        static func shutdown(_ detail: Int32) -> Self { Self(6, detail) }
        static func sleeping(_ detail: Int32) -> Self { Self(7, detail) }
        static func crashed(_ detail: Int32) -> Self { Self(8, detail) }
    }

    /// What libvirt tells of it as life-cycle events, in its order: none for what is no such event, two where a machine
    /// starts with its CPUs stopped, for libvirt starts and suspends it.
    public var libvirtLifecycle: [LibvirtLifecycle] {
        switch kind {
        case .defined(.added), .defined(.fromTrash): [.defined(0)]
        case .defined(.updated): [.defined(1)]
        case .defined(.renamed): [.defined(2)]
        case .undefined(.removed): [.undefined(0)]
        case .undefined(.renamed): [.undefined(1)]
        case .lifecycle(let change): change.libvirtLifecycle
        case .shutdown(let shutdown): shutdown.libvirtLifecycle.map { [$0] } ?? []
        default: []
        }
    }
}

extension HostEvent.Shutdown {
    /// Nil for the end of QEMU by a signal or a command: libvirt then tells how the machine was stopped, and no more.
    var libvirtLifecycle: HostEvent.LibvirtLifecycle? {
        switch (reason, byGuest) {
        case ("host-signal", _), ("host-qmp-quit", _): nil
        case (_, nil): .shutdown(0)
        case (_, true?): .shutdown(1)
        case (_, false?): .shutdown(2)
        }
    }
}

extension HostEvent.StateChange {
    var libvirtLifecycle: [HostEvent.LibvirtLifecycle] {
        let began: [HostEvent.LibvirtLifecycle] = start.map { [.started($0 == .restored ? 2 : 0)] } ?? []
        return began + (move.map { [$0] } ?? [])
    }

    private var move: HostEvent.LibvirtLifecycle? {
        switch state {
        case .running: running
        case .paused: paused
        case .shutOff: stopped
        case .suspendedByGuest: .sleeping(isOnDisk ? 1 : 0)
        case .crashed: .crashed(0)
        // The shutdown itself is an event before this one.
        default: nil
        }
    }

    private var running: HostEvent.LibvirtLifecycle? {
        switch reason {
        case .booted: .started(0)
        case .migrated: .started(1)
        case .restored: .started(2)
        case .eventWakeup: .started(4)
        default: .resumed(0)
        }
    }

    private var paused: HostEvent.LibvirtLifecycle? {
        switch reason {
        case .startingUp: nil
        case .migrating: .suspended(1)
        case .ioError: .suspended(2)
        case .watchdog: .suspended(3)
        case .user where start == .restored: .suspended(4)
        default: .suspended(0)
        }
    }

    private var stopped: HostEvent.LibvirtLifecycle? {
        switch reason {
        case .shutdown: .stopped(0)
        case .destroyed: .stopped(1)
        case .crashed: .stopped(2)
        case .migrated: .stopped(3)
        case .saved: .stopped(4)
        case .failed: .stopped(5)
        // The host was restarted: libvirt's machines are gone without a word then.
        default: nil
        }
    }
}

extension HostEvent {
    /// The numbers of `virDomainEventID` by which libvirt tells of it; none for what it has no event for.
    public var libvirtEvents: [Int32] {
        switch kind {
        case .defined, .undefined, .lifecycle, .shutdown: libvirtLifecycle.isEmpty ? [] : [0]
        case .reboot: [1]
        case .rtcChange: [2]
        case .watchdog: [3]
        case .ioError: [4, 6]
        case .graphics: [5]
        case .error: [7]
        case .blockJob: [8, 16]
        case .diskChange(let change): change.libvirtReason == nil ? [] : [9]
        case .trayChange: [10]
        case .power(.wokeUp): [11]
        case .power(.suspended): [12]
        case .balloonChange: [13]
        case .power(.suspendedToDisk): [14]
        case .deviceRemoved: [15]
        case .agentLifecycle: [18]
        case .deviceAdded: [19]
        case .job(let change): change.elapsed == nil ? [] : [21]
        case .deviceRemovalFailed: [22]
        case .metadataChanged: [23]
        case .blockThreshold: [24]
        case .memoryFailure: [25]
        case .memoryDeviceSizeChange: [26]
        case .changed, .pool, .network, .secret, .helper, .adopted, .supervisor, .qmp, .unknown, .gap: []
        }
    }
}

extension HostEvent.DiskChange {
    /// `virConnectDomainEventDiskChangeReason`; nil for a change of a medium, which libvirt tells nobody.
    public var libvirtReason: Int32? {
        switch reason {
        case .media: nil
        case .missingOnStart: 0
        case .droppedOnStart: 1
        }
    }
}

extension HostEvent.BlockJobChange {
    /// `virDomainBlockJobType`; 0 for a type that libvirt doesn't know.
    public var libvirtType: Int32 {
        switch type {
        case "stream": 1
        case "mirror": 2
        case "backup": 5
        default: BlockJob.Kind(rawValue: type)?.libvirtType ?? 0
        }
    }

    /// `virConnectDomainEventBlockJobStatus`.
    public var libvirtStatus: Int32 {
        switch status {
        case .completed: 0
        case .failed: 1
        case .canceled: 2
        case .ready: 3
        }
    }
}

extension HostEvent.IOError {
    /// `virDomainEventIOErrorAction`.
    public var libvirtAction: Int32 {
        switch action {
        case "stop": 1
        case "report": 2
        default: 0
        }
    }
}

extension HostEvent.JobChange {
    /// `virDomainJobOperation`; 0 for what this version doesn't know.
    public var libvirtOperation: Int32 {
        switch operation {
        case "save": 2
        case "dump": 8
        case "snapshot": 6
        case "backup": 9
        default: 0
        }
    }
}
