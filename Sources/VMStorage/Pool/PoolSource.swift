public import VMDomain
public import VMXML

/// `<source>` of a pool: where its volumes come from. What counts depends on the pool's type.
public struct PoolSource: XMLElement {
    /// The type of the pool, which decides the words of ``format``.
    var type = PoolType.dir
    public var hosts: [PoolHost] = []
    public var devices: [PoolDevice] = []
    public var dir: PoolFolder?
    public var adapter: PoolAdapter?
    /// The name of the volume group, of the cluster's pool or of the volume.
    public var name: String?
    public var initiator: PoolInitiator?
    /// A word of the type's formats.
    public var format: String?
    /// `<protocol ver>`: the version of NFS.
    public var protocolVersion: PoolProtocol?
    public var auth: StorageAuth?
    public var vendor: PoolLabel?
    public var product: PoolLabel?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.keepOpen()
        x.elements("host", &hosts)
        x.elements("device", &devices)
        x.element("dir", &dir)
        x.element("adapter", &adapter)
        x.text("name", &name)
        x.element("initiator", &initiator)
        mapFormat(&x)
        x.element("protocol", &protocolVersion)
        x.element("auth", &auth)
        x.element("vendor", &vendor)
        x.element("product", &product)
    }

    private mutating func mapFormat(_ x: inout XMLMapper) {
        switch type {
        case .fs: mapFormat(&x, PoolFileSystem.self)
        case .netfs: mapFormat(&x, PoolNetworkFileSystem.self)
        case .logical: mapFormat(&x, PoolVolumeManager.self)
        case .disk: mapFormat(&x, PoolDiskLabel.self)
        default: mapFormat(&x, String.self)
        }
    }

    private mutating func mapFormat<Word: XMLValue>(_ x: inout XMLMapper, _ word: Word.Type) {
        let text = format ?? (x.isWriting ? type.sourceFormats.first : nil)
        var element = text.flatMap { Word(xml: $0) }.map { PoolSourceFormat(type: $0) }
        x.element("format", &element)
        if x.isReading { format = element?.type?.xml }
    }
}

/// `<format>` of a pool's source.
struct PoolSourceFormat<Word: XMLValue>: XMLElement {
    var type: Word?

    init() {}
    init(type: Word) { self.type = type }
    mutating func map(_ x: inout XMLMapper) { x.required("type", &type) }
}

/// `<host>`: a server of network storage.
public struct PoolHost: XMLElement {
    public var name: String?
    public var port: UInt16?

    public init() {}
    public mutating func map(_ x: inout XMLMapper) {
        x.required("name", &name)
        x.attribute("port", &port)
    }
}

/// `<device>`: a block device of the host, or the name of a target on a server.
public struct PoolDevice: XMLElement {
    /// `<freeExtent>`: a part of a disk that no partition has.
    public struct FreeExtent: XMLElement {
        public var start: UInt64?
        public var end: UInt64?

        public init() {}
        public mutating func map(_ x: inout XMLMapper) {
            x.required("start", &start)
            x.required("end", &end)
        }
    }

    public var path: String?
    /// `part_separator`: whether a `p` stands before the number of a partition of a multipath device.
    public var partSeparator: YesNo?
    public var freeExtents: [FreeExtent] = []

    public init() {}
    public mutating func map(_ x: inout XMLMapper) {
        x.required("path", &path)
        x.attribute("part_separator", &partSeparator)
        x.elements("freeExtent", &freeExtents)
    }
}

/// `<dir>`: the folder that a server exports.
public struct PoolFolder: XMLElement {
    public var path: String?

    public init() {}
    public mutating func map(_ x: inout XMLMapper) { x.required("path", &path) }
}

/// `<initiator>`: as what an iSCSI server is asked.
public struct PoolInitiator: XMLElement {
    public struct Name: XMLElement {
        public var name: String?

        public init() {}
        public mutating func map(_ x: inout XMLMapper) { x.required("name", &name) }
    }

    public var iqn: Name?

    public init() {}
    public mutating func map(_ x: inout XMLMapper) { x.element("iqn", &iqn) }
}

/// `<protocol>`: the version of a network file system.
public struct PoolProtocol: XMLElement {
    public var version: String?

    public init() {}
    public mutating func map(_ x: inout XMLMapper) { x.required("ver", &version) }
}

/// `<vendor>` and `<product>` of the storage.
public struct PoolLabel: XMLElement {
    public var name: String?

    public init() {}
    public mutating func map(_ x: inout XMLMapper) { x.required("name", &name) }
}

/// `<adapter>`: the host's adapter whose devices are the volumes.
public struct PoolAdapter: XMLElement {
    public enum Kind: String, XMLEnum {
        case scsiHost = "scsi_host"
        case fcHost = "fc_host"
    }

    /// `<parentaddr>`: the adapter by its place on the bus.
    public struct ParentAddress: XMLElement {
        public var uniqueID: UInt32?
        public var address: PCIAddress?

        public init() {}
        public mutating func map(_ x: inout XMLMapper) {
            x.attribute("unique_id", &uniqueID)
            x.element("address", &address)
        }
    }

    public var type: Kind?
    public var name: String?
    public var parent: String?
    public var managed: YesNo?
    public var parentWWNN: String?
    public var parentWWPN: String?
    public var parentFabricWWN: String?
    public var wwnn: String?
    public var wwpn: String?
    public var parentAddress: ParentAddress?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("type", &type)
        x.attribute("name", &name)
        x.attribute("parent", &parent)
        x.attribute("managed", &managed)
        x.attribute("parent_wwnn", &parentWWNN)
        x.attribute("parent_wwpn", &parentWWPN)
        x.attribute("parent_fabric_wwn", &parentFabricWWN)
        x.attribute("wwnn", &wwnn)
        x.attribute("wwpn", &wwpn)
        x.element("parentaddr", &parentAddress)
    }
}
