internal import LibvirtWire
internal import VMCore
internal import VMManager
internal import VMStorage
internal import VMXML

/// Storage pools.
extension ServiceTable {
    mutating func servePools() {
        servePoolLists()
        servePoolLookup()
        servePoolFacts()
        servePoolLife()
    }

    // MARK: Lists

    private mutating func servePoolLists() {
        serve(Remote.connectNumOfStoragePools) { (_, client) throws(VMError) in
            Int32(clamping: try await Self.names(.active, client).count)
        }
        serve(Remote.connectListStoragePools) { (limit, client) throws(VMError) in
            List(Array(try await Self.names(.active, client).prefix(max(0, Int(limit)))))
        }
        serve(Remote.connectNumOfDefinedStoragePools) { (_, client) throws(VMError) in
            Int32(clamping: try await Self.names(.inactive, client).count)
        }
        serve(Remote.connectListDefinedStoragePools) { (limit, client) throws(VMError) in
            List(Array(try await Self.names(.inactive, client).prefix(max(0, Int(limit)))))
        }
        serve(Remote.connectListAllStoragePools) { (arguments, client) throws(VMError) in
            try checkFlags(
                arguments.flags, PoolFilter.known.rawValue, "storageConnectListAllStoragePools", in: .storage)
            let pools = try await client.storage("listPools") { (storage) async throws(VMError) in
                try storage.pools(PoolFilter(rawValue: arguments.flags))
            }
            return Listing(pools.map(StoragePoolReference.init), wanted: arguments.needsResults)
        }
        serve(Remote.connectFindStoragePoolSources) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "storageConnectFindStoragePoolSources", in: .storage)
            return try await client.storage("findSources") { (storage) async throws(VMError) in
                try await storage.findSources(arguments.type, arguments.source)
            }
        }
        serve(Remote.connectGetStoragePoolCapabilities) { (flags, client) throws(VMError) in
            try checkFlags(flags, 0, "storageConnectGetStoragePoolCapabilities", in: .storage)
            return client.manager.storage.capabilities
        }
    }

    private static func names(_ filter: PoolFilter, _ client: Client) async throws(VMError) -> [String] {
        try await client.storage("listPools") { (storage) async throws(VMError) in
            try storage.pools(filter).map(\.name)
        }
    }

    // MARK: Lookup

    private mutating func servePoolLookup() {
        serve(Remote.storagePoolLookupByName) { (name, client) throws(VMError) in
            StoragePoolReference(
                try await client.storage("pool") { (storage) async throws(VMError) in try storage.pool(named: name) })
        }
        serve(Remote.storagePoolLookupByUUID) { (uuid, client) throws(VMError) in
            StoragePoolReference(
                try await client.storage("pool") { (storage) async throws(VMError) in try storage.pool(uuid) })
        }
        serve(Remote.storagePoolLookupByTargetPath) { (path, client) throws(VMError) in
            StoragePoolReference(
                try await client.storage("pool") { (storage) async throws(VMError) in try storage.pool(at: path) })
        }
        serve(Remote.storagePoolLookupByVolume) { (volume, client) throws(VMError) in
            StoragePoolReference(
                try await client.storage("pool") { (storage) async throws(VMError) in
                    try storage.pool(named: volume.pool)
                })
        }
    }

    // MARK: Facts

    private mutating func servePoolFacts() {
        serve(Remote.storagePoolGetInfo) { (pool, client) throws(VMError) in
            try await client.pool(pool) { storage, pool throws(VMError) in
                let information = storage.information(of: pool)
                var answer = StoragePoolInfo()
                answer.state = information.state.rawValue
                answer.capacity = information.capacity
                answer.allocation = information.allocation
                answer.available = information.available
                return answer
            }
        }
        serve(Remote.storagePoolGetXMLDesc) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 1, "storagePoolGetXMLDesc", in: .storage)
            return try await client.pool(arguments.subject) { storage, pool throws(VMError) in
                try storage.xml(of: pool, inactive: arguments.flags & 1 != 0)
            }
        }
        serve(Remote.storagePoolIsActive) { (pool, client) throws(VMError) in
            try await client.pool(pool) { _, pool throws(VMError) in pool.isActive }
        }
        serve(Remote.storagePoolIsPersistent) { (pool, client) throws(VMError) in
            try await client.pool(pool) { _, pool throws(VMError) in pool.isPersistent }
        }
        serve(Remote.storagePoolGetAutostart) { (pool, client) throws(VMError) in
            try await client.pool(pool) { _, pool throws(VMError) in pool.isAutostarted }
        }
        carryOut(Remote.storagePoolSetAutostart) { (arguments, client) throws(VMError) in
            try await client.pool(arguments.subject) { storage, pool throws(VMError) in
                _ = try storage.setAutostart(pool, arguments.autostart)
            }
        }
    }

    // MARK: Life

    private mutating func servePoolLife() {
        serve(Remote.storagePoolDefineXML) { (arguments, client) throws(VMError) in
            // 1 holds the document against the schema.
            try checkFlags(arguments.flags, 1, "storagePoolDefineXML", in: .storage)
            return StoragePoolReference(
                try await client.storage("definePool") { (storage) async throws(VMError) in
                    try storage.define(
                        Array(arguments.subject.utf8), file: "pool.xml",
                        options: arguments.flags & 1 != 0 ? .strict : .lenient)
                })
        }
        serve(Remote.storagePoolCreateXML) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 15, "storagePoolCreateXML", in: .storage)
            return StoragePoolReference(
                try await client.storage("createPool") { (storage) async throws(VMError) in
                    try storage.create(
                        Array(arguments.subject.utf8), file: "pool.xml", build: arguments.flags & 7 != 0,
                        options: arguments.flags & 8 != 0 ? .strict : .lenient)
                })
        }
        carryOut(Remote.storagePoolCreate) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 7, "storagePoolCreate", in: .storage)
            try await client.pool(arguments.subject) { storage, pool throws(VMError) in
                _ = try storage.start(pool, build: arguments.flags & 7 != 0)
            }
        }
        carryOut(Remote.storagePoolBuild) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 15, "storagePoolBuild", in: .storage)
            try await client.pool(arguments.subject) { storage, pool throws(VMError) in
                _ = try storage.build(pool, overwrites: arguments.flags & 12 != 0)
            }
        }
        carryOut(Remote.storagePoolDestroy) { (pool, client) throws(VMError) in
            try await client.pool(pool) { storage, pool throws(VMError) in _ = try storage.stop(pool) }
        }
        carryOut(Remote.storagePoolDelete) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 1, "storagePoolDelete", in: .storage)
            try await client.pool(arguments.subject) { storage, pool throws(VMError) in
                _ = try storage.delete(pool)
            }
        }
        carryOut(Remote.storagePoolUndefine) { (pool, client) throws(VMError) in
            try await client.pool(pool) { storage, pool throws(VMError) in _ = try storage.undefine(pool) }
        }
        carryOut(Remote.storagePoolRefresh) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "storagePoolRefresh", in: .storage)
            let uuid = arguments.subject.uuid
            try await client.storage("refreshPool") { (storage) async throws(VMError) in
                try await storage.refresh(try storage.pool(uuid))
            }
        }
    }
}

extension StoragePoolReference {
    init(_ pool: PoolRecord) {
        self.init()
        name = pool.name
        uuid = pool.uuid
    }
}

extension Client {
    /// Does something with the pool of a reference, of which only the UUID counts.
    func pool<Success: Sendable>(
        _ reference: StoragePoolReference,
        _ body: @escaping @Sendable (HostStorage, PoolRecord) throws(VMError) -> Success
    ) async throws(VMError) -> Success {
        let uuid = reference.uuid
        return try await storage("pool") { (storage) async throws(VMError) in
            try body(storage, try storage.pool(uuid))
        }
    }
}
