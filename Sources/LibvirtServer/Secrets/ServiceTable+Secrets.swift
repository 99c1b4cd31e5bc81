internal import LibvirtWire
internal import VMCore
internal import VMManager
internal import VMSecret
internal import VMXML

/// Secrets.
extension ServiceTable {
    mutating func serveSecrets() {
        serveSecretLists()
        serveSecretDocuments()
        serveSecretValues()
    }

    private mutating func serveSecretLists() {
        serve(Remote.connectNumOfSecrets) { (_, client) throws(VMError) in
            Int32(
                clamping: try await client.secrets("listSecrets") { (secrets) throws(VMError) in
                    try secrets.secrets().count
                })
        }
        serve(Remote.connectListSecrets) { (limit, client) throws(VMError) in
            List(
                Array(
                    try await client.secrets("listSecrets") { (secrets) throws(VMError) in
                        try secrets.secrets().map(\.uuid.description)
                    }.prefix(max(0, Int(limit)))))
        }
        serve(Remote.connectListAllSecrets) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, SecretFilter.known.rawValue, "secretConnectListAllSecrets", in: .secret)
            let all = try await client.secrets("listSecrets") { (secrets) throws(VMError) in
                try secrets.secrets(SecretFilter(rawValue: arguments.flags))
            }
            return Listing(all.map { SecretReference($0) }, wanted: arguments.needsResults)
        }
        serve(Remote.secretLookupByUUID) { (uuid, client) throws(VMError) in
            SecretReference(
                try await client.secrets("secret") { (secrets) throws(VMError) in try secrets.secret(uuid) })
        }
        serve(Remote.secretLookupByUsage) { (arguments, client) throws(VMError) in
            SecretReference(
                try await client.secrets("secret") { (secrets) throws(VMError) in
                    try secrets.secret(
                        for: SecretUsage.Kind(number: arguments.usageType) ?? .none, arguments.usageID)
                })
        }
    }

    private mutating func serveSecretDocuments() {
        serve(Remote.secretDefineXML) { (arguments, client) throws(VMError) in
            // 1 holds the document against the schema.
            try checkFlags(arguments.flags, 1, "secretDefineXML", in: .secret)
            return SecretReference(
                try await client.secrets("defineSecret") { (secrets) throws(VMError) in
                    try secrets.define(
                        Array(arguments.subject.utf8), file: "secret.xml",
                        options: arguments.flags & 1 != 0 ? .strict : .lenient)
                })
        }
        serve(Remote.secretGetXMLDesc) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "secretGetXMLDesc", in: .secret)
            let uuid = arguments.subject.uuid
            return try await client.secrets("secret") { (secrets) throws(VMError) in
                secrets.xml(of: try secrets.secret(uuid))
            }
        }
        carryOut(Remote.secretUndefine) { (secret, client) throws(VMError) in
            try await client.secrets("undefineSecret") { (secrets) throws(VMError) in
                _ = try secrets.undefine(try secrets.secret(secret.uuid))
            }
        }
    }

    private mutating func serveSecretValues() {
        carryOut(Remote.secretSetValue) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "secretSetValue", in: .secret)
            try await client.secrets("setSecretValue") { (secrets) throws(VMError) in
                _ = try secrets.setValue(arguments.value, of: try secrets.secret(arguments.secret.uuid))
            }
        }
        serve(Remote.secretGetValue) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "secretGetValue", in: .secret)
            let uuid = arguments.subject.uuid
            return Bytes(
                try await client.secrets("secretValue") { (secrets) throws(VMError) in
                    try secrets.value(of: try secrets.secret(uuid))
                })
        }
    }
}

extension SecretReference {
    init(_ secret: SecretRecord) {
        self.init()
        uuid = secret.uuid
        usageType = secret.usageType.number
        usageID = secret.usageID
    }

    init(_ change: HostEvent.SecretChange) {
        self.init()
        uuid = change.uuid
        usageType = change.usageType
        usageID = change.usageID
    }
}

extension Client {
    /// Does something with secrets.
    func secrets<Success: Sendable>(
        _ operation: String, _ body: @escaping @Sendable (HostSecrets) throws(VMError) -> Success
    ) async throws(VMError) -> Success { try await manager.secrets.perform(operation, body) }
}
