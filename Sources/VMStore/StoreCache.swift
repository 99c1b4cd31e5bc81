internal import Glibc
internal import Synchronization
package import VMCore

/// A store's documents as a long-lived process keeps them in memory: names, UUIDs and generations, not the XML.
///
/// Every question first learns what has changed: the kernel keeps a list of the changes in the folder (inotify(7)), so
/// that costs two system calls when there are none, and a read of each file that has changed otherwise. What another
/// process has done before the question is therefore always seen, by whatever program it was done. When the kernel has
/// lost count the folder is read anew, as it is when it was removed or replaced; where it can't be watched, files are
/// compared with what they were.
///
/// Safe to use from any thread. A program that answers one question and ends is better off with the store itself.
package final class StoreCache: Sendable {
    /// What is known of one document.
    package struct Entry: Sendable {
        package var name: String
        /// nil when the file can't be used.
        package var uuid: UUID?
        /// 0 for a file that the store didn't write or that can't be used.
        package var generation: UInt64
        /// Why the file can't be used.
        package var problem: VMError?
    }

    /// How often files and the folder were read.
    package struct Work: Sendable, Hashable {
        package var files = 0
        package var scans = 0
    }

    package let store: DocumentStore
    private let contents: Mutex<Contents>

    /// - Parameter isWatching: false does without the kernel's notices, as where there are none.
    package init(_ store: DocumentStore, isWatching: Bool = true) {
        self.store = store
        contents = Mutex(Contents(store: store, isWatching: isWatching))
    }

    // MARK: Questions

    /// All documents, broken ones included, in the order of their names' bytes.
    package func entries() throws(VMError) -> [Entry] {
        try current { $0.visible.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) } }
    }

    package func names() throws(VMError) -> [String] { try entries().map(\.name) }

    /// The document of that name, usable or not; nil when there is none.
    package func entry(named name: String) throws(VMError) -> Entry? { try current { $0.entry(named: name) } }

    /// The name under which a UUID is defined; nil when it isn't.
    package func name(of uuid: UUID) throws(VMError) -> String? { try current { $0.name(of: uuid) } }

    /// As ``DocumentStore/resolve(_:)``.
    package func resolve(_ key: String) throws(VMError) -> (name: String, uuid: UUID)? {
        let uuid = UUID(key)
        let found = try current { contents -> Entry? in
            if let uuid, let name = contents.name(of: uuid) { return contents.entry(named: name) }
            return contents.entry(named: key)
        }
        guard let found else { return nil }
        if let problem = found.problem { throw problem }
        return found.uuid.map { (found.name, $0) }
    }

    package var work: Work { contents.withLock { $0.work } }

    private func current<Result>(_ question: (borrowing Contents) -> Result) throws(VMError) -> sending Result
    where Result: Sendable {
        let answer = contents.withLock { contents -> Swift.Result<Result, VMError> in
            do throws(VMError) {
                try contents.refresh()
            } catch {
                return .failure(error)
            }
            return .success(question(contents))
        }
        return try answer.get()
    }
}

/// What the cache knows, and how it comes to know it.
private struct Contents: ~Copyable, Sendable {
    private struct Record {
        var entry: StoreCache.Entry
        /// What the file was when it was read.
        var look: FileLook
        /// When that was, in nanoseconds since 1970.
        var read: Int64
    }

    private let store: DocumentStore
    private let isWatching: Bool
    private var watch: FolderWatch?
    /// The folder's number, while it is watched.
    private var number: Int32?
    private var identity: FileIdentity?
    private var records: [String: Record] = [:]
    private var byUUID: [UUID: Set<String>] = [:]
    /// Those whose changes the kernel doesn't tell.
    private var unwatchable: Set<String> = []
    /// The old name of a document that is being renamed.
    private var leaving: String?
    private(set) var work = StoreCache.Work()

    init(store: DocumentStore, isWatching: Bool) {
        self.store = store
        self.isWatching = isWatching
    }

    // MARK: Answers

    var visible: [StoreCache.Entry] { records.values.map(\.entry).filter { $0.name != leaving } }

    func entry(named name: String) -> StoreCache.Entry? { name == leaving ? nil : records[name]?.entry }

