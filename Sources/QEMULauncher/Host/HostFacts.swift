/// What planning needs to know of the host: one value, read from the host or from a file, never asked for on the way.
public struct HostFacts: Sendable, Hashable {
    /// Where the files of one machine live while it runs, and where those live that it makes.
    public struct Folders: Sendable, Hashable {
        /// The machine's own folder: sockets, secrets, generated configuration.
        public var machine = ""
        /// Sockets that QEMU makes by itself and nobody names; nil for the machine's own folder.
        public var sockets: String?
        /// UEFI variable stores.
        public var nvram = ""
        /// What a machine's file of firmware variables is called by; nil for its name, as libvirt has it.
        public var nvramName: String?
        /// Sockets of guest agent channels.
        public var channels = ""
        /// Files that take what the guest prints on its consoles; empty when that isn't kept.
        public var consoles = ""
        /// Files that back guest memory.
        public var memory = ""
        /// Sockets of passt.
        public var passt = ""
        /// The states of emulated TPMs, a folder a machine.
        public var tpm = ""
        /// What a user's certificate authority for TPMs is configured by; nil where it needs nothing.
        public var tpmConfiguration: String?
        /// Logs of helper programs, and how their names begin.
        public var logs = ""
        public var logPrefix = ""

        public init() {}

        /// The folder for a socket that QEMU makes by itself.
        var socketFolder: String { sockets ?? machine }
    }

    /// A hugetlbfs mount.
    public struct HugePages: Sendable, Hashable {
        public var mount: String
        public var sizeKiB: UInt64
        public var isDefault: Bool

        public init(mount: String, sizeKiB: UInt64, isDefault: Bool) {
            self.mount = mount
            self.sizeKiB = sizeKiB
            self.isDefault = isDefault
        }
    }

    public var folders = Folders()
    /// The folder with libvirt's map of CPU models, which is read when a domain asks for the host's model; without one our own
    /// table serves.
    public var cpuMap: String?
    /// The programs that work beside QEMU; looked for when a machine is started.
    public var programs = HelperPrograms()
    /// Whether the kernel can move the packets of virtio cards: /dev/vhost-net can be opened.
    public var hasVhostNet = true
    /// The model of the host's processor where a check needs it: of POWER, `POWER9`.
    public var processorModel: String?
    public var hugePages: [HugePages] = []
    /// Firmware images in the order of preference.
    public var firmware: [FirmwareDescriptor] = []
    /// Bytes of a page of memory.
    public var pageSize: UInt64 = 4096
    /// Numbers of the host's NUMA nodes.
    public var numaNodes: [Int] = []
    /// Where automatic placement puts a machine, as a node set.
    public var automaticNodes: String?
    /// Paths of block devices that are CD-ROM drives.
    public var cdromDrives: Set<String> = []
    /// The DRM render node that graphics use when the document names none.
    public var renderNode: String?
    /// Whether SPICE displays without a password of their own get one, so that they keep asking for tickets.
    public var hasSpicePassword = false
    /// Whether a daemon opens log files and files of character devices, so that QEMU only ever appends to them.
    public var hasLogDaemon = false
    /// The SCSI generic node of SCSI host devices, for `scsi_hostN:B:T:U` or, with key `*`, for any.
    public var scsiGenericNodes: [String: String] = [:]
    /// IOMMU groups of the host's PCI functions, by `0000:00:00.0`.
    public var iommuGroups: [String: Int] = [:]
    /// The CID that `<cid auto='yes'/>` of a vsock gets.
    public var vsockCID: UInt64?
    /// Seconds since 1970 and the host's offset from UTC in seconds, for clocks that start at the host's time.
    public var clock: (seconds: Int64, offset: Int64) {
        get { (clockSeconds, clockOffset) }
        set { (clockSeconds, clockOffset) = newValue }
    }
    private var clockSeconds: Int64 = 0
    private var clockOffset: Int64 = 0

    public init() {}
}
