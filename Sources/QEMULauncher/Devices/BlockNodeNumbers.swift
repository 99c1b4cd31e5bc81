internal import VMDomain
internal import VMXML

/// The numbers of the block nodes: `libvirt-N-storage` and `libvirt-N-format`.
///
/// Every image of every chain has one. Counting begins with the last disk and goes down each chain, so that a domain's
/// first disk has the highest number. SCSI devices of the host come
/// after the disks.
struct BlockNodeNumbers: Sendable {
    /// The images of one disk, the topmost first, with the number of each one's data file.
    struct Chain: Sendable {
        var images: [(image: Int, dataFile: Int?)] = []
        /// Of the throttle filters on top.
        var filters: [Int] = []
    }

    private var chains: [Int: Chain] = [:]
    private var hostDevices: [String: Int] = [:]
    private var next = 1
    /// Whether images that say by which number they are known have that one.
    private var isIndexed = false

    init(_ domain: Domain) {
        for (index, disk) in domain.devices.disks.enumerated().reversed() {
            guard disk.type != .vhostuser, disk.target?.bus != .sd, !disk.isPluggedLater else { continue }
            chains[index] = number(disk)
        }
        for device in domain.devices.hostDevices where device.mode == .subsystem && device.type == .scsi {
            hostDevices[device.alias?.name ?? ""] = take()
        }
    }

    /// Numbers of one disk alone, which is plugged into a running machine where the lower numbers may be in use.
    ///
    /// - Parameter indexed: the definition is a running machine's, whose images may say their numbers.
    init(_ domain: Domain, only index: Int?, from first: Int, indexed: Bool = false) {
        next = first
        isIndexed = indexed
        if let index { chains[index] = number(domain.devices.disks[index]) }
        for device in domain.devices.hostDevices where device.mode == .subsystem && device.type == .scsi {
            hostDevices[device.alias?.name ?? ""] = take()
        }
    }

    private mutating func number(_ disk: Disk) -> Chain {
        var chain = Chain()
        var source: DiskSource? = disk.source
        var below = disk.backingStore
        var known = disk.source.index
        while let image = source, chain.images.count < 1024 {
            let own = (isIndexed ? known.map(Int.init) : nil) ?? take()
            chain.images.append((own, image.dataStore == nil ? nil : take()))
            source = below?.source
            known = below?.index
            below = below?.backingStore
        }
        chain.filters = disk.throttlefilters.map { _ in take() }
        return chain
    }

    private mutating func take() -> Int {
        defer { next += 1 }
        return next
    }

    /// The number of a SCSI device of the host.
    func hostDevice(_ device: HostDevice) -> Int { hostDevices[device.alias?.name ?? ""] ?? 1 }

    /// The numbers of the disk at that place in `<devices>`.
    func chain(_ disk: Int) -> Chain { chains[disk] ?? Chain() }
}

extension Disk {
    /// Whether the disk is made only once the machine exists: one whose changes are thrown away, on an image that
    /// others use at the same time.
    var isPluggedLater: Bool { transient?.shareBacking == .yes }
}
