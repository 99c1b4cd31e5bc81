internal import VMDomain
internal import VMXML

/// The parts of a disk that concern where its data is.
enum StorageDefaults {
    static func fill(_ disk: inout Disk) {
        fill(&disk.source)
        fillEngine(&disk.encryption)
        if var chain = disk.backingStore {
            fill(&chain)
            disk.backingStore = chain
        }
    }

    private static func fill(_ store: inout DiskBackingStore) {
        if var source = store.source {
            fill(&source)
            store.source = source
        }
        if var next = store.backingStore {
            fill(&next)
            store.backingStore = next
        }
    }

    static func fill(_ source: inout DiskSource) {
        fillEngine(&source.encryption)
        // A storage is one slice of what there is.
        if source.slices.count > 1 { source.slices.removeSubrange(1...) }
        // An empty path is none.
        if source.file?.isEmpty == true { source.file = nil }
        if source.dev?.isEmpty == true { source.dev = nil }
        if source.dir?.isEmpty == true { source.dir = nil }
        if source.type == .nvme {
            source.managed.fill(.yes)
            source.address?.fillZeros()
        }
        // A label is a file's.
        if source.type == .network { source.seclabels = [] }
        for index in source.hosts.indices where source.hosts[index].transport == .tcp {
            source.hosts[index].transport = nil
        }
        guard source.type == .network, let `protocol` = source.networkProtocol else { return }
        for index in source.hosts.indices where source.hosts[index].transport != .unix {
            if let port = standardPort(`protocol`) { source.hosts[index].port.fill(port) }
        }
        // A target without a unit means its first one.
        if `protocol` == .iscsi, let name = source.name, !name.contains("/") { source.name = name + "/0" }
    }

    static func completeName(_ source: inout HostDeviceSource) {
        if source.protocol == .iscsi, let name = source.name, !name.contains("/") { source.name = name + "/0" }
    }

    private static func fillEngine(_ encryption: inout StorageEncryption?) {
        if encryption?.format == .luks { encryption?.engine.fill(.qemu) }
    }

    private static func standardPort(_ protocol: DiskProtocol) -> UInt16? {
        switch `protocol` {
        case .nbd: 10809
        case .gluster: 24007
        case .iscsi: 3260
        case .http: 80
        case .https: 443
        case .ftp: 21
        case .ftps: 990
        case .tftp: 69
        case .ssh: 22
        case .sheepdog: 7000
        case .vxhs: 9999
        case .rbd, .nfs: nil
        }
    }
}
