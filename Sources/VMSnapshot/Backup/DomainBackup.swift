public import VMCore
public import VMDomain
public import VMXML

/// A backup of a running domain's disks as libvirt's XML describes it: `<domainbackup>`.
///
/// Pushed, QEMU writes what the disks hold into files; pulled, it serves it to clients of NBD, as it was at one moment, until the
/// job is ended. What the document leaves open is filled in when the backup begins.
public struct DomainBackup: XMLRoot {
    public enum Mode: String, XMLEnum { case push, pull }

    public var mode: Mode?
    /// Only what was written since that checkpoint, for disks that say nothing else.
    public var incremental: String?
    /// pull: where clients find it.
    public var server: BackupServer?
    public var disks: [BackupDisk] = []
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("mode", &mode)
        x.text("incremental", &incremental)
        x.element("server", &server)
        x.list("disks", of: "disk", &disks)
    }
}

extension DomainBackup {
    public static let vocabulary = XMLVocabulary(name: "backup", namespaces: Domain.vocabulary.namespaces)

    /// Reads a document.
    public static func read(
        _ bytes: [UInt8], file: String = "-", options: XMLReadOptions = .strict
    ) throws(VMError) -> XMLReading<DomainBackup> {
        try read(bytes, file: file, root: "domainbackup", options: options)
    }

    /// The document as libvirt lays it out.
    public var xml: String { write(as: "domainbackup") }

    public var isPull: Bool { mode == .pull }

    /// Those that are backed up.
    public var included: [BackupDisk] { disks.filter { $0.backup != .no } }
}

/// `<server>`: where a pulled backup is served.
public struct BackupServer: XMLElement {
    public enum Transport: String, XMLEnum { case tcp, unix, fd }

    public var transport: Transport?
    public var tls: YesNo?
    /// tcp: a numeric address, or `localhost`.
    public var name: String?
    /// tcp.
    public var port: UInt16?
    /// unix: the path of the socket.
    public var socket: String?
    /// fd.
    public var fdgroup: String?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("transport", &transport)
        x.attribute("tls", &tls)
        x.attribute("name", &name)
        x.attribute("port", &port)
        x.attribute("socket", &socket)
        x.attribute("fdgroup", &fdgroup)
    }
}

/// `<disk>` of a backup.
public struct BackupDisk: XMLElement {
    public enum BackupMode: String, XMLEnum { case full, incremental }

    /// The disk's target.
    public var name: String?
    public var backup: YesNo?
    public var backupMode: BackupMode?
    /// The checkpoint since which everything is backed up that was written.
    public var incremental: String?
    /// pull: what clients call the disk.
    public var exportName: String?
    /// pull: what clients call the bitmap of what was written, behind `qemu:dirty-bitmap:`.
    public var exportBitmap: String?
    /// The number of the node that writes it, while it is being written.
    public var index: UInt32?
    public var driver: SnapshotDiskDriver?
    /// `<target>`: push: where it is written to.
    public var target: DiskSource?
    /// `<scratch>`: pull: where what the guest overwrites meanwhile is kept.
    public var scratch: DiskSource?
    public var origin = XMLOrigin()

    public init() {}
    public init(_ name: String, _ backup: YesNo = .yes) {
        self.name = name
        self.backup = backup
    }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("name", &name)
        x.attribute("backup", &backup)
        var type = (scratch ?? target)?.type
        x.variant("type", &type)
        x.attribute("backupmode", &backupMode)
        x.attribute("incremental", &incremental)
        x.attribute("exportname", &exportName)
        x.attribute("exportbitmap", &exportBitmap)
        x.attribute("index", &index)
        x.element("driver", &driver)
        target = Self.place("target", target, type, &x)
        scratch = Self.place("scratch", scratch, type, &x)
    }

    private static func place(
        _ name: StaticString, _ source: DiskSource?, _ type: DiskSource.Kind?, _ x: inout XMLMapper
    ) -> DiskSource? {
        var present = source ?? DiskSource()
        present.type = type ?? .file
        var empty = DiskSource()
        empty.type = present.type
        x.element(name, into: &present)
        return present == empty ? nil : present
    }

    /// Where it is written to: the copy, or what the guest overwrites.
    public var place: DiskSource? { target ?? scratch }
}

extension DomainBackup: XMLValidated {
    public func validate(_ v: inout XMLValidation<DomainBackup>) {
        if server != nil, !isPull {
            v.error("unusable-server", "use of <server> requires pull mode backup", at: .child("server"))
        }
        if isPull, server == nil { v.error("missing-element", "pull mode backup needs a <server>") }
        if let server {
            if server.transport == .unix {
                if (server.socket ?? "").isEmpty {
                    v.error("missing-attribute", "unix transport of <server> needs 'socket'", at: .child("server"))
                } else if server.socket?.hasPrefix("/") == false {
                    v.error(
                        "relative-path", "backup socket path '\(server.socket ?? "")' must be absolute",
                        at: .child("server", "socket"))
                }
            }
        }
        v.each("disk", disks) { v, disk in
            let name = disk.name ?? ""
            if name.isEmpty { v.error("missing-attribute", "missing name from disk backup element") }
            if disk.scratch != nil, !isPull {
                v.error("unusable-source", "disk '\(name)' has a <scratch>, which a push mode backup doesn't use")
            }
            if disk.target != nil, isPull {
                v.error("unusable-source", "disk '\(name)' has a <target>, which a pull mode backup doesn't use")
            }
            if !isPull, disk.exportName != nil || disk.exportBitmap != nil {
                v.error("unusable-attribute", "disk '\(name)' can be exported in a pull mode backup only")
            }
            if disk.backupMode == .full, disk.incremental != nil {
                v.error(
                    "unusable-attribute",
                    "incremental backup can't be requested for disk '\(name)', whose backupmode is 'full'")
            }
            if let place = disk.place, place.type != .file, place.type != .block {
                v.error("unusable-source", "unsupported storage type '\(place.type.rawValue)' for disk '\(name)'")
            }
            if let path = disk.place.flatMap({ $0.file ?? $0.dev }), !path.hasPrefix("/") {
                v.error("relative-path", "backup image path '\(path)' must be absolute", found: path)
            }
        }
    }
}

extension DomainBackup {
    /// Reads a document that a user wrote, and checks it.
    ///
    /// - Throws: `invalid-xml` with all findings.
    public static func checked(
        _ bytes: [UInt8], file: String = "-", options: XMLReadOptions = .strict
    ) throws(VMError) -> DomainBackup {
        let reading = try read(bytes, file: file, options: options).validated()
        try MomentFindings.refuse(reading.diagnostics, in: .domain)
        return reading.value
    }
}
