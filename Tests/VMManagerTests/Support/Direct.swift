import MonitorJSON
import VMCore
import VMJSON

/// A QMP session straight at a socket.
struct BlockingMonitorFor {
    let monitor: BlockingMonitor

    init(_ path: String) throws {
        monitor = try BlockingMonitor(connectingTo: .unix(path: path), deadline: .after(.seconds(10)))
    }

    @discardableResult
    func run(_ command: String, _ arguments: JSONObject = [:]) throws -> JSONValue {
        try monitor.execute(command, arguments, deadline: .after(.seconds(10)))
    }
}
