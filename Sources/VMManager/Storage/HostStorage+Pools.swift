public import VMCore
public import VMStorage
public import VMXML

/// Which pools a list has: the numbers are those of `virConnectListAllStoragePoolsFlags`.
public struct PoolFilter: OptionSet, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let inactive = PoolFilter(rawValue: 1 << 0)
    public static let active = PoolFilter(rawValue: 1 << 1)
    public static let persistent = PoolFilter(rawValue: 1 << 2)
    public static let transient = PoolFilter(rawValue: 1 << 3)
    public static let autostart = PoolFilter(rawValue: 1 << 4)
    public static let noAutostart = PoolFilter(rawValue: 1 << 5)
    public static let all: PoolFilter = []

    /// All flags that libvirt has.
    public static let known = PoolFilter(rawValue: 0xfffff)

    /// Pools of a type.
    public static func type(_ type: PoolType) -> PoolFilter { PoolFilter(rawValue: 1 << bit(type)) }

    private static func bit(_ type: PoolType) -> UInt32 {
        switch type {
        case .dir: 6
        case .fs: 7
        case .netfs: 8
        case .logical: 9
        case .disk: 10
        case .iscsi: 11
        case .scsi: 12
        case .mpath: 13
        case .rbd: 14
        case .sheepdog: 15
        case .gluster: 16
        case .zfs: 17
        case .vstorage: 18
        case .iscsiDirect: 19
        }
    }

    func accepts(_ pool: PoolRecord) -> Bool {
        func passes(_ a: PoolFilter, _ b: PoolFilter, _ isA: Bool) -> Bool {
            let wanted = intersection([a, b])
            return wanted.isEmpty || wanted.contains(isA ? a : b)
        }
        let types = rawValue & ~0x3f
        let isOfType = types == 0 || pool.pool.map { types & (1 << Self.bit($0.type)) != 0 } ?? false
        return isOfType && passes(.active, .inactive, pool.isActive)
            && passes(.persistent, .transient, pool.isPersistent)
            && passes(.autostart, .noAutostart, pool.isAutostarted)
    }
}

/// A pool's state and sizes, `virStoragePoolInfo`.
public struct PoolInformation: Sendable, Hashable {
    /// The numbers of `virStoragePoolState`.
    public enum State: UInt8, Sendable {
        case inactive, building, running, degraded, inaccessible

        public var word: String { "\(self)" }
    }

    public var state: State
    /// Bytes.
    public var capacity: UInt64
    public var allocation: UInt64
    public var available: UInt64
}

extension HostStorage {
    // MARK: Looking

    /// The pools by name.
    public func pools(_ filter: PoolFilter = .all) throws(VMError) -> [PoolRecord] {
        try store.all().filter(filter.accepts)
    }

    /// A pool by its UUID or its name.
    public func pool(_ key: String) throws(VMError) -> PoolRecord { try store.find(key) }

    public func pool(_ uuid: UUID) throws(VMError) -> PoolRecord { try store.get(uuid) }

    public func pool(named name: String) throws(VMError) -> PoolRecord {
        guard let found = try store.find(named: name) else { return try store.find(name) }
        return found
    }

    /// The active pool over a folder, or a defined one.
    public func pool(at path: String) throws(VMError) -> PoolRecord {
        let wanted = Self.tidied(path)
        let all = try store.all().filter { $0.pool?.target.path == wanted }
        guard let found = all.first(where: \.isActive) ?? all.first else { throw .noPool(at: path) }
        return found
    }

    static func tidied(_ path: String) -> String {
        (path.hasPrefix("/") ? "/" : "") + path.split(separator: "/").joined(separator: "/")
    }

    /// A pool's document.
    ///
    /// - Parameter inactive: the stored one, also while the pool is active.
    public func xml(of pool: PoolRecord, inactive: Bool = false) throws(VMError) -> String {
        let isLive = pool.isActive && !(inactive && pool.isPersistent)
        if isLive, let folder = try? store.folder(pool) { return folder.current().xml }
        guard var document = isLive ? pool.live : pool.stored else {
            throw VMError(.invalidXML, pool.problem ?? "pool '\(pool.name)' has no definition")
        }
        document.name = pool.name
        document.uuid = pool.uuid
        document.fill(nil)
        return document.xml
    }

    /// A pool's state and sizes.
    public func information(of pool: PoolRecord) -> PoolInformation {
        guard pool.isActive, let folder = try? store.folder(pool) else {
            return PoolInformation(state: .inactive, capacity: 0, allocation: 0, available: 0)
        }
        guard let space = folder.space else {
            return PoolInformation(state: .inaccessible, capacity: 0, allocation: 0, available: 0)
        }
        return PoolInformation(
            state: .running, capacity: space.capacity, allocation: space.allocation, available: space.available)
    }

    // MARK: Changing

    /// Stores a pool.
    ///
    /// - Throws: `invalid-xml` with diagnostics; `exists` when name, UUID or storage are another pool's.
    @discardableResult
    public func define(
        _ document: [UInt8], file: String = "-", options: XMLReadOptions = .strict
    ) throws(VMError) -> PoolRecord {
        try define(StoragePool.checked(document, file: file, options: options))
    }

    @discardableResult
    public func define(_ document: StoragePool) throws(VMError) -> PoolRecord {
        let (pool, _) = try store.define(document)
        record(.defined, pool)
        return pool
    }

