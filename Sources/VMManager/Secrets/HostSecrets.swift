public import VMCore
public import VMSecret
public import VMXML

/// Which secrets a list has: the numbers are those of `virConnectListAllSecretsFlags`.
public struct SecretFilter: OptionSet, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let ephemeral = SecretFilter(rawValue: 1 << 0)
    public static let notEphemeral = SecretFilter(rawValue: 1 << 1)
    public static let isPrivate = SecretFilter(rawValue: 1 << 2)
    public static let notPrivate = SecretFilter(rawValue: 1 << 3)
    public static let all: SecretFilter = []

    /// All flags that libvirt has.
    public static let known = SecretFilter(rawValue: 0xf)

    func accepts(_ secret: SecretRecord) -> Bool {
        func passes(_ a: SecretFilter, _ b: SecretFilter, _ isA: Bool) -> Bool {
            let wanted = intersection([a, b])
            return wanted.isEmpty || wanted.contains(isA ? a : b)
        }
        return passes(.ephemeral, .notEphemeral, secret.isEphemeral)
            && passes(.isPrivate, .notPrivate, secret.isPrivate)
    }
}

/// The secrets of one user on this host: passphrases of encrypted disks, keys for remote storage.
///
/// A value without state of its own, as the manager is. All calls read or write little, so none is `async`;
/// ``perform(_:_:)`` runs them for a task. Values are never part of documents, events or errors.
public struct HostSecrets: Sendable {
    let manager: VMManager

    var store: SecretStore { SecretStore(manager.paths) }

    /// Runs something for a task.
    ///
    /// - Parameter operation: what observers are told.
    public func perform<Success: Sendable>(
        _ operation: String, _ body: @escaping @Sendable (HostSecrets) throws(VMError) -> Success
    ) async throws(VMError) -> Success {
        try await manager.observed(operation, domain: nil) { manager throws(VMError) in
            try body(HostSecrets(manager: manager))
        }
    }

    // MARK: Looking

    /// The secrets by their UUIDs.
    public func secrets(_ filter: SecretFilter = .all) throws(VMError) -> [SecretRecord] {
        // Half a value that was left is nothing to keep until somebody changes a secret.
        store.sweep()
        return try store.all().filter(filter.accepts)
    }

    public func secret(_ uuid: UUID) throws(VMError) -> SecretRecord { try store.get(uuid) }

    /// The secret that is used for something.
    public func secret(for type: SecretUsage.Kind, _ id: String) throws(VMError) -> SecretRecord {
        try store.find(type, id)
    }

    public func xml(of secret: SecretRecord) -> String { secret.secret.xml }

    /// A secret's value.
    ///
    /// - Throws: `unsupported` for a private one; `not-found` when none was set.
    public func value(of secret: SecretRecord) throws(VMError) -> [UInt8] {
        let secret = try store.get(secret.uuid)
        if secret.isPrivate { throw .privateSecret() }
        return try store.value(of: secret)
    }

    // MARK: Changing

    /// Stores a secret's document, new or in the place of the one of its UUID, whose value stays.
    ///
    /// - Throws: `invalid-xml` with diagnostics; `exists` when another secret is for the same.
    @discardableResult
    public func define(
        _ document: [UInt8], file: String = "-", options: XMLReadOptions = .strict
    ) throws(VMError) -> SecretRecord {
        let secret = try store.define(Secret.checked(document, file: file, options: options))
        record(.defined, secret)
        return secret
    }

    @discardableResult
    public func setValue(_ value: [UInt8], of secret: SecretRecord) throws(VMError) -> SecretRecord {
        let secret = try store.setValue(value, of: secret.uuid)
        record(.valueChanged, secret)
        return secret
    }

    /// Removes a secret with its value.
    @discardableResult
    public func undefine(_ secret: SecretRecord) throws(VMError) -> SecretRecord {
        let secret = try store.undefine(secret.uuid)
        record(.undefined, secret)
        return secret
    }

    private func record(_ change: HostEvent.SecretChange.Change, _ secret: SecretRecord) {
        let event = HostEvent.SecretChange(
            uuid: secret.uuid, usageType: secret.usageType.number, usageID: secret.usageID, change: change)
        manager.record(.secret(event), "", nil)
    }
}

extension VMManager {
    /// Secrets.
    public var secrets: HostSecrets { HostSecrets(manager: self) }
}
