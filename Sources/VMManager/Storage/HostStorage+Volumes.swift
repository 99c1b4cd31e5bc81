internal import Glibc
public import VMCore
internal import VMDomain
internal import VMSecret
public import VMStorage
public import VMXML

/// A volume with what its header says.
public struct VolumeSummary: Sendable, Hashable {
    public var entry: VolumeEntry
    /// Bytes that a guest sees.
    public var capacity: UInt64
    /// Bytes that it takes.
    public var allocation: UInt64
    /// Bytes of the file.
    public var physical: UInt64
    public var format: VolumeFormat
}

extension HostStorage {
    // MARK: Looking

    /// The volumes of an active pool, by name. None is opened.
    public func volumes(of pool: PoolRecord) throws(VMError) -> [VolumeEntry] { try store.folder(pool).volumes() }

    /// The same with what their headers say. Those that look as they did the last time aren't opened.
    public func summaries(of pool: PoolRecord) throws(VMError) -> [VolumeSummary] {
        let folder = try store.folder(pool)
        return try folder.probed(cache: manager.paths.cache).volumes.map { summary($0, $1, folder) }
    }

    public func summary(_ volume: VolumeEntry) throws(VMError) -> VolumeSummary {
        let folder = try folder(of: volume)
        return summary(volume, folder.probe(volume), folder)
    }

    private func summary(_ volume: VolumeEntry, _ probe: ImageProbe, _ folder: FolderPool) -> VolumeSummary {
        VolumeSummary(
            entry: volume, capacity: probe.capacity, allocation: folder.allocation(volume.facts, probe),
            physical: volume.kind == .block ? probe.capacity : volume.facts.size, format: probe.format)
    }

    /// A volume's document.
    public func xml(of volume: VolumeEntry) throws(VMError) -> String {
        try folder(of: volume).document(volume).xml
    }

    public func volume(named name: String, in pool: PoolRecord) throws(VMError) -> VolumeEntry {
        try store.folder(pool).volume(named: name)
    }

    /// A volume by its name in a pool, or, in no particular pool, by its key or its path.
    public func volume(_ key: String, pool: String? = nil) throws(VMError) -> VolumeEntry {
        guard let pool else {
            guard let found = try find(path: key) else {
                throw key.utf8.first == UInt8(ascii: "/") ? .noVolume(path: key) : .noVolume(key: key)
            }
            return found
        }
        let folder = try store.folder(store.find(pool))
        if let found = folder.find(key) { return found }
        if let found = try find(path: key), found.pool == folder.name { return found }
        throw .noVolume(named: key, in: folder.name)
    }

    public func volume(key: String) throws(VMError) -> VolumeEntry {
        guard let found = try find(path: key) else { throw .noVolume(key: key) }
        return found
    }

    public func volume(path: String) throws(VMError) -> VolumeEntry {
        guard let found = try find(path: path) else { throw .noVolume(path: path) }
        return found
    }

    /// The volume at a path, in any active pool.
    private func find(path: String) throws(VMError) -> VolumeEntry? {
        let path = Self.tidied(path)
        guard path.hasPrefix("/"), let name = path.split(separator: "/").last.map(String.init) else { return nil }
        let above = Files.folder(of: path)
        let folders = try activeFolders()
        if let folder = folders.first(where: { $0.path == above }) { return folder.find(name) }
        guard let real = Files.identity(above) else { return nil }
        return folders.lazy.filter { Files.identity($0.path) == real }.compactMap { $0.find(name) }.first
    }

    func activeFolders() throws(VMError) -> [FolderPool] {
        try store.all().compactMap { $0.isActive ? try? store.folder($0) : nil }
    }

    /// The pool that a volume is of.
    public func pool(of volume: VolumeEntry) throws(VMError) -> PoolRecord { try pool(named: volume.pool) }

    func folder(of volume: VolumeEntry) throws(VMError) -> FolderPool {
        try store.folder(pool(of: volume))
    }

    // MARK: Making

    /// Makes a volume.
    ///
    /// - Parameter flags: `virStorageVolCreateFlags`.
    public func createVolume(
        _ document: [UInt8], file: String = "-", in pool: PoolRecord, flags: UInt32 = 0,
        options: XMLReadOptions = .strict
    ) async throws(VMError) -> VolumeEntry {
        let volume = try StorageVolume.checked(document, file: file, options: options)
        return try await createVolume(volume, in: pool, flags: flags)
    }

    public func createVolume(
        _ volume: StorageVolume, in pool: PoolRecord, flags: UInt32 = 0
    ) async throws(VMError) -> VolumeEntry {
        let store = store
        let folder = try store.folder(store.get(pool.uuid))
        let key = try key(of: volume)
        return try await labor { work throws(VMError) in
            let hold = try store.hold(folder.uuid, folder.name)
            let made = try folder.create(volume, flags: .init(rawValue: flags), key: key, work)
            _ = consume hold
            return made
        }
    }

    /// The value of the secret with which a new volume is to be encrypted; nil for one that isn't.
    private func key(of volume: StorageVolume) throws(VMError) -> [UInt8]? {
        guard let encryption = volume.target.encryption else { return nil }
        guard let secret = encryption.secrets.first, secret.uuid != nil || secret.usage != nil else {
            throw VMError(
                .invalidArgument, "invalid argument: an encrypted volume needs a <secret> in <encryption>",
                remedy: "define one with \(command: "secret-define")",
                libvirt: LibvirtError(.invalidArgument, in: .storage))
        }
        return try manager.secrets.store.value(of: secret)
    }

