public import VMCore
public import VMXML

/// A secret as libvirt's XML describes it: `<secret>`. The value is no part of the document.
public struct Secret: XMLRoot {
    /// Whether it is forgotten when the host ends.
    public var ephemeral: YesNo?
    /// `private`: whether its value is told to nobody, only used.
    public var isPrivate: YesNo?
    public var uuid: UUID?
    public var description: String?
    public var usage: SecretUsage?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("ephemeral", &ephemeral)
        x.attribute("private", &isPrivate)
        x.text("uuid", &uuid)
        x.text("description", &description)
        x.element("usage", &usage)
    }
}

extension Secret {
    public static let vocabulary = XMLVocabulary(name: "secret")

    /// Reads a document.
    public static func read(
        _ bytes: [UInt8], file: String = "-", options: XMLReadOptions = .strict
    ) throws(VMError) -> XMLReading<Secret> {
        try read(bytes, file: file, root: "secret", options: options)
    }

    /// The document as libvirt lays it out.
    public var xml: String { write(as: "secret") }

    /// What it is for.
    public var usageType: SecretUsage.Kind { usage?.type ?? .none }
    /// By what name those who use it know it; nil when it is for nothing in particular.
    public var usageID: String? { usage?.id }
}

/// `<usage>`: what a secret is for, and by what name those who use it know it.
public struct SecretUsage: XMLElement {
    public enum Kind: String, XMLEnum { case none, volume, ceph, iscsi, tls, vtpm }

    public var type = Kind.none
    /// volume: the path of the volume.
    public var volume: String?
    /// ceph, tls, vtpm: a name of the user's choice.
    public var name: String?
    /// iscsi: the name of the target.
    public var target: String?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("type", &type, required: true)
        switch type {
        case .none: break
        case .volume: x.text("volume", &volume)
        case .ceph, .tls, .vtpm: x.text("name", &name)
        case .iscsi: x.text("target", &target)
        }
    }

    /// By what name the secret is known.
    public var id: String? {
        switch type {
        case .none: nil
        case .volume: volume
        case .ceph, .tls, .vtpm: name
        case .iscsi: target
        }
    }

    public static var documentRoot: (any XMLRoot.Type)? { Secret.self }
}

extension SecretUsage.Kind {
    /// `virSecretUsageType`.
    public var number: Int32 {
        switch self {
        case .none: 0
        case .volume: 1
        case .ceph: 2
        case .iscsi: 3
        case .tls: 4
        case .vtpm: 5
        }
    }

    public init?(number: Int32) {
        guard let found = Self.allCases.first(where: { $0.number == number }) else { return nil }
        self = found
    }
}
