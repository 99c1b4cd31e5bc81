public import VMCore
public import VMXML

/// A volume of a pool as libvirt's XML describes it: `<volume>`.
public struct StorageVolume: XMLRoot {
    /// `type`: what it is on the host.
    public enum Kind: String, XMLEnum { case file, block, dir, network, netdir, ploop }

    /// Where a volume that is made gets none.
    public var type: Kind?
    public var name: String?
    /// What it is known by in all pools; in a folder, its path.
    public var key: String?
    public var source = VolumeSource()
    /// Bytes that a guest sees.
    public var capacity: ScaledSize?
    /// Bytes that it takes on the host's disk.
    public var allocation: ScaledSize?
    /// Bytes of the file.
    public var physical: ScaledSize?
    public var target = VolumeTarget()
    public var backingStore: VolumeBacking?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("type", &type)
        x.text("name", &name)
        x.text("key", &key)
        x.element("source", &source)
        x.size(in: "capacity", &capacity, .spelledBytes)
        x.size(in: "allocation", &allocation, .spelledBytes)
        x.size(in: "physical", &physical, .spelledBytes)
        x.element("target", &target)
        x.element("backingStore", &backingStore)
    }
}

extension StorageVolume {
    public static let vocabulary = XMLVocabulary(name: "volume")

    /// Reads a document.
    public static func read(
        _ bytes: [UInt8], file: String = "-", options: XMLReadOptions = .strict
    ) throws(VMError) -> XMLReading<StorageVolume> {
        try read(bytes, file: file, root: "volume", options: options)
    }

    /// The document as libvirt lays it out.
    public var xml: String { write(as: "volume") }

    /// Reads the document of a volume that is to be made, and checks it.
    ///
    /// - Parameter needsCapacity: false where a source or a backing image gives it.
    public static func checked(
        _ bytes: [UInt8], file: String = "-", needsCapacity: Bool = true, options: XMLReadOptions = .strict
    ) throws(VMError) -> StorageVolume {
        let reading = try read(bytes, file: file, options: options)
        let volume = try reading.checkedStorage("volume")
        func missing(_ what: String) -> VMError {
            VMError(
                .invalidXML, "XML error: missing \(what) element", libvirt: LibvirtError(.xmlError, in: .storage))
        }
        guard let name = volume.name, !name.isEmpty else { throw missing("volume name") }
        if needsCapacity, volume.capacity == nil, volume.backingStore == nil { throw missing("capacity") }
        try VolumeName.check(name)
        return volume
    }
}

/// Rules for the name of a volume that is made.
enum VolumeName {
    static func check(_ name: String) throws(VMError) {
        let kind = LibvirtError(.operationInvalid, in: .storage)
        func refuse(_ why: String) -> VMError {
            VMError(
                .invalidArgument,
                "Requested operation is not valid: volume name \(DocumentName.quoted(name)) \(why)", libvirt: kind)
        }
        if name.utf8.contains(UInt8(ascii: "/")) { throw refuse("cannot contain '/'") }
        if name == "." || name == ".." { throw refuse("is a folder's") }
        if !isListed(name) { throw refuse("cannot be used") }
        if name.utf8.count > 255 { throw refuse("is longer than 255 bytes") }
    }

    /// Whether a name is one of a volume: what can't stand in a document isn't, and neither is what is only being made.
    static func isListed(_ name: String) -> Bool {
        !name.utf8.contains { $0 < 0x20 || $0 == 0x7f } && !name.hasPrefix(Staging.prefix)
    }
}

/// `<source>` of a volume: the parts of the pool's devices that it lies on.
public struct VolumeSource: XMLElement {
    public struct Device: XMLElement {
        public struct Extent: XMLElement {
            public var start: UInt64?
            public var end: UInt64?

            public init() {}
            public mutating func map(_ x: inout XMLMapper) {
                x.attribute("start", &start)
                x.attribute("end", &end)
            }
        }

        public var path: String?
        public var extents: [Extent] = []

        public init() {}
        public mutating func map(_ x: inout XMLMapper) {
            x.attribute("path", &path)
            x.elements("extent", &extents)
        }
    }

    public var devices: [Device] = []

    public init() {}
    public mutating func map(_ x: inout XMLMapper) { x.elements("device", &devices) }
}
