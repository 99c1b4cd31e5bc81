internal import MonitorJSON
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// Stopping, continuing, resetting, shutting down and ending the machine.
extension Supervisor {
    private func isAllowed(_ operation: Operation, _ reply: Reply) -> Bool {
        do throws(VMError) {
            try operation.check(published.state, name: plan.name)
            return true
        } catch {
            reply(.failure(error))
            return false
        }
    }

    /// Sends one QMP command; the state changes with QEMU's event, which comes before its answer.
    func send(
        _ command: String, with arguments: JSONObject = [:], _ deadline: Deadline, _ reply: @escaping Reply
    ) {
        guard hasMonitor(reply), let link else { return }
        link.execute(command, arguments, deadline: deadline) { [unowned self] result in answer(result, reply) }
    }

    private func answer(_ result: Result<JSONValue, VMError>, _ reply: Reply) {
        switch result {
        case .success: reply(.success(.state(published)))
        case .failure(let error): reply(.failure(error))
        }
    }

    func simple(
        _ operation: Operation, _ command: String, _ deadline: Deadline, after input: LifeCycle.Input? = nil,
        _ reply: @escaping Reply
    ) {
        guard isAllowed(operation, reply) else { return }
        if let input { happened(input) }
        send(command, deadline, reply)
    }

    func powerDown(
        _ operation: Operation, _ input: LifeCycle.Input, _ deadline: Deadline, _ reply: @escaping Reply
    ) {
        guard isAllowed(operation, reply) else { return }
        happened(input)
        send("system_powerdown", deadline, reply)
    }

    func reset(_ deadline: Deadline, _ reply: @escaping Reply) {
        guard isAllowed(.reset, reply), hasMonitor(reply) else { return }
        reset(deadline: deadline) { [unowned self] result in answer(result, reply) }
    }

    func wakeUp(_ deadline: Deadline, _ reply: @escaping Reply) {
        guard published.state == .suspendedByGuest else {
            return reply(
                .failure(
                    VMError(
                        .wrongState, "Requested operation is not valid: domain is not pmsuspended",
                        remedy: "it is \(published.state.rawValue); \(command: "resume") lets a paused one run")))
        }
        send("system_wakeup", deadline, reply)
    }

    func destroy(_ isGraceful: Bool, _ deadline: Deadline, _ reply: @escaping Reply) {
        happened(.destroyRequested)
        considerSpace()
        var isDone = false
        let timer = reactor.schedule(at: deadline) { [unowned self] in
            isDone = true
            reply(
                .failure(
                    VMError(
                        .timeout, "QEMU of domain '\(plan.name)' has not ended on SIGTERM",
                        remedy: "end it by force with \(command: "destroy", plan.name)")))
        }
        endWaiters.append { [unowned self] in
            reactor.cancel(timer)
            if !isDone { reply(.success(.state(published))) }
        }
        endQEMU(gracefully: isGraceful)
    }
}
