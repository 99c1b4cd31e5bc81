internal import CVMSystem
internal import Glibc

/// A lock on one of many things that share a file: each has a number, and the lock is one on that byte of the file, so that
/// nothing is left behind of it. It goes with its holder, however that ends.
public struct RangeLock: ~Copyable, Sendable {
    private let file: FileDescriptor

    /// Takes the lock if nobody holds one that conflicts with it; nil when somebody does.
    ///
    /// - Parameters:
    ///   - path: the file, which is made where missing and stays.
    ///   - isShared: several may hold the lock, but nobody who doesn't share it.
    public static func take(_ path: String, number: UInt64, isShared: Bool = false) throws(VMError) -> RangeLock? {
        let file = try OwnFiles.open(path, flags: O_RDWR | O_CREAT)
        let place = Int64(number & 0x3fff_ffff_ffff_ffff)
        if vms_lock_range(file.raw, place, 1, !isShared) == 0 { return RangeLock(file: file) }
        let code = errno
        if code == EAGAIN { return nil }
        throw .system("cannot lock '\(path)'", errno: code)
    }

    /// The same, waiting for whoever holds it; nil when the deadline passed.
    public static func take(
        _ path: String, number: UInt64, isShared: Bool = false, until deadline: Deadline
    ) throws(VMError) -> RangeLock? {
        while true {
            if let lock = try take(path, number: number, isShared: isShared) { return lock }
            if deadline.hasPassed { return nil }
            Poll.sleep(min(.milliseconds(2), deadline.remaining))
        }
    }
}
