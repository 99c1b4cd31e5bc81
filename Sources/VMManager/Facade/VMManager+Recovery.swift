internal import Glibc
internal import MonitorJSON
internal import VMCore
internal import VMJSON

/// What is done when a machine's published state is missing or damaged. A QEMU that runs must not be forgotten.
extension VMManager {
    /// The state of a machine whose file can't be read: from its supervisor if there is one, else from QEMU, which a new
    /// supervisor asks. Nil when neither runs.
    func recover(_ folder: RuntimeFolder) throws(VMError) -> PublishedState? {
        if FileLock.isHeld(folder.supervisorLock), let state = askForState(folder) { return state }
        guard FileLock.isHeld(folder.machineLock), let qemu = VMManager.process(holding: folder.machineLock) else {
            return nil
        }
        let plan = (try? Files.read(folder.plan)).flatMap { try? SupervisorPlan.read($0) }
        var name = plan?.name
        if name == nil { name = try store.name(of: folder.uuid) }
        guard let name else { return nil }
        var state = PublishedState(name: name, uuid: folder.uuid, state: .running, reason: .unknown)
        state.id = plan?.id
        if plan == nil { state.id = try RuntimeFolder.allocateID(paths.runtime) }
        state.qemu = qemu
        try Files.write(Array(state.json.description.utf8), to: folder.state, durable: false)
        return try takeOver(folder)
    }

    /// Has a supervisor publish anew.
    private func askForState(_ folder: RuntimeFolder) -> PublishedState? {
        let deadline = Deadline.after(.seconds(1))
        guard let session = try? BlockingMonitor(connectingTo: .unix(path: folder.monitor), deadline: deadline),
            let answer = try? session.execute("x-vmctl-status", deadline: deadline)["ok"]
        else { return nil }
        return PublishedState(json: answer)
    }

    /// The process that holds a machine's lock open: its QEMU, or nobody.
    private static func process(holding path: String) -> ProcessIdentity? {
        guard let wanted = Files.identity(path), let entries = try? Folders.list("/proc") else { return nil }
        for pid in entries.lazy.compactMap({ Int32($0) }) {
            let link = "/proc/\(pid)/fd/\(SupervisorPlan.machineLockDescriptor)"
            guard Files.identity(link) == wanted, let start = ProcessIdentity.startTime(of: pid) else { continue }
            return ProcessIdentity(pid: pid, startTime: start)
        }
        return nil
    }

    /// A supervisor was killed while it started its machine. A start is all or nothing, and nobody was told that this one
    /// was done: what there is of QEMU is ended.
    func endUnfinishedStart(_ folder: RuntimeFolder) throws(VMError) -> PublishedState? {
        guard let lock = try FileLock.take(folder.supervisorLock) else { return try folder.readState() }
        guard let state = try folder.readState(), state.reason == .startingUp else { return try folder.readState() }
        if let qemu = state.qemu ?? VMManager.process(holding: folder.machineLock), let handle = try qemu.open() {
            keepManagedSave(folder)
            sendSignal(SIGKILL, to: handle)
            _ = ProcessExit.wait(for: handle, until: .after(.seconds(5)))
        }
        StrayHelpers.endUnrecorded(of: folder)
        let failed = ended(state, .failed, "its supervisor was killed while it started the machine")
        try Files.write(Array(failed.json.description.utf8), to: folder.state, durable: false)
        folder.unlinkActive(id: state.id)
        folder.removeLeftovers()
        _ = consume lock
        return failed
    }

    /// A managed save that was put aside is put back when its state has been read and the CPUs have never run since.
    private func keepManagedSave(_ folder: RuntimeFolder) {
        let plan = (try? Files.read(folder.plan)).flatMap { try? SupervisorPlan.read($0) }
        guard let image = plan?.managedSave, Files.exists(image + ".restoring"), !Files.exists(image) else { return }
        let deadline = Deadline.after(.seconds(2))
        guard let session = try? BlockingMonitor(connectingTo: .unix(path: folder.qemuMonitor), deadline: deadline),
            let answer = try? session.execute("query-status", deadline: deadline), answer["running"]?.bool == false
        else { return }
        _ = Glibc.rename(image + ".restoring", image)
    }

    /// Refuses to start a machine whose QEMU still runs although its runtime folder is gone, supervisor and all.
    ///
    /// Looked for only when there is no runtime folder, which is before a machine's first start after the host's.
    func checkForStray(_ machine: Machine) throws(VMError) {
        guard !Files.exists(machine.runtime.path), let entries = try? Folders.list("/proc") else { return }
        let mark = Array(machine.runtime.configuration.utf8)
        for pid in entries.lazy.compactMap({ Int32($0) }) {
            guard let line = try? Files.read("/proc/\(pid)/cmdline", limit: 1 << 20, regularOnly: false),
                line.split(separator: 0).contains(where: { $0.elementsEqual(mark) })
            else { continue }
            throw VMError(
                .busy, "a QEMU of this machine still runs as process \(pid), although its runtime folder was removed",
                remedy: "end it with 'kill \(pid)'")
        }
    }
}
