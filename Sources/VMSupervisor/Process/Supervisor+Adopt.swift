internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

extension Supervisor {
    /// Takes over a QEMU whose supervisor is gone, and asks it for the present state.
    func adopt() throws(VMError) {
        log.note("taking over '\(plan.name)'")
        readPolicy()
        controlGroup = ControlGroup(recordedIn: folder).flatMap { $0.exists ? $0 : nil }
        guard let identity = published.qemu, let handle = try identity.open() else {
            adoptHelpers()
            happened(.exited(.unknown))
            endHelpers { [unowned self] in
                finish()
                verdict.give(.success(published))
                end()
            }
            return
        }
        watch(handle)
        watchGrowingFiles()
        adoptHelpers()
        try folder.link(name: plan.name, id: plan.id)
        let greeting = try? OwnFiles.read(folder.greeting, limit: 1 << 16)
        try openHub(greeting: greeting)
        if published.reason == .startingUp {
            // A start is all or nothing, and its supervisor never said that it was done.
            isStarting = true
            giveUp(VMError(.launchFailed, "the supervisor was killed while it started the machine"))
            return
        }
        published.isTakingOver = true
        publish()
        startKeeper()
        record(.adopted)
        connectAgain()
    }

    /// Tries until the queue of QEMU's socket has room: other clients may stand in it, and a QEMU that is stopped takes
    /// nobody out of it. The event loop goes on meanwhile; clients that wait for the taking over are told after a second that QEMU
    /// doesn't answer.
    private func connectAgain(until deadline: Deadline = .after(.seconds(1))) {
        guard !isOver, published.qemu != nil else { return }
        do throws(VMError) {
            guard let socket = try Socket.connectAtOnce(to: .unix(path: folder.qemuMonitor)) else {
                if deadline.hasPassed, published.isTakingOver {
                    log.note("QEMU's monitor has a queue that doesn't move")
                    noteSilence()
                }
                let pause = Duration.milliseconds(deadline.hasPassed ? 250 : 20)
                reactor.schedule(at: .after(pause)) { [unowned self] in connectAgain(until: deadline) }
                return
            }
            try connect(socket)
        } catch {
            log.note("cannot reach QEMU's monitor: \(error)")
            adopted()
            return
        }
        // Nothing is sent before the greeting: another client may hold the monitor, and would see it executed later.
        startTimer = reactor.schedule(at: .after(.milliseconds(1500))) { [unowned self] in noteSilence() }
    }

    /// QEMU owes its greeting. What waits for that goes on, and is told by the state.
    private func noteSilence() {
        if published.notAnsweringSince == nil { published.notAnsweringSince = WallClock.now }
        publish()
        adopted()
    }

    /// The greeting has come: negotiate and ask.
    func resynchronize() {
        let deadline = Deadline.after(.seconds(10))
        link?.execute("qmp_capabilities", deadline: deadline) { _ in }
        if plan.asksTerminals {
            link?.execute("query-chardev", deadline: deadline) { [unowned self] in noteTerminals($0) }
        }
        if plan.asksVNC { link?.execute("query-vnc", deadline: deadline) { [unowned self] in noteVNC($0) } }
        link?.execute("query-status", deadline: deadline) { [unowned self] result in
            if case .success(let value) = result, let status = value["status"]?.string {
                published.notAnsweringSince = nil
                happened(.resynchronized(status: status))
                completeDefinition()
                if published.reason == .ioError { identifyDisks(findsOthers: lifeCycle.diskFailures.isEmpty) }
                considerSpace()
                publish()
                takeOverChanges()
            }
            adopted()
        }
    }

    private func adopted() {
        reactor.cancel(startTimer)
        isStarting = false
        if published.isTakingOver {
            published.isTakingOver = false
            publish()
        }
        verdict.give(.success(published))
        let waiters = takeOverWaiters
        takeOverWaiters = []
        for resume in waiters { resume() }
    }
}
