internal import CVMSystem
internal import Glibc

/// A place in the file system that is held open, whatever its path leads to meanwhile; no right on what is there is needed.
public struct FilePlace: ~Copyable, Sendable {
    let file: FileDescriptor
    public let identity: FileIdentity
    public let mode: UInt32
    public let owner: UInt32
    public let group: UInt32
    /// Whether it is a file that stands in the file system more than once.
    public let hasOtherNames: Bool

    public var isFolder: Bool { mode & S_IFMT == S_IFDIR }
    public var isLink: Bool { mode & S_IFMT == S_IFLNK }

    /// What a path leads to.
    public init(_ path: String) throws(VMError) {
        try self.init(vms_open_place(-1, path, true), path)
    }

    /// What a folder has under a name; a link itself, not what it leads to.
    public init(_ name: String, in folder: borrowing FilePlace) throws(VMError) {
        try self.init(vms_open_place(folder.file.raw, name, false), name)
    }

    private init(_ raw: Int32, _ path: String) throws(VMError) {
        guard raw >= 0 else { throw .system("cannot look at '\(path)'", errno: errno) }
        let file = FileDescriptor(owning: raw)
        var status = stat()
        guard fstat(raw, &status) == 0 else { throw .system("cannot look at '\(path)'", errno: errno) }
        self.file = file
        identity = FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        mode = status.st_mode
        owner = status.st_uid
        group = status.st_gid
        hasOtherNames = status.st_nlink > 1
    }

    /// Walks along a path that has no links in it, from folder to folder, so that nobody who may rename one of them can
    /// lead elsewhere meanwhile. Calls `body` for each folder below `/`, and last for what is at the end.
    public static func walk(
        to path: String,
        _ body: (_ path: String, _ place: borrowing FilePlace, _ isLast: Bool) throws(VMError) -> Void
    ) throws(VMError) {
        try walk(path.split(separator: "/")[...], below: try FilePlace("/"), "", body)
    }

    /// Opens the file at the end of a path that has no links in it, by ``walk(to:_:)``; one that isn't there is made where
    /// the flags of open(2) say so.
    public static func open(_ path: String, flags: Int32) throws(VMError) -> FileDescriptor {
        if flags & O_CREAT != 0, !Files.exists(path) {
            return try FileDescriptor.open(path, flags: flags | O_EXCL | O_NOFOLLOW, mode: 0o600)
        }
        var raw: Int32 = -1
        try walk(to: path) { (path, place, isLast) throws(VMError) in
            guard isLast else { return }
            raw = try FileDescriptor.open("/proc/self/fd/\(place.file.raw)", flags: flags & ~O_CREAT).release()
        }
        guard raw >= 0 else { throw VMError(.io, "cannot use '\(path)': it is no file") }
        return FileDescriptor(owning: raw)
    }

    private static func walk(
        _ parts: ArraySlice<Substring>, below folder: borrowing FilePlace, _ above: String,
        _ body: (String, borrowing FilePlace, Bool) throws(VMError) -> Void
    ) throws(VMError) {
        guard let part = parts.first else { return }
        let path = above + "/" + part
        let place = try FilePlace(String(part), in: folder)
        if place.isLink { throw VMError(.io, "cannot use '\(path)': it has just become a link") }
        try body(path, place, parts.count == 1)
        try walk(parts.dropFirst(), below: place, path, body)
    }
}
