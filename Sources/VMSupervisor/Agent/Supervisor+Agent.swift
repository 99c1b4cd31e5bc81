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
            let path = try agentSocket()
            let call = AgentCall(path: path, command: command, arguments: arguments, deadline: deadline, reply: reply)
            agentCalls.append(call)
            nextAgentCall()
        } catch {
            reply(.failure(error))
        }
    }

    /// Where QEMU listens for the agent's clients.
    private func agentSocket() throws(VMError) -> String {
        let channels = try definition().devices.channels
        guard let channel = channels.first(where: { $0.target?.name == Self.agentChannel }) else {
            throw VMError(
                .unsupported, "argument unsupported: QEMU guest agent is not configured",
                remedy: "add <channel type='unix'><target type='virtio' name='\(Self.agentChannel)'/></channel> "
                    + "to its <devices>", libvirt: .init(.argumentUnsupported))
        }
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
        // The guest may answer late or never: a thread of its own waits for it.
        agentWork = try? DiskWork(reactor) { () throws(VMError) in
            outcome.fulfil(
                Result { () throws(VMError) in
                    try AgentCall.run(path, command, arguments, deadline)
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
        if agentWork == nil { call.reply(.failure(VMError(.io, "no thread can be had for the guest agent"))) }
    }
}

/// A command of the guest agent that waits for its turn.
struct AgentCall {
    var path: String
    var command: String
    var arguments: JSONObject
    var deadline: Deadline
    var reply: Supervisor.Reply

    static var late: VMError {
        VMError(.agentUnresponsive, "Guest agent is not responding: it is busy with an earlier command")
    }

    static func run(
        _ path: String, _ command: String, _ arguments: JSONObject, _ deadline: Deadline
    ) throws(VMError) -> JSONValue {
        let agent: GuestAgent
        do throws(VMError) {
            agent = try GuestAgent(connectingTo: .unix(path: path), deadline: deadline)
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
