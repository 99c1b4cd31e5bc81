internal import VMCore
internal import VMJSON

extension Supervisor {
    typealias Reply = (Result<JSONObject, VMError>) -> Void

    /// Runs one of the supervisor's own commands, `x-vmctl-NAME`.
    func run(_ verb: String, _ arguments: JSONObject, _ descriptors: [Int32], _ reply: @escaping Reply) {
        if runChange(verb, arguments, descriptors, reply) { return }
        let deadline = Deadline.after(.milliseconds(min(max(arguments["timeout"]?.int ?? 10_000, 1), 3_600_000)))
        if isTakingOver, Self.needsState.contains(verb) {
            // Who came in while QEMU is being asked what is so waits that moment, instead of being sent away.
            takeOverWaiters.append { [unowned self] in run(verb, arguments, deadline, reply) }
        } else {
            run(verb, arguments, deadline, reply)
        }
    }

    /// The commands that are allowed in some states only.
    private static let needsState: Set = ["suspend", "resume", "shutdown", "reboot", "reset"]

    private func run(_ verb: String, _ arguments: JSONObject, _ deadline: Deadline, _ reply: @escaping Reply) {
        switch verb {
        case "status":
            // Whoever asks may have found the file damaged.
            publish()
            reply(.success(published.json))
        case "subscribe": subscribe(arguments, reply)
        case "destroy": destroy(arguments["graceful"]?.bool ?? false, deadline, reply)
        case "suspend": simple(.suspend, "stop", deadline, after: .suspendRequested, reply)
        case "resume": simple(.resume, "cont", deadline, reply)
        case "shutdown": powerDown(.shutdown, .shutdownRequested, deadline, reply)
        case "reboot": powerDown(.reboot, .rebootRequested, deadline, reply)
        case "reset": reset(deadline, reply)
        default: reply(.failure(VMError(.unsupported, "the supervisor has no command '\(verb)'")))
        }
    }

    private func isAllowed(_ operation: Operation, _ reply: Reply) -> Bool {
        do throws(VMError) {
            if isStarting { throw VMError(.busy, "the machine is being started") }
            try operation.check(published.state, name: plan.name)
            return true
        } catch {
            reply(.failure(error))
            return false
        }
    }

    /// Sends one QMP command; the state changes with QEMU's event, which comes before its answer.
    private func send(_ command: String, _ deadline: Deadline, _ reply: @escaping Reply) {
        guard let link, link.hasGreeted || !plan.adopts else {
            return reply(
                .failure(
                    VMError(
                        .timeout, "QEMU of domain '\(plan.name)' does not answer on its monitor",
                        remedy: "another program may hold the monitor; 'vmctl destroy' works without it")))
        }
        link.execute(command, deadline: deadline) { [unowned self] result in
            switch result {
            case .success: reply(.success(published.json))
            case .failure(let error): reply(.failure(error))
            }
        }
    }

    private func simple(
        _ operation: Operation, _ command: String, _ deadline: Deadline, after input: LifeCycle.Input? = nil,
        _ reply: @escaping Reply
    ) {
        guard isAllowed(operation, reply) else { return }
        if let input { happened(input) }
        send(command, deadline, reply)
    }

    private func powerDown(
        _ operation: Operation, _ input: LifeCycle.Input, _ deadline: Deadline, _ reply: @escaping Reply
    ) {
        guard isAllowed(operation, reply) else { return }
        happened(input)
        send("system_powerdown", deadline, reply)
    }

    private func reset(_ deadline: Deadline, _ reply: @escaping Reply) {
        guard isAllowed(.reset, reply) else { return }
        reset(deadline: deadline) { [unowned self] result in
            switch result {
            case .success: reply(.success(published.json))
            case .failure(let error): reply(.failure(error))
            }
        }
    }

    private func destroy(_ gracefully: Bool, _ deadline: Deadline, _ reply: @escaping Reply) {
        happened(.destroyRequested)
        considerSpace()
        var isDone = false
        let timer = reactor.schedule(at: deadline) { [unowned self] in
            isDone = true
            reply(
                .failure(
                    VMError(
                        .timeout, "QEMU of domain '\(plan.name)' has not ended on SIGTERM",
                        remedy: "end it by force with 'vmctl destroy \(plan.name)'")))
        }
        endWaiters.append { [unowned self] result in
            reactor.cancel(timer)
            if !isDone { reply(result) }
        }
        endQEMU(gracefully: gracefully)
    }

    /// From here on the client gets the supervisor's events, and those it missed since `since` from the journal.
    private func subscribe(_ arguments: JSONObject, _ reply: Reply) {
        var answer: JSONObject = ["lastEvent": JSONValue(journal.last), "state": .object(published.json)]
        if let since = arguments["since"]?.uint64 {
            let missed = journal.entries(after: since)
            answer["missed"] = .array(missed.entries)
            answer["gap"] = .bool(missed.hasGap)
        }
        reply(.success(answer))
    }
}
