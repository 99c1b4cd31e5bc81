internal import VMXML

extension DiskSource {
    /// Whether there is nothing to open: an empty drive.
    public var isEmpty: Bool {
        switch type {
        case .file: (file ?? "").isEmpty
        case .block, .vhostvdpa: (dev ?? "").isEmpty
        case .dir: (dir ?? "").isEmpty
        case .network: networkProtocol == nil
        case .volume: pool == nil && volume == nil
        case .nvme: false
        case .vhostuser: path == nil
        }
    }

    func validate(_ v: inout Validation) {
        switch type {
        case .network: validateNetwork(&v)
        case .volume where (pool == nil) != (volume == nil):
            v.error("missing-attribute", "a volume needs both 'pool' and 'volume'")
        case .nvme:
            if namespace == nil { v.error("missing-attribute", "an NVMe disk needs the attribute 'namespace'") }
            if address == nil { v.error("missing-element", "an NVMe disk needs the <address> of its controller") }
        default: break
        }
        if let auth { v.enter("auth", auth.origin) { auth.validate(for: networkProtocol, &$0) } }
        if let encryption { v.enter("encryption", encryption.origin) { encryption.validate(&$0) } }
        validateReservations(&v)
        for label in seclabels where label.relabel == .yes && label.label == nil && label.labelskip != .yes {
            v.error(
                "relabel-without-label", "a <seclabel> with relabel='yes' needs a <label>", at: .child("seclabel"))
        }
    }

    // MARK: Network

    private func validateNetwork(_ v: inout Validation) {
        guard let networkProtocol else { return }
        if v.isQEMU, networkProtocol == .sheepdog {
            v.error(
                "no-driver", "QEMU has no block driver for '\(networkProtocol.rawValue)' any more",
                at: .attribute("protocol"),
                found: networkProtocol.rawValue)
        }
        if name == nil, networkProtocol != .nbd {
            v.error(
                "missing-attribute", "a source of the protocol '\(networkProtocol.rawValue)' needs the attribute 'name'"
            )
        }
        let count = hosts.count
        switch networkProtocol {
        case .rbd, .sheepdog: break
        case .gluster where count == 0:
            v.error("missing-element", "a source of the protocol 'gluster' needs at least one <host>")
        case .gluster:
            guard let name, !name.drop(while: { $0 == "/" }).contains("/") else { break }
            v.error(
                "image-path", "the name of an image on gluster is VOLUME/PATH, unlike '\(name)'",
                at: .attribute("name"),
                found: name)
        case _ where count == 0:
            v.warning(
                "missing-host",
                "a source of the protocol '\(networkProtocol.rawValue)' can't be opened without a <host>")
        case _ where count > 1:
            v.warning(
                "too-many-hosts", "a source of the protocol '\(networkProtocol.rawValue)' has only one <host>",
                at: .child("host"))
        default: break
        }
        for host in hosts { validate(host, networkProtocol, &v) }
    }

    private func validate(_ host: StorageHost, _ networkProtocol: DiskProtocol, _ v: inout Validation) {
        guard host.transport == .unix else {
            if host.socket != nil {
                v.error("host-socket", "a 'socket' needs transport='unix'", at: .child("host", "socket"))
            }
            if host.name == nil {
                v.error("missing-attribute", "<host> needs the attribute 'name'", at: .child("host"))
            }
            return
        }
        if host.socket == nil {
            v.error(
                "missing-attribute", "<host> with transport='unix' needs the attribute 'socket'", at: .child("host"))
        }
        if host.name != nil || host.port != nil {
            v.error(
                "host-socket", "<host> with transport='unix' has neither 'name' nor 'port'",
                at: .child("host", host.name != nil ? "name" : "port"))
        }
        if networkProtocol != .nbd, networkProtocol != .gluster {
            v.error(
                "host-transport", "the protocol '\(networkProtocol.rawValue)' can't use transport='unix'",
                at: .child("host", "transport"), found: "unix")
        }
    }

