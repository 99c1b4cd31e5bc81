internal import QEMULauncher
public import VMCore
public import VMDomain

/// Changes and saved states, for programs that embed the manager.
extension VirtualMachine {
    /// Brings a device into it; see ``VMManager/attachDevice(_:_:scope:timeout:)``.
    /// - Parameter xml: the device's element, `<disk …>`.
    @discardableResult
    public func attachDevice(
        xml: String, scope: ChangeScope = .current, timeout: Duration = VMManager.patience
    ) async throws(VMError) -> Devices {
        let document = try DeviceDocument.read(Array(xml.utf8), file: "device.xml")
        return try await call("attachDevice") { () throws(VMError) in
            try manager.attachDevice(uuid.description, document, scope: scope, timeout: timeout)
        }
    }

    /// Takes the device of that name out of it; the guest has to release it by the deadline.
    @discardableResult
    public func detachDevice(
        alias: String, scope: ChangeScope = .current, timeout: Duration = VMManager.patience
    ) async throws(VMError) -> Devices {
        try await call("detachDevice") { () throws(VMError) in
            try manager.detachDevice(uuid.description, alias: alias, scope: scope, timeout: timeout)
        }
    }

    /// Writes its state into a file and ends it. Cancelling the task leaves the job to the supervisor.
    ///
    /// - Parameters:
    ///   - path: An absolute path; the file is there when it is whole, and never before.
    ///   - resume: Whether it runs when it is restored; nil leaves it as it is now.
    ///   - progress: Is told how far it is, on a thread of its own; true stops the job, and the machine runs on.
    public func save(
        to path: String, resume: SaveImage.Resume? = nil,
        progress: @escaping @Sendable (MachineJob) -> Bool = { _ in false }
    ) async throws(VMError) {
        try await call("save") { () throws(VMError) in
            try manager.save(uuid.description, to: path, resume: resume, progress: progress)
        }
    }

    /// Writes its state where its next start finds it, and ends it; see ``save(to:resume:progress:)``.
    public func managedSave(
        resume: SaveImage.Resume? = nil, progress: @escaping @Sendable (MachineJob) -> Bool = { _ in false }
    ) async throws(VMError) {
        try await call("managedSave") { () throws(VMError) in
            try manager.managedSave(uuid.description, resume: resume, progress: progress)
        }
    }

    /// Writes the guest's memory into a file.
    ///
    /// - Parameters:
    ///   - format: QAPI's `DumpGuestMemoryFormat` such as `elf`; nil for `elf`.
    ///   - live: Leave the CPUs running meanwhile.
    ///   - progress: As for ``save(to:resume:progress:)``.
    public func dump(
        to path: String, format: String? = nil, live: Bool = false,
        progress: @escaping @Sendable (MachineJob) -> Bool = { _ in false }
    ) async throws(VMError) {
        try await call("dump") { () throws(VMError) in
            try manager.dump(uuid.description, to: path, format: format, live: live, progress: progress)
        }
    }

    /// What it and its host count for it: processors, memory, disks, network.
    ///
    /// - Parameter patience: How long QEMU may take; then its last figures are given with their age.
    public func statistics(
        _ groups: StatisticsGroups = .all, patience: Duration = .seconds(1)
    ) async throws(VMError) -> DomainStatistics {
        try await call("statistics") { () throws(VMError) in
            try manager.statistics(of: uuid.description, groups, patience: patience)
        }
    }

    /// The job that runs, or the last one of this run.
    public func job() async throws(VMError) -> MachineJob? {
        try await call("job") { () throws(VMError) in try manager.job(uuid.description) }
    }

    /// Stops the job that runs.
    public func abortJob() async throws(VMError) {
        try await call("abortJob") { () throws(VMError) in try manager.abortJob(uuid.description) }
    }
}
