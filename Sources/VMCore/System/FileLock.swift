internal import CVMSystem
internal import Glibc

/// An exclusive lock on a file, held as long as this value or a copy of its descriptor in another process lives.
///
/// It is an open-file-description lock: it belongs to the open file, survives being passed to a child, and goes when
/// the last process that holds it ends, however it ends.
public struct FileLock: ~Copyable, Sendable {
    /// The open file; pass it to a child to share the lock.
    public let descriptor: FileDescriptor

    /// Takes over a descriptor that holds the lock already, as it comes from a parent.
    public init(inherited descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

    /// Takes the lock if nobody holds it; nil when somebody does. The file is made where missing and stays.
    public static func take(_ path: String) throws(VMError) -> FileLock? {
        let file = try OwnFiles.open(path, flags: O_RDWR | O_CREAT)
        if vms_lock(file.raw, true) == 0 { return FileLock(inherited: file) }
        let code = errno
        if code == EAGAIN { return nil }
        throw .system("cannot lock '\(path)'", errno: code)
    }

    /// Takes the lock, waiting for whoever holds it; nil when the deadline passed.
    public static func take(_ path: String, until deadline: Deadline) throws(VMError) -> FileLock? {
        var pause = Duration.microseconds(500)
        while true {
            if let lock = try take(path) { return lock }
            if deadline.hasPassed { return nil }
            Poll.sleep(min(pause, deadline.remaining))
            pause = min(pause * 2, .milliseconds(20))
        }
    }

    /// Whether somebody holds the lock on that file.
    public static func isHeld(_ path: String) -> Bool {
        guard let file = try? OwnFiles.open(path, flags: O_RDWR) else { return false }
        return vms_is_locked(file.raw) == 1
    }
}

extension Files {
    /// Whether some process holds a lock on a range of a file's bytes; false where that can't be told.
    public static func isLocked(_ path: String, bytes: Range<Int64>) -> Bool {
        // Asking for a write lock needs no right to write, only for reading that the file can be opened.
        guard let file = try? FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK) else { return false }
        return vms_is_range_locked(file.raw, bytes.lowerBound, bytes.upperBound - bytes.lowerBound) == 1
    }

    /// Locks single bytes of an open file, shared with others who lock them so, as long as the file is open.
    ///
    /// - Returns: whether that is so now: false where the file system has no locks, or where somebody has one for himself.
    public static func lockShared(_ file: borrowing FileDescriptor, byte: Int64) -> Bool {
        vms_lock_range(file.raw, byte, 1, false) == 0
    }

    /// Whether somebody else has a lock on a byte of an open file.
    public static func isLockedElsewhere(_ file: borrowing FileDescriptor, byte: Int64) -> Bool {
        vms_is_range_locked(file.raw, byte, 1) == 1
    }

    /// What tells a file from all others, whatever its name; nil when it isn't there.
    public static func identity(_ path: String) -> FileIdentity? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    /// Why a file can't be read (or, with `writing`, written): an errno, or nil when it can.
    public static func obstacle(_ path: String, writing: Bool) -> Int32? {
        access(path, writing ? R_OK | W_OK : R_OK) == 0 ? nil : errno
    }

    /// What a path leads to when that is no regular file, `a folder`; nil for files and for nothing.
    public static func oddKind(_ path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return oddKind(status.st_mode)
    }

    /// What a symbolic link says; nil when there is none, or when it says more than 511 bytes.
    public static func linkTarget(_ path: String) -> String? {
        var room = [CChar](repeating: 0, count: 512)
        let count = readlink(path, &room, room.count)
        guard count > 0, count < room.count else { return nil }
        return String(decoding: room[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether a path leads to a folder.
    public static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether a path leads to a block device.
    public static func isBlockDevice(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFBLK
    }
}

/// A file by its place on its device.
public struct FileIdentity: Hashable, Sendable {
    public var device: UInt64
    public var inode: UInt64

    public init(device: UInt64, inode: UInt64) {
        self.device = device
        self.inode = inode
    }
}
