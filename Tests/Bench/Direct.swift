package import MonitorJSON
import VMCore
package import VMJSON

/// A QMP session straight at a socket.
package struct BlockingMonitorFor {
    package let monitor: BlockingMonitor

    package init(_ path: String) throws {
        monitor = try BlockingMonitor(connectingTo: .unix(path: path), deadline: .after(.seconds(10)))
    }

    @discardableResult
    package func run(_ command: String, _ arguments: JSONObject = [:]) throws -> JSONValue {
        try monitor.execute(command, arguments, deadline: .after(.seconds(10)))
    }
}
