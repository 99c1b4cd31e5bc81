public import VMCore
internal import VMStore
internal import VMXML

/// A secret that is known, without its value.
public struct SecretRecord: Sendable, Hashable {
    public var uuid: UUID
    public var secret: Secret
    /// Whether a value was set.
    public var hasValue: Bool

    public var isEphemeral: Bool { secret.ephemeral == .yes }
    public var isPrivate: Bool { secret.isPrivate == .yes }
    public var usageType: SecretUsage.Kind { secret.usageType }
    /// Empty for a secret that is for nothing in particular.
    public var usageID: String { secret.usageID ?? "" }
}

/// The secrets of one user.
///
/// A secret's document and its value are two files, named by its UUID; the value's may be read by this user alone. Those
/// that are ephemeral lie in the runtime folder, in one that belongs to this boot of the host. Whoever asks takes no lock;
/// whoever changes something holds the lock of all.
package struct SecretStore: Sendable {
    private let persistent: DocumentStore
    private let ephemeral: DocumentStore
    private let lockFile: String
    /// How long others who change secrets are waited for.
    var patience = Duration.seconds(10)

    /// The longest value, as libvirt has it.
    package static let valueLimit = 65_536

    package init(_ paths: UserPaths) {
        persistent = DocumentStore(folder: paths.secrets, kind: .secret)
        ephemeral = DocumentStore(folder: paths.runtime + "/secrets/" + HostBoot.id, kind: .secret)
        lockFile = paths.runtime + "/secrets/.lock"
    }

    // MARK: Reading

    /// All secrets, by their UUIDs. A file that can't be used is left out.
    package func all() throws(VMError) -> [SecretRecord] {
        var records: [SecretRecord] = []
        for store in [persistent, ephemeral] {
            for name in try store.names() {
                guard let record = try? record(name, in: store) else { continue }
                records.append(record)
            }
        }
        return records.sorted { $0.uuid.description < $1.uuid.description }
    }

    package func find(_ uuid: UUID) throws(VMError) -> SecretRecord? {
        let name = uuid.description
        for store in [persistent, ephemeral] where store.contains(name) { return try record(name, in: store) }
        return nil
    }

    package func get(_ uuid: UUID) throws(VMError) -> SecretRecord {
        guard let found = try find(uuid) else { throw .noSecret(uuid) }
        return found
    }

    package func find(_ type: SecretUsage.Kind, _ id: String) throws(VMError) -> SecretRecord {
        guard let found = try all().first(where: { $0.usageType == type && $0.usageID == id }), type != .none else {
            throw .noSecret(usage: id)
        }
        return found
    }

    /// A secret's value.
    ///
    /// - Throws: when it has none.
    package func value(of secret: SecretRecord) throws(VMError) -> [UInt8] {
        let path = valuePath(secret.uuid, isEphemeral: secret.isEphemeral)
        guard Files.exists(path) else { throw .noValue(secret.uuid) }
        return try OwnFiles.read(path, limit: Self.valueLimit)
    }

    private func record(_ name: String, in store: DocumentStore) throws(VMError) -> SecretRecord {
        let document = try store.read(name)
        var secret = try Secret.checked(document.xml, file: store.path(of: name), options: .lenient)
        secret.uuid = document.uuid
        secret.ephemeral = store.folder == ephemeral.folder ? .yes : .no
        let path = valuePath(document.uuid, isEphemeral: secret.ephemeral == .yes)
        return SecretRecord(uuid: document.uuid, secret: secret, hasValue: Files.exists(path))
    }

    private func store(isEphemeral: Bool) -> DocumentStore { isEphemeral ? ephemeral : persistent }

    private func valuePath(_ uuid: UUID, isEphemeral: Bool) -> String {
        "\(store(isEphemeral: isEphemeral).folder)/\(uuid).value"
    }

    // MARK: Changing

    /// Stores a secret's document, new or in the place of the one of its UUID, whose value stays.
    package func define(_ document: Secret) throws(VMError) -> SecretRecord {
        try inTurn { () throws(VMError) in
            var secret = document
            let uuid = secret.uuid ?? .random()
            secret.uuid = uuid
            let known = try find(uuid)
            try checkConflicts(secret, uuid, known)
            let isEphemeral = secret.ephemeral == .yes
            // What an interrupted removal has left is nobody's value.
            if known == nil { try removeValue(uuid, isEphemeral: isEphemeral) }
            let text = Array(secret.xml.utf8)
            _ = try store(isEphemeral: isEphemeral).define(uuid.description, uuid: uuid) { _ throws(VMError) in text }
            return try get(uuid)
        }
    }

    private func checkConflicts(_ secret: Secret, _ uuid: UUID, _ known: SecretRecord?) throws(VMError) {
        if let known {
            guard known.usageType == secret.usageType, known.usageID == secret.usageID ?? "" else {
                throw .secretConflict("a secret with UUID \(uuid) is already defined for use with \(known.usageID)")
            }
            if known.isPrivate, secret.isPrivate != .yes {
                throw .secretConflict("cannot change private flag on existing secret")
            }
            if known.isEphemeral != (secret.ephemeral == .yes) {
                throw .secretConflict("cannot change ephemeral flag on existing secret")
            }
        }
        guard let id = secret.usageID else { return }
        for other in try all()
        where other.uuid != uuid && other.usageType == secret.usageType && other.usageID == id {
            throw .secretConflict(
                "a secret with UUID \(other.uuid) already defined for use with \(id)",
                remedy: "give the document that <uuid> to change the secret, or another <usage>")
        }
    }

    package func setValue(_ value: [UInt8], of uuid: UUID) throws(VMError) -> SecretRecord {
        guard value.count <= Self.valueLimit else {
            throw VMError(
                .invalidArgument, "invalid argument: the value of a secret has \(Self.valueLimit) bytes at most",
                libvirt: LibvirtError(.invalidArgument, in: .secret))
        }
        return try inTurn { () throws(VMError) in
            let secret = try get(uuid)
            let path = valuePath(uuid, isEphemeral: secret.isEphemeral)
            try Files.write(value, to: path, mode: 0o600, durable: !secret.isEphemeral)
            return try get(uuid)
        }
    }

    /// Removes a secret, its value first: without its document that would be found by nobody.
    package func undefine(_ uuid: UUID) throws(VMError) -> SecretRecord {
        try inTurn { () throws(VMError) in
            let secret = try get(uuid)
            try removeValue(uuid, isEphemeral: secret.isEphemeral)
            Failpoint.reached("secret.value-removed")
            try store(isEphemeral: secret.isEphemeral).remove(uuid.description, uuid: uuid)
            return secret
        }
    }

    private func removeValue(_ uuid: UUID, isEphemeral: Bool) throws(VMError) {
        let path = valuePath(uuid, isEphemeral: isEphemeral)
        if Files.exists(path) { try Files.remove(path) }
    }

    private func inTurn<Success>(_ body: () throws(VMError) -> Success) throws(VMError) -> Success {
        try Folders.make(Files.folder(of: lockFile))
        guard let lock = try FileLock.take(lockFile, until: .after(patience)) else {
            throw VMError(.busy, "another command is changing secrets", remedy: "try it again")
        }
        defer { withExtendedLifetime(lock) {} }
        removeHalves()
        return try body()
    }

    // MARK: What a killed process has left

    private static let halfMark = ".new-"

    /// Removes values that a process was killed over before they had their names. Nothing is waited for: whoever changes
    /// secrets meanwhile does it as well.
    package func sweep() {
        let isWanted = [persistent, ephemeral].contains { store in
            ((try? Folders.list(store.folder)) ?? []).contains { $0.hasPrefix(Self.halfMark) }
        }
        guard isWanted, let lock = try? FileLock.take(lockFile) else { return }
        removeHalves()
        withExtendedLifetime(lock) {}
    }

    /// The lock is held, so whoever was writing these files was killed.
    private func removeHalves() {
        for store in [persistent, ephemeral] where Files.exists(store.folder) {
            for name in (try? Folders.list(store.folder)) ?? [] where name.hasPrefix(Self.halfMark) {
                try? Files.remove("\(store.folder)/\(name)")
            }
        }
    }
}

extension DocumentKind {
    /// Secrets, in libvirt's format. They have no names; their UUIDs stand for them.
    static let secret = DocumentKind(
        word: "secret",
        missing: { key, _ in UUID(key).map { VMError.noSecret($0) } ?? .noSecret(usage: key) },
        identifyRemedy: { path in "define it with \(command: "secret-define", path)" }
    ) { (bytes, path) throws(VMError) in
        let secret = try Secret.checked(bytes, file: path, options: .lenient)
        return Identity(name: secret.uuid?.description, uuid: secret.uuid)
    }
}
