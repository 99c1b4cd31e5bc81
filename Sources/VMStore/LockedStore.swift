internal import Glibc
internal import VMCore

/// A store while this process alone may change it: its lock, and the care for its index.
///
/// Every change of the store's folder is one ``step(_:)``, so that what somebody does by hand at the same time is noticed
/// and the index doesn't pretend to know it.
struct LockedStore: ~Copyable {
    let store: DocumentStore
    private let lock: FileLock
    /// The folder's time of change for which the index knows all documents; nil when it doesn't.
    private var time: Int64?
    private var isStamped = false

    private init(_ store: DocumentStore, _ lock: consuming FileLock) {
        self.store = store
        self.lock = lock
        time = nil
    }

    /// Takes the lock, finishes what somebody was killed in the middle of, and completes the index.
    ///
    /// - Throws: `busy` when somebody else holds the lock for too long.
    static func take(_ store: DocumentStore) throws(VMError) -> LockedStore {
        try Folders.make(store.folder)
        guard let lock = try FileLock.take(store.folder + "/.lock", until: .after(store.patience)) else {
            throw VMError(
                .busy, "another program is changing the definitions in '\(store.folder)'",
                remedy: "try again in a moment")
        }
        var locked = LockedStore(store, lock)
        try store.finishRename()
        try locked.completeIndex()
        return locked
    }

    // MARK: The index

    private var folderTime: Int64? { Files.stamp(store.folder)?.modified }

    /// Sees to it that the index knows every document, so that a new one can be told from all others without looking at
    /// them: files may have come or gone by hand since.
    private mutating func completeIndex() throws(VMError) {
        let index = store.index
        if let now = folderTime, index.isComplete(at: now) {
            time = now
            isStamped = true
            return
        }
        try index.make()
        try index.empty()
        // The lock is held, so whoever was writing these files was killed.
        for entry in try Folders.list(store.folder) where entry.hasPrefix(".new-") {
            unlink(store.folder + "/" + entry)
        }
        // Before the files are read: what comes by hand meanwhile changes it.
        time = renewTime()
        for name in try store.names() {
            let document = try? store.readListed(name)
            if let document { learn(name, document.uuid) }
            if document?.generation ?? 0 == 0 { learn(name, nil) }
        }
    }

    /// Gives the folder a time of change that no later change can have: the kernel's clock stands still for some
    /// milliseconds, in which two changes would look like one.
    private func renewTime() -> Int64? {
        let now = WallClock.now
        let exact = timespec(tv_sec: Int(now / 1_000_000_000), tv_nsec: Int(now % 1_000_000_000))
        // Fails in a folder of somebody else's, where the kernel's time has to do.
        utimensat(AT_FDCWD, store.folder, [exact, exact], 0)
        guard let time = folderTime, time % 1_000_000_000 != 0 else { return nil }
        return time
    }

    /// Does one thing that changes the folder.
    mutating func step(_ change: () throws(VMError) -> Void) throws(VMError) {
        if let expected = time, folderTime != expected { time = nil }
        if isStamped { store.index.removeStamp() }
        isStamped = false
        do throws(VMError) {
            try change()
        } catch {
            time = nil
            throw error
        }
        if time != nil { time = renewTime() }
    }

    /// Makes a folder inside the store's, where missing.
    mutating func makeFolder(_ path: String) throws(VMError) {
        guard !Files.exists(path) else { return }
        try step { () throws(VMError) in try Folders.make(path) }
    }

    /// Stamps the index, and sees to it that the folder's entries are on the disk.
    consuming func finish(durable: Bool = true) throws(VMError) {
        if !isStamped, let time, folderTime == time { store.index.stamp(time) }
        if durable { try Files.syncFolder(of: store.folder + "/") }
    }

    // MARK: Documents

    /// What is stored under that name; nil when there is nothing, or nothing that can be used.
    func current(_ name: String) -> StoredDocument? { store.contains(name) ? try? store.readListed(name) : nil }

    /// Another document with that UUID.
    func other(_ uuid: UUID, than name: String) throws(VMError) -> String? {
        if let other = store.indexedName(uuid) { return other == name ? nil : other }
        // An index that couldn't be completed says nothing when it doesn't know the UUID.
        let names = try time == nil ? store.names() : store.index.foreignNames()
        return names.first { $0 != name && current($0)?.uuid == uuid }
    }

    /// Writes a document and puts it in the place of the old one, if there is one.
    ///
    /// - Parameter old: the document before; nil when there was none that could be used.
    mutating func put(_ document: StoredDocument, replacing old: StoredDocument?) throws(VMError) {
        let (staging, path) = (store.index.staging, store.path(of: document.name))
        try Files.stage(document.fileContents, at: staging, for: path)
        do throws(VMError) {
            try step { () throws(VMError) in
                if rename(staging, path) != 0 { throw .system("cannot write '\(path)'", errno: errno) }
            }
        } catch {
            unlink(staging)
            throw error
        }
        Failpoint.reached("write.renamed")
        if old?.generation ?? 0 == 0 { store.index.removeForeign(document.name) }
        learn(document.name, document.uuid)
    }

    /// Has the index know a document; one whose UUID isn't known is looked at each time.
    mutating func learn(_ name: String, _ uuid: UUID?) {
        let isKnown = if let uuid { store.index.add(uuid, name) } else { store.index.addForeign(name) }
        // Without the link the UUID is found by looking at all files.
        if !isKnown { time = nil }
    }
}
