public import VMXML

/// `<devices>`: everything the machine has, in the order in which libvirt writes the kinds.
public struct Devices: XMLElement {
    /// `<emulator>`: the path of the QEMU binary.
    public var emulator: String?
    public var disks: [Disk] = []
    public var controllers: [Controller] = []
    public var leases: [Lease] = []
    public var filesystems: [Filesystem] = []
    public var interfaces: [Interface] = []
    public var smartcards: [Smartcard] = []
    public var serials: [Serial] = []
    public var parallels: [Parallel] = []
    public var consoles: [Console] = []
    public var channels: [Channel] = []
    public var inputs: [Input] = []
    public var tpms: [TPM] = []
    public var graphics: [Graphics] = []
    public var sounds: [Sound] = []
    public var audios: [Audio] = []
    public var videos: [Video] = []
    /// `<hostdev>`.
    public var hostDevices: [HostDevice] = []
    /// `<redirdev>`.
    public var redirectedDevices: [RedirectedDevice] = []
    /// `<redirfilter>`.
    public var redirectionFilter: RedirectionFilter?
    public var hubs: [Hub] = []
    public var watchdogs: [Watchdog] = []
    /// `<memballoon>`.
    public var memoryBalloon: MemoryBalloon?
    public var rngs: [RandomNumberGenerator] = []
    /// `<nvram>`.
    public var nonVolatileMemory: NonVolatileMemory?
    public var panics: [Panic] = []
    /// `<shmem>`.
    public var sharedMemories: [SharedMemory] = []
    /// `<memory>`.
    public var memories: [MemoryDevice] = []
    public var cryptos: [Crypto] = []
    /// `<iommu>`: one, or one for each PCI bus that says so.
    public var iommus: [IOMMU] = []
    public var vsock: VSock?
    /// `<pstore>`.
    public var persistentStore: PersistentStore?

    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.text("emulator", &emulator)
        x.elements("disk", &disks)
        x.elements("controller", &controllers)
        x.elements("lease", &leases)
        x.elements("filesystem", &filesystems)
        x.elements("interface", &interfaces)
        x.elements("smartcard", &smartcards)
        x.elements("serial", &serials)
        x.elements("parallel", &parallels)
        x.elements("console", &consoles)
        x.elements("channel", &channels)
        x.elements("input", &inputs)
        x.elements("tpm", &tpms)
        x.elements("graphics", &graphics)
        x.elements("sound", &sounds)
        x.elements("audio", &audios)
        x.elements("video", &videos)
        x.elements("hostdev", &hostDevices)
        x.elements("redirdev", &redirectedDevices)
        x.single("redirfilter", &redirectionFilter)
        x.elements("hub", &hubs)
        x.elements("watchdog", &watchdogs)
        x.single("memballoon", &memoryBalloon)
        x.elements("rng", &rngs)
        x.single("nvram", &nonVolatileMemory)
        x.elements("panic", &panics)
        x.elements("shmem", &sharedMemories)
        x.elements("memory", &memories)
        x.elements("crypto", &cryptos)
        x.elements("iommu", &iommus)
        x.single("vsock", &vsock)
        x.single("pstore", &persistentStore)
    }
}
