public import SupervisorProtocol
public import VMCore
public import VMSnapshot

/// Backups and checkpoints, for programs that embed the manager.
extension VirtualMachine {
    /// Begins a backup; see ``VMManager/beginBackup(_:_:checkpoint:reusesFiles:)``.
    @discardableResult
    public func beginBackup(
        _ document: DomainBackup, checkpoint: DomainCheckpoint? = nil, reusesFiles: Bool = false
    ) async throws(VMError) -> MachineJob {
        try await call("beginBackup") { (manager, machine) throws(VMError) in
            try await manager.beginBackup(machine, document, checkpoint: checkpoint, reusesFiles: reusesFiles)
        }
    }

    /// The checkpoints as a tree.
    public func checkpoints() async throws(VMError) -> CheckpointTree {
        try await perform("checkpoints") { (manager, key) throws(VMError) in try manager.checkpoints(key) }
    }

    /// Makes a checkpoint; see ``VMManager/createCheckpoint(_:_:_:)``.
    @discardableResult
    public func createCheckpoint(
        _ document: DomainCheckpoint, _ flags: CheckpointCreation = []
    ) async throws(VMError) -> CheckpointRecord {
        try await call("createCheckpoint") { (manager, machine) throws(VMError) in
            try await manager.createCheckpoint(machine, document, flags)
        }
    }

    /// A checkpoint's document; see ``VMManager/checkpointXML(_:_:_:)``.
    public func checkpointXML(_ name: String, _ detail: CheckpointDetail) async throws(VMError) -> String {
        try await call("checkpointXML") { (manager, machine) throws(VMError) in
            try await manager.checkpointXML(machine, name, detail)
        }
    }

    /// Deletes a checkpoint; see ``VMManager/deleteCheckpoint(_:_:_:)``.
    @discardableResult
    public func deleteCheckpoint(
        _ name: String, _ flags: CheckpointDeletion = []
    ) async throws(VMError) -> [String] {
        try await call("deleteCheckpoint") { (manager, machine) throws(VMError) in
            try await manager.deleteCheckpoint(machine, name, flags)
        }
    }
}