    func name(of uuid: UUID) -> String? {
        // One, unless somebody has copied a file by hand.
        byUUID[uuid]?.filter { $0 != leaving }.min { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    // MARK: Keeping up

    /// Learns what has changed since the last time.
    mutating func refresh() throws(VMError) {
        guard let now = Files.identity(store.folder) else { return forgetAll() }
        guard number != nil, now == identity else { return try begin() }
        guard let changes = watch?.takeChanges() else { return try scan(trusting: false) }
        if changes.contains(where: { $0.folder == number && $0.isGone }) { return try begin() }
        for change in changes where change.folder == number {
            if let name = DocumentStore.name(ofFile: change.name) { look(at: name) }
        }
        if !changes.isEmpty { leaving = store.nameBeingLeft() }
        lookAtUnwatchable()
    }

    private mutating func forgetAll() {
        stopWatching()
        records = [:]
        byUUID = [:]
        unwatchable = []
        leaving = nil
    }

    private mutating func stopWatching() {
        if let number { watch?.remove(number) }
        number = nil
        identity = nil
    }

    /// Begins with a folder that isn't watched yet: one that is new, that was replaced, or that can't be watched.
    private mutating func begin() throws(VMError) {
        let wasWatching = number != nil
        stopWatching()
        if isWatching {
            if watch == nil { watch = try? FolderWatch() }
            let before = Files.identity(store.folder)
            number = watch?.add(store.folder)
            // Between the two looks the watched folder was the one at that path.
            if before == Files.identity(store.folder) { identity = before } else { stopWatching() }
        }
        // Before the files are read: whatever happens from now on is told.
        try scan(trusting: number == nil && !wasWatching)
    }

    /// Looks at the whole folder.
    ///
    /// - Parameter trusting: whether files that look as they did needn't be read.
    private mutating func scan(trusting: Bool) throws(VMError) {
        work.scans += 1
        let files: [String]
        do throws(VMError) {
            files = try Folders.list(store.folder)
        } catch {
            // The next question tries again.
            stopWatching()
            throw error
        }
        let names = Set(files.compactMap { DocumentStore.name(ofFile: $0) })
        for name in records.keys where !names.contains(name) { forget(name) }
        for name in names where !(trusting && isAsBefore(name)) { look(at: name) }
        leaving = store.nameBeingLeft()
    }

    private mutating func lookAtUnwatchable() {
        for name in unwatchable where !isAsBefore(name) { look(at: name) }
    }

    /// Whether a file looks as it did when it was read. One that had just been changed then may have changed again within
    /// the same moment of the kernel's clock.
    private func isAsBefore(_ name: String) -> Bool {
        guard let record = records[name], record.look.isFile, let now = FileLook(store.path(of: name)) else {
            return false
        }
        return now == record.look && now.changed < record.read &- 1_000_000_000
    }

    private mutating func look(at name: String) {
        let path = store.path(of: name)
        let read = WallClock.now
        forget(name)
        // Before it is read: a change in between is told, or seen the next time.
        guard let look = FileLook(path) else { return }
        work.files += 1
        var entry = StoreCache.Entry(name: name, uuid: nil, generation: 0, problem: nil)
        do throws(VMError) {
            let document = try store.readListed(name)
            entry.uuid = document.uuid
            entry.generation = document.generation
            byUUID[document.uuid, default: []].insert(name)
        } catch {
            if !Files.exists(path) { return }
            entry.problem = error
        }
        records[name] = Record(entry: entry, look: look, read: read)
        if !look.isWatchable { unwatchable.insert(name) }
    }

    private mutating func forget(_ name: String) {
        guard let record = records.removeValue(forKey: name) else { return }
        unwatchable.remove(name)
        guard let uuid = record.entry.uuid else { return }
        byUUID[uuid]?.remove(name)
        if byUUID[uuid]?.isEmpty == true { byUUID[uuid] = nil }
    }
}

/// What tells a file that has changed from one that hasn't, as far as that can be told without reading it.
private struct FileLook: Equatable, Sendable {
    let device: UInt64
    let inode: UInt64
    let size: Int64
    let modified: Int64
    /// When its contents or its properties changed, in nanoseconds since 1970.
    let changed: Int64
    let links: UInt64
    let isFile: Bool

    init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        func nanoseconds(_ time: timespec) -> Int64 { Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec) }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = nanoseconds(status.st_mtim)
        changed = nanoseconds(status.st_ctim)
        links = UInt64(status.st_nlink)
        isFile = status.st_mode & S_IFMT == S_IFREG
    }

    /// Whether its changes are told in its folder: not those of the file that a link leads to, nor those through another
    /// name.
    var isWatchable: Bool { isFile && links == 1 }
}
