public import VMCore
internal import VMDomain
public import VMXML

extension DomainSnapshot: XMLValidated {
    public func validate(_ v: inout XMLValidation<DomainSnapshot>) {
        if let name {
            if name.isEmpty { v.error("invalid-name", "invalid snapshot name: it is empty", at: .child("name")) }
            if name.utf8.contains(UInt8(ascii: "/")) {
                v.error("invalid-name", "invalid snapshot name '\(name)': name can't contain '/'", at: .child("name"))
            }
            if name.hasPrefix(".") {
                v.error(
                    "invalid-name", "invalid snapshot name '\(name)': name can't start with '.'", at: .child("name"))
            }
        }
        validateMemory(&v)
        v.each("disk", disks) { v, disk in
            if (disk.name ?? "").isEmpty {
                v.error("missing-attribute", "missing name from disk snapshot element")
            }
            if disk.snapshot != .external, let source = disk.source, source.file != nil || source.dev != nil,
                disk.snapshot != nil
            {
                v.error(
                    "unusable-source",
                    "a <source> makes sense only for an external snapshot of disk '\(disk.name ?? "")'")
            }
            if let path = disk.source?.file, !path.hasPrefix("/") {
                v.error(
                    "relative-path", "disk snapshot image path '\(path)' must be absolute",
                    at: .child("source", "file"),
                    found: path)
            }
        }
    }

    private func validateMemory(_ v: inout XMLValidation<DomainSnapshot>) {
        guard let memory else { return }
        let isExternal = memory.snapshot == .external || memory.snapshot == nil && memory.file != nil
        if isExternal {
            guard let file = memory.file, !file.isEmpty else {
                v.error("missing-attribute", "external memory snapshots require a filename", at: .child("memory"))
                return
            }
            if !file.hasPrefix("/") {
                v.error(
                    "relative-path", "memory snapshot file path (\(file)) must be absolute",
                    at: .child("memory", "file"), found: file)
            }
        } else if let file = memory.file {
            v.error(
                "unusable-file",
                "memory filename '\(file)' requires external snapshot", at: .child("memory", "file"), found: file)
        }
    }
}

extension DomainSnapshot {
    /// Reads a document that a user wrote, and checks it.
    ///
    /// - Parameter isRedefinition: the document is one that was dumped, whose definitions count; in a new snapshot's they
    ///   are ignored, as libvirt does.
    /// - Throws: `invalid-xml` with all findings.
    public static func checked(
        _ bytes: [UInt8], file: String = "-", isRedefinition: Bool = false, options: XMLReadOptions = .strict
    ) throws(VMError) -> DomainSnapshot {
        let reading = try read(bytes, file: file, options: options).validated()
        let findings = reading.diagnostics.filter { finding in
            finding.severity == .error && (isRedefinition || !finding.isAboutDefinition)
        }
        guard let first = findings.first else {
            var snapshot = reading.value
            if let memory = snapshot.memory, memory.snapshot == nil {
                snapshot.memory?.snapshot = memory.file == nil ? nil : .external
            }
            return snapshot
        }
        let isOurs = ["invalid-name", "missing-attribute", "relative-path", "unusable-source", "unusable-file"]
            .contains(first.rule)
        let message = isOurs ? "XML error: " + first.message : Diagnostic.summary(of: findings)
        throw VMError(
            .invalidXML, message, remedy: first.suggestion.map { Remedy("did you mean '\($0)'?") },
            diagnostics: findings,
            libvirt: first.rule == "invalid-name"
                ? LibvirtError(.xmlDetail) : LibvirtError(.xmlError, in: isOurs ? .domainSnapshot : .xml))
    }
}

extension Diagnostic {
    fileprivate var isAboutDefinition: Bool {
        let parts = path.split(separator: "/")
        return parts.dropFirst().first.map { ["domain", "inactiveDomain"].contains($0) } ?? false
    }
}

extension LibvirtError.Number {
    /// `VIR_ERR_XML_DETAIL`, with which libvirt refuses a name.
    static let xmlDetail = LibvirtError.Number(rawValue: 35)
}
