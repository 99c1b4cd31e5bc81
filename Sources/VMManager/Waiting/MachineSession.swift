internal import MonitorJSON
internal import VMCore
internal import VMJSON

/// A QMP session with a machine over its supervisor: one of its own for a blocking call, the process' common one for
/// asynchronous calls.
enum MachineSession {
    case own(BlockingMonitor)
    case common(Monitor, MachineConnection)

    /// Runs a command and gives a refusal back as a value.
    func attempt(
        _ command: String, _ arguments: JSONObject = [:], descriptors: [Int32] = [], deadline: Deadline
    ) async throws(VMError) -> Result<JSONValue, QMPError> {
        switch self {
        case .own(let monitor):
            return try monitor.attempt(command, arguments, descriptors: descriptors, deadline: deadline)
        case .common(let monitor, let connection):
            do throws(VMError) {
                return try await monitor.attempt(command, arguments, descriptors: descriptors, deadline: deadline)
            } catch {
                if error.code == .timeout || error.code == .cancelled { connection.retire(monitor) }
                throw error
            }
        }
    }

    /// Runs a command and gives the value of its `return` back.
    @discardableResult
    func execute(
        _ command: String, _ arguments: JSONObject = [:], descriptors: [Int32] = [], deadline: Deadline
    ) async throws(VMError) -> JSONValue {
        switch try await attempt(command, arguments, descriptors: descriptors, deadline: deadline) {
        case .success(let value): return value
        case .failure(let error): throw error.error(of: command)
        }
    }

    func execute<C: QMPCommand>(_ command: C, deadline: Deadline) async throws(VMError) -> C.Reply {
        let request = command.request(for: nil)
        return try C.decode(try await execute(request.command, request.arguments, deadline: deadline))
    }

    func close() { if case .own(let monitor) = self { monitor.close(deadline: .now) } }
}

extension VMManager {
    /// A session over a supervisor's socket as it is, without mending.
    func session(_ path: String, deadline: Deadline) async throws(VMError) -> MachineSession {
        guard waiting == .tasks else {
            return .own(try BlockingMonitor(connectingTo: .unix(path: path), deadline: deadline))
        }
        let connection = MachineConnections.shared.connection(path)
        return .common(try await connection.monitor(deadline: deadline), connection)
    }
}
