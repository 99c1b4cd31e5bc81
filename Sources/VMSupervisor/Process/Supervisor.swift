internal import Glibc
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON

/// One machine's keeper: starts or takes over QEMU, holds its monitor, carries out the policies, publishes the state and
/// serves any number of clients. One thread, one event loop, no waiting.
///
/// The parts: ``Supervisor/launch()`` and ``Supervisor/adopt()`` bring QEMU in, `Supervisor+Monitor` listens to it,
/// `Supervisor+Verbs` answers clients, `Supervisor+End` sees it off.
final class Supervisor {
    /// What it was told, with the helpers of devices that came since.
    var plan: SupervisorPlan
    let folder: RuntimeFolder
    let reactor: Reactor
    let log: MachineLog
    let verdict: Verdict
    var lock: FileLock?
    var lifeCycle: LifeCycle
    var published: PublishedState
    /// The journal of the host, to which every supervisor appends.
    let journal: JournalWriter
    var hub: ClientHub?
    var link: QEMULink?
    /// The programs beside QEMU.
    var helpers: [Helper] = [] { didSet { keepLogsShort() } }
    /// What follows when the last helper has ended; set while they are being ended.
    var farewell: (() -> Void)?
    /// The end of what a failed start may have left behind.
    var strayWork: DiskWork?
    /// Where QEMU and its helpers are limited, if they are.
    var controlGroup: ControlGroup?
    /// What is being got of the host before the start, or given back after the end; and what follows then, when the start
    /// was given up meanwhile.
    var hostWork: DiskWork?
    var hostFarewell: (() -> Void)?
    /// Devices that are being given back while the machine runs.
    var returns: [Int: DiskWork] = [:]
    /// QEMU's pidfd.
    var process: FileDescriptor?
    /// What calls for an answer when QEMU has ended.
    var endWaiters: [() -> Void] = []
    /// Why the start is being given up.
    var startFailure: VMError?
    var isStarting = true
    /// Whether QEMU has answered its first command.
    var hasNegotiated = false
    /// What came in while QEMU was being taken over.
    var takeOverWaiters: [() -> Void] = []
    /// The pidfd of the process that replaces this one should it be killed.
    var keeper: FileDescriptor?
    var escalation: Reactor.Timer?
    var startTimer: Reactor.Timer?
    var removals: RemovalWatch?
    var repairTimer: Reactor.Timer?
    /// The live definition as its file has it, and as a value, which is read when it is needed first.
    var liveXML: [UInt8]?
    var live: Domain?
    /// Changes of the machine, one at a time, on a thread of their own.
    var changes = ChangeQueue()
    var changeWork: DiskWork?
    /// Looks which devices QEMU has no longer, and whether those have left that were asked to.
    var departureTimer: Reactor.Timer?
    var removalTimer: Reactor.Timer?
    /// What the guest prints on its consoles.
    var growingFiles: GrowingFiles?
    var eventBudget = EventBudget()
    /// The state that a flood of events has kept out of the journal.
    var stateChangeLeftOut: HostEvent.StateChange?
    /// What other threads have for this one.
    let mailbox: ReactorMailbox
    /// Changes that wait for events of QEMU, by name.
    var eventTaps: [UInt64: (name: String, take: (JSONObject) -> Void)] = [:]
    /// Commands of the guest agent, one at a time.
    var agentCalls: [AgentCall] = []
    var agentWork: DiskWork?
    /// What takes long: of the whole machine (nil), and of its disks.
    var jobs: [String?: JobRun] = [:]
    /// Those that are over, where the files still say that they run.
    var unwrittenEnds: [String?: MachineJob] = [:]
    /// The removal of images that a job has made superfluous.
    var surplusWork: DiskWork?
    /// Looks whether there is space for the disks again, while a full one has paused the machine.
    var spaceWatch: SpaceWatch?
    var resumeBackOff = ResumeBackOff()
    /// The user's programs for events.
    private(set) lazy var hooks = HookRunner(
        folder: plan.hooks, name: plan.name, uuid: plan.uuid, reactor: reactor, log: log)
    /// Runs while the guest has powered off and QEMU is kept for a backup.
    var holdTimer: Reactor.Timer?
    private var isReleasing = false
    /// What the records of all this machine's events begin with.
    private(set) lazy var eventHead = HostEvent.head(time: 0, domain: plan.name, uuid: plan.uuid)
    /// Whether the last event could be written down.
    var isJournalFine = true
    /// Whether the published state is older than what it is about, because it couldn't be written.
    var isStateStale = false
    var publishFailure: VMError?
    private var publishTimer: Reactor.Timer?
    /// What waits for the state to be published.
    var publishWaiters: [() -> Void] = []
    /// Whether all is over, so that the event loop must not be entered any more.
    var isOver = false

