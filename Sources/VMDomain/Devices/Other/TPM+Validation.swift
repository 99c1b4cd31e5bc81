public import VMXML

extension TPM: Validated {
    public func validate(_ v: inout Validation) {
        if let address, address.type != .spaprVIO, address.type != .isa {
            v.error(
                "address-type", "a TPM can't have an address of the type '\(address.type.rawValue)'",
                at: .child("address", "type"), found: address.type.rawValue, accepted: ["spapr-vio"])
        }
        guard let backend else { return }
        v.enter("backend", backend.origin) { validate(backend, &$0) }
        if model == .crb, backend.version == .v1_2 {
            v.error(
                "tpm-version", "the interface 'tpm-crb' needs version 2.0", at: .child("backend", "version"),
                found: "1.2", accepted: ["2.0"])
        }
        if model == .spaprProxy, backend.type != .passthrough {
            v.error(
                "tpm-backend", "'spapr-tpm-proxy' needs a backend of type 'passthrough'", at: .child("backend", "type"),
                found: backend.type.rawValue, accepted: ["passthrough"])
        }
        if model == .spapr || model == .spaprProxy, v.isPSeries == false, v.isQEMU {
            v.error(
                "tpm-model", "only pseries machines have a '\(model?.rawValue ?? "")'", at: .attribute("model"),
                found: model?.rawValue)
        }
    }

    private func validate(_ backend: TPMBackend, _ v: inout Validation) {
        switch backend.type {
        case .passthrough: break
        case .external: validateExternal(backend, &v)
        case .emulator:
            if let source = backend.source {
                if source.type == .unix {
                    v.error(
                        "tpm-source", "the state of an emulator is kept in a file or folder",
                        at: .child("source", "type"), found: "unix", accepted: ["file", "dir"])
                } else if source.path == nil {
                    v.error("missing-attribute", "<source> needs the attribute 'path'", at: .child("source"))
                }
            }
            guard backend.version == .v1_2 else { return }
            if backend.activePCRBanks != nil {
                v.error("tpm-version", "PCR banks can be chosen in version 2.0 only", at: .child("active_pcr_banks"))
            }
            if backend.profile != nil {
                v.error("tpm-version", "profiles are for version 2.0 only", at: .child("profile"))
            }
        }
    }

    private func validateExternal(_ backend: TPMBackend, _ v: inout Validation) {
        guard let source = backend.source else {
            v.error("missing-element", "an external TPM needs a <source> with the path of its socket")
            return
        }
        if let type = source.type, type != .unix {
            v.error(
                "tpm-source", "an external TPM is reached over a socket", at: .child("source", "type"),
                found: type.rawValue, accepted: ["unix"])
        } else if source.path == nil {
            v.error("missing-attribute", "<source> needs the attribute 'path'", at: .child("source"))
        }
    }
}

extension Devices {
    /// A machine has one TPM, and a pseries machine one proxy beside it.
    func validateTPMs(_ v: inout Validation) {
        guard v.isQEMU else { return }
        var first: XMLOrigin?
        var firstProxy: XMLOrigin?
        v.each("tpm", tpms) { v, tpm in
            let isProxy = tpm.model == .spaprProxy
            if let other = isProxy ? firstProxy : first {
                v.error(
                    "duplicate-tpm",
                    "a machine has only one \(isProxy ? "TPM proxy" : "TPM"); the first is\(v.line(of: other))")
            } else if isProxy {
                firstProxy = tpm.origin
            } else {
                first = tpm.origin
            }
        }
    }
}
