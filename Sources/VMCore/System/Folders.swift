internal import CVMSystem
internal import Glibc

/// Folders: made with their parents, listed, emptied.
public enum Folders {
    /// Makes a folder and its missing parents. One that is there already is fine.
    public static func make(_ path: String, mode: UInt32 = 0o700) throws(VMError) {
        if mkdir(path, mode) == 0 { return }
        let code = errno
        switch code {
        case EEXIST:
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                throw VMError(.io, "cannot use '\(path)' as a folder: something else is in its place")
            }
        case ENOENT where Files.folder(of: path) != path:
            try make(Files.folder(of: path), mode: mode)
            if mkdir(path, mode) != 0, errno != EEXIST { throw failure(path, errno) }
        default:
            throw failure(path, code)
        }
    }

    private static func failure(_ path: String, _ code: Int32) -> VMError {
        .system(
            "cannot make folder '\(path)'", errno: code,
            remedy: code == EACCES || code == EPERM || code == EROFS ? "make its parent folder writable for you" : nil)
    }

    /// Checks that a folder belongs to this user and that others can neither see nor change what is in it, as one for
    /// sockets and locks has to be. Whether somebody may pass through it is left alone.
    public static func requirePrivate(_ path: String) throws(VMError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .system("cannot use folder '\(path)'", errno: errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw VMError(.io, "'\(path)' is not a folder") }
        guard status.st_uid == geteuid() else {
            throw VMError(
                .io, "folder '\(path)' belongs to user \(status.st_uid), not to you",
                remedy: "set XDG_RUNTIME_DIR to a folder of your own")
        }
        if status.st_mode & 0o066 != 0, chmod(path, 0o700) != 0 {
            throw .system("cannot close folder '\(path)' to others", errno: errno)
        }
    }

    /// The names in a folder, in no particular order, without `.` and `..`; empty when it isn't there.
    public static func list(_ path: String) throws(VMError) -> [String] {
        guard let stream = opendir(path) else {
            if errno == ENOENT { return [] }
            throw .system("cannot read folder '\(path)'", errno: errno)
        }
        return names(stream)
    }

    /// Reads a folder to its end and closes it.
    private static func names(_ stream: OpaquePointer) -> [String] {
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            // SAFETY: d_name is a NUL-terminated array inside the entry, which lives until the next readdir.
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes whatever is at `path`, with all below it, as far as it can be removed; links aren't followed.
    public static func removeTree(_ path: String) {
        if unlink(path) == 0 || errno == ENOENT { return }
        removeFolder(path)
    }

    /// Removes a folder with all that is in it; what is no folder stays.
    public static func removeFolder(_ path: String) {
        empty(vms_open_folder(AT_FDCWD, path), depth: 0)
        rmdir(path)
    }

    /// Empties an open folder and closes it. Nobody who renames something in it meanwhile leads this elsewhere.
    private static func empty(_ raw: Int32, depth: Int) {
        guard raw >= 0 else { return }
        let folder = FileDescriptor(owning: raw)
        guard depth < 64 else { return }
        for name in names(in: folder) where unlinkat(folder.raw, name, 0) != 0 {
            empty(vms_open_folder(folder.raw, name), depth: depth + 1)
            unlinkat(folder.raw, name, AT_REMOVEDIR)
        }
    }

    /// Makes a user the owner of whatever is at `path`, and of all below it. Neither links nor what is renamed meanwhile
    /// lead elsewhere; a file that has another name, too, is left alone.
    public static func give(_ path: String, to user: HostUser) {
        guard let place = try? FilePlace(path, in: FilePlace("/")) else { return }
        give(place, to: user, depth: 0)
    }

    /// Makes a user the owner of a folder, of nothing in it.
    public static func giveEmpty(_ path: String, to user: HostUser) throws(VMError) {
        let place = try FilePlace(path, in: FilePlace("/"))
        let result = vms_give(place.file.raw, user.id, user.group)
        let code = errno
        _ = consume place
        if result != 0 { throw .system("cannot give '\(path)' to user '\(user.name)'", errno: code) }
    }

    private static func give(_ place: borrowing FilePlace, to user: HostUser, depth: Int) {
        guard place.isFolder || !place.hasOtherNames, depth < 64 else { return }
        if place.isFolder {
            let raw = vms_open_folder(place.file.raw, ".")
            if raw >= 0 {
                let folder = FileDescriptor(owning: raw)
                for name in names(in: folder) {
                    guard let entry = try? FilePlace(name, in: place) else { continue }
                    give(entry, to: user, depth: depth + 1)
                }
            }
        }
        vms_give(place.file.raw, user.id, user.group)
    }

    /// The names in an open folder.
    private static func names(in folder: borrowing FileDescriptor) -> [String] {
        let copy = dup(folder.raw)
        guard copy >= 0 else { return [] }
        guard let stream = fdopendir(copy) else {
            close(copy)
            return []
        }
        return names(stream)
    }

    /// Removes a folder with the files in it; folders inside are not entered. Missing things are no error.
    public static func remove(_ path: String) throws(VMError) {
        for name in try list(path) { try Files.remove(path + "/" + name) }
        if rmdir(path) != 0, errno != ENOENT { throw .system("cannot remove folder '\(path)'", errno: errno) }
    }
}
