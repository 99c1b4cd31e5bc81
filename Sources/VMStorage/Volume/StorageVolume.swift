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
        Self.map(&x, "capacity", &capacity)
        Self.map(&x, "allocation", &allocation)
        Self.map(&x, "physical", &physical)
        x.element("target", &target)
        x.element("backingStore", &backingStore)
    }
}

extension StorageVolume {
    private static func map(_ x: inout XMLMapper, _ name: StaticString, _ size: inout ScaledSize?) {
        var element = size.map { VolumeSize($0) }
        x.element(name, &element)
        if x.isReading { size = element?.size }
    }
}

/// A size in bytes. An empty element says as little as one that isn't there: programs write such.
private struct VolumeSize: XMLElement {
    /// A number, or nothing.
    private struct Count: XMLValue {
        var number: UInt64?

        init(_ number: UInt64) { self.number = number }
        init?(xml text: String) {
            if text.allSatisfy(\.isWhitespace) { return }
            guard let number = UInt64(xml: text) else { return nil }
            self.number = number
        }

        var xml: String { number.map { "\($0)" } ?? "" }
        static var accepted: XMLAccepted { UInt64.accepted }
    }

    var size: ScaledSize?

    init() {}
    init(_ size: ScaledSize) { self.size = size }

    mutating func map(_ x: inout XMLMapper) {
        var unit = size.flatMap { _ in SizeUnit(xml: "bytes") }
        var count = size.map { Count($0.bytes) }
        x.attribute("unit", &unit)
        x.content(&count)
        guard x.isReading, let number = count?.number else { return }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit?.scale ?? 1)
        if overflow || bytes > UInt64(Int64.max) {
            x.report(
                rule: "number-too-large", "the size \(number) \(unit?.xml ?? "") is larger than a file can be",
                at: .content, found: String(number))
        } else {
            size = .bytes(bytes)
        }
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

    /// Whether a name is one of a volume: what can't stand in a document isn't, and neither is what this program keeps in hidden folders:
    /// what is only being made, and what was taken away.
    static func isListed(_ name: String) -> Bool {
        !name.utf8.contains { $0 < 0x20 || $0 == 0x7f } && !name.hasPrefix(".vmctl-")
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
