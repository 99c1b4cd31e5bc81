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
        let file = try FileDescriptor.open(path, flags: O_RDWR | O_CREAT, mode: 0o600)
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
        guard let file = try? FileDescriptor.open(path, flags: O_RDWR) else { return false }
        return vms_is_locked(file.raw) == 1
    }
}
