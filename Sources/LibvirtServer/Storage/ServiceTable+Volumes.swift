internal import LibvirtWire
internal import VMCore
internal import VMManager
internal import VMStorage
internal import VMXML

/// Volumes.
extension ServiceTable {
    mutating func serveVolumes() {
        serveVolumeLists()
        serveVolumeLookup()
        serveVolumeFacts()
        serveVolumeCreation()
        serveVolumeChanges()
    }

    // MARK: Lists

    private mutating func serveVolumeLists() {
        serve(Remote.storagePoolNumOfVolumes) { (pool, client) throws(VMError) in
            try await client.pool(pool) { storage, pool throws(VMError) in
                Int32(clamping: try storage.volumes(of: pool).count)
            }
        }
        serve(Remote.storagePoolListVolumes) { (arguments, client) throws(VMError) in
            try await client.pool(arguments.pool) { storage, pool throws(VMError) in
                List(try storage.volumes(of: pool).prefix(max(0, Int(arguments.limit))).map(\.name))
            }
        }
        serve(Remote.storagePoolListAllVolumes) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "storagePoolListAllVolumes", in: .storage)
            return try await client.pool(arguments.parent) { storage, pool throws(VMError) in
                let volumes = try storage.volumes(of: pool)
                guard !arguments.needsResults || volumes.count <= UpTo16384.count else {
                    throw VMError(
                        .unsupported, "Too many storage volumes '\(volumes.count)' for limit '\(UpTo16384.count)'",
                        libvirt: LibvirtError(.internalError, in: .rpc))
                }
                return Listing(volumes.map(StorageVolumeReference.init), wanted: arguments.needsResults)
            }
        }
    }

    // MARK: Lookup

    private mutating func serveVolumeLookup() {
        serve(Remote.storageVolLookupByName) { (arguments, client) throws(VMError) in
            try await client.pool(arguments.pool) { storage, pool throws(VMError) in
                StorageVolumeReference(try storage.volume(named: arguments.name, in: pool))
            }
        }
        serve(Remote.storageVolLookupByKey) { (key, client) throws(VMError) in
            StorageVolumeReference(
                try await client.storage("volume") { (storage) async throws(VMError) in try storage.volume(key: key) })
        }
        serve(Remote.storageVolLookupByPath) { (path, client) throws(VMError) in
            StorageVolumeReference(
                try await client.storage("volume") { (storage) async throws(VMError) in
                    try storage.volume(path: path)
                })
        }
    }

    // MARK: Facts

    private mutating func serveVolumeFacts() {
        serve(Remote.storageVolGetInfo) { (volume, client) throws(VMError) in
            try await Self.information(volume, physical: false, client)
        }
        serve(Remote.storageVolGetInfoFlags) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 1, "storageVolGetInfoFlags", in: .storage)
            return try await Self.information(arguments.subject, physical: arguments.flags & 1 != 0, client)
        }
        serve(Remote.storageVolGetXMLDesc) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "storageVolGetXMLDesc", in: .storage)
            return try await client.volume(arguments.subject) { (storage, volume) async throws(VMError) in
                try storage.xml(of: volume)
            }
        }
        serve(Remote.storageVolGetPath) { (volume, client) throws(VMError) in
            try await client.volume(volume) { (_, volume) async throws(VMError) in volume.path }
        }
    }

    private static func information(
        _ volume: StorageVolumeReference, physical: Bool, _ client: Client
    ) async throws(VMError) -> StorageVolumeInfo {
        try await client.volume(volume) { (storage, volume) async throws(VMError) in
            let summary = try storage.summary(volume)
            var answer = StorageVolumeInfo()
            answer.type = volume.number
            answer.capacity = summary.capacity
            answer.allocation = physical ? summary.physical : summary.allocation
            return answer
        }
    }

    // MARK: Making

    /// `virStorageVolCreateFlags`, of which 4 holds the document against the schema.
    private static func options(_ flags: UInt32) -> XMLReadOptions { flags & 4 != 0 ? .strict : .lenient }

    private mutating func serveVolumeCreation() {
        serve(Remote.storageVolCreateXML) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 5, "storageVolCreateXML", in: .storage)
            let uuid = arguments.pool.uuid
            return StorageVolumeReference(
                try await client.storage("createVolume") { (storage) async throws(VMError) in
                    try await storage.createVolume(
                        Array(arguments.xml.utf8), file: "volume.xml", in: try storage.pool(uuid),
                        flags: arguments.flags & 3, options: Self.options(arguments.flags))
                })
        }
        serve(Remote.storageVolCreateXMLFrom) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 7, "storageVolCreateXMLFrom", in: .storage)
            let (uuid, source) = (arguments.pool.uuid, arguments.source)
            return StorageVolumeReference(
                try await client.storage("copyVolume") { (storage) async throws(VMError) in
                    let pool = try storage.pool(uuid)
                    let source = try storage.volume(named: source.name, in: try storage.pool(named: source.pool))
                    return try await storage.createVolume(
                        Array(arguments.xml.utf8), file: "volume.xml", in: pool, from: source,
                        flags: arguments.flags & 3, options: Self.options(arguments.flags))
                })
        }
    }

    // MARK: Changing

    private mutating func serveVolumeChanges() {
        carryOut(Remote.storageVolDelete) { (arguments, client) throws(VMError) in
            // Neither zeroes a volume nor has snapshots to remove with it.
            try checkFlags(arguments.flags, 0, "virStorageBackendVolDeleteLocal", in: .storage)
            try await client.volume(arguments.subject) { (storage, volume) async throws(VMError) in
                try await storage.delete(volume)
            }
        }
        carryOut(Remote.storageVolResize) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 7, "storageVolResize", in: .storage)
            try await client.volume(arguments.volume) { (storage, volume) async throws(VMError) in
                try await storage.resize(volume, arguments.capacity, flags: arguments.flags)
            }
        }
        carryOut(Remote.storageVolWipe) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "storageVolWipePattern", in: .storage)
            try await client.volume(arguments.subject) { (storage, volume) async throws(VMError) in
                try await storage.wipe(volume)
            }
        }
        carryOut(Remote.storageVolWipePattern) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "storageVolWipePattern", in: .storage)
            try await client.volume(arguments.volume) { (storage, volume) async throws(VMError) in
                try await storage.wipe(volume, algorithm: arguments.algorithm)
            }
        }
    }
}

extension StorageVolumeReference {
    init(_ volume: VolumeEntry) {
        self.init()
        pool = volume.pool
        name = volume.name
        key = volume.path
    }
}

extension Client {
    /// Does something with the volume of a reference: that of its name, in the pool of that name.
    func volume<Success: Sendable>(
        _ reference: StorageVolumeReference,
        _ body: @escaping @Sendable (HostStorage, VolumeEntry) async throws(VMError) -> Success
    ) async throws(VMError) -> Success {
        try await storage("volume") { (storage) async throws(VMError) in
            let pool = try storage.pool(named: reference.pool)
            return try await body(storage, try storage.volume(named: reference.name, in: pool))
        }
    }
}
