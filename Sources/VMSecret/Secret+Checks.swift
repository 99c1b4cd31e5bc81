public import VMCore
public import VMXML

extension Secret: XMLValidated {
    public func validate(_ v: inout XMLValidation<Secret>) {
        guard let usage, usage.type != .none, (usage.id ?? "").isEmpty else { return }
        let child =
            switch usage.type {
            case .volume: "volume"
            case .iscsi: "target"
            default: "name"
            }
        v.error(
            "missing-element", "\(usage.type.rawValue) usage specified, but \(child) is missing", at: .child("usage"))
    }

    /// Reads a document and checks it.
    ///
    /// - Throws: `invalid-xml` with all findings.
    public static func checked(
        _ bytes: [UInt8], file: String = "-", options: XMLReadOptions = .strict
    ) throws(VMError) -> Secret {
        let reading = try read(bytes, file: file, options: options).validated()
        if let first = reading.diagnostics.first(where: { $0.severity == .error }) {
            let isUsage = first.rule == "invalid-value" && first.path.hasSuffix("/usage/@type")
            throw VMError(
                .invalidXML,
                first.rule == "missing-element"
                    ? "XML error: " + first.message : "XML error: " + Diagnostic.summary(of: reading.diagnostics),
                remedy: first.suggestion.map { Remedy("did you mean '\($0)'?") }, diagnostics: reading.diagnostics,
                libvirt: LibvirtError(
                    isUsage ? .configurationUnsupported : .xmlError,
                    in: first.rule == "missing-element" ? .secret : .xml)
            )
        }
        var secret = reading.value
        secret.ephemeral = secret.ephemeral ?? .no
        secret.isPrivate = secret.isPrivate ?? .no
        return secret
    }
}
