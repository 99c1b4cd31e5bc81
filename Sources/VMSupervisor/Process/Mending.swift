internal import Glibc
internal import MonitorJSON
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON

/// What is done about a machine whose supervisor is gone: decided once, by the process that holds the machine's lock.
///
/// A QEMU that runs gets a new supervisor, which this process becomes. One whose start was never finished is ended. What
/// both left behind is cleared away.
struct Mending {
    enum Decision {
        /// Nothing is to be done; the machine is looked after or has ended.
        case nothing(PublishedState?)
        /// Take the running QEMU over, which was in that state.
        case adopt(SupervisorPlan, PublishedState)
    }

    let order: MendOrder
    private var folder: RuntimeFolder { order.folder }

    /// How long another process may hold the lock that is at it already.
    static let patience = Duration.seconds(3)

    init(_ order: MendOrder) { self.order = order }

    /// Takes the machine's lock; nil when another process looks after the machine.
    func takeLock() throws(VMError) -> FileLock? {
        let deadline = Deadline.after(Self.patience)
        while true {
            guard Files.exists(folder.path) else { return nil }
            do throws(VMError) {
                if let lock = try FileLock.take(folder.supervisorLock) { return lock }
            } catch {
                // A transient machine that has ended takes the folder with it.
                guard !Files.exists(folder.path) else { throw error }
                return nil
            }
            if (try? folder.readState())??.supervisor?.isAlive == true || deadline.hasPassed { return nil }
            Poll.sleep(.milliseconds(1))
        }
    }

    /// Looks at the machine and clears away what is over. The lock is held.
    func decide() throws(VMError) -> Decision {
        guard let state = try? folder.readState() else { return try recover() }
        guard state.state.isActive else {
            // Another supervisor was killed when it had published the end, and not yet cleared everything away.
            if Files.exists(folder.plan), !FileLock.isHeld(folder.machineLock) { clearAway(state) }
            return .nothing(state)
        }
        if state.bootID != hostBootID() { return .nothing(try conclude(state, .unknown, "the host was restarted")) }
        if state.supervisor?.isAlive == true, state.supervisor != .current { return .nothing(state) }
        if state.state == .paused, state.reason == .startingUp { return try decideAboutStart(state) }
        if state.qemu?.isAlive == true { return .adopt(plan(state), state) }
        if let qemu = stillThere() {
            var known = state
            known.qemu = qemu
            return .adopt(plan(known), known)
        }
        if FileLock.isHeld(folder.machineLock) { return .nothing(state) }
        // Another client may not have waited for the end's last word.
        if let again = try? folder.readState(), !again.state.isActive { return .nothing(again) }
        if !Files.exists(folder.destroyMark) {
            keepFailure(.crash, VMError(.launchFailed, "QEMU and its supervisor ended, and nobody saw how"))
        }
        return .nothing(try conclude(state, .crashed, "QEMU ended while nobody watched it"))
    }

    /// Publishes that the machine has ended, and clears away what is left of it.
    private func conclude(
        _ state: PublishedState, _ reason: StateReason, _ detail: String
    ) throws(VMError) -> PublishedState {
        endHelpers(state)
        let wasAsked = Files.exists(folder.destroyMark)
        let ended = state.ended(wasAsked ? .destroyed : reason, wasAsked ? nil : detail)
        let change = HostEvent.StateChange(ended.state, ended.reason, detail: ended.detail)
        JournalWriter(HostJournal(order.paths)).append(
            HostEvent(domain: state.name, uuid: state.uuid, kind: .lifecycle(change)))
        try folder.publish(Array(ended.json.description.utf8))
        Failpoint.reached("mending.published")
        clearAway(state)
        return ended
    }

    private func endHelpers(_ state: PublishedState) {
        // On another boot of the host the numbers mean nothing.
        if state.bootID == hostBootID() { StrayHelpers.end(state.helpers, of: folder) }
    }

    /// Removes what is left of a machine whose end is published, and gives back what it had of the host. Each step can be done again.
    private func clearAway(_ state: PublishedState) {
        endHelpers(state)
        folder.abandonJob()
        folder.unlinkActive(id: state.id ?? readPlan()?.id)
        MachineGroup.remove(recordedIn: folder)
        HostDeviceHold(recordedIn: folder)?.giveBack()
        folder.removeLeftovers()
        FileGrants(order.paths, folder).takeBack()
        if folder.isTransient(order.definition) {
            folder.unlinkName(state.name)
            try? folder.remove()
        }
        folder.removePlan()
    }

    private func keepFailure(_ kind: FailureRecord.Kind, _ error: VMError) {
        guard !order.failureRecord.isEmpty else { return }
        let plan = readPlan()
        let words = plan.map { [$0.executable] + $0.arguments }
        let record = FailureRecord(
            kind: kind, time: MachineLog.timestamp(), error: error,
            commandLine: words?.map(shellQuoted).joined(separator: " "),
            output: (try? MachineLog(path: order.log))?.lastLines(20) ?? [])
        try? record.write(to: order.failureRecord)
    }

    // MARK: Plans

    private func readPlan() -> SupervisorPlan? {
        (try? OwnFiles.read(folder.plan)).flatMap { try? SupervisorPlan.read($0) }
    }

