internal import Glibc
public import VMCore

/// A document that was removed and can be taken back.
public struct DiscardedDocument: Sendable, Hashable {
    public var name: String
    public var uuid: UUID?
    /// When it was removed, in nanoseconds since 1970.
    public var removed: Int64
    /// Where it is kept.
    public var path: String
    var isAutostarted: Bool
}

/// The trash: a folder for each removal, named by its time, which holds the document's file as it was.
extension DocumentStore {
    private var trash: String { folder + "/.trash" }

    /// How long and how many removed documents are kept.
    static let trashAge = Int64(30 * 86400) * 1_000_000_000
    static let trashLimit = 1000
    /// How long before it goes something must have been found too old.
    static let trashGrace = Int64(86400) * 1_000_000_000

    /// What can be taken back, the last removed first.
    public func discarded() throws(VMError) -> [DiscardedDocument] {
        var found: [DiscardedDocument] = []
        for entry in try Folders.list(trash) {
            guard let time = Int64(entry), let files = try? Folders.list("\(trash)/\(entry)") else { continue }
            for file in files {
                guard let name = DocumentStore.name(ofFile: file) else { continue }
                let path = "\(trash)/\(entry)/\(file)"
                let uuid = (try? OwnFiles.read(path)).flatMap { StoredDocument.Header($0)?.uuid }
                found.append(
                    DiscardedDocument(
                        name: name, uuid: uuid, removed: time, path: path,
                        isAutostarted: files.contains(".autostart")))
            }
        }
        return found.sorted { $0.removed > $1.removed }
    }

    // MARK: Removing

    /// Takes a document out of the store and puts it into the trash.
    ///
    /// - Parameter uuid: the document that is meant; nil is whatever has that name, a broken one included.
    /// - Returns: whether it can be taken back; where the disk is too full for a folder it is removed for good.
    /// - Throws: the kind's error for what isn't there when the name has another document by now.
    @discardableResult
    package func remove(_ name: String, uuid: UUID? = nil) throws(VMError) -> Bool {
        var locked = try LockedStore.take(self)
        guard contains(name) else { throw kind.missing(name, nil) }
        let document = locked.current(name)
        if let uuid, let found = document?.uuid, found != uuid { throw kind.missing(name, nil) }
        let isKept = try discard(name, document, &locked)
        if let document { index.remove(document.uuid) }
        if document?.generation ?? 0 == 0 { index.removeForeign(name) }
        Failpoint.reached("undefine.done")
        try locked.finish()
        return isKept
    }

    /// Moves a document into the trash; false when there was no room for a folder and the file was removed for good.
    private func discard(
        _ name: String, _ document: StoredDocument?, _ locked: inout LockedStore
    ) throws(VMError) -> Bool {
        emptyOldTrash()
        let path = path(of: name)
        let place = try? makeTrashPlace(&locked)
        guard let place else {
            if let kind = Files.oddKind(path) { throw VMError(.io, "cannot remove '\(path)': it is \(kind)") }
            try locked.step { () throws(VMError) in try Files.remove(path, durable: true) }
            unlink(autostartMark(name))
            return false
        }
        if let document, isAutostarted(name, document.uuid) {
            symlink(document.uuid.description, place + "/.autostart")
        }
        Failpoint.reached("discard.place")
        let target = "\(place)/\(DocumentName.fileName(name)).xml"
        try locked.step { () throws(VMError) in
            guard Glibc.rename(path, target) == 0 else {
                let code = errno
                Folders.removeTree(place)
                throw .system("cannot remove '\(path)'", errno: code)
            }
        }
        Failpoint.reached("discard.moved")
        try Files.syncFolder(of: target)
        try Files.syncFolder(of: path)
        unlink(autostartMark(name))
        Failpoint.reached("discard.unmarked")
        return true
    }

    /// A new folder in the trash, named by the time.
    private func makeTrashPlace(_ locked: inout LockedStore) throws(VMError) -> String {
        try locked.makeFolder(trash)
        var time = WallClock.now
        // A clock that was set back may find some names taken.
        for _ in 0..<DocumentStore.trashLimit where Files.exists("\(trash)/\(time)") { time &+= 1 }
        let place = "\(trash)/\(time)"
        try Folders.make(place)
        return place
    }

    // MARK: Taking back

    /// Puts a removed document back, the last of that name or UUID.
    ///
    /// - Throws: the kind's error for what isn't there when nothing of the kind is in the trash; `exists` when its name or
    ///   UUID is taken.
    package func takeBack(_ key: String) throws(VMError) -> DiscardedDocument {
        let found = try findDiscarded(key)
        var locked = try LockedStore.take(self)
        if contains(found.name) {
            throw VMError(
                .exists, "\(kind.word) '\(found.name)' already exists", remedy: "rename or undefine that one before")
        }
        if let uuid = found.uuid, let other = try locked.other(uuid, than: found.name) {
            throw VMError(.exists, "\(kind.word) '\(other)' is already defined with uuid \(uuid)")
        }
        // Before the document, without which a mark doesn't count: who is killed in between has lost nothing.
        if let uuid = found.uuid, found.isAutostarted {
            try locked.makeFolder(marks)
            try setAutostart(found.name, uuid, true)
        }
        let path = path(of: found.name)
        try locked.step { () throws(VMError) in
            guard Glibc.rename(found.path, path) == 0 else {
                if errno == ENOENT { throw noneDiscarded(key, among: []) }
                throw .system("cannot write '\(path)'", errno: errno)
            }
        }
        Failpoint.reached("undo.moved")
        try Files.syncFolder(of: path)
        locked.learn(found.name, found.uuid)
        Folders.removeTree(Files.folder(of: found.path))
        Failpoint.reached("undo.cleared")
        try locked.finish(durable: false)
        return found
    }

    private func findDiscarded(_ key: String) throws(VMError) -> DiscardedDocument {
        let (all, uuid) = (try discarded(), UUID(key))
        if let found = all.first(where: { $0.name == key }) ?? all.first(where: { uuid != nil && $0.uuid == uuid }) {
            return found
        }
        throw noneDiscarded(key, among: all.map(\.name))
    }

    private func noneDiscarded(_ key: String, among names: [String]) -> VMError {
        let near = NearMatch.best(for: key, among: names)
        return VMError(
            kind.missing(key, nil).code, "no removed definition of a \(kind.word) '\(key)'",
            remedy: near.map { "did you mean '\($0)'?" } ?? kind.trashRemedy)
    }

    // MARK: Emptying

    /// Lets go what is older than a month, or more than anybody will look through.
    private func emptyOldTrash() {
        let times = ((try? Folders.list(trash)) ?? []).compactMap { Int64($0) }.sorted(by: >)
        let now = WallClock.now
        for (index, time) in times.enumerated() {
            let place = "\(trash)/\(time)"
            let isOld = time < now - DocumentStore.trashAge
            if index >= DocumentStore.trashLimit - 1 || (isOld && hasLongBeenOld(place, now)) {
                Folders.removeTree(place)
            }
        }
    }

    /// Whether it was found old a day ago already; notes when it is for the first time. A clock that is wrong for an hour
    /// must cost nobody a document.
    private func hasLongBeenOld(_ place: String, _ now: Int64) -> Bool {
        let mark = place + "/.old"
        if let noticed = Files.linkTarget(mark).flatMap({ Int64($0) }), noticed > 0, noticed <= now {
            return now - noticed >= DocumentStore.trashGrace
        }
        unlink(mark)
        symlink(String(now), mark)
        return false
    }
}