    /// Makes a volume with the contents of another one.
    public func createVolume(
        _ document: [UInt8], file: String = "-", in pool: PoolRecord, from source: VolumeEntry, flags: UInt32 = 0,
        options: XMLReadOptions = .strict
    ) async throws(VMError) -> VolumeEntry {
        let volume = try StorageVolume.checked(document, file: file, needsCapacity: false, options: options)
        return try await createVolume(volume, in: pool, from: source, flags: flags)
    }

    public func createVolume(
        _ volume: StorageVolume, in pool: PoolRecord, from source: VolumeEntry, flags: UInt32 = 0
    ) async throws(VMError) -> VolumeEntry {
        let store = store
        let folder = try store.folder(store.get(pool.uuid))
        let sourceFolder = try self.folder(of: source)
        try VolumeUsers(self, source).checkReadable()
        return try await labor { work throws(VMError) in
            let hold = try store.hold(folder.uuid, folder.name)
            let sourceHold = try store.hold(sourceFolder.uuid, sourceFolder.name)
            guard let taken = try store.take(source.path, of: sourceFolder.uuid, isShared: true) else {
                throw .volumeInUse(source.name)
            }
            let made = try folder.create(
                volume, from: source, in: sourceFolder, flags: .init(rawValue: flags), work)
            _ = consume taken
            _ = consume sourceHold
            _ = consume hold
            return made
        }
    }

    /// Takes an image in from a file or an address, as a volume.
    ///
    /// - Throws: `invalidArgument` for an image that isn't what it is said to be, isn't whole, or names other files; `io`
    ///   when it can't be had, or hasn't the checksum that was given; `exists` for the name of a volume.
    public func importVolume(_ wish: VolumeImport, in pool: PoolRecord) async throws(VMError) -> VolumeEntry {
        let store = store
        let folder = try store.folder(store.get(pool.uuid))
        return try await labor { work throws(VMError) in
            let hold = try store.hold(folder.uuid, folder.name)
            let made = try folder.take(wish, work)
            _ = consume hold
            return made
        }
    }

    // MARK: Changing

    /// Takes a volume for oneself while something is done with it that leaves it another one.
    private func change<Success: Sendable>(
        _ volume: VolumeEntry, _ body: @escaping @Sendable (FolderPool, VolumeEntry, Work) throws(VMError) -> Success
    ) async throws(VMError) -> Success {
        let store = store
        let folder = try folder(of: volume)
        return try await labor { work throws(VMError) in
            let hold = try store.hold(folder.uuid, folder.name)
            guard let taken = try store.take(volume.path, of: folder.uuid, isShared: false) else {
                throw .volumeInUse(volume.name)
            }
            let result = try body(folder, try folder.volume(named: volume.name), work)
            _ = consume taken
            _ = consume hold
            return result
        }
    }

    /// Removes a volume that nobody uses.
    public func delete(_ volume: VolumeEntry) async throws(VMError) {
        let users = VolumeUsers(self, volume)
        try await change(volume) { (folder, volume, _) throws(VMError) in
            if volume.kind != .dir, !volume.isLink { try users.checkChangeable() }
            try folder.delete(volume)
        }
    }

    /// Gives a volume another size.
    ///
    /// - Parameter flags: `virStorageVolResizeFlags`.
    public func resize(_ volume: VolumeEntry, _ size: UInt64, flags: UInt32 = 0) async throws(VMError) {
        let users = VolumeUsers(self, volume)
        try await change(volume) { (folder, volume, work) throws(VMError) in
            let flags = FolderPool.ResizeFlags(rawValue: flags)
            let (old, new) = try folder.newCapacity(volume, size, flags)
            if new < old { try users.checkChangeable() } else { try users.checkOpen(writing: true) }
            try folder.resize(volume, to: new, flags, work)
        }
    }

    /// Overwrites all that is in a volume that nobody uses.
    ///
    /// - Parameter algorithm: `virStorageVolWipeAlgorithm`.
    public func wipe(_ volume: VolumeEntry, algorithm: UInt32 = 0) async throws(VMError) {
        guard let known = FolderPool.WipeAlgorithm(rawValue: algorithm) else {
            throw VMError(
                .invalidArgument, "invalid argument: wiping algorithm \(algorithm) not supported",
                libvirt: LibvirtError(.invalidArgument, in: .storage))
        }
        let users = VolumeUsers(self, volume)
        try await change(volume) { (folder, volume, work) throws(VMError) in
            try users.checkChangeable()
            try folder.wipe(volume, known, work)
        }
    }

    // MARK: Transfers

    /// Begins to read a part of a volume.
    ///
    /// - Parameter length: bytes; 0 for all.
    package func beginDownload(
        _ volume: VolumeEntry, offset: UInt64, length: UInt64
    ) throws(VMError) -> VolumeTransfer { try begin(volume, offset, length, writing: false) }

    /// Begins to write over a part of a volume that nobody uses.
    package func beginUpload(
        _ volume: VolumeEntry, offset: UInt64, length: UInt64
    ) throws(VMError) -> VolumeTransfer {
        try VolumeUsers(self, volume).checkChangeable()
        return try begin(volume, offset, length, writing: true)
    }

    private func begin(
        _ volume: VolumeEntry, _ offset: UInt64, _ length: UInt64, writing: Bool
    ) throws(VMError) -> VolumeTransfer {
        let folder = try folder(of: volume)
        let hold = try store.hold(folder.uuid, folder.name)
        guard let taken = try store.take(volume.path, of: folder.uuid, isShared: !writing) else {
            throw .volumeInUse(volume.name)
        }
        return try VolumeTransfer(
            folder, volume, offset: offset, length: length, writing: writing, hold: hold, taken: taken)
    }

    /// Ends an upload: the volume is another one now, which its pool's readers are told.
    package func finish(_ upload: VolumeTransfer) throws(VMError) {
        if upload.isOver { return }
        try upload.finish()
        record(.refreshed, try pool(of: upload.volume))
    }
}
