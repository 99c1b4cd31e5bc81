internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

extension Supervisor {
    /// Starts QEMU with its CPUs stopped, negotiates, asks what has to be known, and lets the CPUs run.
    ///
    /// The socket is bound and connected to before QEMU exists, and the first commands are written at once: nothing has
    /// to be polled for, and QEMU finds its work when it is ready.
    ///
    /// Helper programs come first: all at once, and QEMU when the last of them can be reached.
    func launch() throws(VMError) {
        folder.removeSockets()
        // Of an earlier run, in which QEMU ended together with its supervisor.
        for job in folder.readJobs() where job.disk != nil { unlink(folder.job(of: job.disk)) }
        watchGrowingFiles()
        try Files.write(Array(plan.configuration.utf8), to: folder.configuration, durable: false)
        startTimer = reactor.schedule(at: .after(.seconds(plan.patience))) { [unowned self] in
            let late = helpers.first { !$0.isReady }?.description ?? "QEMU"
            giveUp(
                VMError(
                    .timeout, "\(late) did not get ready within \(plan.patience) s", remedy: "its log is '\(log.path)'")
            )
        }
        try whenHostIsReady { [unowned self] () throws(VMError) in try launchAll() }
    }

    private func launchAll() throws(VMError) {
        guard !plan.helpers.isEmpty else { return try launchQEMU() }
        try withMachineLock { [unowned self] _ throws(VMError) in
            try Files.write(Array(plan.json.description.utf8), to: folder.plan, durable: false)
            // The state first: from it the process that clears away after this one knows which links to remove.
            stateBegins()
            try folder.link(name: plan.name, id: plan.id)
            try openHub(greeting: nil)
            try startHelpers()
        }
    }

    /// Starts QEMU, whose helpers are there.
    func launchQEMU() throws(VMError) {
        try whenGrantsAreFree { [unowned self] () throws(VMError) in
            try withMachineLock { [unowned self] lock throws(VMError) in try launchQEMU(holding: lock.descriptor.raw) }
        }
    }

    /// Goes on when no other supervisor changes the rights of files. One that is stopped meanwhile would have the event loop
    /// wait for it.
    private func whenGrantsAreFree(
        until deadline: Deadline = .after(.seconds(5)), _ next: @escaping () throws(VMError) -> Void
    ) throws(VMError) {
        guard plan.confinement.user != nil, FileGrants(plan).areBusy else { return try next() }
        if deadline.hasPassed { throw FileGrants(plan).busy }
        reactor.schedule(at: .after(.milliseconds(2))) { [unowned self] in
            guard startFailure == nil else { return }
            do throws(VMError) { try whenGrantsAreFree(until: deadline, next) } catch { giveUp(error) }
        }
    }

    private func launchQEMU(holding machineLock: Int32) throws(VMError) {
        let listener = try Socket.listen(at: .unix(path: folder.qemuMonitor), backlog: 4)
        let connection = try Socket.connect(to: .unix(path: folder.qemuMonitor), deadline: .after(.seconds(1)))
        log.note(
            "starting '\(plan.name)': " + ([plan.executable] + plan.arguments).map(shellQuoted).joined(separator: " "))
        try Files.write(Array(plan.json.description.utf8), to: folder.plan, durable: false)
        // Before QEMU is there and after: should this process be killed in between, the start is known to be unfinished.
        stateBegins()
        try folder.link(name: plan.name, id: plan.id)
        try spawn(listener: listener.raw, lock: machineLock)
        publish()
        // While QEMU gets ready there is time for it.
        startKeeper()
        journal.prepare()
        if hub == nil { try openHub(greeting: nil) }
        try connect(connection)
        negotiate()
    }

    /// Goes on when the lock of the machine's QEMU is free; gives the start up when it doesn't get free soon. A QEMU that
    /// was killed just now lets go of it as the last thing, once the kernel has torn its memory down.
    private func withMachineLock(
        until deadline: Deadline = .after(.seconds(1)), _ next: @escaping (borrowing FileLock) throws(VMError) -> Void
    ) throws(VMError) {
        if let lock = try FileLock.take(folder.machineLock) { return try next(lock) }
        if deadline.hasPassed {
            throw VMError(
                .busy, "a QEMU of this machine still runs, though nobody knows its number",
                remedy: "find the process that holds '\(folder.machineLock)' open, with fuser for example, and end it")
        }
        reactor.schedule(at: .after(.milliseconds(2))) { [unowned self] in
            guard startFailure == nil else { return }
            do throws(VMError) { try withMachineLock(until: deadline, next) } catch { giveUp(error) }
        }
    }

    private func spawn(listener: Int32, lock: Int32) throws(VMError) {
        var descriptors: [SpawnRequest.Descriptor] = [
            .init(log.descriptor.raw, as: 1), .init(log.descriptor.raw, as: 2),
            .init(listener, as: LaunchPlan.monitorDescriptor), .init(lock, as: SupervisorPlan.machineLockDescriptor),
        ]
        descriptors += plan.descriptors.map { .init($0, as: $0) }
        var request = SpawnRequest(
            executable: plan.executable, arguments: plan.arguments, environment: plan.environment,
            descriptors: descriptors, workingDirectory: "/")
        request.lockedMemory = plan.lockedMemory
        let rules = try confine(&request)
        let started = try spawnInGroup(request)
        _ = consume rules
        published.qemu = started.identity
        // They are QEMU's from now on; a tap device must go when QEMU goes.
        for raw in plan.descriptors { close(raw) }
        watch(started.takeHandle())
    }

