public import VMXML

/// `<source>` of a disk, of an element of its backing chain, of a mirror or of a data file.
///
/// Its ``type`` stands on the element around it; which properties count is told by it.
public struct DiskSource: XMLElement {
    /// `type` of `<disk>` and `<backingStore>`: where the bytes come from.
    public enum Kind: String, XMLEnum { case file, block, dir, network, volume, nvme, vhostuser, vhostvdpa }

    /// `startupPolicy`: what happens when the source isn't there.
    public enum StartupPolicy: String, XMLEnum { case mandatory, requisite, optional }

    /// `mode` of a volume in an iSCSI pool: through the host or by QEMU itself.
    public enum VolumeMode: String, XMLEnum { case host, direct }

    public var type = Kind.file
    /// file: the path of the image.
    public var file: String?
    /// file: descriptors handed over instead of a path.
    public var fdgroup: String?
    /// block, vhostvdpa: the path of the device.
    public var dev: String?
    /// dir.
    public var dir: String?
    /// network.
    public var networkProtocol: DiskProtocol?
    /// network: the export, image or path.
    public var name: String?
    /// network, http(s): what follows `?` in the URL.
    public var query: String?
    /// network: encryption of the connection.
    public var tls: YesNo?
    /// network: the name in the server's certificate when it isn't the host's.
    public var tlsHostname: String?
    /// network.
    public var hosts: [StorageHost] = []
    /// network, rbd: the snapshot to open.
    public var snapshot: StorageName?
    /// network, rbd: the path of a ceph.conf.
    public var config: StorageConfigFile?
    /// network, iscsi.
    public var initiator: StorageInitiator?
    /// network, https and ftps.
    public var ssl: StorageSSL?
    /// network, http(s).
    public var cookies: [StorageCookie] = []
    /// network, http(s) and ftp(s).
    public var readahead: StorageReadahead?
    /// network, http(s) and ftp(s).
    public var timeout: StorageTimeout?
    /// network, nbd: `delay`; vhostuser: `enabled` and `timeout`.
    public var reconnect: StorageReconnect?
    /// network, ssh.
    public var knownHosts: StorageKnownHosts?
    /// network, ssh and nfs.
    public var identity: StorageIdentity?
    /// volume.
    public var pool: String?
    /// volume.
    public var volume: String?
    /// volume.
    public var mode: VolumeMode?
    /// nvme: whether the controller is taken from the host's driver by the manager.
    public var managed: YesNo?
    /// nvme: from 1.
    public var namespace: UInt32?
    /// nvme: the controller on the host.
    public var address: PCIAddress?
    /// vhostuser: the path of the socket.
    public var path: String?
    public var startupPolicy: StartupPolicy?
    /// The number by which the image is known in a running machine (`vda[3]`).
    public var index: UInt32?
    public var slices: [StorageSlice] = []
    public var seclabels: [DeviceSecurityLabel] = []
    public var auth: StorageAuth?
    @Indirect public var encryption: StorageEncryption?
    @Indirect public var reservations: StorageReservations?
    /// The raw data file that belongs to a qcow2 image.
    @Indirect public var dataStore: DiskDataStore?
    public var origin = XMLOrigin()

    public init() {}

    public init(type: Kind) { self.type = type }

    /// An image in a file.
    public static func file(_ path: String) -> DiskSource {
        var source = DiskSource(type: .file)
        source.file = path
        return source
    }

    /// A block device of the host.
    public static func block(_ path: String) -> DiskSource {
        var source = DiskSource(type: .block)
        source.dev = path
        return source
    }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        switch type {
        case .file:
            x.attribute("file", &file)
            x.attribute("fdgroup", &fdgroup)
        case .block, .vhostvdpa: x.attribute("dev", &dev)
        case .dir: x.attribute("dir", &dir)
        case .network: mapNetworkAttributes(&x)
        case .volume:
            x.attribute("pool", &pool)
            x.attribute("volume", &volume)
            x.attribute("mode", &mode)
        case .nvme:
            x.constant("type", "pci")
            x.attribute("managed", &managed)
            x.attribute("namespace", &namespace, as: PositiveNumber.self)
        case .vhostuser:
            x.constant("type", "unix")
            x.attribute("path", &path)
        }
        x.attribute("startupPolicy", &startupPolicy)
        x.attribute("index", &index)
        mapChildren(&x)
    }

    private mutating func mapChildren(_ x: inout XMLMapper) {
        switch type {
        case .network: mapNetworkChildren(&x)
        case .nvme: x.element("address", &address)
        case .vhostuser: x.element("reconnect", &reconnect)
        default: break
        }
        x.list("slices", of: "slice", &slices)
        x.elements("seclabel", &seclabels)
        x.element("auth", &auth)
        x.element("reservations", &reservations)
        x.element("encryption", &encryption)
        x.element("dataStore", &dataStore)
    }
}

/// `<dataStore>`: where a qcow2 image keeps its data when it isn't in the image.
public struct DiskDataStore: XMLElement {
    public var source = DiskSource()
    public var format: DiskFormat?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.variant("type", &source.type, required: true)
        x.element("format", &format)
        x.element("source", into: &source)
    }
}

/// `<format>` of an image in a chain.
public struct DiskFormat: XMLElement {
    public var type: ImageFormat?
    @Indirect public var metadataCache: DiskMetadataCache?

    public init() {}
    public init(_ type: ImageFormat) { self.type = type }

    public mutating func map(_ x: inout XMLMapper) {
        x.required("type", &type)
        x.element("metadata_cache", &metadataCache)
    }
}

/// `<metadata_cache>`: how much of a qcow2 image's tables is kept in memory.
public struct DiskMetadataCache: XMLElement {
    /// Read as bytes when no unit is given.
    public var maxSize: ScaledSize?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.size(in: "max_size", &maxSize, .spelledBytes)
    }
}

/// The format of an image.
public enum ImageFormat: String, XMLEnum {
    case raw, qcow2, qcow, qed, vmdk, vdi, vpc, vhd, luks, iso, dir, fat, bochs, cloop, dmg, ploop, cow
    /// The old name of `raw` in documents made for Xen.
    case aio
}
