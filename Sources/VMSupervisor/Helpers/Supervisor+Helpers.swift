internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// Helper programs: all are brought up side by side before QEMU, watched while it runs, and ended after it.
extension Supervisor {
    /// How long a helper may take to end by itself when QEMU is gone, to write back what it holds.
    static let helperPatience = Duration.milliseconds(400)

    // MARK: Bringing them up

    func startHelpers() throws(VMError) {
        for plan in plan.helpers {
            let helper = Helper(plan)
            helper.preparations =
                plan.preparations.filter { Files.exists($0.result) == ($0.condition == .present) }[...]
            helpers.append(helper)
            try advance(helper)
        }
    }

    /// Takes a helper's next step; when all are ready QEMU is started.
    func advance(_ helper: Helper) throws(VMError) {
        guard startFailure == nil else { return }
        if let step = helper.preparations.first {
            try prepare(helper, step)
        } else {
            try start(helper)
        }
    }

    private func prepare(_ helper: Helper, _ step: HelperPlan.Preparation) throws(VMError) {
        try Folders.make(Files.folder(of: step.result))
        if let draft = step.draft {
            if step.isFolder {
                try Folders.remove(draft)
                try Folders.make(draft)
            } else {
                try Files.remove(draft)
            }
        }
        try spawn(helper, step.executable, step.arguments, descriptors: [])
    }

    private func start(_ helper: Helper) throws(VMError) {
        switch helper.plan.listening {
        case .inherited:
            unlink(helper.plan.socket)
            let listener = try Socket.listen(at: .unix(path: helper.plan.socket), backlog: 4)
            Socket.setBlocking(listener.raw)
            try spawn(
                helper, helper.plan.executable, helper.plan.arguments,
                descriptors: [.init(listener.raw, as: HelperPlan.socketDescriptor)])
            becomeReady(helper)
        case .own:
            unlink(helper.plan.socket)
            try spawn(helper, helper.plan.executable, helper.plan.arguments, descriptors: [])
            awaitSocket(of: helper, .milliseconds(2))
        }
    }

    /// Looks for a socket that the helper binds by itself; the start's deadline ends this too.
    private func awaitSocket(of helper: Helper, _ pause: Duration) {
        reactor.schedule(at: .after(pause)) { [unowned self] in
            guard startFailure == nil, helper.isRunning, !helper.isDismissed else { return }
            guard !Socket.isListening(helper.plan.socket) else { return becomeReady(helper) }
            awaitSocket(of: helper, min(pause * 2, .milliseconds(20)))
        }
    }

    private func becomeReady(_ helper: Helper) {
        helper.isReady = true
        if helper.whenReady != nil {
            letQEMUConnect(to: helper.plan.socket)
            return attachedHelperIsReady(helper)
        }
        // All are known only when the last one was begun with.
        guard startFailure == nil, helpers.count == plan.helpers.count, helpers.allSatisfy(\.isReady) else { return }
        do throws(VMError) { try launchQEMU() } catch { giveUp(error) }
    }

    private func spawn(
        _ helper: Helper, _ executable: String, _ arguments: [String], descriptors: [SpawnRequest.Descriptor]
    ) throws(VMError) {
        helper.log?.note("starting " + ([executable] + arguments).joined(separator: " "))
        var descriptors = descriptors
        if let log = helper.log { descriptors += [.init(log.descriptor.raw, as: 1), .init(log.descriptor.raw, as: 2)] }
        var request = SpawnRequest(
            executable: executable, arguments: arguments, environment: helperEnvironment, descriptors: descriptors,
            workingDirectory: "/")
        let rules = executable == helper.plan.executable ? try confine(&request, helper.plan) : nil
        let process = try spawnInGroup(request)
        _ = consume rules
        helper.identity = process.identity
        published.helpers.append(
            .init(program: helper.plan.program, device: helper.plan.device, process: process.identity))
        // The supervisor that follows a killed one must know of it.
        publish()
        watch(helper, process.takeHandle())
    }

    /// QEMU's variables without the document's own, and the mark by which a helper that nobody recorded is found.
    private var helperEnvironment: [(name: String, value: String)] {
        let passed: Set = ["PATH", "LC_ALL", "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"]
        return plan.environment.filter { passed.contains($0.name) }
            + [(StrayHelpers.variable, "\(plan.uuid)")]
    }

    private func watch(_ helper: Helper, _ handle: consuming FileDescriptor) {
        let raw = handle.raw
        helper.handle = .some(handle)
        watchForEnd(raw, of: helper.description, while: { helper.handle?.raw == raw }) { [unowned self] in
            helperEnded(helper)
        }
    }

