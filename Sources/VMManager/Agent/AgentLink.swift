internal import MonitorJSON
internal import VMCore
internal import VMJSON

/// The guest agent of one running machine, over the machine's supervisor.
struct AgentLink: Sendable {
    let manager: VMManager
    let machine: Machine

    /// Runs a command and gives the value of its `return` back.
    func execute(
        _ command: String, _ arguments: JSONObject, deadline: Deadline
    ) async throws(VMError) -> JSONValue {
        switch try await manager.relay(machine, command, arguments, deadline) {
        case .success(let value): return value
        case .failure(let error): throw error.error(of: command, by: "the guest agent")
        }
    }

    /// Runs a typed command. One that the agent answers only when it fails has succeeded when nothing was heard.
    @discardableResult
    func execute<Command: GuestCommand>(
        _ command: Command, deadline: Deadline
    ) async throws(VMError) -> Command.Reply {
        let value: JSONValue
        do throws(VMError) {
            value = try await execute(Command.name, command.arguments, deadline: deadline)
        } catch {
            guard Command.isSilentOnSuccess, error.code == .timeout || error.code == .connection else { throw error }
            return try Command.decode([:])
        }
        return try Command.decode(Command.isSilentOnSuccess ? [:] : value)
    }
}
