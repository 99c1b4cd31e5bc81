public import VMCore

/// What became of one machine when all marked ones were to be started, or all running ones to be shut down.
public struct FleetOutcome: Sendable {
    public enum Result: String, Sendable { case started, running, shutDown = "shut-down", failed }

    public var name: String
    public var result: Result
    public var error: VMError?
    /// Whether it is a storage pool, not a machine.
    public var isPool = false
    /// Whether it is a virtual network.
    public var isNetwork = false
}

extension VMManager {
    /// Marks a domain to be started by ``startMarked(timeout:)``, or takes the mark away.
    @discardableResult
    public func setAutostart(_ key: String, _ isWanted: Bool) throws(VMError) -> Machine {
        let machine = try find(key)
        guard machine.isPersistent else {
            throw VMError(
                .wrongState, "Requested operation is not valid: cannot set autostart for transient domain",
                remedy: "store its definition with \(command: "define") first")
        }
        let wasMarked = store.isAutostarted(machine.name, machine.uuid)
        try store.mark(machine.name, machine.uuid, isWanted)
        if wasMarked != isWanted {
            record(.changed(edit: "autostart", scope: .config), machine.name, machine.uuid)
        }
        return machine
    }

    /// Whether a domain is marked to be started with the host.
    public func isAutostarted(_ machine: Machine) -> Bool {
        machine.isPersistent && store.isAutostarted(machine.name, machine.uuid)
    }

    /// The names of all marked domains.
    public func autostartedNames() -> Set<String> {
        store.autostartMarks().filter { name in
            (try? store.read(name)).map { store.isAutostarted(name, $0.uuid) } ?? false
        }
    }

    /// Starts every marked network and pool that isn't active, then every marked domain that doesn't run, one after the other; one that fails doesn't keep the others back.
    public func startMarked(timeout: Duration = .seconds(30)) -> [FleetOutcome] {
        let outcomes = try? blocking { (manager) async throws(VMError) in await manager.startEach(timeout: timeout) }
        return outcomes ?? []
    }

    func startEach(timeout: Duration) async -> [FleetOutcome] {
        // First the networks and pools, in which domains have their cards and disks.
        var outcomes = await networks.startMarked() + storage.startMarked()
        for name in autostartedNames().sorted() {
            do throws(VMError) {
                let machine = try find(name)
                if try await mend(machine).state.isActive {
                    outcomes.append(FleetOutcome(name: name, result: .running))
                    continue
                }
                try await start(machine, timeout: timeout)
                outcomes.append(FleetOutcome(name: name, result: .started))
            } catch {
                outcomes.append(FleetOutcome(name: name, result: .failed, error: error))
            }
        }
        return outcomes
    }

    /// Presses the power button of every running machine and waits for all of them together.
    ///
    /// - Returns: an outcome for each; the failed ones still run.
    public func shutDownAll(within limit: Duration) throws(VMError) -> [FleetOutcome] {
        try blocking { (manager) async throws(VMError) in try await manager.shutDownEach(within: limit) }
    }

    func shutDownEach(within limit: Duration) async throws(VMError) -> [FleetOutcome] {
        let deadline = Deadline.after(limit)
        var outcomes: [FleetOutcome] = []
        var waiting: [Machine] = []
        for summary in try list(.active) {
            do throws(VMError) {
                guard let uuid = summary.uuid else { continue }
                let machine = Machine(
                    name: summary.name, uuid: uuid, isPersistent: summary.isPersistent, runtime: folder(uuid))
                // A machine whose processors stand still can't see its power button.
                if summary.state == .paused {
                    _ = try await perform(.resume, .resume, on: machine, timeout: .seconds(5))
                }
                _ = try await perform(.shutdown, .shutdown, on: machine, timeout: .seconds(5))
                waiting.append(machine)
            } catch {
                outcomes.append(FleetOutcome(name: summary.name, result: .failed, error: error))
            }
        }
        for machine in waiting {
            do throws(VMError) {
                _ = try await wait(
                    machine, until: { !$0.state.isActive || $0.state == .inShutdown }, deadline: deadline)
                outcomes.append(FleetOutcome(name: machine.name, result: .shutDown))
            } catch {
                outcomes.append(FleetOutcome(name: machine.name, result: .failed, error: error))
            }
        }
        return outcomes
    }
}
