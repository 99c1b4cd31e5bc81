internal import VMCore
internal import VMJSON
internal import VMManager
internal import VMStorage

/// What becomes of pools.
extension Verb {
    /// `pool-define FILE`.
    static var poolDefine: Verb {
        Verb(
            "pool-define", group: .storage, "store a storage pool from an XML file, or store it anew",
            parameters: [
                .argument("file", "file", "file containing an XML pool description", completion: .file),
                .flag("validate", "check the document (always done)"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let file = InputFile(name: try invocation.required("file"))
            let storage = try invocation.storage()
            let pool: PoolRecord
            do throws(VMError) {
                pool = try storage.define(try PoolDocument.read(file))
            } catch {
                throw error.message.hasPrefix("Failed to open file")
                    ? error : error.wrapped("Failed to define pool from \(file.name)")
            }
            return told(pool, "Pool \(pool.name) defined from \(file.name)")
        }
    }

    /// `pool-create FILE [--build]`.
    static var poolCreate: Verb {
        Verb(
            "pool-create", group: .storage, "start a storage pool from an XML file without storing it",
            details: "The pool is transient: it is gone when it is stopped. 'pool-define' makes it persistent.",
            parameters: [
                .argument("file", "file", "file containing an XML pool description", completion: .file)
            ] + .poolBuilding + [.flag("validate", "check the document (always done)")],
            exclusive: [["overwrite", "no-overwrite"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let file = InputFile(name: try invocation.required("file"))
            let storage = try invocation.storage()
            let pool: PoolRecord
            do throws(VMError) {
                pool = try storage.create(try PoolDocument.read(file), build: invocation.flag("build"))
            } catch {
                throw error.message.hasPrefix("Failed to open file")
                    ? error : error.wrapped("Failed to create pool from \(file.name)")
            }
            return told(pool, "Pool \(pool.name) created from \(file.name)")
        }
    }

    /// `pool-build POOL`.
    static var poolBuild: Verb {
        Verb(
            "pool-build", group: .storage, "make a pool's folder",
            details: "The folders above it are made, too. A folder that is there already is fine.",
            parameters: [
                .pool(.inactive), .flag("no-overwrite", "do not overwrite any existing data"),
                .flag("overwrite", "overwrite any existing data"),
            ], exclusive: [["overwrite", "no-overwrite"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            try act(invocation, "build", "built") { storage, pool throws(VMError) in
                try storage.build(
                    pool, overwrites: invocation.flag("overwrite") || invocation.flag("no-overwrite"))
            }
        }
    }

    /// `pool-start POOL [--build]`.
    static var poolStart: Verb {
        Verb(
            "pool-start", group: .storage, "make a stored pool active",
            parameters: [.pool(.inactive)] + .poolBuilding, exclusive: [["overwrite", "no-overwrite"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            try act(invocation, "start", "started") { storage, pool throws(VMError) in
                try storage.start(pool, build: invocation.flag("build"))
            }
        }
    }

    /// `pool-destroy POOL`.
    static var poolDestroy: Verb {
        Verb(
            "pool-destroy", group: .storage, "make a pool inactive; what is in it stays",
            parameters: [.pool(.active)]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            try act(invocation, "destroy", "destroyed") { storage, pool throws(VMError) in try storage.stop(pool) }
        }
    }

    /// `pool-delete POOL`.
    static var poolDelete: Verb {
        Verb(
            "pool-delete", group: .storage, "remove the folder of an inactive pool, which has to be empty",
            parameters: [.pool(.inactive)]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            try act(invocation, "delete", "deleted") { storage, pool throws(VMError) in try storage.delete(pool) }
        }
    }

    /// `pool-undefine POOL`.
    static var poolUndefine: Verb {
        Verb(
            "pool-undefine", group: .storage, "remove the definition of an inactive pool; what is in it stays",
            parameters: [.pool(.inactive)]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            try act(invocation, "undefine", "has been undefined") { storage, pool throws(VMError) in
                try storage.undefine(pool)
            }
        }
    }

    /// `pool-refresh POOL`.
    static var poolRefresh: Verb {
        Verb(
            "pool-refresh", group: .storage, "look at all volumes of a pool anew",
            details: """
                Lists are right without it, for they are made from the folder each time. It looks at the headers of those
                volumes that have changed, removes what was left of volumes whose making was interrupted, and tells
                those who follow events.
                """,
            parameters: [.pool(.active)]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            try act(invocation, "refresh", "refreshed") { storage, pool throws(VMError) in
                try storage.wait { (storage) async throws(VMError) in try await storage.refresh(pool) }
                return pool
            }
        }
    }

    /// `pool-autostart POOL [--disable]`.
    static var poolAutostart: Verb {
        Verb(
            "pool-autostart", group: .storage, "have a pool started with the host",
            details: "As for domains: 'vmctl help autostart' tells what starts what is marked. Pools come first.",
            parameters: [.pool(), .flag("disable", "disable autostarting")]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let isWanted = !invocation.flag("disable")
            let word = isWanted ? "mark" : "unmark"
            return try act(
                invocation, word, "\(word)ed as autostarted", failed: "Failed to \(word) pool %s as autostarted"
            ) {
                storage, pool throws(VMError) in
                try storage.setAutostart(pool, isWanted)
                return try storage.pool(pool.uuid)
            }
        }
    }

    // MARK: What they share

    /// Does something with the pool that is named.
    private static func act(
        _ invocation: Invocation, _ verb: String, _ done: String, failed: String? = nil,
        _ body: (HostStorage, PoolRecord) throws(VMError) -> PoolRecord
    ) throws(VMError) -> Report {
        let storage = try invocation.storage()
        let pool = try invocation.pool(storage)
        do throws(VMError) {
            return told(try body(storage, pool), "Pool \(pool.name) \(done)")
        } catch {
            throw error.wrapped(
                failed?.replacing("%s", with: pool.name) ?? "Failed to \(verb) pool \(pool.name)")
        }
    }

    static func told(_ pool: PoolRecord, _ sentence: String) -> Report {
        Report(.message(sentence), value: .object(pool.value), names: [pool.name])
    }
}

/// A pool's XML as the user gave it.
enum PoolDocument {
    /// Reads a file strictly; a relative path in it counts from the file's folder.
    static func read(_ file: InputFile) throws(VMError) -> StoragePool {
        var pool = try StoragePool.checked(try file.read(), file: file.name)
        if pool.type.isFolder, let path = pool.target.path, !path.hasPrefix("/") {
            pool.target.path = InputFile.absolute(path, below: file.folder)
        }
        return pool
    }
}
