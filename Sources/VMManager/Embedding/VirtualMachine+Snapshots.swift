public import VMCore
public import VMSnapshot

/// Snapshots, for programs that embed the manager.
extension VirtualMachine {
    /// The snapshots as a tree.
    public func snapshots() async throws(VMError) -> SnapshotTree {
        try await perform("snapshots") { (manager, key) throws(VMError) in try manager.snapshots(key) }
    }

    /// Makes a snapshot; see ``VMManager/createSnapshot(_:_:_:progress:)``.
    @discardableResult
    public func createSnapshot(
        _ document: DomainSnapshot, _ flags: SnapshotCreation = [],
        progress: @escaping @Sendable (MachineJob) -> Bool = { _ in false }
    ) async throws(VMError) -> SnapshotRecord {
        try await call("createSnapshot") { (manager, machine) throws(VMError) in
            try await manager.createSnapshot(machine, document, flags, progress: progress)
        }
    }

    /// Brings it back to what it was when a snapshot was made; see ``VMManager/revert(_:to:_:timeout:)``.
    @discardableResult
    public func revert(
        to name: String, _ flags: SnapshotReversion = [], timeout: Duration = .seconds(60)
    ) async throws(VMError) -> SnapshotPlan {
        try await call("revert") { (manager, machine) throws(VMError) in
            try await manager.revert(machine, to: name, flags, timeout: timeout)
        }
    }

    /// Deletes a snapshot; see ``VMManager/deleteSnapshot(_:_:_:)``.
    @discardableResult
    public func deleteSnapshot(
        _ name: String, _ flags: SnapshotDeletion = []
    ) async throws(VMError) -> SnapshotPlan {
        try await call("deleteSnapshot") { (manager, machine) throws(VMError) in
            try await manager.deleteSnapshot(machine, name, flags)
        }
    }
}
