public import SupervisorProtocol
public import VMCore

/// Jobs of its disks, for programs that embed the manager.
extension VirtualMachine {
    /// Begins a job of a disk; see ``VMManager/startBlockJob(_:_:timeout:)``.
    @discardableResult
    public func startBlockJob(
        _ order: BlockJobOrder, timeout: Duration = VMManager.patience
    ) async throws(VMError) -> MachineJob {
        try await call("startBlockJob") { (manager, machine) throws(VMError) in
            try await manager.startBlockJob(machine, order, timeout: timeout)
        }
    }

    /// A disk's job with how far it is; nil when it has none.
    public func blockJob(
        disk: String, timeout: Duration = VMManager.patience
    ) async throws(VMError) -> MachineJob? {
        try await call("blockJob") { (manager, machine) throws(VMError) in
            try await manager.blockJob(machine, disk: disk, timeout: timeout)
        }
    }

    /// Ends a disk's job; see ``VMManager/endBlockJob(_:disk:pivot:asynchronously:timeout:)``.
    public func endBlockJob(
        disk: String, pivot: Bool, asynchronously: Bool = false, timeout: Duration = .seconds(60)
    ) async throws(VMError) {
        try await call("endBlockJob") { (manager, machine) throws(VMError) in
            try await manager.endBlockJob(
                machine, disk: disk, pivot: pivot, asynchronously: asynchronously, timeout: timeout)
        }
    }

    /// Bytes a second that a disk's job may take at most; 0 is as fast as it goes.
    public func setBlockJobSpeed(
        disk: String, bytes: UInt64, timeout: Duration = VMManager.patience
    ) async throws(VMError) {
        try await call("setBlockJobSpeed") { (manager, machine) throws(VMError) in
            try await manager.requestLive(machine, .setBlockJobSpeed(disk: disk, bytes: bytes), timeout)
        }
    }
}
