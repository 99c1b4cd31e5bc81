package import VMCore

/// What the programs that have an image open do with it, and what they let others do.
///
/// QEMU says both by locks on single bytes of the file (`block/file-posix.c`): from 100 on what it does itself, from 200
/// on what it can't bear others doing. Where locks can't be asked for, the answer is no.
package struct ImageLocks: Sendable {
    /// What may be done with an image: the bits of QEMU's `BLK_PERM_…`, which are the bytes' numbers too.
    package enum Permission: Int64, Sendable, CaseIterable {
        /// Reading what makes sense as a whole.
        case consistentRead = 0
        case write = 1
        /// Writing what is there already.
        case writeUnchanged = 2
        case resize = 3
    }

    package let path: String

    package init(_ path: String) { self.path = path }

    /// Whether some program does that with the image.
    package func isUsed(for permission: Permission) -> Bool { isLocked(100 + permission.rawValue) }

    /// Whether some program can't bear others doing that.
    package func isForbidden(_ permission: Permission) -> Bool { isLocked(200 + permission.rawValue) }

    /// Whether somebody has the image open for writing.
    package var isBeingWritten: Bool { isUsed(for: .write) }

    /// Whether somebody who has the image open, be it for reading, forbids others to write.
    package var forbidsWriters: Bool { isForbidden(.write) }

    /// Whether a program that takes the image for itself would be refused it.
    package func isTaken(forWriting writes: Bool) -> Bool { isBeingWritten || (writes && forbidsWriters) }

    /// Takes an open image for its holder alone, as a program does that writes it and lets nobody read it meanwhile: QEMU
    /// and qemu-img are refused it as long as the file is open. As they do, this locks first and looks then, so that of two
    /// who begin at the same time at most one goes on.
    ///
    /// - Returns: false when somebody uses the image; true also where the file system has no locks.
    package static func takeAlone(_ file: borrowing FileDescriptor) -> Bool {
        for permission in [Permission.consistentRead, .write, .resize] {
            guard Files.lockShared(file, byte: 100 + permission.rawValue),
                Files.lockShared(file, byte: 200 + permission.rawValue)
            else { return true }
        }
        return Permission.allCases.allSatisfy { permission in
            !Files.isLockedElsewhere(file, byte: 100 + permission.rawValue)
                && !Files.isLockedElsewhere(file, byte: 200 + permission.rawValue)
        }
    }

    private func isLocked(_ byte: Int64) -> Bool {
        // Opening a FIFO would wake its writer up.
        guard Files.oddKind(path) == nil || Files.isBlockDevice(path) else { return false }
        return Files.isLocked(path, bytes: byte..<byte + 1)
    }
}