    /// QEMU is there but hasn't told its state yet.
    var isTakingOver: Bool { plan.adopts && isStarting && startFailure == nil }

    /// - Parameter before: the state of a machine that is taken over, as it was found. Its file may be damaged by now.
    init(
        _ plan: SupervisorPlan, lock: consuming FileLock, verdict: Verdict, before: PublishedState? = nil
    ) throws(VMError) {
        self.plan = plan
        folder = plan.folder
        reactor = try Reactor()
        mailbox = try ReactorMailbox()
        try mailbox.open(on: reactor)
        self.lock = .some(lock)
        self.verdict = verdict
        log = try MachineLog(path: plan.log)
        if let before {
            published = before
            lifeCycle = LifeCycle(policy: plan.policy, continuing: before)
        } else {
            published = PublishedState(name: plan.name, uuid: plan.uuid, state: .paused, reason: .startingUp)
            lifeCycle = LifeCycle(policy: plan.policy)
        }
        published.id = plan.id
        published.supervisor = .current
        published.monitor = folder.monitor
        published.protocolVersion = SupervisorProtocolVersion.current
        journal = JournalWriter(HostJournal(plan.paths))
    }

    /// Runs until the machine has ended.
    func run() throws(VMError) {
        do throws(VMError) {
            if plan.adopts { try adopt() } else { try launch() }
        } catch {
            giveUp(error)
        }
        scheduleUpkeep()
        releaseSoon()
        guard !isOver else { return }
        watchFolder()
        if plan.isLeashed, !plan.adopts { watchLeash() }
        try reactor.run()
    }

    /// A test's machine must not outlive the test, however that ends.
    private func watchLeash() {
        watchForEnd(SupervisorPlan.leashDescriptor, of: "the leash") { [unowned self] in
            happened(.destroyRequested)
            endQEMU()
        }
    }

    /// Lets the code go that was needed until now: starting and serving need much of it, keeping hardly any.
    func releaseSoon() {
        guard !isReleasing else { return }
        isReleasing = true
        reactor.schedule(at: .after(.milliseconds(500))) { [unowned self] in
            isReleasing = false
            releaseProgramMemory()
        }
    }

    /// What the kernel doesn't tell of, on a network file system for example, must not fill the disk either.
    private func scheduleUpkeep() {
        reactor.schedule(at: .after(.seconds(15))) { [unowned self] in
            growingFiles?.cut()
            scheduleUpkeep()
        }
    }

    // MARK: State

    /// Feeds the life cycle and does what it asks for.
    func happened(_ input: LifeCycle.Input) {
        for action in lifeCycle.handle(input) {
            switch action {
            case .publish: stateChanged()
            case .resetAndContinue: resetAndContinue()
            case .end: endOrHold()
            case .dump(let thenRestart): dump(thenRestart: thenRestart)
            }
        }
    }

    private func stateChanged() {
        let isNew = published.state != lifeCycle.state || published.reason != lifeCycle.reason
        var change = HostEvent.StateChange(
            lifeCycle.state, lifeCycle.reason, detail: lifeCycle.detail, isOnDisk: lifeCycle.isOnDisk)
        if published.reason == .startingUp, change.state == .paused {
            change.start = plan.isRestored ? .restored : .booted
        }
        published.state = lifeCycle.state
        published.reason = lifeCycle.reason
        published.detail = lifeCycle.detail
        published.diskFailures = published.reason == .ioError ? lifeCycle.diskFailures : []
        if isNew {
            published.since = WallClock.now
            record(stateChange: change)
        }
        considerSpace()
        publish()
    }

    /// Replaces the published state. What can't be written, on a full disk for example, is written as soon as it can be.
    func publish() {
        published.published = WallClock.now
        var writer = JSONWriter()
        writer.append(published.json)
        do throws(VMError) {
            try folder.publish(writer.bytes)
            if isStateStale { log.note("the state is published again") }
            isStateStale = false
            stateIsPublished()
        } catch {
            if !isStateStale { log.note("cannot publish the state: \(error)") }
            isStateStale = true
            publishFailure = error
            publishLater()
        }
    }

    private func publishLater() {
        guard publishTimer == nil, !isOver else { return }
        publishTimer = reactor.schedule(at: .after(.milliseconds(200))) { [unowned self] in
            publishTimer = nil
            if isStateStale { publish() }
        }
    }
}