    /// Makes the helpers of a supervisor that is gone this one's.
    func adoptHelpers() {
        for known in published.helpers {
            guard let plan = plan.helpers.first(where: { $0.device == known.device && $0.program == known.program })
            else { continue }
            let helper = Helper(plan)
            helper.identity = known.process
            helper.isReady = true
            helpers.append(helper)
            if let handle = (try? known.process.open()) ?? nil {
                watch(helper, handle)
            } else {
                lost(helper, .unknown)
            }
        }
    }

    // MARK: Their ends

    private func helperEnded(_ helper: Helper) {
        let exit = helper.takeExit()
        if farewell == nil, helper.isDismissed || helper.whenReady != nil { return attachedHelperEnded(helper, exit) }
        // Of a machine that runs it stays published until it is known whether the machine is ending, too.
        if farewell != nil || (isStarting && !plan.adopts) {
            published.helpers.removeAll { $0.process == helper.identity }
        }
        if let next = farewell {
            if !helpers.contains(where: \.isRunning) { conclude(next) }
        } else if isStarting, !plan.adopts {
            if helper.isReady || !finishPreparation(helper, exit) { startFailed(helper, exit) }
        } else {
            // It may only have noticed QEMU's end sooner than we: QEMU lets go of it first, and of its memory last, which
            // on a busy host takes its time.
            reactor.schedule(at: .after(.seconds(1))) { [unowned self] in
                if farewell == nil, isQEMURunning { lost(helper, exit) }
            }
        }
    }

    private var isQEMURunning: Bool {
        switch process {
        case .some(let handle): !Poll.isReadable(handle.raw, by: .now)
        case .none: false
        }
    }

    /// Whether what ended was a preparation, and did its work.
    private func finishPreparation(_ helper: Helper, _ exit: ProcessExit) -> Bool {
        guard let step = helper.preparations.first, exit == .exited(0) else { return false }
        helper.preparations.removeFirst()
        do throws(VMError) {
            if let draft = step.draft, rename(draft, step.result) != 0 {
                throw .system("cannot make '\(step.result)'", errno: errno)
            }
            try advance(helper)
        } catch {
            giveUp(error)
        }
        return true
    }

    private func startFailed(_ helper: Helper, _ exit: ProcessExit) {
        giveUp(explain(helper, exit, "while the machine started"))
    }

    /// A helper's end as an error, in its own words.
    func explain(_ helper: Helper, _ exit: ProcessExit, _ when: String) -> VMError {
        let name = helper.preparations.first?.executable.split(separator: "/").last.map { String($0) }
        let what = (name ?? helper.plan.program) + " of '\(helper.plan.device)'"
        let how =
            switch exit {
            case .exited(let status): "\(what) exited with status \(status) \(when)"
            case .signalled(let number): "\(what) was killed by \(signalName(number)) \(when)"
            case .unknown: "\(what) ended \(when)"
            }
        let words = helper.lastWords
        return VMError(
            .launchFailed, words.isEmpty ? "\(how) and said nothing" : "\(how): \(words)",
            remedy: "its log is '\(helper.plan.log)'")
    }

    /// The machine runs on without a helper: clients that listen are told.
    private func lost(_ helper: Helper, _ exit: ProcessExit) {
        published.helpers.removeAll { $0.process == helper.identity }
        let detail = "\(helper.description) ended: \(exit)"
        log.note(detail)
        record(.helper(program: helper.plan.program, device: helper.plan.device, detail: detail))
        publish()
    }

    /// Ends the helpers and goes on when the last one has ended, or in spite of it when it doesn't, and what was taken of
    /// the host is given back.
    func endHelpers(then next: @escaping () -> Void) {
        let leave = { [unowned self] in returnHostDevices(then: next) }
        guard helpers.contains(where: \.isRunning) else { return leave() }
        farewell = leave
        let patience = startFailure == nil ? Supervisor.helperPatience : .zero
        reactor.schedule(at: .after(patience)) { [unowned self] in for helper in helpers { helper.signal(SIGTERM) } }
        reactor.schedule(at: .after(patience + .milliseconds(500))) { [unowned self] in
            for helper in helpers { helper.signal(SIGKILL) }
        }
        reactor.schedule(at: .after(patience + .milliseconds(1500))) { [unowned self] in
            guard let next = farewell else { return }
            log.note("a helper did not end: " + helpers.filter(\.isRunning).map(\.description).joined(separator: ", "))
            conclude(next)
        }
    }

    private func conclude(_ next: @escaping () -> Void) {
        farewell = nil
        guard startFailure != nil else { return next() }
        // A preparation that was cut short may have left a process of its own that no longer belongs to it. Its end is
        // waited for on another thread, so that clients are answered meanwhile.
        let folder = folder
        do throws(VMError) {
            strayWork = try DiskWork(reactor, { () throws(VMError) in StrayHelpers.endUnrecorded(of: folder) }) {
                [unowned self] _ in
                strayWork = nil
                next()
            }
        } catch {
            log.note("processes of helpers that were cut short are not looked for: \(error)")
            next()
        }
    }
}