    private func plan(_ state: PublishedState) -> SupervisorPlan {
        var plan: SupervisorPlan
        if let kept = readPlan(), kept.uuid == folder.uuid, kept.name == state.name {
            plan = kept
        } else {
            // Without the old plan the policies are the live definition's, and everything else is asked of QEMU.
            plan = SupervisorPlan(
                name: state.name, uuid: state.uuid, id: state.id ?? 0, paths: order.paths, log: order.log,
                definition: order.definition, executable: "", arguments: [], configuration: "", environment: [],
                descriptors: [], policy: LifeCyclePolicy(), isPaused: false, patience: 30)
        }
        // A plan is a file: where things are, and what is run, is said by the process that asked for the mending.
        plan.paths = order.paths
        plan.runtime = order.paths.runtime
        plan.dumps = order.paths.state + "/dump"
        plan.log = order.log
        plan.definition = order.definition
        plan.hooks = order.hooks
        plan.failureRecord = order.failureRecord
        plan.adopts = true
        plan.failures = order.failures
        return plan
    }

    // MARK: Damage

    /// The published state is missing or damaged: a QEMU that runs must not be forgotten.
    private func recover() throws(VMError) -> Decision {
        guard FileLock.isHeld(folder.machineLock), let qemu = Self.process(holding: folder.machineLock) else {
            return .nothing(nil)
        }
        let kept = readPlan()
        guard let name = order.name ?? kept?.name, (try? DomainName.check(name)) != nil else { return .nothing(nil) }
        var state = PublishedState(name: name, uuid: folder.uuid, state: .running, reason: .unknown)
        state.id = kept?.id
        if kept == nil { state.id = try RuntimeFolder.allocateID(folder.base) }
        state.qemu = qemu
        try folder.publish(Array(state.json.description.utf8))
        return .adopt(plan(state), state)
    }

    /// The process that holds a machine's lock open: its QEMU, or nobody.
    private static func process(holding path: String) -> ProcessIdentity? {
        guard let wanted = Files.identity(path) else { return nil }
        for pid in ProcessTable.all {
            guard ProcessTable.file(of: pid, descriptor: SupervisorPlan.machineLockDescriptor) == wanted,
                let start = ProcessIdentity.startTime(of: pid)
            else { continue }
            return ProcessIdentity(pid: pid, startTime: start)
        }
        return nil
    }

    /// The machine's QEMU under another number than is known. A process that is being killed holds its lock a moment longer
    /// than it has its number; and one of another process namespace has a number here that nobody can see.
    private func stillThere() -> ProcessIdentity? {
        let deadline = Deadline.after(.seconds(1))
        while FileLock.isHeld(folder.machineLock), !deadline.hasPassed {
            if let qemu = Self.process(holding: folder.machineLock), qemu.isAlive { return qemu }
            Poll.sleep(.milliseconds(5))
        }
        return nil
    }

    // MARK: Starts

    /// The published state is of a start under way. It may be stale: whether the CPUs have run only QEMU knows.
    private func decideAboutStart(_ state: PublishedState) throws(VMError) -> Decision {
        let qemu = state.qemu ?? Self.process(holding: folder.machineLock)
        guard let qemu, qemu.isAlive, mayRun(state) else { return .nothing(try endUnfinishedStart(state)) }
        var running = state
        (running.state, running.reason, running.qemu) = (.running, .booted, qemu)
        if let image = readPlan()?.managedSave {
            for suffix in [SaveImage.readSuffix, SaveImage.resumedSuffix] { unlink(image + suffix) }
        }
        return .adopt(plan(running), running)
    }

    /// Whether QEMU says that the guest runs, or says nothing now though it has greeted its supervisor. One that never
    /// greeted was never told to let it run.
    private func mayRun(_ state: PublishedState) -> Bool {
        let deadline = Deadline.after(.seconds(2))
        do throws(VMError) {
            let session = try BlockingMonitor(connectingTo: .unix(path: folder.qemuMonitor), deadline: deadline)
            defer { session.close(deadline: .now) }
            let answer = try session.execute("query-status", deadline: deadline)
            // One that waits for its state, or for its first `cont`, has never run.
            return answer["running"]?.bool == true
                || !["prelaunch", "inmigrate", "paused"].contains(answer["status"]?.string)
        } catch {
            return error.code == .timeout && (state.qemuVersion != nil || Files.exists(folder.greeting))
        }
    }

    /// A supervisor was killed while it started its machine. A start is all or nothing, and no client was told that this
    /// one was done: what there is of QEMU is ended.
    private func endUnfinishedStart(_ state: PublishedState) throws(VMError) -> PublishedState {
        if let qemu = state.qemu ?? Self.process(holding: folder.machineLock), let handle = try qemu.open() {
            keepManagedSave()
            sendSignal(SIGKILL, to: handle)
            _ = ProcessExit.wait(for: handle, until: .after(.seconds(5)))
        }
        if let image = readPlan()?.managedSave { SaveImage.putBack(image) }
        StrayHelpers.endUnrecorded(of: folder)
        let text = "its supervisor was killed while it started the machine"
        keepFailure(.start, VMError(.launchFailed, text))
        return try conclude(state, .failed, text)
    }

    /// A managed save that was put aside is put back when its state has been read and the CPUs have never run since.
    private func keepManagedSave() {
        guard let image = readPlan()?.managedSave, Files.exists(image + SaveImage.resumedSuffix), !Files.exists(image)
        else { return }
        let deadline = Deadline.after(.seconds(2))
        guard let session = try? BlockingMonitor(connectingTo: .unix(path: folder.qemuMonitor), deadline: deadline),
            let answer = try? session.execute("query-status", deadline: deadline), answer["running"]?.bool == false
        else { return }
        _ = rename(image + SaveImage.resumedSuffix, image)
    }
}
