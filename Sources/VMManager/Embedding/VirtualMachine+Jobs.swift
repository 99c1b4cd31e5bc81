public import VMCore

/// Saving and dumping, for programs that embed the manager. Cancelling the task of one leaves the job to the machine's
/// supervisor, which goes on with it.
extension VirtualMachine {
    /// Writes its state into a file and ends it.
    ///
    /// - Parameters:
    ///   - path: An absolute path; the file is there when it is whole, and never before.
    ///   - xml: Another document to restore it with, which keeps what the guest sees; nil is the live definition.
    ///   - resume: Whether it runs when it is restored; nil leaves it as it is now.
    ///   - format: `libvirt` for a file that libvirt restores, too.
    ///   - progress: Is told how far it is; true stops the job, and the machine runs on.
    public func save(
        to path: String, xml: String? = nil, resume: SaveImage.Resume? = nil, format: SaveImage.Format = .vmctl,
        progress: @escaping @Sendable (MachineJob) -> Bool = { _ in false }
    ) async throws(VMError) {
        try await call("save") { (manager, machine) throws(VMError) in
            try await manager.save(
                machine, to: path, xml: xml.map { Array($0.utf8) }, resume: resume, format: format,
                progress: progress)
        }
    }

    /// Writes its state where its next start finds it, and ends it; see ``save(to:xml:resume:format:progress:)``.
    public func managedSave(
        resume: SaveImage.Resume? = nil, progress: @escaping @Sendable (MachineJob) -> Bool = { _ in false }
    ) async throws(VMError) {
        try await call("managedSave") { (manager, machine) throws(VMError) in
            try await manager.managedSave(machine, resume: resume, progress: progress)
        }
    }

    /// Writes the guest's memory into a file.
    ///
    /// - Parameters:
    ///   - format: QAPI's `DumpGuestMemoryFormat` such as `elf`; nil for `elf`.
    ///   - live: Leave the CPUs running meanwhile.
    ///   - after: what is done then: `crash` ends the machine, `reset` resets it; nil lets it go on.
    ///   - progress: As for ``save(to:xml:resume:format:progress:)``.
    public func dump(
        to path: String, format: String? = nil, live: Bool = false, after: String? = nil,
        progress: @escaping @Sendable (MachineJob) -> Bool = { _ in false }
    ) async throws(VMError) {
        try await call("dump") { (manager, machine) throws(VMError) in
            try await manager.dump(
                machine, to: path, format: format, live: live, after: after, progress: progress)
        }
    }

    /// The job that runs, or the last one of this run.
    public func job() async throws(VMError) -> MachineJob? {
        try await call("job") { (_, machine) throws(VMError) in machine.runtime.readJob() }
    }

    /// Stops the job that runs.
    public func abortJob(timeout: Duration = VMManager.patience) async throws(VMError) {
        try await call("abortJob") { (manager, machine) throws(VMError) in
            try await manager.requestLive(machine, .abortJob, timeout)
        }
    }
}
