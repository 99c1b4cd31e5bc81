internal import Synchronization
public import VMCore
internal import VMStorage

/// The storage pools and volumes of one user on this host.
///
/// A value without state of its own, as the manager is: pools are files, and whether one is active is a file, too, so that
/// no process has to run for it. Calls that aren't `async` read and write little; those that are make, copy or overwrite
/// images. ``wait(_:)`` runs either on the calling thread, ``perform(_:_:)`` for a task.
public struct HostStorage: Sendable {
    let manager: VMManager
    /// How long making, copying or overwriting a volume, and looking at all of a pool, may take.
    public var patience = Duration.seconds(86_400)

    init(manager: VMManager) { self.manager = manager }

    /// The same with another way to wait.
    private func with(_ manager: VMManager) -> HostStorage {
        var storage = HostStorage(manager: manager)
        storage.patience = patience
        return storage
    }

    var store: PoolStore { PoolStore(manager.paths) }

    /// Runs something on the calling thread and waits for it.
    public func wait<Success>(
        _ body: (HostStorage) async throws(VMError) -> Success
    ) throws(VMError) -> Success {
        try manager.blocking { (manager) async throws(VMError) -> Success in try await body(with(manager)) }
    }

    /// Runs something for a task, which gets `cancelled` at once when it is cancelled.
    ///
    /// - Parameter operation: what observers are told.
    public func perform<Success: Sendable>(
        _ operation: String, _ body: @escaping @Sendable (HostStorage) async throws(VMError) -> Success
    ) async throws(VMError) -> Success {
        try await manager.observed(operation, domain: nil) { manager throws(VMError) in
            try await body(with(manager))
        }
    }

    /// Does what takes long.
    func labor<Success: Sendable>(
        _ body: @escaping @Sendable (Work) throws(VMError) -> Success
    ) async throws(VMError) -> Success { try await manager.labor(until: .after(patience), body) }

    func record(_ change: HostEvent.PoolChange.Change, _ pool: PoolRecord) {
        let event = HostEvent.PoolChange(name: pool.name, uuid: pool.uuid, change: change)
        manager.record(.pool(event), "", nil)
    }
}

extension VMManager {
    /// Storage pools and volumes.
    public var storage: HostStorage { HostStorage(manager: self) }

    /// How many threads copy, overwrite, or wait for a program at once.
    private static let laborers = AsyncSlots(8)

    /// Does what takes long and is no wait: on the calling thread, or, for a task, on a thread of its own, so that the few
    /// threads of all calls are spared.
    func labor<Success: Sendable>(
        until deadline: Deadline, _ body: @escaping @Sendable (Work) throws(VMError) -> Success
    ) async throws(VMError) -> Success {
        let work = Work(deadline: deadline)
        guard waiting == .tasks else { return try body(work) }
        guard try await Self.laborers.take(by: deadline) else {
            if Task.isCancelled { throw VMError(.cancelled, "the task was cancelled") }
            throw VMError(.timeout, "other work on volumes took too long")
        }
        defer { Self.laborers.giveBack() }
        let flag = work.flag
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Result<Success, VMError>, Never>) in
                do throws(VMError) {
                    _ = try BackgroundThread(named: "vmctl-storage") {
                        do throws(VMError) {
                            continuation.resume(returning: .success(try body(work)))
                        } catch {
                            continuation.resume(returning: .failure(error))
                        }
                    }
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        } onCancel: {
            flag.stop()
        }
        return try result.get()
    }
}
