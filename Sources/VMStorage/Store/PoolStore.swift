public import VMCore
package import VMStore
internal import VMXML

/// A pool that is known: stored, active, or both.
public struct PoolRecord: Sendable {
    public var name: String
    public var uuid: UUID
    /// The document as of its start; nil when it isn't active.
    public var live: StoragePool?
    /// The stored document; nil for a transient pool, and for one whose file can't be used.
    public var stored: StoragePool?
    public var isPersistent: Bool
    public var isAutostarted: Bool
    /// Why the stored document can't be used.
    public var problem: String?

    public var isActive: Bool { live != nil }
    public var isTransient: Bool { !isPersistent }
    /// The document that counts now.
    public var pool: StoragePool? { live ?? stored }
}

/// The pools of one user: their definitions, and which of them are active.
///
/// Whoever asks reads files and takes no lock; whoever changes the state of a pool holds the lock of all.
package struct PoolStore: Sendable {
    package let definitions: DocumentStore
    let active: ActivePools
    /// How long others who change pools are waited for.
    var patience = Duration.seconds(10)

    package init(_ paths: UserPaths) {
        definitions = DocumentStore(folder: paths.storagePools, kind: .storagePool)
        active = ActivePools(folder: paths.runtime + "/storage")
    }

    // MARK: Reading

    /// All pools by name.
    package func all() throws(VMError) -> [PoolRecord] {
        let live = try active.all()
        var records: [PoolRecord] = []
        var seen = Set<UUID>()
        for name in try definitions.names() {
            guard let record = try? stored(name, among: live) else { continue }
            records.append(record)
            seen.insert(record.uuid)
        }
        for pool in live where !seen.contains(pool.uuid) { records.append(Self.transient(pool)) }
        return records.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// The pool that a user means: the one of that UUID, or else of that name.
    package func find(_ key: String) throws(VMError) -> PoolRecord {
        if let uuid = UUID(key), let found = try find(uuid: uuid) { return found }
        guard let found = try find(named: key) else { throw .noPool(named: key) }
        return found
    }

    package func get(_ uuid: UUID) throws(VMError) -> PoolRecord {
        guard let found = try find(uuid: uuid) else { throw .noPool(uuid) }
        return found
    }

    package func find(uuid: UUID) throws(VMError) -> PoolRecord? {
        let live = active.read(uuid)
        if let name = try definitions.name(of: uuid) { return try stored(name, among: [live].compactMap(\.self)) }
        return live.map(Self.transient)
    }

    package func find(named name: String) throws(VMError) -> PoolRecord? {
        let live = try active.all()
        if definitions.contains(name) { return try stored(name, among: live) }
        return live.first { $0.name == name }.map(Self.transient)
    }

    private static func transient(_ pool: ActivePool) -> PoolRecord {
        PoolRecord(
            name: pool.name, uuid: pool.uuid, live: pool.pool, stored: nil, isPersistent: false, isAutostarted: false)
    }

    private func stored(_ name: String, among live: [ActivePool]) throws(VMError) -> PoolRecord {
        let document = try definitions.read(name)
        var record = PoolRecord(
            name: name, uuid: document.uuid, live: live.first { $0.uuid == document.uuid }?.pool, stored: nil,
            isPersistent: true, isAutostarted: definitions.isAutostarted(name, document.uuid))
        do throws(VMError) {
            record.stored = try StoragePool.checked(
                document.xml, file: definitions.path(of: name), options: .lenient)
        } catch {
            record.problem = error.description
        }
        return record
    }

    // MARK: Locks

    /// Does something that changes which pools there are or are active, in turn with all who do.
    func inTurn<Success>(_ body: () throws(VMError) -> Success) throws(VMError) -> Success {
        try Folders.make(active.folder)
        guard let lock = try FileLock.take(active.folder + "/.lock", until: .after(patience)) else {
            throw VMError(
                .busy, "another program is changing storage pools", remedy: "try again in a moment")
        }
        let result = try body()
        _ = consume lock
        return result
    }

    /// Holds a pool against being stopped while something is done with its volumes.
    package func hold(_ uuid: UUID, _ name: String) throws(VMError) -> RangeLock {
        let path = active.jobs(of: uuid)
        guard active.read(uuid) != nil else { throw .inactive(pool: name) }
        guard let lock = try RangeLock.take(path, number: 0, isShared: true, until: .after(.seconds(1))) else {
            throw .inactive(pool: name)
        }
        // It may have been stopped before it was held.
        guard active.read(uuid) != nil else { throw .inactive(pool: name) }
        return lock
    }

    /// Takes a volume for oneself, or together with others who only read it.
    ///
    /// - Returns: nil when somebody else has taken it.
    package func take(_ path: String, of uuid: UUID, isShared: Bool) throws(VMError) -> RangeLock? {
        let number = Checksum.fnv1a(Array(path.utf8)) | 1
        // A program that another thread is just starting has this process's files open until it is there, and with them the lock
        // of what is over.
        let deadline = Deadline.after(.milliseconds(300))
        while true {
            if let lock = try RangeLock.take(active.jobs(of: uuid), number: number, isShared: isShared) { return lock }
            if deadline.hasPassed { return nil }
            Poll.sleep(.milliseconds(5))
        }
    }

    /// Refuses when somebody is at work on a pool's volumes.
    package func requireStillness(_ pool: PoolRecord) throws(VMError) {
        guard pool.isActive else { throw .inactive(pool: pool.name) }
        _ = try stillness(pool.uuid, pool.name)
    }

    /// Sees to it that nobody is at work on a pool's volumes, as long as the result lives.
    func stillness(_ uuid: UUID, _ name: String) throws(VMError) -> RangeLock? {
        guard Files.exists(active.jobs(of: uuid)) else { return nil }
        guard let lock = try RangeLock.take(active.jobs(of: uuid), number: 0) else { throw .hasJobs(pool: name) }
        return lock
    }
}

extension DocumentKind {
    /// Storage pools, in libvirt's format.
    static let storagePool = DocumentKind(
        word: "pool", missing: { key, _ in .noPool(named: key) },
        identifyRemedy: { path in "define it with \(command: "pool-define", path)" }
    ) { (bytes, path) throws(VMError) in
        let pool = try StoragePool.read(bytes, file: path, options: .lenient).checked()
        return Identity(name: pool.effectiveName, uuid: pool.uuid)
    }
}
