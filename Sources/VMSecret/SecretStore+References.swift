package import VMCore
package import VMDomain

extension SecretStore {
    /// The secret that a document means, by its UUID or by what it is used for.
    package func find(_ reference: StorageSecret) throws(VMError) -> SecretRecord {
        if let uuid = reference.uuid { return try get(uuid) }
        let kind: SecretUsage.Kind =
            switch reference.type {
            case .ceph: .ceph
            case .iscsi, .chap: .iscsi
            case .tls: .tls
            case .vtpm: .vtpm
            case .passphrase, .volume, nil: .volume
            }
        return try find(kind, reference.usage ?? "")
    }

    /// The value of the secret that a document means.
    package func value(of reference: StorageSecret) throws(VMError) -> [UInt8] { try value(of: find(reference)) }
}
