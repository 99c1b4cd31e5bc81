internal import Glibc
internal import Synchronization
internal import VMCore

/// The ports that a start has chosen, kept from other starts until QEMU listens on them: two that look for a free port at
/// the same time find different ones.
final class PortReservations: Sendable {
    private let folder: String
    private let held = Mutex<[(port: UInt16, lock: Int32)]>([])

    /// - Parameter runtime: the folder of all machines' runtime folders.
    init(runtime: String) { folder = runtime + "/ports" }

    deinit { held.withLock { for one in $0 { close(one.lock) } } }

    /// Whether a start has reserved a port.
    static func isTaken(_ port: UInt16, runtime: String) -> Bool { FileLock.isHeld("\(runtime)/ports/\(port)") }

    /// Reserves a port; false when another start has it. Without a folder to lock in nothing can be reserved, and the port
    /// counts as free.
    func take(_ port: UInt16) -> Bool {
        do throws(VMError) {
            try Folders.make(folder)
            guard let lock = try FileLock.take("\(folder)/\(port)") else { return false }
            // The lock is the open file's, and goes with its last descriptor.
            let copy = fcntl(lock.descriptor.raw, F_DUPFD_CLOEXEC, 3)
            guard copy >= 0 else { return false }
            held.withLock { $0.append((port, copy)) }
            return true
        } catch {
            return true
        }
    }

    /// Whether somebody listens on one of the ports by now. Another user's start, or any other program, knows nothing of
    /// reservations. The kernel's table is read: to try a port would take it from whoever is about to listen.
    var areLost: Bool {
        held.withLock { $0.map(\.port) }.contains { !TCPTable.listeners(on: $0).isEmpty }
    }
}
