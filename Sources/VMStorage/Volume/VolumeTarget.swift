public import VMCore
public import VMDomain
public import VMXML

/// `<target>` of a volume: where it is and what its bytes are.
public struct VolumeTarget: XMLElement {
    public var path: String?
    public var format: VolumeFormatElement?
    public var permissions: StoragePermissions?
    public var timestamps: VolumeTimestamps?
    public var encryption: StorageEncryption?
    /// `<compat>`: the version of qcow2, `0.10` or `1.1`.
    public var compat: String?
    /// qcow2: bytes of a cluster.
    public var clusterSize: ScaledSize?
    /// `<nocow>`: the file is spared the file system's copying on writing.
    public var nocow = false
    public var features: VolumeFeatures?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.text("path", &path)
        x.element("format", &format)
        x.element("permissions", &permissions)
        x.element("timestamps", &timestamps)
        x.element("encryption", &encryption)
        x.text("compat", &compat)
        x.size(in: "clusterSize", &clusterSize, .bytes)
        x.flag("nocow", &nocow)
        x.element("features", &features)
    }
}

/// `<format>` of a volume or of its backing image.
public struct VolumeFormatElement: XMLElement {
    public var type: VolumeFormat?

    public init() {}
    public init(_ type: VolumeFormat) { self.type = type }
    public mutating func map(_ x: inout XMLMapper) { x.required("type", &type) }
}

/// `<features>` of a qcow2 image.
public struct VolumeFeatures: XMLElement {
    public var lazyRefcounts = false
    public var extendedL2 = false

    public init() {}
    public mutating func map(_ x: inout XMLMapper) {
        x.flag("lazy_refcounts", &lazyRefcounts)
        x.flag("extended_l2", &extendedL2)
    }
}

/// `<timestamps>`: seconds since 1970 with a fraction.
public struct VolumeTimestamps: XMLElement {
    public var accessed: String?
    public var modified: String?
    public var changed: String?
    /// 0 where it isn't known.
    public var born: String?

    public init() {}

    /// What a file has.
    public init(_ facts: FileFacts) {
        accessed = Self.text(facts.accessed)
        modified = Self.text(facts.modified)
        changed = Self.text(facts.changed)
        born = "0"
    }

    public mutating func map(_ x: inout XMLMapper) {
        x.text("atime", &accessed)
        x.text("mtime", &modified)
        x.text("ctime", &changed)
        x.text("btime", &born)
    }

    private static func text(_ nanoseconds: Int64) -> String {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        guard rest > 0 else { return "\(seconds)" }
        let digits = String(rest)
        return "\(seconds)." + String(repeating: "0", count: 9 - digits.utf8.count) + digits
    }
}

/// `<backingStore>`: the image below.
public struct VolumeBacking: XMLElement {
    public var path: String?
    public var format: VolumeFormatElement?
    public var permissions: StoragePermissions?
    public var timestamps: VolumeTimestamps?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.text("path", &path)
        x.element("format", &format)
        x.element("permissions", &permissions)
        x.element("timestamps", &timestamps)
    }
}