    private func validateReservations(_ v: inout Validation) {
        guard let reservations else { return }
        if reservations.managed == .no, reservations.source?.path == nil {
            v.error(
                "missing-element", "<reservations managed='no'> needs a <source> with a path",
                at: .child("reservations"))
        } else if reservations.managed == .yes, reservations.source != nil {
            v.warning(
                "no-effect", "the <source> of managed reservations is chosen at start", at: .child("reservations"))
        }
    }
}

extension StorageAuth {
    /// Checks that the secret is of the kind the protocol uses.
    func validate(for networkProtocol: DiskProtocol?, _ v: inout Validation) {
        guard let secret else {
            return v.error("missing-element", "<auth> needs a <secret> element")
        }
        secret.validate(in: "auth", &v)
        let wanted: SecretType? =
            switch networkProtocol {
            case .rbd: .ceph
            case .iscsi: .iscsi
            default: nil
            }
        guard let wanted else { return }
        if secret.type != wanted {
            v.error(
                "secret-type",
                "the secret of the protocol '\(networkProtocol?.rawValue ?? "")' has the type '\(wanted.rawValue)'"
                    + (secret.type.map { ", not '\($0.rawValue)'" } ?? ""),
                at: .child("secret", "type"), found: secret.type?.rawValue, accepted: [wanted.rawValue])
        }
    }
}

extension StorageSecret {
    func validate(in element: String, _ v: inout Validation) {
        if uuid == nil, usage == nil {
            v.error("missing-attribute", "a <secret> needs the attribute 'uuid' or 'usage'", at: .child("secret"))
        } else if uuid != nil, usage != nil {
            v.error("uuid-and-usage", "a <secret> has either 'uuid' or 'usage'", at: .child("secret", "usage"))
        }
    }
}

extension StorageEncryption {
    func validate(_ v: inout Validation) {
        for secret in secrets { secret.validate(in: "encryption", &v) }
        if cipher != nil {
            v.error(
                "unneeded-cipher", "an encrypted disk's <cipher> is read from the image; it is only for new volumes",
                at: .child("cipher"))
        }
        if secrets.contains(where: { $0.type != .passphrase }) {
            v.error(
                "secret-type", "the secret of an encrypted disk has the type 'passphrase'",
                at: .child("secret", "type"), found: secrets.first?.type?.rawValue, accepted: ["passphrase"])
        }
        if v.isQEMU, format == .qcow {
            v.error(
                "encryption-format", "QEMU no longer opens images with the encryption of qcow",
                at: .attribute("format"),
                found: "qcow", accepted: ["luks"])
        }
        if engine != .librbd, format == .luks2 || format == .luksAny {
            v.error(
                "encryption-engine", "the format '\(format?.rawValue ?? "")' needs engine='librbd'",
                at: .attribute("format"),
                found: format?.rawValue, accepted: ["luks"])
        }
        if engine != .librbd, secrets.count > 1 {
            v.error("too-many-secrets", "only engine='librbd' takes more than one <secret>", at: .child("secret"))
        }
    }
}

extension DiskSource {
    /// Whether nothing is said but where the bytes are to come from.
    fileprivate var isUnsaid: Bool {
        var empty = DiskSource()
        empty.type = type
        return self == empty
    }
}

extension DiskBackingStore {
    /// Checks every image of the chain.
    func validateChain(_ v: inout Validation) {
        var image: DiskBackingStore? = self
        while let current = image {
            if let source = current.source {
                v.enter("backingStore", current.origin) { v in
                    if source.isUnsaid {
                        v.error("missing-element", "<backingStore> with a type needs a <source>", at: .child("source"))
                    }
                    if current.format?.type == nil, source.type != .volume {
                        v.error("missing-element", "<backingStore> with a type needs a <format>", at: .child("format"))
                    }
                    v.enter("source", source.origin) { source.validate(&$0) }
                    if let format = current.format?.type {
                        ImageFormat.validate(format, source: source, at: .child("format", "type"), &v)
                    }
                }
            }
            image = current.backingStore
        }
    }
}
