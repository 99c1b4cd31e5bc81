public import VMCore
public import VMXML

extension StoragePool: XMLValidated {
    public func validate(_ v: inout XMLValidation<StoragePool>) {
        if let name = effectiveName {
            if name.utf8.contains(UInt8(ascii: "/")) {
                v.error("invalid-name", "name \(name) cannot contain '/'", at: .child("name"), found: name)
            }
        } else {
            v.error("missing-element", "missing pool source name element")
        }
        if type.isFolder, (target.path ?? "").isEmpty {
            v.error("missing-element", "missing storage pool target path")
        }
        v.enter("source", source.origin) { validateSource(&$0) }
    }

    private func validateSource(_ v: inout XMLValidation<StoragePool>) {
        let needsHost: Bool
        switch type {
        case .netfs, .iscsi, .iscsiDirect, .rbd, .sheepdog, .gluster: needsHost = true
        default: needsHost = false
        }
        if needsHost, source.hosts.isEmpty {
            v.error("missing-element", "missing storage pool source host name")
        }
        switch type {
        case .netfs, .gluster:
            if type == .netfs, source.dir == nil { v.error("missing-element", "missing storage pool source path") }
            if type == .gluster, source.name == nil {
                v.error("missing-element", "missing storage pool source volume name")
            }
        case .fs, .disk, .iscsi, .iscsiDirect:
            if source.devices.isEmpty { v.error("missing-element", "missing storage pool source device path") }
        case .rbd, .sheepdog:
            if source.name == nil { v.error("missing-element", "missing storage pool source name") }
        case .scsi:
            if source.adapter == nil { v.error("missing-element", "missing storage pool source adapter") }
        default: break
        }
    }

    /// The name; that of the source where the document has none and the type has one there.
    public var effectiveName: String? {
        if let name { return name }
        switch type {
        case .logical, .rbd, .sheepdog, .gluster, .zfs: return source.name
        default: return nil
        }
    }
}

extension XMLReading {
    /// The value, or one error with all findings, in libvirt's terms: what can't be read is an XML error, a word that isn't
    /// known may be an argument or a configuration that isn't supported.
    ///
    /// - Parameter formatKind: what an unknown format is called, `volume`.
    func checkedStorage(_ formatKind: String) throws(VMError) -> E {
        guard let first = diagnostics.first(where: { $0.severity == .error }) else { return value }
        var kind = LibvirtError(.xmlError, in: .storage)
        var message = "XML error: " + Diagnostic.summary(of: diagnostics)
        switch first.rule {
        case "missing-element", "invalid-name": message = "XML error: " + first.message
        case "invalid-value" where first.path.hasSuffix("/format/@type"):
            kind = LibvirtError(.configurationUnsupported, in: .storage)
            message = "unsupported configuration: unknown \(formatKind) format type \(first.found ?? "")"
        case "invalid-value" where first.path.hasSuffix("/@unit"):
            kind = LibvirtError(.invalidArgument, in: .none)
            message = "invalid argument: unknown suffix '\(first.found ?? "")'"
        default: kind = LibvirtError(.xmlError, in: .xml)
        }
        let remedy = first.suggestion.map { Remedy("did you mean '\($0)'?") }
        throw VMError(.invalidXML, message, remedy: remedy, diagnostics: diagnostics, libvirt: kind)
    }
}

extension StoragePool {
    /// Reads a document and checks it.
    ///
    /// - Throws: `invalid-xml` with all findings.
    public static func checked(
        _ bytes: [UInt8], file: String = "-", options: XMLReadOptions = .strict
    ) throws(VMError) -> StoragePool {
        var pool = try read(bytes, file: file, options: options).validated().checkedStorage("pool")
        pool.name = pool.effectiveName
        pool.target.path = pool.target.path.map(Self.tidied)
        pool.capacity = nil
        pool.allocation = nil
        pool.available = nil
        return pool
    }

    /// A path without slashes that mean nothing.
    static func tidied(_ path: String) -> String {
        guard !path.isEmpty else { return path }
        let body = path.split(separator: "/").joined(separator: "/")
        return path.utf8.first == UInt8(ascii: "/") ? "/" + body : body
    }
}
