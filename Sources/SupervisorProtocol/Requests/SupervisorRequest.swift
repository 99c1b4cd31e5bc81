internal import VMCore
package import VMJSON

/// The version of the requests between a supervisor and its clients. It stands in the supervisor's greeting, as
/// `{"QMP": …, "vmctl": {"protocol": 3}}`, and in the published state.
///
/// Version 1 had no number: it is what a supervisor without one speaks. Version 3 came with the requests about displays,
/// memory, migration limits and the agent's patience, and with tuning among the edits. A request that a supervisor doesn't know is
/// answered with `unsupported`; members of a request that it doesn't know are ignored.
package enum SupervisorProtocolVersion {
    package static let current = 4
}

/// Something that a client asks of a machine's supervisor.
///
/// A request travels as a QMP command `x-vmctl-NAME` on the machine's `qmp.sock`; see ``SupervisorCall``. The supervisor
/// answers every one, by its deadline.
package enum SupervisorRequest: Sendable {
    // MARK: Asking

    /// Publish the state anew and give it.
    case status
    /// The live definition as text; its file is written anew.
    case definition
    /// From now on events are announced to this client; with a number, those after it are given now.
    case subscribe(since: UInt64?)

    // MARK: Power

    case suspend
    case resume
    case reset
    /// Press the power button.
    case shutdown
    /// Press the power button, and reset the machine when the guest has powered off.
    case reboot
    /// Wake a guest that has suspended itself.
    case wakeUp
    /// End QEMU; without force only by SIGTERM.
    case destroy(isGraceful: Bool)

    // MARK: Changes

    /// Change the machine and its live definition.
    case edit(DomainEdit)
    /// Give a disk another size; a smaller one, which cuts data off, only where that is said.
    case resizeBlock(disk: String, bytes: UInt64, mayShrink: Bool)
    case setWriteThreshold(disk: String, bytes: UInt64)

    // MARK: What the guest sees

    case injectNMI
    case sendKeys([GuestKey], hold: Duration?)
    /// Write a picture of the screen, as PNG, into the open file that comes with the request.
    case screenshot(screen: Int)
    /// Let a client look at a display over the open socket that comes with the request; the display by its place among the
    /// machine's `<graphics>`.
    case addDisplayClient(index: Int, skipsAuthentication: Bool)
    /// Give bytes of the guest's memory, at an address of its first processor's or at a physical one.
    case peekMemory(address: UInt64, count: Int, isPhysical: Bool)
    /// Have the displays read their certificates again.
    case reloadDisplays
    /// Have network cards tell the network where they are; nil is all of them.
    case announce(interface: String?, AnnounceTimes)
    /// Begin to measure how fast the guest changes its memory, for so many seconds.
    case measureDirtyRate(seconds: Int)
    /// How long the guest agent may take, unless a call says something else; nil is the standard.
    case setAgentPatience(AgentPatience?)
    /// Limits that later migrations keep to.
    case setMigrationLimits(MigrationLimits)
    /// Run a command of the guest agent.
    case agent(command: String, arguments: JSONObject)

    // MARK: Jobs

    case save(SaveRequest)
    case dump(DumpRequest)
    case snapshot(SnapshotOrder)
    case backup(BackupOrder)
    case abortJob

    // MARK: Bitmaps

    case checkpoint(CheckpointOrder)

    // MARK: Jobs of disks

    case startBlockJob(BlockJobOrder)
    /// How far a disk's job is; the disk by its target, its path or its alias.
    case blockJob(disk: String)
    /// End a disk's job. Unless that is to be done beside, the answer comes when it is over.
    case endBlockJob(disk: String, BlockJobEnd, isAsynchronous: Bool)
    /// Bytes a second at most; 0 is as fast as it goes.
    case setBlockJobSpeed(disk: String, bytes: UInt64)
}

