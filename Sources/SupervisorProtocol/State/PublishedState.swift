public import VMCore
package import VMJSON

/// A machine's state as its supervisor publishes it: a small file, replaced whole at every change.
///
/// Readers take it as it is, without a lock and without asking QEMU. It stays behind, with the reason, when the machine
/// has ended.
public struct PublishedState: Sendable, Hashable {
    public var name: String
    public var uuid: UUID
    /// The number of this run; nil when it is over.
    public var id: Int?
    public var state: DomainState
    public var reason: StateReason
    /// More than the reason can tell: the signal that killed QEMU, the disk that failed.
    public var detail: String?
    /// The disks whose errors have paused the machine; empty unless the reason is an I/O error.
    public var diskFailures: [DiskFailure] = []
    /// How many bytes have to be free for the failed disks until the supervisor lets the machine run by itself; nil when
    /// it waits for nothing.
    public var spaceWaitedFor: UInt64?
    /// When the machine came into this state, in nanoseconds since 1970.
    public var since: Int64
    /// When this was published, in nanoseconds since 1970.
    public var published: Int64
    /// Which boot of the host this is about; process numbers mean nothing in another one.
    public var bootID: String
    public var supervisor: ProcessIdentity?
    public var qemu: ProcessIdentity?
    /// The programs that work beside QEMU for its devices.
    public var helpers: [Helper] = []
    /// As QEMU said in its greeting, `7.2.22`.
    public var qemuVersion: String?
    /// Where clients speak QMP to the supervisor.
    public var monitor: String?
    /// Since when QEMU owes an answer past its deadline, in nanoseconds since 1970.
    public var notAnsweringSince: Int64?
    /// Character devices that QEMU gave a pseudo terminal, by their chardev id (`charserial0`).
    public var terminals: [Terminal] = []
    /// The displays that are served.
    public var vnc: [VNCServer] = []
    /// How long the guest agent may take, unless a call says something else; nil is the standard.
    public var agentPatience: AgentPatience?
    /// The number of the last event that the machine's supervisor has written into the host's journal; 0 before the first.
    public var lastEvent: UInt64 = 0
    /// Whether the supervisor has just taken the machine over and waits for QEMU's word on its state.
    public var isTakingOver = false
    /// The version of the requests that the supervisor takes, `SupervisorProtocolVersion`; nil before version 2.
    public var protocolVersion: Int?
    /// Members of a newer version, which are kept when the state is written again.
    package var unknownMembers: JSONObject = [:]

    /// A program beside QEMU.
    public struct Helper: Sendable, Hashable {
        /// `swtpm`, `virtiofsd`, `passt`.
        public var program: String
        /// The alias of the device it works for.
        public var device: String
        public var process: ProcessIdentity

        public init(program: String, device: String, process: ProcessIdentity) {
            self.program = program
            self.device = device
            self.process = process
        }
    }

    /// A character device on a pseudo terminal.
    public struct Terminal: Sendable, Hashable {
        public var chardev: String
        public var path: String

        public init(chardev: String, path: String) {
            self.chardev = chardev
            self.path = path
        }
    }

    /// A VNC server's address.
    public struct VNCServer: Sendable, Hashable {
        public var host: String
        public var port: String

        public init(host: String, port: String) {
            self.host = host
            self.port = port
        }
    }

    public init(name: String, uuid: UUID, state: DomainState = .shutOff, reason: StateReason = .unknown) {
        self.name = name
        self.uuid = uuid
        self.state = state
        self.reason = reason
        self.since = WallClock.now
        self.published = since
        self.bootID = hostBootID()
    }
}
