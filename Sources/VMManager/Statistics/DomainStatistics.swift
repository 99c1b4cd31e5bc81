public import MonitorJSON
public import VMCore

/// What a running machine has used and done since it was started.
///
/// Times of processors are the kernel's and always fresh; what QEMU counts is as old as ``age`` says when QEMU doesn't
/// answer.
public struct DomainStatistics: Sendable {
    /// Processor time, in nanoseconds.
    public struct CPUTime: Sendable, Hashable {
        public var user: UInt64 = 0
        public var system: UInt64 = 0
        public var total: UInt64 { user &+ system }
    }

    /// A thread of QEMU, in nanoseconds.
    public struct ThreadTime: Sendable, Hashable {
        public var id: Int
        /// How long it ran.
        public var time: UInt64
        /// How long it waited for a processor of the host.
        public var delay: UInt64
        /// The host's processor that it ran on last.
        public var processor: Int
        /// Whether it runs or waits for one, as opposed to sleeping.
        public var isRunnable: Bool
    }

    public struct VCPU: Sendable, Hashable {
        public var index: Int
        /// Nil when the kernel tells nothing of the thread.
        public var thread: ThreadTime?
    }

    /// Something that the guest's balloon driver says, by libvirt's name (`usable`).
    public struct GuestFigure: Sendable, Hashable {
        public var name: String
        /// KiB, or a number of times.
        public var value: UInt64
    }

    public struct Memory: Sendable, Hashable {
        /// KiB that the guest has.
        public var current: UInt64
        /// KiB that the guest may have.
        public var maximum: UInt64
        /// KiB that QEMU holds in the host's memory.
        public var resident: UInt64?
        /// What the guest's balloon driver says, by libvirt's names; sizes in KiB.
        public var guest: [GuestFigure] = []
        /// When the guest said it, in seconds since 1970; 0 when it never did.
        public var lastUpdate: Int64 = 0
    }

    public struct Interface: Sendable, Hashable {
        /// Seen by the guest: what it received and what it sent.
        public struct Counters: Sendable, Hashable {
            public var bytes: UInt64
            public var packets: UInt64
            public var errors: UInt64
            public var drops: UInt64
        }
        /// The host's end (`vnet0`); nil for cards without one, whose traffic nobody counts.
        public var target: String?
        public var mac: String?
        public var received: Counters?
        public var sent: Counters?
    }

    public struct Disk: Sendable, Hashable {
        public var target: String
        /// The source; nil for an empty drive.
        public var path: String?
        /// The number by which the image is known (`vda[2]`).
        public var index: UInt32?
        public var counters: QueryBlockStats.Counters?
        /// The size that the guest sees.
        public var capacity: UInt64?
        /// Bytes that the image takes in the host's file system.
        public var physical: UInt64?
        /// `nospace` or `failed` when the guest waits for the disk.
        public var ioStatus: String?
    }

    public struct IOThread: Sendable, Hashable {
        public var id: UInt32
        public var pollMax: Int64?
        public var pollGrow: Int64?
        public var pollShrink: Int64?
        public var thread: ThreadTime?
    }

    /// How fast the guest changes its memory, as ``VirtualMachine/measureDirtyRate(for:timeout:)`` has measured it.
    public struct DirtyRate: Sendable, Hashable {
        public enum Status: String, Sendable {
            case unstarted, measuring, measured

            /// `virDomainDirtyRateStatus`.
            var libvirtNumber: Int32 {
                switch self {
                case .unstarted: 0
                case .measuring: 1
                case .measured: 2
                }
            }
        }

        public var status: Status
        /// When it began, in seconds of QEMU's clock, and for how many seconds it goes on.
        public var startTime: Int64
        public var period: Int64
        /// MiB a second; nil before it is known.
        public var rate: Int64?
        /// QAPI's `DirtyRateMeasureMode`.
        public var mode: String
    }

    public var name: String
    public var uuid: UUID
    /// The number of the run; nil when the machine doesn't run.
    public var id: Int?
    public var state: DomainState
    public var reason: StateReason
    public var cpu: CPUTime?
    public var memory: Memory?
    public var vcpus: [VCPU] = []
    public var maximumVCPUs: Int = 0
    public var interfaces: [Interface] = []
    public var disks: [Disk] = []
    public var iothreads: [IOThread] = []
    /// Only where it was asked for.
    public var dirtyRate: DirtyRate?
    /// When QEMU gave its figures, in nanoseconds since 1970; nil when it never did.
    public var measured: Int64?
    /// Why QEMU's figures are old, or missing.
    public var problem: VMError?

    /// How old QEMU's figures are; nil when there are none.
    public var age: Duration? {
        measured.map { .nanoseconds(max(0, WallClock.now &- $0)) }
    }

    public init(name: String, uuid: UUID, state: DomainState, reason: StateReason) {
        self.name = name
        self.uuid = uuid
        self.state = state
        self.reason = reason
    }
}

/// Which figures are wanted: what isn't wanted costs nothing.
public struct StatisticsGroups: OptionSet, Sendable, Hashable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    public static let state = Self(rawValue: 1 << 0)
    public static let cpuTotal = Self(rawValue: 1 << 1)
    public static let balloon = Self(rawValue: 1 << 2)
    public static let vcpu = Self(rawValue: 1 << 3)
    public static let interface = Self(rawValue: 1 << 4)
    public static let block = Self(rawValue: 1 << 5)
    public static let iothread = Self(rawValue: 1 << 6)
    /// How fast memory changes; not among ``all``.
    public static let dirtyRate = Self(rawValue: 1 << 7)
    public static let all: Self = [.state, .cpuTotal, .balloon, .vcpu, .interface, .block, .iothread]
}
