public import VMCore
public import VMDomain
public import VMXML

/// A checkpoint of a domain as libvirt's XML describes it: `<domaincheckpoint>`.
///
/// From that moment on QEMU notes, in a bitmap inside of each disk's image, which of its blocks are written. An incremental
/// backup since the checkpoint has these.
public struct DomainCheckpoint: XMLRoot {
    public var name: String?
    public var description: String?
    /// The checkpoint that was current when this one was made.
    public var parent: SnapshotParent?
    /// Seconds since 1970.
    public var creationTime: Int?
    public var disks: [CheckpointDisk] = []
    /// The live definition at the time.
    @Indirect public var domain: Domain?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.text("name", &name)
        x.text("description", &description)
        x.element("parent", &parent)
        x.text("creationTime", &creationTime)
        x.list("disks", of: "disk", &disks)
        x.element("domain", &domain)
    }
}

extension DomainCheckpoint {
    public static let vocabulary = XMLVocabulary(name: "checkpoint", namespaces: Domain.vocabulary.namespaces)

    /// Reads a document.
    public static func read(
        _ bytes: [UInt8], file: String = "-", options: XMLReadOptions = .strict
    ) throws(VMError) -> XMLReading<DomainCheckpoint> {
        try read(bytes, file: file, root: "domaincheckpoint", options: options)
    }

    /// The document as libvirt lays it out.
    public var xml: String { write(as: "domaincheckpoint") }

    /// The document without the secrets of the definition in it.
    public var withoutSecrets: DomainCheckpoint {
        var checkpoint = self
        checkpoint.domain = domain?.withoutSecrets
        return checkpoint
    }

    /// The disks with bitmaps.
    public var noted: [CheckpointDisk] { disks.filter { $0.checkpoint == .bitmap } }
}

/// `<disk>` of a checkpoint.
public struct CheckpointDisk: XMLElement {
    public enum Mode: String, XMLEnum { case no, bitmap }

    /// The disk's target or the path of its image; its target when the checkpoint is made.
    public var name: String?
    public var checkpoint: Mode?
    /// The bitmap's name, which is the checkpoint's.
    public var bitmap: String?
    /// Bytes that were written since, where that was asked for.
    public var size: UInt64?
    public var origin = XMLOrigin()

    public init() {}

    public init(_ name: String, _ mode: Mode) {
        self.name = name
        checkpoint = mode
    }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("name", &name)
        x.attribute("checkpoint", &checkpoint)
        x.attribute("bitmap", &bitmap)
        x.attribute("size", &size)
    }
}

extension DomainCheckpoint: XMLValidated {
    public func validate(_ v: inout XMLValidation<DomainCheckpoint>) {
        if let name, !Self.isName(name) {
            v.error(
                "invalid-name",
                "invalid checkpoint name '\(name)': it has letters, digits, '_', '-' and, not at its beginning, '.'",
                at: .child("name"))
        }
        v.each("disk", disks) { v, disk in
            let name = disk.name ?? ""
            if name.isEmpty { v.error("missing-attribute", "missing name from disk checkpoint element") }
            if disk.checkpoint == .no, disk.bitmap != nil {
                v.error("unusable-attribute", "checkpoint bitmap for disk '\(name)' with checkpoint='no'")
            }
        }
    }

    /// Whether it can be the name of a checkpoint, and of a bitmap.
    public static func isName(_ text: String) -> Bool {
        func isPlain(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        let bytes = Array(text.utf8)
        // QEMU's limit, which a bitmap's name in an image has.
        guard let first = bytes.first, isPlain(first), bytes.count <= 1023 else { return false }
        return bytes.allSatisfy { isPlain($0) || $0 == UInt8(ascii: ".") }
    }
}

extension DomainCheckpoint {
    /// Reads a document that a user wrote, and checks it.
    ///
    /// - Parameter isRedefinition: the document is one that was dumped, whose definition counts; in a new checkpoint's it is
    ///   ignored, as libvirt does.
    /// - Throws: `invalid-xml` with all findings.
    public static func checked(
        _ bytes: [UInt8], file: String = "-", isRedefinition: Bool = false, options: XMLReadOptions = .strict
    ) throws(VMError) -> DomainCheckpoint {
        let reading = try read(bytes, file: file, options: options).validated()
        let findings = reading.diagnostics.filter { finding in
            isRedefinition || finding.path.split(separator: "/").dropFirst().first.map { $0 != "domain" } ?? true
        }
        try MomentFindings.refuse(findings, in: .domainCheckpoint)
        return reading.value
    }
}