/// How often a network card tells the network where it is, QAPI's `AnnounceParameters`, in milliseconds.
public struct AnnounceTimes: Sendable, Hashable {
    /// Before the second time.
    public var initial: Int64 = 50
    /// At most between two times.
    public var maximum: Int64 = 550
    public var rounds: Int64 = 5
    /// By how much each pause is longer than the one before.
    public var step: Int64 = 100

    public init() {}
}

/// How long the guest agent may take for an answer.
public enum AgentPatience: Sendable, Hashable {
    /// However long it takes.
    case forever
    /// Only a moment: an agent that says nothing has done it.
    case none
    case atMost(Duration)
}

/// What can be set of migrations before they begin, QAPI's `MigrationParameters`; nil leaves it as it is.
public struct MigrationLimits: Sendable, Hashable {
    /// Bytes a second.
    public var bandwidth: UInt64?
    public var postcopyBandwidth: UInt64?
    /// How long the guest may stand still at the end, in milliseconds.
    public var downtime: UInt64?
    /// Bytes of the cache of pages that were sent.
    public var cacheSize: UInt64?

    public init() {}

    /// QEMU's names, with the values that are set.
    package var parameters: [(name: String, value: UInt64)] {
        [
            ("max-bandwidth", bandwidth), ("max-postcopy-bandwidth", postcopyBandwidth),
            ("downtime-limit", downtime), ("xbzrle-cache-size", cacheSize),
        ].compactMap { name, value in value.map { (name, $0) } }
    }
}

/// A key as QEMU takes it.
public enum GuestKey: Sendable, Hashable {
    /// By name: `ctrl`, `alt`, `delete`.
    case named(String)
    /// By QEMU's number.
    case number(Int)
}

/// Write a machine's state into a file and end the machine.
package struct SaveRequest: Sendable, Hashable {
    /// Tells the job from others.
    package var id: String
    /// Absolute.
    package var path: String
    /// What is restored instead of the live definition.
    package var xml: String?
    /// Whether its CPUs wait when it is restored; nil leaves it as it is now.
    package var isPaused: Bool?
    package var format: SaveImage.Format

    package init(
        id: String, path: String, xml: String?, isPaused: Bool?, format: SaveImage.Format = .vmctl
    ) {
        self.id = id
        self.path = path
        self.xml = xml
        self.isPaused = isPaused
        self.format = format
    }
}

/// Write the guest's memory into a file.
package struct DumpRequest: Sendable, Hashable {
    package var id: String
    /// Absolute.
    package var path: String
    /// QAPI's `DumpGuestMemoryFormat`; nil for ELF.
    package var format: String?
    /// Let the CPUs run meanwhile.
    package var isLive: Bool
    /// `crash` ends the machine then, `reset` resets it; nil lets it go on.
    package var after: String?

    package init(id: String, path: String, format: String?, isLive: Bool, after: String?) {
        self.id = id
        self.path = path
        self.format = format
        self.isLive = isLive
        self.after = after
    }
}

/// A request with what goes along: how long it may take, and how many open files came with it.
package struct SupervisorCall: Sendable {
    package var request: SupervisorRequest
    /// From its arrival on.
    package var timeout: Duration
    /// How many descriptors belong to it.
    package var descriptorCount: Int
    /// Tells a change from all others, so that a client whose supervisor ended in the middle can ask the next one for the
    /// same change again: it is made once.
    package var id: String?
    /// Whether the client has asked for it before and got no answer.
    package var isRepeated = false

    /// The longest time that a request may take.
    package static let longest = Duration.seconds(3600)
    /// What a request without a time gets.
    package static let standard = Duration.seconds(10)
    /// The most descriptors that a request may bring.
    package static let descriptorLimit = 16

    package init(
        _ request: SupervisorRequest, timeout: Duration, descriptorCount: Int = 0, id: String? = nil,
        isRepeated: Bool = false
    ) {
        self.id = id
        self.isRepeated = isRepeated
        self.request = request
        self.timeout = timeout
        self.descriptorCount = descriptorCount
    }
}
