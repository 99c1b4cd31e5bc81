public import VMCore
public import VMXML

/// A storage pool as libvirt's XML describes it: `<pool>`.
///
/// The value holds what the document says. Sizes are what the host says and are filled in when it is written for readers.
public struct StoragePool: XMLRoot {
    public var type = PoolType.dir
    public var name: String?
    public var uuid: UUID?
    /// Bytes of the file system; read and forgotten, written with what is so now.
    public var capacity: ScaledSize?
    public var allocation: ScaledSize?
    public var available: ScaledSize?
    public var features = PoolFeatures()
    public var source = PoolSource()
    public var target = PoolTarget()
    public var refresh = PoolRefresh()
    /// `<fs:mount_opts>`: options with which the file system is mounted.
    public var mountOptions: [PoolMountOption] = []
    /// `<rbd:config_opts>`: settings of Ceph's library.
    public var configOptions: [PoolConfigOption] = []
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("type", &type, required: true)
        x.declare(.poolFileSystem, when: !mountOptions.isEmpty)
        x.declare(.poolRBD, when: !configOptions.isEmpty)
        x.text("name", &name)
        x.text("uuid", &uuid)
        x.size(in: "capacity", &capacity, .spelledBytes)
        x.size(in: "allocation", &allocation, .spelledBytes)
        x.size(in: "available", &available, .spelledBytes)
        x.element("features", &features)
        source.type = type
        var source: PoolSource? = self.source
        x.element("source", into: &self.source, always: &source)
        x.element("target", &target)
        x.element("refresh", &refresh)
        x.within(.poolFileSystem) { $0.list("mount_opts", of: "option", &mountOptions) }
        x.within(.poolRBD) { $0.list("config_opts", of: "option", &configOptions) }
    }
}

extension XMLMapper {
    /// A child that is written even when there is nothing in it.
    fileprivate mutating func element<E: XMLElement>(
        _ name: StaticString, into value: inout E, always copy: inout E?
    ) {
        if isWriting { element(name, &copy) } else { element(name, into: &value) }
    }
}

extension StoragePool {
    public static let vocabulary = XMLVocabulary(name: "pool", namespaces: [.poolFileSystem, .poolRBD])

    /// Reads a document.
    public static func read(
        _ bytes: [UInt8], file: String = "-", options: XMLReadOptions = .strict
    ) throws(VMError) -> XMLReading<StoragePool> {
        try read(bytes, file: file, root: "pool", options: options)
    }

    /// The document as libvirt lays it out.
    public var xml: String { write(as: "pool") }
}

extension PoolSource { public static var documentRoot: (any XMLRoot.Type)? { StoragePool.self } }

extension XMLNamespace {
    static let poolFileSystem = XMLNamespace(
        uri: "http://libvirt.org/schemas/storagepool/fs/1.0", prefix: "fs")
    static let poolRBD = XMLNamespace(uri: "http://libvirt.org/schemas/storagepool/rbd/1.0", prefix: "rbd")
}

/// `<features>` of a pool.
public struct PoolFeatures: XMLElement {
    /// `<cow>`: whether the file system copies on writing, which new folders and files can be spared.
    public struct CopyOnWrite: XMLElement {
        public var state: YesNo?

        public init() {}
        public mutating func map(_ x: inout XMLMapper) { x.required("state", &state) }
    }

    public var cow: CopyOnWrite?

    public init() {}
    public mutating func map(_ x: inout XMLMapper) { x.element("cow", &cow) }
}

/// `<refresh>`: how a pool's volumes are looked at.
public struct PoolRefresh: XMLElement {
    public enum Allocation: String, XMLEnum { case `default`, capacity }

    public struct Volume: XMLElement {
        /// `capacity` takes a volume's allocation to be as large as it, without asking.
        public var allocation: Allocation?

        public init() {}
        public mutating func map(_ x: inout XMLMapper) { x.required("allocation", &allocation) }
    }

    public var volume: Volume?

    public init() {}
    public mutating func map(_ x: inout XMLMapper) { x.element("volume", &volume) }
}

/// `<fs:option>`.
public struct PoolMountOption: XMLElement {
    public var name: String?

    public init() {}
    public mutating func map(_ x: inout XMLMapper) { x.required("name", &name) }
}

/// `<rbd:option>`.
public struct PoolConfigOption: XMLElement {
    public var name: String?
    public var value: String?

    public init() {}
    public mutating func map(_ x: inout XMLMapper) {
        x.required("name", &name)
        x.required("value", &value)
    }
}
