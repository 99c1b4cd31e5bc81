public import MonitorJSON
public import SupervisorProtocol
public import VMCore
public import VMJSON

extension VMManager {
    /// How long an agent may take for a question, and for an action, unless the caller gives another time. Freezing waits
    /// for the guest's disks.
    public static let agentPatience = Duration.seconds(5)
    public static let agentActionPatience = Duration.seconds(30)

    /// The guest agent of a running machine. Its commands go over the machine's supervisor, which holds the one session
    /// that an agent serves, and runs them one after the other.
    ///
    /// - Throws: `wrong-state` when the machine doesn't run. What the agent is asked throws `unsupported` when the domain
    ///   has no channel for one, and `agent-unresponsive` when none answers: at once when nobody in the guest has opened
    ///   the channel.
    public func guestAgent(_ key: String, deadline: Deadline = .after(.seconds(5))) throws(VMError) -> GuestAgent {
        let machine = try find(key)
        guard observe(machine).state.isActive else { throw VMManager.notRunning(machine) }
        return GuestAgent { command, arguments, deadline throws(VMError) in
            try blocking { (manager) async throws(VMError) in
                try await manager.relay(machine, command, arguments, deadline)
            }
        }
    }

    /// Has a machine's supervisor run a command of the guest agent; a refusal is a value.
    func relay(
        _ machine: Machine, _ command: String, _ arguments: JSONObject, _ deadline: Deadline
    ) async throws(VMError) -> Result<JSONValue, QMPError> {
        let reply = try await request(
            .agent(command: command, arguments: arguments), of: machine, timeout: deadline.remaining)
        guard case .value(let message) = reply else { throw VMManager.unreadableAnswer }
        if let refusal = message["error"].flatMap({ QMPError($0) }) { return .failure(refusal) }
        return .success(message["return"] ?? [:])
    }

    /// Runs something with a machine's guest agent, within one deadline for all of it.
    func withAgent<Success>(
        _ key: String, _ timeout: Duration,
        _ body: (AgentLink, Deadline) async throws(VMError) -> Success
    ) throws(VMError) -> Success {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.withAgent(machine, timeout, body)
        }
    }

    func withAgent<Success>(
        _ machine: Machine, _ timeout: Duration,
        _ body: (AgentLink, Deadline) async throws(VMError) -> Success
    ) async throws(VMError) -> Success {
        guard observe(machine).state.isActive else { throw VMManager.notRunning(machine) }
        return try await body(AgentLink(manager: self, machine: machine), agentDeadline(machine, timeout))
    }

    /// Runs one command of a machine's guest agent.
    func ask<Command: GuestCommand>(
        _ key: String, _ command: Command, _ timeout: Duration
    ) throws(VMError) -> Command.Reply {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.ask(machine, command, timeout)
        }
    }

    func ask<Command: GuestCommand>(
        _ machine: Machine, _ command: Command, _ timeout: Duration
    ) async throws(VMError) -> Command.Reply {
        try await withAgent(machine, timeout) { (agent, deadline) async throws(VMError) in
            try await agent.execute(command, deadline: deadline)
        }
    }

    /// How long `virDomainQemuAgentCommand` waits for the answer.
    public typealias AgentPatience = SupervisorProtocol.AgentPatience

    /// Says how long a running machine's agent may take from now on for what is asked without a time of its own; nil is the
    /// standard. It holds until the machine ends: `virDomainAgentSetResponseTimeout`.
    func setAgentPatience(_ machine: Machine, _ patience: AgentPatience?) async throws(VMError) {
        try await requestLive(machine, .setAgentPatience(patience), VMManager.patience)
    }

    /// When an answer has to be there.
    private func agentDeadline(_ machine: Machine, _ timeout: Duration) -> Deadline {
        // Callers that give another time mean it.
        guard timeout == VMManager.agentPatience || timeout == VMManager.agentActionPatience,
            let patience = observe(machine).agentPatience
        else { return .after(timeout) }
        switch patience {
        case .forever: return .distantFuture
        case .none: return .after(.seconds(1))
        case .atMost(let time): return .after(time)
        }
    }

    /// Runs any command of a machine's guest agent.
    ///
    /// - Returns: the value of its `return`; nil when the agent said nothing in the moment that it got.
    public func agentCommand(
        _ key: String, _ command: String, _ arguments: JSONObject = [:],
        patience: AgentPatience = .atMost(agentPatience)
    ) throws(VMError) -> JSONValue? {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.agentCommand(machine, command, arguments, patience: patience)
        }
    }

    func agentCommand(
        _ machine: Machine, _ command: String, _ arguments: JSONObject, patience: AgentPatience
    ) async throws(VMError) -> JSONValue? {
        let deadline: Deadline =
            switch patience {
            case .forever: .distantFuture
            case .none: .after(.seconds(1))
            case .atMost(let time): .after(time)
            }
        guard observe(machine).state.isActive else { throw VMManager.notRunning(machine) }
        do throws(VMError) {
            let agent = AgentLink(manager: self, machine: machine)
            return try await agent.execute(command, arguments, deadline: deadline)
        } catch {
            guard patience == .none, error.code == .timeout || error.code == .connection else { throw error }
            return nil
        }
    }
}
