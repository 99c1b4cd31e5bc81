internal import Glibc
internal import QEMULauncher
public import VMCore
internal import VMDomain
internal import VMSnapshot
internal import VMJSON
internal import VMSecret

extension VMManager {
    /// Starts a defined domain. Returns when its CPUs run (or wait, with `paused`).
    ///
    /// A domain with a managed save goes on from there.
    /// - Parameters:
    ///   - leash: the reading end of a pipe; the machine is destroyed when nobody has the writing end any more.
    ///   - forceBoot: boot afresh, and forget a managed save.
    ///   - resetNVRAM: make the file of firmware variables anew from its template.
    /// - Throws: `wrong-state` when it runs already or is being started; `launch-failed` with QEMU's own words when QEMU
    ///   ends; `timeout` when it doesn't get ready by `timeout`, after which nothing is left of it.
    @discardableResult
    public func start(
        _ key: String, paused: Bool = false, timeout: Duration = .seconds(30), leash: Int32? = nil,
        forceBoot: Bool = false, resetNVRAM: Bool = false
    ) throws(VMError) -> PublishedState {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.start(
                machine, paused: paused, timeout: timeout, leash: leash, forceBoot: forceBoot, resetNVRAM: resetNVRAM)
        }
    }

    @discardableResult
    func start(
        _ machine: Machine, paused: Bool = false, timeout: Duration = .seconds(30), leash: Int32? = nil,
        forceBoot: Bool = false, resetNVRAM: Bool = false
    ) async throws(VMError) -> PublishedState {
        var attempt: LaunchPlan?
        var isRestored = false
        do throws(VMError) {
            // A way back that was interrupted takes the managed save along.
            if Files.exists(SnapshotStore(paths, machine.uuid).work) {
                try Operation.start.check(try await mend(machine).state, name: machine.name)
                try await settleSnapshots(machine)
            }
            let saved = try await managedStart(machine, paused: paused, forceBoot: forceBoot)
            isRestored = saved != nil
            let state = try await start(
                machine, paused: paused, timeout: timeout, leash: leash, saved: saved, resetNVRAM: resetNVRAM,
                attempt: &attempt)
            notePending(machine, false)
            return state
        } catch {
            // A saved machine goes by the document that was saved with it.
            let error = isRestored ? error : explained(error, machine)
            recordFailure(machine, error, attempt)
            throw error
        }
    }

    /// A start that QEMU, or a program beside it, has ended or never got through: what a check of the whole definition finds
    /// says more than their words, which stay as the cause.
    private func explained(_ error: VMError, _ machine: Machine) -> VMError {
        guard planner == nil, error.code == .launchFailed || error.code == .timeout,
            let reading = try? storedReading(machine),
            let found = check(reading.domain, source: reading.source).causes.first,
            !error.description.contains(found.message)
        else { return error }
        var explained = VMError(error.code, found.message, remedy: found.firstRemedy, cause: error)
        explained.diagnostics = found.diagnostics
        return explained
    }

    /// - Parameters:
    ///   - document: what to start instead of the stored definition.
    ///   - saved: the state to start from.
    func start(
        _ machine: Machine, document: Domain? = nil, paused: Bool, timeout: Duration, leash: Int32?,
        saved: SavedStart? = nil, resetNVRAM: Bool = false, attempt: inout LaunchPlan?
    ) async throws(VMError) -> PublishedState {
        var count = 0
        while true {
            count += 1
            var isOutdated = false
            let ports = PortReservations(runtime: paths.runtime)
            do throws(VMError) {
                return try await startOnce(
                    machine, document: document, paused: paused, timeout: timeout, leash: leash, saved: saved,
                    resetNVRAM: resetNVRAM, ports: ports, attempt: &attempt, isOutdated: &isOutdated)
            } catch {
                // What was changed meanwhile is planned anew, as if the start had come a moment later.
                if isOutdated, count < Self.planAttempts, store.contains(machine.name) { continue }
                let lostPort = error.code == .launchFailed && count < Self.portAttempts && ports.areLost
                guard lostPort || error.isMonitorRace && count == 1 else { throw error }
            }
        }
    }

    /// How often a definition is planned that others change at the same time.
    private static let planAttempts = 5

    /// How often other ports are chosen for displays when others have taken those that were free.
    private static let portAttempts = 8

    private func startOnce(
        _ machine: Machine, document: Domain?, paused: Bool, timeout: Duration, leash: Int32?, saved: SavedStart?,
        resetNVRAM: Bool, ports: PortReservations, attempt: inout LaunchPlan?, isOutdated: inout Bool
    ) async throws(VMError) -> PublishedState {
        let folder = machine.runtime
        try Operation.start.check(try await mend(machine).state, name: machine.name)
        try await settleSnapshots(machine)
        try await settleCheckpoints(machine)
        try checkForStray(machine)
        let definedAt = definitionTime(machine)
        let supervisor = try WaitingSupervisor.begin(for: machine, self)
        var planning = self
        planning.ports = ports
        planning.keepsConsoles = true
        planning.handsSecrets = true
        let vsock = VSockDevice()
        planning.vsock = vsock
        var launch: LaunchPlan
        if let saved {
            launch = try planning.plan(saved)
        } else if let document {
            launch = try planning.plan(document)
        } else {
            launch = try planning.plan(stored: machine)
        }
        let problems = (planner == nil ? planHelpers(&launch) : []) + launchProblems(launch)
        attempt = launch
        try Preflight.check(launch.domain, machine, self, problems, renewsVariables: resetNVRAM)
        try folder.make()
        linkLog(of: machine)
        let lock = try await takeStartLock(machine)
        // Another start may have been quicker, and be over already; its leftovers are ours to clean.
        try Operation.start.check(observe(machine).state, name: machine.name)
        guard !isPlanOutdated(machine, since: definedAt) else {
            isOutdated = true
            throw VMError(
                .busy, "domain '\(machine.name)' was changed while it was being started", remedy: "start it again")
        }
        if planner == nil {
            try FirmwareVariables.prepare(launch.domain, anew: resetNVRAM)
            try MemoryFolders.make(for: launch, below: HostFacts.Folders(of: launch.domain, paths: paths).memory)
        }
        let id = try RuntimeFolder.allocateID(paths.runtime)
        var live = launch.domain
        live.id = id
        live.fillChannels(in: folder.sockets)
        var taps = try TapDevices(
            &live, planner == nil ? HostFacts.current() : HostFacts(), isWanted: planner == nil,
            networks: NetworkPorts(paths, for: launch.domain.name))
        launch.descriptors += taps.descriptors
        launch.descriptors += vsock.descriptors
        let image = try SavedStart.File(saved)
        launch.descriptors += image.descriptors
        let secretFiles = try LaunchSecrets(launch, secrets.store)
        launch.descriptors += secretFiles.descriptors
        try Files.write(Array(live.xml.utf8), to: folder.domain, durable: false)
        let timeout = timeout + (saved?.extraTime ?? .zero)
        var plan = try supervisorPlan(launch, machine, id: id, paused: paused, timeout: timeout)
        if let saved { saved.apply(to: &plan) }
        plan.confinement = try confinement(of: launch, machine)
        if planner == nil { plan.limits = ResourceLimits(launch.domain) }
        if planner == nil { plan.settings = try launch.domain.settings(isRestored: saved != nil) }
        var descriptors = launch.descriptors
        if let leash {
            plan.isLeashed = true
            descriptors.append(.init(leash, as: SupervisorPlan.leashDescriptor))
        }
        do throws(VMError) {
            let state = try await supervisor.start(
                plan, lock: lock, descriptors: descriptors, self, deadline: .after(timeout + .seconds(5)))
            // QEMU listens on its ports.
            withExtendedLifetime(ports) {}
            taps.settle()
            _ = consume taps
            _ = consume image
            _ = consume secretFiles
            recordAbsentDisks(of: launch, machine)
            try await pinThreads(of: launch.domain, state)
            return state
        } catch {
            // A supervisor that died on the way may have left a QEMU that nobody watches, or one whose guest runs.
            let state = try? await mend(machine)
            if error.code == .launchFailed, let state, state.id == id, state.state == .running {
                try await pinThreads(of: launch.domain, state)
                return state
            }
            throw error
        }
    }

    /// Tells of disks that the machine had to start without.
    private func recordAbsentDisks(of launch: LaunchPlan, _ machine: Machine) {
        guard !launch.absentDisks.isEmpty else { return }
        let changes = launch.absentDisks.map { disk in
            HostEvent.DiskChange(
                target: disk.target,
                alias: launch.domain.devices.disks.first { $0.target?.dev == disk.target }?.alias?.name,
                before: disk.source, after: nil, reason: disk.isLeftOut ? .droppedOnStart : .missingOnStart)
        }
        record(changes.map { (machine.name, .diskChange($0)) }, of: machine.uuid)
    }

    /// The lock of a machine that doesn't run: one of two starters gets it.
    private func takeStartLock(_ machine: Machine) async throws(VMError) -> FileLock {
        let deadline = Deadline.after(.seconds(2))
        while true {
            do throws(VMError) {
                if let lock = try FileLock.take(machine.runtime.supervisorLock) { return lock }
            } catch {
                // A transient machine that ends takes the folder with it.
                guard !Files.exists(machine.runtime.path), !deadline.hasPassed else { throw error }
                try machine.runtime.make()
            }
            // Held by a machine that runs or is being started, or for a moment by one that is just ending.
            if let state = try machine.runtime.readState(), state.state.isActive {
                try Operation.start.check(state.state, name: machine.name)
            }
            if deadline.hasPassed {
                throw VMError(
                    .wrongState, "Domain is already active: another command is starting it",
                    remedy: "see its state with \(command: "status", machine.name)")
            }
            try await pause(.milliseconds(1))
        }
    }

    private func supervisorPlan(
        _ launch: LaunchPlan, _ machine: Machine, id: Int, paused: Bool, timeout: Duration
    ) throws(VMError) -> SupervisorPlan {
        let configuration = try MonitorConfig(.descriptor(LaunchPlan.monitorDescriptor)).readConfig()
        var plan = SupervisorPlan(
            name: machine.name, uuid: machine.uuid, id: id, paths: paths, log: logPath(machine.uuid),
            definition: store.path(of: machine.name), executable: launch.executable,
            arguments: launch.commandLine(configuration: machine.runtime.configuration), configuration: configuration,
            environment: launch.environment, descriptors: launch.descriptors.map(\.target), helpers: launch.helpers,
            policy: LifeCyclePolicy(launch.domain), isPaused: paused,
            patience: Int(clamping: max(1, timeout.inNanoseconds / 1_000_000_000)))
        plan.hooks = hooks
        plan.failureRecord = failurePath(machine)
        plan.hostDevices = launch.domain.hostPCIDevices.map(\.address)
        plan.managedDevices = launch.domain.hostPCIDevices.filter(\.isManaged).map(\.address)
        plan.systemRoot = systemRoot
        plan.lockedMemory = launch.domain.lockedMemory
        plan.controlGroupParent = controlGroupParent
        plan.partition = launch.domain.resource.partition ?? plan.partition
        plan.pluggedProcessors = launch.domain.pluggedProcessors
        return plan
    }
}

extension VMError {
    /// Whether QEMU has aborted while it read the first commands. QEMU 7.2 was seen to on a busy host, as if two of its
    /// threads read the monitor at once while it gets ready, and the next try went well. No processor of the guest has
    /// run by then, so it is started once more.
    fileprivate var isMonitorRace: Bool {
        code == .launchAborted || cause?.isMonitorRace ?? false
    }
}
