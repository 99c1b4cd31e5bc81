public import VMXML

/// `<feature>` of `<firmware>`: something the chosen firmware must have, or must not.
public struct FirmwareFeature: XMLElement {
    public enum Name: String, XMLEnum {
        case enrolledKeys = "enrolled-keys"
        case secureBoot = "secure-boot"
    }

    public var enabled: YesNo?
    public var name: Name?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("enabled", &enabled)
        x.required("name", &name)
    }
}

/// The format of a firmware image.
public enum FirmwareFormat: String, XMLEnum { case raw, qcow2 }

/// `<loader>`: the firmware image.
public struct Loader: XMLElement {
    public enum Kind: String, XMLEnum { case rom, pflash }

    public var readonly: YesNo?
    /// Whether the firmware enforces secure boot, which takes SMM.
    public var secure: YesNo?
    public var type: Kind?
    /// Whether the firmware goes without a variable store.
    public var stateless: YesNo?
    public var format: FirmwareFormat?
    public var path: String?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("readonly", &readonly)
        x.attribute("secure", &secure)
        x.attribute("type", &type)
        x.attribute("stateless", &stateless)
        x.attribute("format", &format)
        x.content(&path)
        if x.isReading, path?.isEmpty == true { path = nil }
    }
}

/// `<nvram>`: the file with the firmware's variables, by its path or as a source like a disk's.
public struct NVRAM: XMLElement {
    /// What a new file is copied from.
    public var template: String?
    public var templateFormat: FirmwareFormat?
    /// `type`: the kind of ``source``; nil when a path says all.
    public var type: DiskSource.Kind?
    public var format: FirmwareFormat?
    public var path: String?
    public var source = DiskSource()
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("template", &template)
        x.attribute("templateFormat", &templateFormat)
        x.variant("type", &type)
        x.attribute("format", &format)
        if let type {
            source.type = type
            x.element("source", into: &source)
        }
        if type == nil || x.isDescribing { x.content(&path) }
        if x.isReading, path?.isEmpty == true { path = nil }
    }

    /// The path of the file, however it was given.
    public var file: String? { path ?? (type == .file ? source.file : nil) }
}

/// `<varstore>`: the variables of a firmware that QEMU itself keeps.
public struct VariableStore: XMLElement {
    public var template: String?
    public var path: String?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("path", &path)
        x.attribute("template", &template)
    }
}
