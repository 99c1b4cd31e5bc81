internal import MonitorJSON
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON

/// Commands of the guest agent: one at a time, because an agent serves one session at a time.
extension Supervisor {
    /// The name of the agent's channel in the guest.
    static let agentChannel = "org.qemu.guest_agent.0"

    func askAgent(_ command: String, _ arguments: JSONObject, _ deadline: Deadline, _ reply: @escaping Reply) {
        do throws(VMError) {
            let channel = try agentDevice()
            guard published.state == .running || published.state == .inShutdown else {
                throw VMError(
                    .wrongState,
                    "Requested operation is not valid: the guest agent can't answer while domain "
                        + "'\(plan.name)' is \(published.state.rawValue)",
                    remedy: "\(command: "resume", plan.name) lets it run")
            }
            let path = try agentSocket(channel)
            let call = AgentCall(path: path, command: command, arguments: arguments, deadline: deadline, reply: reply)
            guard let link, !link.hasEnded, channel.target?.type == .virtio, let alias = channel.alias?.name else {
                return enqueue(call)
            }
            link.execute("query-chardev", deadline: deadline) { [unowned self] result in
                enqueue(call, chardev: "char" + alias, result)
            }
        } catch {
            reply(.failure(error))
        }
    }

    /// Puts a command into the queue, with what QEMU says of the agent's port: whether a program in the guest has it open.
    private func enqueue(_ call: AgentCall, chardev: String, _ result: Result<JSONValue, VMError>) {
        switch result {
        case .success(let value):
            var call = call
            let entry = (value.array ?? []).first { $0["label"]?.string == chardev }
            if entry?["frontend-open"]?.bool == false { call.silentOwner = published.qemu?.pid }
            enqueue(call)
        case .failure(let error): call.reply(.failure(error))
        }
    }

    private func enqueue(_ call: AgentCall) {
        agentCalls.append(call)
        nextAgentCall()
    }

    private func agentDevice() throws(VMError) -> Channel {
        let channels = try definition().devices.channels
        if let channel = channels.first(where: { $0.target?.name == Self.agentChannel }) { return channel }
        throw VMError(
            .unsupported, "argument unsupported: QEMU guest agent is not configured",
            remedy: "add <channel type='unix'><target type='virtio' name='\(Self.agentChannel)'/></channel> "
                + "to its <devices>", libvirt: LibvirtError(.argumentUnsupported))
    }

    /// Where QEMU listens for the agent's clients.
    private func agentSocket(_ channel: Channel) throws(VMError) -> String {
        guard channel.backend.type == .unix, let path = channel.backend.source.path else {
            throw VMError(
                .unsupported, "the guest agent's channel is of type '\(channel.backend.type.rawValue)', not unix")
        }
        return path
    }

    private func nextAgentCall() {
        guard agentWork == nil, !agentCalls.isEmpty else { return }
        let call = agentCalls.removeFirst()
        guard !call.deadline.hasPassed else {
            call.reply(.failure(AgentCall.late))
            return nextAgentCall()
        }
        let outcome = Handoff<Result<JSONValue, VMError>>()
        let (path, command, arguments, deadline) = (call.path, call.command, call.arguments, call.deadline)
        let owner = call.silentOwner
        // The guest may answer late or never: a thread of its own waits for it.
        agentWork = try? DiskWork(reactor) { () throws(VMError) in
            outcome.fulfil(
                Result { () throws(VMError) in
                    try AgentCall.run(path, command, arguments, deadline, silentOwner: owner)
                })
        } then: { [unowned self] _ in
            agentWork = nil
            switch outcome.wait(until: .now) {
            case .success(let value): call.reply(.success(.value(value)))
            case .failure(let error): call.reply(.failure(error))
            case nil: call.reply(.failure(VMError(.internalError, "the guest agent's answer is lost")))
            }
            nextAgentCall()
        }
        guard agentWork == nil else { return }
        call.reply(.failure(VMError(.io, "no thread can be had for the guest agent")))
        nextAgentCall()
    }
}

/// A command of the guest agent that waits for its turn.
struct AgentCall {
    var path: String
    var command: String
    var arguments: JSONObject
    var deadline: Deadline
    var reply: Supervisor.Reply
    /// QEMU's number when its port has nobody in the guest: what it is sent waits in vain. The state of the port says
    /// nothing of another program that serves the socket in QEMU's place.
    var silentOwner: Int32?

    static var notConnected: VMError {
        VMError(.agentUnresponsive, "Guest agent is not responding: QEMU guest agent is not connected")
    }

    static var late: VMError {
        VMError(.agentUnresponsive, "Guest agent is not responding: it is busy with an earlier command")
    }

    static func run(
        _ path: String, _ command: String, _ arguments: JSONObject, _ deadline: Deadline, silentOwner: Int32?
    ) throws(VMError) -> JSONValue {
        let agent: GuestAgent
        do throws(VMError) {
            let socket = try Socket.connect(to: .unix(path: path), deadline: deadline)
            if let silentOwner, (try? Socket.peer(of: socket.raw))?.processID == silentOwner { throw notConnected }
            agent = try GuestAgent(over: socket, named: path, deadline: deadline)
        } catch {
            throw error.code == .timeout
                ? error.wrapped(
                    "Guest agent is not responding: QEMU guest agent is not connected", code: .agentUnresponsive)
                : error
        }
        defer { agent.close() }
        // A refusal is for the client to judge, by its class.
        switch try agent.attempt(command, arguments, deadline: deadline) {
        case .success(let value): return ["return": value]
        case .failure(let error): return ["error": error.json]
        }
    }
}
