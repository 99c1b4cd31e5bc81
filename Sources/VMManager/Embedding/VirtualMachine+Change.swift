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
        return try await offload { () throws(VMError) in
            try manager.attachDevice(uuid.description, document, scope: scope, timeout: timeout)
        }
    }

    /// Takes the device of that name out of it; the guest has to release it by the deadline.
    @discardableResult
    public func detachDevice(
        alias: String, scope: ChangeScope = .current, timeout: Duration = VMManager.patience
    ) async throws(VMError) -> Devices {
        try await offload { () throws(VMError) in
            try manager.detachDevice(uuid.description, alias: alias, scope: scope, timeout: timeout)
        }
    }

    /// Writes its state into a file and ends it. Cancelling the task leaves the job to the supervisor.
    public func save(to path: String, resume: SaveImage.Resume? = nil) async throws(VMError) {
        try await offload { () throws(VMError) in try manager.save(uuid.description, to: path, resume: resume) }
    }

    /// Writes its state where its next start finds it, and ends it.
    public func managedSave(resume: SaveImage.Resume? = nil) async throws(VMError) {
        try await offload { () throws(VMError) in try manager.managedSave(uuid.description, resume: resume) }
    }

    /// Writes the guest's memory into a file.
    public func dump(to path: String, format: String? = nil, live: Bool = false) async throws(VMError) {
        try await offload { () throws(VMError) in
            try manager.dump(uuid.description, to: path, format: format, live: live)
        }
    }

    /// The job that runs, or the last one of this run.
    public func job() async throws(VMError) -> MachineJob? {
        try await offload { () throws(VMError) in try manager.job(uuid.description) }
    }

    /// Stops the job that runs.
    public func abortJob() async throws(VMError) {
        try await offload { () throws(VMError) in try manager.abortJob(uuid.description) }
    }
}
