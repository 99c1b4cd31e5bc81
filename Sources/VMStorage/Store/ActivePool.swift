internal import Glibc
package import VMCore
internal import VMXML

/// A pool that was started: its document as of then, in a file of the runtime folder.
package struct ActivePool: Sendable {
    package var pool: StoragePool
    package var name: String
    package var uuid: UUID
    /// When it was started, in nanoseconds since 1970.
    package var since: Int64
}

/// The pools that are active: a file for each, named by its UUID. They are active until they are stopped or the host is
/// started anew, whichever processes come and go meanwhile.
struct ActivePools: Sendable {
    let folder: String

    private static let head = "<!-- vmctl: active since "

    func path(of uuid: UUID) -> String { "\(folder)/\(uuid).xml" }

    /// All that can be read; a file that can't is as good as none.
    func all() throws(VMError) -> [ActivePool] {
        guard Files.exists(folder) else { return [] }
        try OwnFolders.check(folder)
        return try Folders.list(folder).compactMap { file in
            guard file.hasSuffix(".xml"), let uuid = UUID(file.dropLast(4)) else { return nil }
            return read(uuid)
        }.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    func read(_ uuid: UUID) -> ActivePool? {
        guard let bytes = try? OwnFiles.read(path(of: uuid)), let end = bytes.firstIndex(of: 0x0a) else { return nil }
        let line = String(decoding: bytes[..<end], as: UTF8.self)
        let words = line.split(separator: " ")
        guard line.hasPrefix(Self.head), words.count == 8, let since = Int64(words[4].dropLast()),
            words[6] == HostBoot.id,
            let pool = try? StoragePool.read(Array(bytes[(end + 1)...]), options: .lenient).value,
            let name = pool.name, pool.uuid == uuid
        else { return nil }
        return ActivePool(pool: pool, name: name, uuid: uuid, since: since)
    }

    /// Makes a pool active. The lock is held.
    func add(_ pool: StoragePool, _ uuid: UUID) throws(VMError) {
        let text = "\(Self.head)\(WallClock.now), boot \(HostBoot.id) -->\n" + pool.xml
        try Folders.make(folder)
        try Files.write(Array(text.utf8), to: path(of: uuid), durable: false)
        Failpoint.reached("pool.active")
    }

    /// Makes a pool inactive. The lock is held.
    func remove(_ uuid: UUID) throws(VMError) {
        try Files.remove(path(of: uuid))
    }

    /// The file whose locks say what is being done with a pool's volumes. It stays when the pool is stopped: who has it open
    /// would hold locks that nobody else sees.
    func jobs(of uuid: UUID) -> String { "\(folder)/\(uuid).jobs" }
}
