public import VMXML

/// `<backingStore>`: the image below. Without a type it says that there is none.
public struct DiskBackingStore: XMLElement {
    /// The image; nil in `<backingStore/>`, which ends the chain. Its ``DiskSource/type`` is the element's `type`.
    public var source: DiskSource?
    public var format: DiskFormat?
    /// The number by which the image is known in a running machine (`vda[3]`).
    public var index: UInt32?
    @Indirect public var backingStore: DiskBackingStore?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        var type = source?.type
        x.variant("type", &type)
        x.attribute("index", &index)
        guard let type else { return }
        var image = source ?? DiskSource()
        image.type = type
        x.element("format", &format)
        x.element("source", into: &image)
        source = image
        x.element("backingStore", &backingStore)
    }
}

/// `<mirror>`: where a running block job copies the disk to.
public struct DiskMirror: XMLElement {
    public enum Job: String, XMLEnum {
        case copy
        case activeCommit = "active-commit"
    }

    public enum Ready: String, XMLEnum { case yes, abort, pivot, no }

    /// The copy; nil in the older form, which has ``file`` alone.
    public var source: DiskSource?
    /// The older form of a file.
    public var file: String?
    /// The older form of the format's type.
    public var formatName: ImageFormat?
    public var job: Job?
    public var ready: Ready?
    public var format: DiskFormat?
    @Indirect public var backingStore: DiskBackingStore?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        var type = source?.type
        x.variant("type", &type)
        x.attribute("file", &file)
        x.attribute("format", &formatName)
        x.attribute("job", &job)
        x.attribute("ready", &ready)
        guard let type else { return }
        var image = source ?? DiskSource()
        image.type = type
        x.element("format", &format)
        x.element("source", into: &image)
        source = image
        x.element("backingStore", &backingStore)
    }
}
