public import MonitorJSON
public import VMCore
internal import VMJSON

extension VMManager {
    /// The guest agent of a running machine. Its commands go over the machine's supervisor, which holds the one session
    /// that an agent serves, and runs them one after the other.
    ///
    /// - Throws: `wrong-state` when the machine doesn't run. What the agent is asked throws `unsupported` when the domain
    ///   has no channel for one, and `agent-unresponsive` when none answers.
    public func guestAgent(_ key: String, deadline: Deadline = .after(.seconds(5))) throws(VMError) -> GuestAgent {
        let machine = try find(key)
        guard observe(machine).state.isActive else { throw VMManager.notRunning(machine) }
        return GuestAgent { command, arguments, deadline throws(VMError) in
            let reply = try request(
                .agent(command: command, arguments: arguments), of: machine, timeout: deadline.remaining)
            guard case .value(let message) = reply else {
                throw VMError(.protocolViolation, "the supervisor's answer can't be read")
            }
            if let refusal = message["error"].flatMap({ QMPError($0) }) { return .failure(refusal) }
            return .success(message["return"] ?? [:])
        }
    }
}
