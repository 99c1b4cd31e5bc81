public import VMCore
internal import VMJSON

/// Where QEMU's monitor listens, and the `-readconfig` file that says so: `qemu-qmp.conf`.
///
/// The file is the same for every QEMU version:
///
///     [chardev "qmp"]
///       backend = "socket"
///       path = "/run/user/1000/vmctl/…/qmp.sock"
///       server = "on"
///       wait = "off"
///
///     [mon "qmp"]
///       chardev = "qmp"
///       mode = "control"
public struct MonitorConfig: Sendable, Hashable {
    /// What the monitor's character device is bound to.
    public enum Endpoint: Sendable, Hashable {
        /// A unix socket that QEMU creates at a path.
        case unix(path: String)
        /// A listening socket that QEMU inherits under this number.
        case descriptor(Int32)
        /// A TCP port. Nothing protects it: whoever reaches it owns the machine.
        case tcp(host: String, port: UInt16)
    }

    public var endpoint: Endpoint
    /// The id of the character device.
    public var id: String
    /// The id of the monitor.
    public var monitorID: String

    public init(_ endpoint: Endpoint, id: String = "qmp", monitorID: String? = nil) {
        self.endpoint = endpoint
        self.id = id
        self.monitorID = monitorID ?? id
    }

    /// The longest path of a unix socket, in bytes.
    public static let maximumPath = 107

    /// The character device and the monitor on it.
    public var options: [QEMUOption] {
        var chardev = QEMUOption(.chardev, ["id": .string(id), "backend": "socket"])
        switch endpoint {
        case .unix(let path): chardev["path"] = .string(path)
        case .descriptor(let number): chardev["fd"] = .string(String(number))
        case .tcp(let host, let port):
            chardev["host"] = .string(host)
            chardev["port"] = .string(String(port))
        }
        chardev["server"] = true
        chardev["wait"] = false
        return [chardev, QEMUOption(.mon, ["id": .string(monitorID), "chardev": .string(id), "mode": "control"])]
    }

    /// The text of the file; throws when the format can't express the endpoint, or no socket can have that path.
    public func readConfig(comment: String? = nil) throws(VMError) -> String {
        if case .unix(let path) = endpoint {
            guard !path.isEmpty else { throw VMError(.invalidArgument, "the socket path is empty") }
            guard path.utf8.count <= Self.maximumPath else {
                throw VMError(
                    .unsupported,
                    "the socket path '\(path)' has \(path.utf8.count) bytes, more than the \(Self.maximumPath) of a unix socket",
                    remedy: "choose a shorter path")
            }
        }
        return try ReadConfigPrinter.print(options, comment: comment)
    }
}
