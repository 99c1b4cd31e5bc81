internal import Glibc
internal import VMCore

/// How the operations of a manager wait.
///
/// Each operation is written once, as an asynchronous function. A blocking call runs it on the calling thread, where all
/// its waits are the thread's own. An asynchronous call runs it on the threads of the worker pool, and its waits give the
/// thread back.
enum Waiting: Sendable {
    case thread
    case tasks
}

extension VMManager {
    /// Runs an operation on the calling thread.
    func blocking<Success>(
        _ body: (VMManager) async throws(VMError) -> Success
    ) throws(VMError) -> Success {
        var manager = self
        manager.waiting = .thread
        return try runBlocking { () async throws(VMError) -> Success in try await body(manager) }
    }

    /// Runs an operation on a domain on the calling thread.
    func blocking<Success>(
        _ key: String, _ body: (VMManager, Machine) async throws(VMError) -> Success
    ) throws(VMError) -> Success {
        let machine = try find(key)
        return try blocking { (manager) async throws(VMError) -> Success in try await body(manager, machine) }
    }

    /// Waits for a while.
    ///
    /// - Throws: `cancelled` when the task was cancelled.
    func pause(_ duration: Duration) async throws(VMError) {
        switch waiting {
        case .thread: Poll.sleep(duration)
        case .tasks: try await AsyncWait.sleep(until: .after(duration))
        }
    }

    /// Reads a pipe to its end.
    ///
    /// - Returns: nil when the deadline passed first.
    func readToEnd(_ pipe: borrowing Pipe, limit: Int, deadline: Deadline) async throws(VMError) -> [UInt8]? {
        guard waiting == .tasks else { return pipe.readToEnd(limit: limit, deadline: deadline) }
        let descriptor = pipe.reader.raw
        var bytes: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 4096)
        while bytes.count < limit {
            guard try await AsyncWait.isReadable(descriptor, by: deadline) else {
                if Task.isCancelled { throw VMError(.cancelled, "the task was cancelled") }
                return nil
            }
            let count = Glibc.read(descriptor, &room, room.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            bytes += room[..<count]
        }
        return bytes
    }
}
