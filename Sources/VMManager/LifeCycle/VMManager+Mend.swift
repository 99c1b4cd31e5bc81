internal import Glibc
public import VMCore
internal import VMJSON

/// Mending: a machine whose supervisor is gone gets a new one, what was killed in the middle of a start is cleared away.
/// It is a step of its own, done by a process that holds the machine's lock; commands that change a machine begin with it.
extension VMManager {
    /// Mends a domain's machine where that is needed.
    ///
    /// - Returns: its state afterwards.
    /// - Throws: `timeout` when a QEMU that is to be taken over doesn't answer its new supervisor in time.
    @discardableResult
    public func mend(_ key: String) throws(VMError) -> PublishedState {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.mend(machine)
            try await manager.settleSnapshots(machine)
            try await manager.settleCheckpoints(machine)
            // It may have been killed meanwhile: what is told is what was mended.
            return try await manager.mend(machine)
        }
    }

    @discardableResult
    func mend(_ machine: Machine) async throws(VMError) -> PublishedState {
        let patience = Deadline.after(.seconds(1))
        // Another process may have been quicker, and its supervisor asks QEMU just now.
        let deadline = Deadline.after(.seconds(3))
        while true {
            if needsMending(machine.runtime) {
                if FileLock.isHeld(machine.runtime.supervisorLock), let state = await republished(machine) {
                    return state
                }
                _ = try await runMender(mendOrder(machine), deadline: .after(.seconds(6)))
            }
            let state = observe(machine)
            // What is just being killed counts as alive at the first look, and is gone at the second one.
            let isMissed = !patience.hasPassed && needsMending(machine.runtime)
            if !isMissed, !state.isTakingOver || deadline.hasPassed { return state }
            try await pause(.milliseconds(2))
        }
    }

    /// Whether the files of a machine tell of processes that aren't there any more, or tell nothing.
    private func needsMending(_ folder: RuntimeFolder) -> Bool {
        do throws(VMError) {
            guard let state = try folder.readState() else {
                return Files.exists(folder.machineLock) && FileLock.isHeld(folder.machineLock)
            }
            guard state.state.isActive else { return folder.hasLeftovers }
            return state.bootID != hostBootID() || state.supervisor?.isAlive != true
        } catch {
            return true
        }
    }

    /// Has a supervisor publish anew whose file was damaged; nil when it doesn't answer.
    private func republished(_ machine: Machine) async -> PublishedState? {
        guard let reply = try? await send(.status, to: machine, deadline: .after(.seconds(1))) else { return nil }
        if case .state(let state) = reply { return state }
        return nil
    }

    func mendOrder(_ machine: Machine) -> MendOrder {
        MendOrder(
            uuid: machine.uuid, paths: paths, name: machine.name, definition: store.path(of: machine.name),
            log: logPath(machine.uuid), hooks: hooks, failureRecord: failurePath(machine))
    }

    /// Mends every machine of this manager that needs it.
    ///
    /// - Returns: those that were mended, and those that couldn't be, with the reason.
    @discardableResult
    public func mendAll() throws(VMError) -> [FleetOutcome] {
        try blocking { (manager) async throws(VMError) in try await manager.mendEach() }
    }

    func mendEach() async throws(VMError) -> [FleetOutcome] {
        var outcomes: [FleetOutcome] = []
        for entry in try Folders.list(paths.runtime) {
            guard let uuid = UUID(entry), needsMending(folder(uuid)) else { continue }
            let name = observe(folder(uuid))?.name ?? entry
            let machine = Machine(
                name: name, uuid: uuid, isPersistent: store.contains(name), runtime: folder(uuid))
            do throws(VMError) {
                let state = try await mend(machine)
                outcomes.append(FleetOutcome(name: name, result: state.state.isActive ? .running : .shutDown))
            } catch {
                outcomes.append(FleetOutcome(name: name, result: .failed, error: error))
            }
        }
        return outcomes
    }

    /// Refuses to start a machine whose QEMU still runs although its runtime folder is gone, supervisor and all.
    ///
    /// Looked for only when there is no runtime folder, which is before a machine's first start after the host's.
    func checkForStray(_ machine: Machine) throws(VMError) {
        guard !Files.exists(machine.runtime.path) else { return }
        let mark = Array(machine.runtime.configuration.utf8)
        for pid in ProcessTable.all
        where ProcessTable.commandLine(of: pid).contains(where: { $0.elementsEqual(mark) }) {
            throw VMError(
                .busy, "a QEMU of this machine still runs as process \(pid), although its runtime folder was removed",
                remedy: "end it with 'kill \(pid)'")
        }
    }
}
