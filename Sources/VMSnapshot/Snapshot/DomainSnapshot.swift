public import VMCore
public import VMDomain
public import VMXML

/// A snapshot of a domain as libvirt's XML describes it: `<domainsnapshot>`.
///
/// The value holds what the document says. What a new snapshot leaves open is filled in when it is made.
public struct DomainSnapshot: XMLRoot {
    public var name: String?
    public var description: String?
    /// The domain's state at the time.
    public var state: SnapshotState?
    /// The snapshot that was current when this one was made.
    public var parent: SnapshotParent?
    /// Seconds since 1970.
    public var creationTime: Int?
    public var memory: SnapshotMemory?
    /// The file of firmware variables as it was, beside the snapshot's document.
    public var nvram: SnapshotVariables?
    /// What the emulated TPM keeps, as it was, where the memory isn't part of the snapshot.
    public var tpm: SnapshotVariables?
    /// 1 while its files are being merged into others: what it was can't be had any more.
    public var deleteInProgress: Int?
    public var disks: [SnapshotDisk] = []
    /// The definition at the time: the live one of a machine that ran.
    @Indirect public var domain: Domain?
    /// The stored definition of a machine that ran.
    @Indirect public var inactiveDomain: Domain?
    /// What libvirt keeps of the processor for itself.
    public var cookie: XMLTree?
    /// What libvirt's own files say of which snapshot is the current one.
    public var active: Int?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.declare(.vmctlSnapshot, when: nvram != nil || tpm != nil)
        x.text("name", &name)
        x.text("description", &description)
        x.text("state", &state)
        x.element("parent", &parent)
        x.text("creationTime", &creationTime)
        x.text("snapshotDeleteInProgress", &deleteInProgress)
        x.element("memory", &memory)
        x.list("disks", of: "disk", &disks)
        x.element("domain", &domain)
        x.element("inactiveDomain", &inactiveDomain)
        x.opaque("cookie", &cookie)
        x.text("active", &active)
        x.within(.vmctlSnapshot) { x in
            x.element("nvram", &nvram)
            x.element("tpm", &tpm)
        }
    }
}

extension DomainSnapshot {
    public static let vocabulary = XMLVocabulary(
        name: "snapshot", namespaces: Domain.vocabulary.namespaces + [.vmctlSnapshot])

    /// Reads a document.
    public static func read(
        _ bytes: [UInt8], file: String = "-", options: XMLReadOptions = .strict
    ) throws(VMError) -> XMLReading<DomainSnapshot> {
        try read(bytes, file: file, root: "domainsnapshot", options: options)
    }

    /// The document as libvirt lays it out.
    public var xml: String { write(as: "domainsnapshot") }

    /// The document without the secrets of the definitions in it.
    public var withoutSecrets: DomainSnapshot {
        var snapshot = self
        snapshot.domain = domain?.withoutSecrets
        snapshot.inactiveDomain = inactiveDomain?.withoutSecrets
        return snapshot
    }

    /// The definition that a machine gets that goes back to it.
    public var storedDefinition: Domain? { inactiveDomain ?? domain }

    /// Whether the guest's memory is part of it.
    public var hasMemory: Bool { memory.map { $0.snapshot != .no } ?? false }

    /// Whether a machine that goes back to it gets the state of its emulated TPM back; nil for one without such a TPM.
    public var hasTPM: Bool? {
        guard domain?.devices.tpms.contains(where: { $0.backend?.type == .emulator }) == true else { return nil }
        return hasMemory || tpm != nil
    }

    /// Whether what it holds lies in files of its own rather than inside the images: libvirt's measure for its filters.
    public var isExternal: Bool {
        memory?.snapshot == .external || disks.contains { $0.snapshot == .external }
    }

    public var isInternal: Bool {
        !isExternal && (memory?.snapshot == .internal || disks.contains { $0.snapshot == .internal })
    }

    /// The disks that have part in it in that way.
    public func disks(_ mode: Disk.Snapshot) -> [SnapshotDisk] { disks.filter { $0.snapshot == mode } }
}

extension XMLNamespace {
    /// What this program keeps in a snapshot's document beyond libvirt's.
    static let vmctlSnapshot = XMLNamespace(uri: "urn:vmctl:snapshot:1", prefix: "vmctl")
}

/// The state that a domain had: `virDomainState`'s words, and `disk-snapshot` for one that has the disks alone.
public enum SnapshotState: String, XMLEnum, Sendable {
    case nostate, running, blocked, paused, shutdown, shutoff, crashed, pmsuspended
    case diskSnapshot = "disk-snapshot"
}

/// `<parent>`.
public struct SnapshotParent: XMLElement {
    public var name: String?

    public init() {}
    public init(_ name: String) { self.name = name }

    public mutating func map(_ x: inout XMLMapper) { x.text("name", &name) }
}

/// `<memory>`: where the guest's memory is.
public struct SnapshotMemory: XMLElement {
    public enum Place: String, XMLEnum { case no, `internal`, external }

    public var snapshot: Place?
    /// external: the file, with its whole path.
    public var file: String?

    public init() {}
    public init(_ snapshot: Place, file: String? = nil) {
        self.snapshot = snapshot
        self.file = file
    }

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("snapshot", &snapshot)
        x.attribute("file", &file)
    }
}

/// `<vmctl:nvram>`: what the file of firmware variables held, in a file of its own or inside the variables' image.
/// `<vmctl:tpm>`: a copy of what an emulated TPM keeps.
public struct SnapshotVariables: XMLElement {
    public enum Place: String, XMLEnum { case `internal`, copy }

    public var snapshot: Place?
    /// copy: where.
    public var file: String?

    public init() {}
    public init(_ snapshot: Place, file: String? = nil) {
        self.snapshot = snapshot
        self.file = file
    }

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("snapshot", &snapshot)
        x.attribute("file", &file)
    }
}

/// `<disk>` of a snapshot: how a disk has part in it.
public struct SnapshotDisk: XMLElement {
    /// The disk's target or the path of its image; its target when the snapshot is made.
    public var name: String?
    public var snapshot: Disk.Snapshot?
    /// external: where the disk writes from then on. Its kind is the element's `type`.
    public var source: DiskSource?
    public var driver: SnapshotDiskDriver?
    public var origin = XMLOrigin()

    public init() {}

    public init(_ name: String, _ snapshot: Disk.Snapshot) {
        self.name = name
        self.snapshot = snapshot
    }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("name", &name)
        x.attribute("snapshot", &snapshot)
        var type = source?.type
        x.variant("type", &type)
        x.element("driver", &driver)
        var image = source ?? DiskSource()
        image.type = type ?? .file
        x.element("source", into: &image)
        source = type == nil && image == DiskSource() ? nil : image
    }
}

/// `<driver>` of a disk of a snapshot.
public struct SnapshotDiskDriver: XMLElement {
    /// The new image's format.
    public var type: ImageFormat?
    @Indirect public var metadataCache: DiskMetadataCache?

    public init() {}
    public init(_ type: ImageFormat) { self.type = type }

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("type", &type)
        x.element("metadata_cache", &metadataCache)
    }
}