    /// The first state, from which on another supervisor could take over.
    func stateBegins() {
        published.state = .paused
        published.reason = .startingUp
        published.since = WallClock.now
        publish()
    }

    /// Watches a pidfd for QEMU's end.
    func watch(_ handle: consuming FileDescriptor) {
        let raw = handle.raw
        process = .some(handle)
        watchForEnd(raw, of: "QEMU") { [unowned self] in processEnded() }
    }

    func openHub(greeting: [UInt8]?) throws(VMError) {
        liveXML = try? OwnFiles.read(folder.domain)
        unlink(folder.monitor)
        let listener = try Socket.listen(at: .unix(path: folder.monitor), backlog: 64)
        // Until QEMU has greeted, nobody knows its version; clients want one all the same.
        let unknown: JSONValue = ["qemu": ["major": 0, "minor": 0, "micro": 0], "package": ""]
        let text = greeting ?? HubMessages.greeting(["version": unknown, "capabilities": []])
        let hub = try ClientHub(listener: listener, greeting: text, reactor: reactor)
        hub.onRequest = { [unowned self] name, arguments, files, client, reply in
            run(name, arguments, files, for: client, reply)
        }
        hub.onStop = { [unowned self] in happened(.suspendRequested) }
        hub.onDeviceRemoval = { [unowned self] in watchDepartures() }
        hub.onNote = { [unowned self] in log.note($0) }
        hub.onQuiet = { [unowned self] in releaseSoon() }
        self.hub = hub
    }

    /// The first conversation: capabilities, what QEMU chose for us, and off it goes.
    private func negotiate() {
        let deadline = Deadline.after(.seconds(plan.patience + 1))
        link?.execute("qmp_capabilities", deadline: deadline) { [unowned self] result in
            if case .success = result { hasNegotiated = true }
            fail(result)
        }
        if plan.policy.onReboot != .restart {
            // A reset is to come as a SHUTDOWN event, on which the policy decides.
            link?.execute("set-action", ["reboot": "shutdown"], deadline: deadline) { [unowned self] in fail($0) }
        }
        if plan.asksTerminals {
            link?.execute("query-chardev", deadline: deadline) { [unowned self] in noteTerminals($0) }
        }
        if plan.asksVNC {
            link?.execute("query-vnc", deadline: deadline) { [unowned self] in noteVNC($0) }
        }
        if plan.isRestored { return readState(deadline) }
        plugProcessors(plan.pluggedProcessors[...], deadline) { [unowned self] in
            applySettings(deadline) { [unowned self] in letRun(deadline) }
        }
    }

    private func letRun(_ deadline: Deadline) {
        link?.execute(plan.isPaused ? "query-status" : "cont", deadline: deadline) { [unowned self] result in
            if case .failure = result { return fail(result) }
            started()
        }
    }

    func fail(_ result: Result<JSONValue, VMError>) {
        guard isStarting, case .failure(let error) = result else { return }
        // A closed connection is only the shadow of QEMU's end, which will tell more.
        if error.code != .connection { giveUp(error) }
    }

    func started() {
        reactor.cancel(startTimer)
        isStarting = false
        completeDefinition()
        happened(plan.isRestored ? .restored(paused: plan.isPaused) : .started(paused: plan.isPaused))
        guard isStateStale else { return verdict.give(.success(published)) }
        // A start counts when its state is there for others to see: from the file alone another supervisor would take it
        // for one that was never finished.
        let timer = reactor.schedule(at: .after(Self.publishPatience)) { [unowned self] in
            publishWaiters = []
            verdict.give(.failure(publishFailure ?? VMError(.io, "the machine's state can't be published")))
            happened(.destroyRequested)
            endQEMU()
        }
        publishWaiters.append { [unowned self] in
            reactor.cancel(timer)
            verdict.give(.success(published))
        }
    }

    /// How long a start waits for its state to be published.
    private static let publishPatience = Duration.seconds(5)

    /// The state is on the disk.
    func stateIsPublished() {
        let waiters = publishWaiters
        publishWaiters = []
        for waiter in waiters { waiter() }
    }

    func noteTerminals(_ result: Result<JSONValue, VMError>) {
        guard case .success(let value) = result else { return fail(result) }
        published.terminals = (value.array ?? []).compactMap { entry in
            guard let label = entry["label"]?.string, let file = entry["filename"]?.string, file.hasPrefix("pty:")
            else {
                return nil
            }
            let path = String(file.dropFirst(4))
            guard PseudoTerminal.isName(path) else {
                log.note("QEMU names '\(path)' as the terminal of '\(label)', which it can't be")
                return nil
            }
            return .init(chardev: label, path: path)
        }
    }

    func noteVNC(_ result: Result<JSONValue, VMError>) {
        guard case .success(let value) = result else { return fail(result) }
        guard value["enabled"]?.bool == true, let host = value["host"]?.string, let port = value["service"]?.string
        else {
            return
        }
        published.vnc = [.init(host: host, port: port)]
    }
}
