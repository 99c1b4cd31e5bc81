package import VMCore
internal import VMStore
internal import VMXML

/// What becomes of pools: defined, built, started, stopped, deleted, undefined.
extension PoolStore {
    // MARK: Definitions

    /// Stores a pool. One of the same name and UUID is replaced, whether it is active or not.
    package func define(_ document: StoragePool) throws(VMError) -> (record: PoolRecord, replaced: Bool) {
        try inTurn { () throws(VMError) in
            let (pool, name, uuid) = try identified(document)
            try checkConflicts(pool, name, uuid)
            let (_, replaced) = try definitions.define(name, uuid: uuid) { _ throws(VMError) in Array(pool.xml.utf8) }
            return (try get(uuid), replaced)
        }
    }

    /// Removes a definition.
    package func undefine(_ uuid: UUID) throws(VMError) -> PoolRecord {
        try inTurn { () throws(VMError) in
            let record = try get(uuid)
            try requireInactive(record)
            guard record.isPersistent else { throw .hasNoConfig(pool: record.name) }
            try definitions.remove(record.name, uuid: record.uuid)
            return record
        }
    }

    /// Marks a pool to be started with the host.
    package func setAutostart(_ uuid: UUID, _ isWanted: Bool) throws(VMError) -> PoolRecord {
        let record = try get(uuid)
        guard record.isPersistent else { throw .hasNoConfig(pool: record.name) }
        try definitions.mark(record.name, record.uuid, isWanted)
        return record
    }

    // MARK: Active pools

    /// Starts a pool that isn't stored.
    package func create(_ document: StoragePool, build: Bool) throws(VMError) -> PoolRecord {
        try inTurn { () throws(VMError) in
            let (pool, name, uuid) = try identified(document)
            if let other = try find(uuid: uuid), other.name == name, other.isActive {
                throw .poolConflict("pool is already active as '\(name)'")
            }
            try checkConflicts(pool, name, uuid)
            let backend = try FolderPool(pool, name, uuid)
            if build { try backend.build() }
            try backend.checkStart()
            try active.add(pool, uuid)
            backend.removeLeftovers()
            return try get(uuid)
        }
    }

    /// Starts a stored pool.
    package func start(_ uuid: UUID, build: Bool) throws(VMError) -> PoolRecord {
        try inTurn { () throws(VMError) in
            let record = try get(uuid)
            if record.isActive { throw .wrongPoolState("storage pool '\(record.name)' is already active") }
            let backend = try FolderPool(usable(record), record.name, record.uuid)
            if build { try backend.build() }
            try backend.checkStart()
            var pool = backend.pool
            pool.name = record.name
            pool.uuid = record.uuid
            try active.add(pool, record.uuid)
            backend.removeLeftovers()
            return try get(uuid)
        }
    }

    /// Stops a pool; what is in it stays.
    package func stop(_ uuid: UUID) throws(VMError) -> PoolRecord {
        try inTurn { () throws(VMError) in
            let record = try get(uuid)
            guard record.isActive else { throw .inactive(pool: record.name) }
            let still = try stillness(record.uuid, record.name)
            try active.remove(record.uuid)
            _ = consume still
            return record
        }
    }

    /// Makes the folder of a pool.
    package func build(_ uuid: UUID, overwrites: Bool) throws(VMError) -> PoolRecord {
        try inTurn { () throws(VMError) in
            let record = try get(uuid)
            if record.isActive { throw .wrongPoolState("storage pool '\(record.name)' is already active") }
            let backend = try FolderPool(usable(record), record.name, record.uuid)
            if overwrites { throw .wrongPoolState("No source device specified when formatting pool '\(record.name)'") }
            try backend.build()
            return record
        }
    }

    /// Removes the folder of a pool, which has to be empty.
    package func delete(_ uuid: UUID) throws(VMError) -> PoolRecord {
        try inTurn { () throws(VMError) in
            let record = try get(uuid)
            try requireInactive(record)
            try FolderPool(usable(record), record.name, record.uuid).deleteFolder()
            return record
        }
    }

    /// The volumes of an active pool.
    package func folder(_ record: PoolRecord) throws(VMError) -> FolderPool {
        guard let pool = record.live else { throw .inactive(pool: record.name) }
        return try FolderPool(pool, record.name, record.uuid)
    }

    // MARK: Rules

    private func requireInactive(_ record: PoolRecord) throws(VMError) {
        guard record.isActive else { return }
        throw .wrongPoolState(
            "storage pool '\(record.name)' is still active",
            remedy: "stop it with \(command: "pool-destroy", record.name)")
    }

    private func usable(_ record: PoolRecord) throws(VMError) -> StoragePool {
        guard let pool = record.stored else {
            throw VMError(.invalidXML, record.problem ?? "pool '\(record.name)' has no definition")
        }
        return pool
    }

    /// A document with a name and a UUID: that of the pool of its name where it has none.
    private func identified(
        _ document: StoragePool
    ) throws(VMError) -> (pool: StoragePool, name: String, uuid: UUID) {
        let name = document.name ?? ""
        try definitions.check(name)
        var pool = document
        let known = try find(named: name)?.uuid
        let uuid = pool.uuid ?? known ?? .random()
        pool.uuid = uuid
        return (pool, name, uuid)
    }

    /// Refuses a name or a UUID that another pool has, and storage that is another one's.
    private func checkConflicts(_ pool: StoragePool, _ name: String, _ uuid: UUID) throws(VMError) {
        for other in try all() {
            if other.name == name, other.uuid != uuid {
                throw .poolConflict(
                    "pool '\(name)' already exists with uuid \(other.uuid)",
                    remedy: "choose another <name>, or give the document that <uuid> to change the pool")
            }
            if other.uuid == uuid, other.name != name {
                throw .poolConflict(
                    "pool '\(other.name)' is already defined with uuid \(uuid)",
                    remedy: "leave <uuid> out to get a new one")
            }
            if other.uuid != uuid, let theirs = other.pool, pool.isSameStorage(as: theirs) {
                throw .poolConflict("Storage source conflict with pool: '\(other.name)'")
            }
        }
    }
}

extension StoragePool {
    /// Whether two pools would be the same storage under two names.
    fileprivate func isSameStorage(as other: StoragePool) -> Bool {
        guard type == other.type else { return type == .dir && other.type == .dir && target.path == other.target.path }
        let devices = source.devices.compactMap(\.path)
        let hosts = source.hosts.compactMap(\.name)
        func sharesDevice() -> Bool { !Set(devices).isDisjoint(with: other.source.devices.compactMap(\.path)) }
        func sharesHost() -> Bool { !Set(hosts).isDisjoint(with: other.source.hosts.compactMap(\.name)) }
        switch type {
        case .dir: return target.path != nil && target.path == other.target.path
        case .netfs: return sharesHost() && source.dir?.path == other.source.dir?.path
        case .gluster, .rbd, .sheepdog, .iscsi, .iscsiDirect:
            return sharesHost() && source.name == other.source.name
                && source.dir?.path == other.source.dir?.path && (devices.isEmpty || sharesDevice())
        case .fs, .disk: return sharesDevice()
        case .logical, .zfs, .vstorage: return source.name != nil && source.name == other.source.name
        case .scsi: return source.adapter == other.source.adapter
        case .mpath: return true
        }
    }
}
