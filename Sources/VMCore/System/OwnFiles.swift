internal import Glibc
internal import Synchronization

/// Files that this user's own processes keep: definitions, published states, plans, journals, locks, logs.
///
/// What another user has put in their place is never believed. The folder and everything above it can be changed by this
/// user and root alone; the file is opened without following a link and without waiting for anything, and looked at when
/// it is open: a regular file of this user or root, which not everybody may write.
public enum OwnFiles {
    /// Opens a file of our own. `flags` are those of open(2).
    public static func open(_ path: String, flags: Int32, mode: UInt32 = 0o600) throws(VMError) -> FileDescriptor {
        try OwnFolders.check(Files.folder(of: path))
        let file = try FileDescriptor.open(path, flags: flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, mode: mode)
        var status = stat()
        guard fstat(file.raw, &status) == 0 else { throw .system("cannot use '\(path)'", errno: errno) }
        if let kind = Files.oddKind(status.st_mode) {
            throw VMError(.io, "cannot use '\(path)': it is \(kind), not a file")
        }
        guard OwnFolders.isOwn(status.st_uid) else {
            throw VMError(.io, "cannot use '\(path)': it belongs to user \(status.st_uid), not to you")
        }
        if status.st_mode & 0o002 != 0 {
            throw VMError(.io, "cannot use '\(path)': everybody may write to it", remedy: "chmod o-w '\(path)'")
        }
        return file
    }

    /// Reads a whole file of our own.
    ///
    /// - Parameter limit: the most bytes accepted; a longer file is an error.
    public static func read(_ path: String, limit: Int = Files.documentLimit) throws(VMError) -> [UInt8] {
        let file = try open(path, flags: O_RDONLY)
        var status = stat()
        guard fstat(file.raw, &status) == 0 else { throw .system("cannot read '\(path)'", errno: errno) }
        return try file.readAll(path, limit: limit, expecting: Int(clamping: status.st_size), isRegular: true)
    }

    /// Reads a whole file of our own that may stand elsewhere, behind a link of our own: a definition, for example.
    public static func readFollowing(_ path: String, limit: Int = Files.documentLimit) throws(VMError) -> [UInt8] {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return try read(path, limit: limit) }
        try OwnFolders.check(Files.folder(of: path))
        guard OwnFolders.isOwn(status.st_uid) else {
            throw VMError(.io, "cannot use '\(path)': it is a link of user \(status.st_uid), not yours")
        }
        guard let real = Files.resolved(path) else { throw .system("cannot read '\(path)'", errno: errno) }
        return try read(real, limit: limit)
    }

    /// Whether the name of another file stands in a file of our own that can't be made sense of otherwise.
    public static func mentions(_ path: String, _ other: String) -> Bool {
        guard let name = other.split(separator: "/").last.map({ Array($0.utf8) }),
            let bytes = try? readFollowing(path)
        else { return false }
        return bytes.indices.contains { bytes[$0...].starts(with: name) }
    }

    /// The last `count` bytes of a file of our own from byte `offset` on; nothing when it can't be read.
    public static func tail(_ path: String, last count: Int, from offset: Int64 = 0) -> [UInt8] {
        guard let file = try? open(path, flags: O_RDONLY) else { return [] }
        return file.tail(path, last: count, from: offset)
    }
}

/// Folders that nobody but this user and root can change anything in.
public enum OwnFolders {
    /// Those that have been looked at. Who can't change a folder can't put another one in its place either.
    private static let known = Mutex<Set<String>>([])

    /// Checks that nobody else can change what is in a folder, or put something in its place: it and all folders above
    /// it belong to this user or to root, and others may not write to them, unless they are sticky, as /tmp is. A link on
    /// the way belongs to one of the two as well.
    ///
    /// A folder that isn't there is no problem, as long as those above it aren't.
    /// - Throws: `io`, which names the folder and the user.
    public static func check(_ path: String) throws(VMError) {
        if known.withLock({ $0.contains(path) }) { return }
        guard path.hasPrefix("/") else { throw VMError(.io, "cannot use folder '\(path)': its path isn't whole") }
        var place = ""
        var isThere = try look(at: "/", path)
        for part in path.split(separator: "/") where isThere {
            place += "/"
            place += String(part)
            if known.withLock({ $0.contains(place) }) { continue }
            isThere = try look(at: place, path)
            if isThere { remember(place) }
        }
    }

    private static func remember(_ path: String) {
        known.withLock { known in
            // The folders of machines come and go.
            if known.count > 4096 { known = [] }
            known.insert(path)
        }
    }

    /// Checks one folder on the way; false when there is none.
    private static func look(at place: String, _ path: String) throws(VMError) -> Bool {
        var status = stat()
        guard lstat(place, &status) == 0 else {
            if errno == ENOENT { return false }
            throw .system("cannot use folder '\(path)'", errno: errno)
        }
        let text = place == path ? "folder '\(path)': it" : "folder '\(path)': '\(place)', in which it is,"
        guard isOwn(status.st_uid) else {
            throw VMError(
                .io, "cannot use \(text) belongs to user \(status.st_uid), who could put anything there",
                remedy: "use a folder of your own; VMCTL_HOME names one")
        }
        switch status.st_mode & S_IFMT {
        case S_IFLNK:
            guard let real = Files.resolved(place) else { throw .system("cannot use folder '\(path)'", errno: errno) }
            try check(real)
            return true
        case S_IFDIR: break
        default: throw VMError(.io, "cannot use \(text) is no folder")
        }
        // A group of the user's own, as many hosts give each user, is the same as the user; whom root lets write to a
        // folder of root's, as some distributions do with /var/log, is root's affair.
        let isShared = status.st_uid != 0 && status.st_gid != 0 && status.st_mode & 0o020 != 0
        let others: mode_t = isShared && !HostUser.isPrivateGroup(status.st_gid) ? 0o022 : 0o002
        if status.st_mode & others != 0, status.st_mode & S_ISVTX == 0 {
            throw VMError(
                .io, "cannot use \(text) can be written by other users",
                remedy: "take that right away from them: chmod go-w '\(place)'")
        }
        return true
    }

    /// Whether nobody but root can change a file, or put another one in its place: it and all folders above it are root's,
    /// and others may not write to them.
    public static func isRootsAlone(_ path: String) -> Bool {
        guard let real = Files.resolved(path) else { return false }
        var places = ["/"]
        for part in real.split(separator: "/") {
            places.append((places.last == "/" ? "" : places.last ?? "") + "/" + part)
        }
        return places.allSatisfy { place in
            var status = stat()
            guard lstat(place, &status) == 0, status.st_uid == 0 || status.st_uid == UserNamespace.unmappedUser else {
                return false
            }
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            let others: mode_t = status.st_gid == 0 ? 0o002 : 0o022
            return status.st_mode & others == 0 || isFolder && status.st_mode & S_ISVTX != 0
        }
    }

    /// Whether a file's owner is this user or root. In a user namespace root is somebody that has no number there.
    static func isOwn(_ user: uid_t) -> Bool {
        user == geteuid() || user == 0 || user == UserNamespace.unmappedUser
    }
}
