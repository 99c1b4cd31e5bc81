internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

extension Supervisor {
    /// How long QEMU may take after SIGTERM, to write back what it holds, before SIGKILL.
    static let grace = Duration.milliseconds(700)

    /// Ends QEMU: SIGTERM, and unless `gracefully` SIGKILL a little later on our own clock.
    func endQEMU(gracefully: Bool = false) {
        guard let identity = published.qemu else {
            // Only its helpers are there yet.
            if isStarting { giveUp(VMError(.cancelled, "the machine was destroyed while it started")) }
            return
        }
        signalQEMU(SIGTERM)
        guard !gracefully else { return }
        reactor.cancel(escalation)
        // A stopped process can't obey.
        let grace = identity.isStopped ? Duration.milliseconds(50) : Supervisor.grace
        escalation = reactor.schedule(at: .after(grace)) { [unowned self] in
            log.note("QEMU did not end on SIGTERM: killing it")
            signalQEMU(SIGKILL)
        }
    }

    private func signalQEMU(_ number: Int32) {
        switch process {
        case .some(let handle): sendSignal(number, to: handle)
        case .none: break
        }
    }

    /// Gives the start up: QEMU is killed, what it said becomes the error.
    func giveUp(_ error: VMError) {
        guard startFailure == nil else { return }
        startFailure = error
        if process == nil {
            happened(.startFailed(error.message))
            keepFailure(.start, error, nil)
            endHelpers { [unowned self] in
                finish()
                verdict.give(.failure(error))
                end()
            }
        } else {
            signalQEMU(SIGKILL)
        }
    }

    /// The pidfd is readable: QEMU has ended.
    func processEnded() {
        // Its last words: a SHUTDOWN event says why.
        link?.receive(all: true)
        if Files.exists(folder.destroyMark) { happened(.destroyRequested) }
        reactor.cancel(escalation)
        let exit = takeExit()
        guard isStarting, startFailure == nil, helpers.contains(where: \.isRunning) else { return ended(exit) }
        // It may have ended only because a helper did, whose end is noticed next and explains more.
        reactor.schedule(at: .after(.milliseconds(30))) { [unowned self] in ended(exit) }
    }

    private func ended(_ exit: ProcessExit) {
        if isStarting {
            let error = startFailure.map { explain($0) } ?? explain(exit)
            startFailure = error
            happened(.startFailed(error.message))
            log.note("start failed: \(exit): \(error)")
            keepFailure(.start, error, exit)
            endHelpers { [unowned self] in
                finish()
                verdict.give(.failure(error))
                end()
            }
        } else {
            happened(.exited(exit))
            if published.reason == .crashed || published.reason == .failed {
                let words = published.detail.map { VMError(.launchFailed, $0) }
                keepFailure(.crash, VMError(.launchFailed, "QEMU ended: \(exit)", cause: words), exit)
            }
            log.note("QEMU ended: \(exit); \(published.state.rawValue) (\(published.reason.rawValue))")
            endHelpers { [unowned self] in
                finish()
                end()
            }
        }
    }

    /// Leaves the event loop, for good.
    func end() {
        isOver = true
        reactor.stop()
    }

    private func takeExit() -> ProcessExit {
        switch process {
        case .some(let handle):
            reactor.forget(handle.raw)
            let exit = ProcessExit.ofEnded(handle) ?? .unknown
            return exit
        case .none: return .unknown
        }
    }

    /// Keeps what is to be known of a failure when QEMU, this process and the runtime folder are gone.
    func keepFailure(_ kind: FailureRecord.Kind, _ error: VMError, _ exit: ProcessExit?) {
        guard !plan.failureRecord.isEmpty else { return }
        let words = [plan.executable] + plan.arguments
        let record = FailureRecord(
            kind: kind, time: MachineLog.timestamp(), error: error,
            commandLine: words.map(shellQuoted).joined(separator: " "), output: log.lastLines(20),
            exit: exit.map { "\($0)" })
        do throws(VMError) { try record.write(to: plan.failureRecord) } catch {
            log.note("cannot keep why the machine failed: \(error)")
        }
    }

    /// QEMU's own words and how it went, as the reason why the start failed.
    private func explain(_ exit: ProcessExit) -> VMError {
        let lines = log.lastLines()
        let how =
            switch exit {
            case .exited(let status): "QEMU exited with status \(status) while it started"
            case .signalled(let number): "QEMU was killed by \(signalName(number)) while it started"
            case .unknown: "QEMU ended while it started"
            }
        let code: VMError.Code = exit == .signalled(SIGABRT) && !hasNegotiated ? .launchAborted : .launchFailed
        if lines.isEmpty {
            return VMError(code, "\(how) and said nothing", remedy: "its log is '\(log.path)'")
        }
        return VMError(code, "\(how): \(lines.joined(separator: "\n"))")
    }

    /// A failure of ours, with QEMU's words where it said some.
    private func explain(_ error: VMError) -> VMError {
        let lines = log.lastLines()
        guard !lines.isEmpty else { return error }
        return VMError(
            error.code, error.message, remedy: error.remedy,
            cause: VMError(.launchFailed, "QEMU said: \(lines.joined(separator: "\n"))"))
    }

    /// Publishes the end, cleans up, lets the lock go and answers those who wait for it.
    func finish() {
        ignoreFolder()
        abandonJobs()
        let isTransient = folder.isTransient(plan.definition)
        let id = published.id
        published.id = nil
        published.supervisor = nil
        published.qemu = nil
        published.helpers = []
        published.monitor = nil
        published.notAnsweringSince = nil
        published.agentPatience = nil
        published.isTakingOver = false
        published.terminals = []
        published.vnc = []
        publish()
        Failpoint.reached("end.published")
        folder.unlinkActive(id: id)
        if !MachineGroup.remove(recordedIn: folder) { log.note("the machine's control group can't be removed") }
        // Those of devices that came are in the definition that has been made since, or that another supervisor left.
        let sockets = (live ?? (plan.adopts ? try? definition() : nil))?.listeningSockets ?? []
        folder.removeLeftovers()
        for helper in plan.helpers { unlink(helper.socket) }
        endConfinement(sockets)
        if isTransient {
            for state in plan.helpers.compactMap(\.transientState) { Folders.removeTree(state) }
            unlink(RuntimeFolder.nameLink(folder.base, plan.name))
            try? folder.remove()
        }
        folder.removePlan()
        lock = nil
        let waiters = endWaiters
        endWaiters = []
        for waiter in waiters { waiter() }
        hub?.close()
    }
}
