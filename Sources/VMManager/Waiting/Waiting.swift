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

    /// Reads a line from a pipe, or to its end when that comes first.
    ///
    /// - Returns: nil when the deadline passed first.
    func readLine(_ pipe: borrowing Pipe, limit: Int, deadline: Deadline) async throws(VMError) -> [UInt8]? {
        guard waiting == .tasks else { return pipe.readLine(limit: limit, deadline: deadline) }
        var line = PipeLine(limit: limit)
        while !line.isComplete {
            guard try await AsyncWait.isReadable(pipe.reader.raw, by: deadline) else {
                if Task.isCancelled { throw VMError(.cancelled, "the task was cancelled") }
                return nil
            }
            line.read(pipe.reader.raw)
        }
        return line.bytes
    }
}