    /// Starts a pool that isn't stored.
    @discardableResult
    public func create(
        _ document: [UInt8], file: String = "-", build: Bool = false, options: XMLReadOptions = .strict
    ) throws(VMError) -> PoolRecord {
        try create(StoragePool.checked(document, file: file, options: options), build: build)
    }

    @discardableResult
    public func create(_ document: StoragePool, build: Bool = false) throws(VMError) -> PoolRecord {
        let pool = try store.create(document, build: build)
        if build { record(.built, pool) }
        record(.started, pool)
        return pool
    }

    /// Makes a pool's folder.
    @discardableResult
    public func build(_ pool: PoolRecord, overwrites: Bool = false) throws(VMError) -> PoolRecord {
        let pool = try store.build(pool.uuid, overwrites: overwrites)
        record(.built, pool)
        return pool
    }

    /// Starts a stored pool.
    @discardableResult
    public func start(_ pool: PoolRecord, build: Bool = false) throws(VMError) -> PoolRecord {
        let pool = try store.start(pool.uuid, build: build)
        if build { record(.built, pool) }
        record(.started, pool)
        return pool
    }

    /// Stops a pool; what is in it stays.
    @discardableResult
    public func stop(_ pool: PoolRecord) throws(VMError) -> PoolRecord {
        let pool = try store.stop(pool.uuid)
        record(.stopped, pool)
        return pool
    }

    /// Removes a pool's folder, which has to be empty.
    @discardableResult
    public func delete(_ pool: PoolRecord) throws(VMError) -> PoolRecord {
        let pool = try store.delete(pool.uuid)
        record(.deleted, pool)
        return pool
    }

    /// Removes a pool's definition.
    @discardableResult
    public func undefine(_ pool: PoolRecord) throws(VMError) -> PoolRecord {
        let pool = try store.undefine(pool.uuid)
        record(.undefined, pool)
        return pool
    }

    /// Marks a pool to be started with the host, or takes the mark away.
    @discardableResult
    public func setAutostart(_ pool: PoolRecord, _ isWanted: Bool) throws(VMError) -> PoolRecord {
        try store.setAutostart(pool.uuid, isWanted)
    }

    /// Looks at all volumes of a pool anew, and removes what was left of volumes whose making was interrupted.
    ///
    /// A pool whose folder is gone isn't active any more, as with libvirt: clients then build and start it once more.
    public func refresh(_ pool: PoolRecord) async throws(VMError) {
        let pool = try store.get(pool.uuid)
        try store.requireStillness(pool)
        let (folder, cache) = (try store.folder(pool), manager.paths.cache)
        folder.removeLeftovers()
        do throws(VMError) {
            _ = try await labor { _ throws(VMError) in try folder.probed(cache: cache).probes }
        } catch {
            if (try? folder.checkStart()) == nil { _ = try? stop(pool) }
            throw error
        }
        record(.refreshed, pool)
    }

    /// Starts every marked pool that isn't active; one that fails doesn't keep the others back.
    func startMarked() -> [FleetOutcome] {
        let marked = (try? pools(.autostart)) ?? []
        return marked.map { pool in
            if pool.isActive { return FleetOutcome(name: pool.name, result: .running, isPool: true) }
            do throws(VMError) {
                try start(pool)
                return FleetOutcome(name: pool.name, result: .started, isPool: true)
            } catch {
                return FleetOutcome(name: pool.name, result: .failed, error: error, isPool: true)
            }
        }
    }

    // MARK: Sources

    /// What pools of a type could be made of here, `virConnectFindStoragePoolSources`: what a server of NFS exports, and the
    /// volume groups of this host.
    ///
    /// - Parameter source: a document with the `<source>` that is asked, a host.
    /// - Throws: `unsupported` for all other types, and where the program that knows isn't there.
    public func findSources(_ type: String, _ source: String?) async throws(VMError) -> String {
        guard let kind = PoolType(rawValue: type) else {
            throw VMError(
                .invalidArgument, "internal error: unknown storage pool type \(type)",
                remedy: NearMatch.best(for: type, among: PoolType.allCases.map(\.rawValue)).map {
                    "did you mean '\($0)'?"
                }, libvirt: LibvirtError(.internalError, in: .storage))
        }
        switch kind {
        case .netfs:
            guard let host = try source.flatMap({ text throws(VMError) in try PoolSources.host(in: text) }) else {
                throw VMError(
                    .unsupported, "unsupported configuration: hostname must be specified for netfs sources",
                    libvirt: LibvirtError(.configurationUnsupported, in: .storage))
            }
            return try await search { work throws(VMError) in try PoolSources.exports(of: host, work) }
        case .logical:
            return try await search { work throws(VMError) in try PoolSources.volumeGroups(work) }
        default: throw .unsupported(kind, "source discovery")
        }
    }

    /// How long a server may take that is asked what it has.
    private static let searchTime = Duration.seconds(30)

    private func search(
        _ body: @escaping @Sendable (Work) throws(VMError) -> PoolSources
    ) async throws(VMError) -> String {
        let deadline = Deadline.after(min(patience, Self.searchTime))
        return try await manager.labor(until: deadline) { work throws(VMError) in try body(work) }.xml
    }

    /// What pools can be here.
    public var capabilities: String { PoolCapabilities.xml }
}
