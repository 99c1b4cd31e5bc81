internal import Glibc
public import VMCore

/// A definition that was removed and can be taken back.
public struct DiscardedDefinition: Sendable, Hashable {
    public var name: String
    public var uuid: UUID?
    /// When it was removed, in nanoseconds since 1970.
    public var removed: Int64
    /// Where it is kept.
    public var path: String
    var isAutostarted: Bool
}

/// The trash: a folder for each removal, named by its time, which holds the definition's file as it was.
extension DefinitionStore {
    private var trash: String { folder + "/.trash" }

    /// How long and how many removed definitions are kept.
    static let trashAge = Int64(30 * 86400) * 1_000_000_000
    static let trashLimit = 1000
    /// How long before it goes something must have been found too old.
    static let trashGrace = Int64(86400) * 1_000_000_000

    /// What can be taken back, the last removed first.
    public func discarded() throws(VMError) -> [DiscardedDefinition] {
        var found: [DiscardedDefinition] = []
        for entry in try Folders.list(trash) {
            guard let time = Int64(entry), let files = try? Folders.list("\(trash)/\(entry)") else { continue }
            for file in files where file.hasSuffix(".xml") {
                guard let name = DomainName.name(ofFile: String(file.dropLast(4))) else { continue }
                let path = "\(trash)/\(entry)/\(file)"
                let uuid = (try? Files.read(path)).flatMap { StoredDefinition.Header($0)?.uuid }
                found.append(
                    DiscardedDefinition(
                        name: name, uuid: uuid, removed: time, path: path,
                        isAutostarted: files.contains(".autostart")))
            }
        }
        return found.sorted { $0.removed > $1.removed }
    }

    /// Moves a definition into the trash. The lock is held.
    ///
    /// - Returns: false when there was no room for a folder and the file was removed for good.
    func discard(_ name: String) throws(VMError) -> Bool {
        emptyOldTrash()
        let uuid = (try? read(name))?.uuid
        var time = WallClock.now
        while Files.exists("\(trash)/\(time)") { time += 1 }
        let place = "\(trash)/\(time)"
        do throws(VMError) {
            try Folders.make(place)
        } catch {
            guard Files.oddKind(path(of: name)) == nil else { throw error }
            try Files.remove(path(of: name), durable: true)
            unlink(autostartMark(name))
            return false
        }
        if let uuid, isAutostarted(name, uuid) { symlink(uuid.description, place + "/.autostart") }
        Failpoint.reached("discard.place")
        let target = "\(place)/\(DomainName.fileName(name)).xml"
        guard Glibc.rename(path(of: name), target) == 0 else {
            let code = errno
            Folders.removeTree(place)
            throw .system("cannot remove '\(path(of: name))'", errno: code)
        }
        Failpoint.reached("discard.moved")
        try Files.syncFolder(of: target)
        try Files.syncFolder(of: path(of: name))
        unlink(autostartMark(name))
        Failpoint.reached("discard.unmarked")
        return true
    }

    /// Puts a removed definition back, the last of that name or UUID.
    ///
    /// - Throws: `no-domain` when nothing of the kind is in the trash; `exists` when its name or UUID is taken.
    func takeBack(_ key: String) throws(VMError) -> DiscardedDefinition {
        let lock = try takeLock()
        let uuid = UUID(key)
        let all = try discarded()
        guard let found = all.first(where: { $0.name == key }) ?? all.first(where: { uuid != nil && $0.uuid == uuid })
        else {
            let near = NearMatch.best(for: key, among: all.map(\.name))
            throw VMError(
                .noDomain, "no removed definition of a domain '\(key)'",
                remedy: near.map { "did you mean '\($0)'?" } ?? "\(command: "list", "--undefined") shows what there is")
        }
        if contains(found.name) {
            throw VMError(
                .exists, "domain '\(found.name)' already exists", remedy: "rename or undefine that one before")
        }
        let isIndexed = try completeIndex()
        if let uuid = found.uuid, let other = indexedName(uuid), (try? read(other))?.uuid == uuid {
            throw VMError(.exists, "domain '\(other)' is already defined with uuid \(uuid)")
        }
        // Before the definition, without which a mark doesn't count: who is killed in between has lost nothing.
        if let uuid = found.uuid, found.isAutostarted { try setAutostart(found.name, uuid, true) }
        guard Glibc.rename(found.path, path(of: found.name)) == 0 else {
            throw .system("cannot write '\(path(of: found.name))'", errno: errno)
        }
        Failpoint.reached("undo.moved")
        try Files.syncFolder(of: path(of: found.name))
        if let uuid = found.uuid { addToIndex(uuid, found.name) }
        if isIndexed { stampIndex() }
        Folders.removeTree(Files.folder(of: found.path))
        Failpoint.reached("undo.cleared")
        _ = consume lock
        return found
    }

    /// Lets go what is older than a month, or more than anybody will look through.
    private func emptyOldTrash() {
        let times = ((try? Folders.list(trash)) ?? []).compactMap { Int64($0) }.sorted(by: >)
        let now = WallClock.now
        for (index, time) in times.enumerated() {
            let place = "\(trash)/\(time)"
            let isOld = time < now - DefinitionStore.trashAge
            if index >= DefinitionStore.trashLimit - 1 || (isOld && hasLongBeenOld(place, now)) {
                Folders.removeTree(place)
            }
        }
    }

    /// Whether it was found old a day ago already; notes when it is for the first time. A clock that is wrong for an hour
    /// must cost nobody a definition.
    private func hasLongBeenOld(_ place: String, _ now: Int64) -> Bool {
        let mark = place + "/.old"
        if let noticed = Files.linkTarget(mark).flatMap({ Int64($0) }), noticed <= now {
            return now - noticed >= DefinitionStore.trashGrace
        }
        unlink(mark)
        symlink(String(now), mark)
        return false
    }
}
