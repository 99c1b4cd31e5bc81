public import VMCore
public import VMJSON

/// Something that happened to a domain of this host, from the host's journal.
///
/// All domains share one ordered sequence, which goes on over restarts of machines, of their supervisors and of the host.
public struct HostEvent: Sendable, Hashable {
    /// The event's place in the sequence: later events have larger numbers, with holes between them. Given as a token to
    /// a later reader, it goes on behind this event.
    public var number: UInt64
    /// Nanoseconds since 1970.
    public var time: Int64
    /// The domain's name at that time; empty for a ``Kind/gap`` in the events of all domains.
    public var domain: String
    /// Nil for such a gap, and for events of newer versions that are about no domain.
    public var uuid: UUID?
    public var kind: Kind
    /// QEMU's own event, as it came, where it is one.
    public var qemu: QEMUEvent?
    /// The members that were left out of the record because they were too long.
    public var cut: [String] = []

    /// - Parameter number: 0 for one that isn't in a journal.
    package init(
        number: UInt64 = 0, time: Int64 = WallClock.now, domain: String, uuid: UUID?, kind: Kind,
        qemu: QEMUEvent? = nil
    ) {
        self.number = number
        self.time = time
        self.domain = domain
        self.uuid = uuid
        self.kind = kind
        self.qemu = qemu
    }

    /// What happened.
    public enum Kind: Sendable, Hashable {
        // MARK: Definitions

        case defined(DefinitionCause)
        case undefined(UndefinitionCause)
        /// A setting was changed, in the stored definition or in the running machine; where both were, there are two
        /// events. `edit` is the change's name, such as `attach`, `memory` or `autostart`.
        case changed(edit: String, scope: EditScope)
        case metadataChanged(MetadataPart, uri: String?)

        // MARK: Life cycle

        /// The machine came into a state.
        case lifecycle(StateChange)
        /// The guest has powered off, or QEMU was told to end; what follows is an event of its own.
        case shutdown(Shutdown)
        /// The machine was reset, by its guest or by somebody else.
        case reboot(byGuest: Bool)
        /// The guest went to sleep or woke up.
        case power(PowerChange)

        // MARK: The machine

        case deviceAdded(alias: String)
        case deviceRemoved(alias: String)
        /// The guest has refused to release a device.
        case deviceRemovalFailed(alias: String)
        case trayChange(alias: String, isOpen: Bool)
        /// Another medium is in a drive, or a disk's source wasn't there when the machine started.
        case diskChange(DiskChange)
        /// How much memory the balloon leaves to the guest now.
        case balloonChange(bytes: UInt64)
        case memoryDeviceSizeChange(alias: String, bytes: UInt64)
        /// How many seconds the guest's clock is ahead of the one it began with.
        case rtcChange(offset: Int64)
        /// What is done about a watchdog that has run out: `reset`, `pause`, `poweroff`, `shutdown`, `none`, `debug`,
        /// `inject-nmi`.
        case watchdog(action: String)
        case ioError(IOError)
        case memoryFailure(MemoryFailure)
        case graphics(GraphicsConnection)
        /// A block job has ended or is ready.
        case blockJob(BlockJobChange)
        /// More was written to a block node than the threshold that was set for it, by so many bytes.
        case blockThreshold(node: String, threshold: UInt64, excess: UInt64)
        /// The guest agent has opened or closed its channel.
        case agentLifecycle(isConnected: Bool)

        // MARK: Storage

        /// Something happened to a storage pool. It is about no domain.
        case pool(PoolChange)

        // MARK: Networks and secrets

        /// Something happened to a virtual network, or to a secret. It is about no domain.
        case network(NetworkChange)
        case secret(SecretChange)

        // MARK: The supervisor

        /// A save or a dump has begun or ended.
        case job(JobChange)
        /// A program beside QEMU ended, and the machine runs on without it.
        case helper(program: String, device: String, detail: String)
        /// Another supervisor has taken the machine over.
        case adopted
        /// The supervisor did something else that is worth a line.
        case supervisor(String)
        /// Something is wrong with the machine though it may run: a monitor that doesn't answer.
        case error(String)

        // MARK: Everything else

        /// An event of QEMU that has no case of its own.
        case qmp(name: String, data: JSONValue)
        /// An event that only a newer version knows: its word, and its members as they are in the journal.
        case unknown(String, JSONObject)
        /// Events between the last one and the next one were lost: the journal no longer has them, or it is damaged. Ask
        /// for the state.
        case gap
    }

    public enum DefinitionCause: Sendable, Hashable {
        case added
        /// It replaced another one of the same name and UUID.
        case updated
        case renamed(from: String)
        /// An undefined domain was brought back.
        case fromTrash
    }

    public enum UndefinitionCause: Sendable, Hashable {
        case removed
        case renamed(to: String)
    }

    /// Which of a domain's two descriptions was changed.
    public enum EditScope: String, Sendable { case config, live }

    /// libvirt's `virDomainMetadataType`.
    public enum MetadataPart: String, Sendable, CaseIterable { case description, title, element }

    /// A machine's new state.
    public struct StateChange: Sendable, Hashable {
        public var state: DomainState
        public var reason: StateReason
        /// More than the reason tells.
        public var detail: String?
        /// How the run began, `booted` or `restored`, where it begins with its CPUs stopped.
        public var start: StateReason?
        /// Whether the guest that sleeps has saved itself to its disk.
        public var isOnDisk: Bool

        public init(
            _ state: DomainState, _ reason: StateReason, detail: String? = nil, start: StateReason? = nil,
            isOnDisk: Bool = false
        ) {
            self.state = state
            self.reason = reason
            self.detail = detail
            self.start = start
            self.isOnDisk = isOnDisk
        }
    }

    public struct Shutdown: Sendable, Hashable {
        /// Whether the guest asked for it; nil when QEMU doesn't tell.
        public var byGuest: Bool?
        /// QAPI's `ShutdownCause` such as `guest-shutdown` or `host-signal`; nil when QEMU doesn't tell.
        public var reason: String?

        public init(byGuest: Bool?, reason: String?) {
            self.byGuest = byGuest
            self.reason = reason
        }
    }

    public enum PowerChange: String, Sendable, CaseIterable {
        case suspended = "pm-suspend"
        case suspendedToDisk = "pm-suspend-disk"
        case wokeUp = "pm-wakeup"
    }
}
