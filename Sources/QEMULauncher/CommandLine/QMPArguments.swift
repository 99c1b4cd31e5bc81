public import VMCore
public import VMJSON

/// A QMP command with its arguments, made from an option: what plugs the same thing into a running machine.
public struct QMPCall: Sendable, Hashable {
    /// The QAPI name: `device_add`, `blockdev-add`, `netdev_add`, `object-add` or `chardev-add`.
    public var command: String
    public var arguments: JSONObject

    public init(_ command: String, _ arguments: JSONObject) {
        self.command = command
        self.arguments = arguments
    }
}

extension QEMUOption {
    /// The QMP command that does to a running machine what this option does at the start; throws for options that
    /// have none.
    public func qmpCall() throws(VMError) -> QMPCall {
        guard case .properties(let properties) = body else { throw noCounterpart }
        switch name {
        case .device: return QMPCall("device_add", properties)
        case .blockdev: return QMPCall("blockdev-add", properties)
        case .netdev: return QMPCall("netdev_add", properties)
        case .object: return QMPCall("object-add", properties)
        case .chardev: return QMPCall("chardev-add", try ChardevArguments.make(self, properties))
        default: throw noCounterpart
        }
    }

    private var noCounterpart: VMError {
        refusal("-\(name.rawValue) can't be given to a running machine", remedy: "restart the machine")
    }
}

/// `chardev-add` nests what `-chardev` has in a flat list of keys.
enum ChardevArguments {
    static func make(_ option: QEMUOption, _ flat: JSONObject) throws(VMError) -> JSONObject {
        guard let id = flat["id"], let backend = flat["backend"]?.string else {
            throw option.refusal("a character device needs a backend and an id")
        }
        var rest = flat
        rest["id"] = nil
        rest["backend"] = nil
        let data = try data(of: backend, &rest, option)
        return ["id": id, "backend": ["type": .string(backend), "data": .object(data.merging(rest))]]
    }

    /// The members specific to a backend, taken out of `rest`; what remains there has the same name in both forms.
    private static func data(
        of backend: String, _ rest: inout JSONObject, _ option: QEMUOption
    ) throws(VMError) -> JSONObject {
        switch backend {
        case "socket":
            return [
                "addr": try socketAddress(&rest, option),
                // `-chardev socket` is a client unless told otherwise, `chardev-add` a server.
                "server": rest.take("server") ?? false,
            ]
        case "udp": return try udp(&rest, option)
        case "file": return rest.renamed(["path": "out", "input-path": "in"])
        case "serial", "parallel", "pipe": return rest.renamed(["path": "device"])
        case "spicevmc": return rest.renamed(["name": "type"])
        case "spiceport": return rest.renamed(["name": "fqdn"])
        case "qemu-vdagent":
            _ = rest.take("name")
            return [:]
        default: return [:]
        }
    }

    private static func socketAddress(_ rest: inout JSONObject, _ option: QEMUOption) throws(VMError) -> JSONValue {
        if let fd = rest.take("fd") { return address("fd", ["str": text(fd)]) }
        if let path = rest.take("path") {
            var data: JSONObject = ["path": path]
            for key in ["abstract", "tight"] { data[key] = rest.take(key) }
            return address("unix", data)
        }
        guard let host = rest.take("host"), let port = rest.take("port") else {
            throw option.refusal("a socket character device needs a path, a file descriptor, or host and port")
        }
        var data: JSONObject = ["host": host, "port": text(port)]
        for key in ["to", "ipv4", "ipv6", "keep-alive", "mptcp"] { data[key] = rest.take(key) }
        return address("inet", data)
    }

    private static func udp(_ rest: inout JSONObject, _ option: QEMUOption) throws(VMError) -> JSONObject {
        guard let port = rest.take("port") else { throw option.refusal("a UDP character device needs a port") }
        let host = nonEmpty(rest.take("host")) ?? "localhost"
        var data: JSONObject = ["remote": address("inet", ["host": host, "port": text(port)])]
        let localHost = nonEmpty(rest.take("localaddr"))
        let localPort = rest.take("localport")
        if localHost != nil || (localPort?.plainText ?? "0") != "0" {
            data["local"] = address("inet", ["host": localHost ?? "", "port": text(localPort ?? "0")])
        }
        return data
    }

    private static func address(_ type: JSONValue, _ data: JSONObject) -> JSONValue {
        ["type": type, "data": .object(data)]
    }

    private static func text(_ value: JSONValue) -> JSONValue { .string(value.plainText ?? "") }

    private static func nonEmpty(_ value: JSONValue?) -> JSONValue? { value == "" ? nil : value }
}

extension JSONObject {
    /// Removes a key and gives its value.
    fileprivate mutating func take(_ key: String) -> JSONValue? {
        let value = self[key]
        self[key] = nil
        return value
    }

    /// Removes keys and gives their values under other names.
    fileprivate mutating func renamed(_ names: KeyValuePairs<String, String>) -> JSONObject {
        var result: JSONObject = [:]
        for (old, new) in names { result[new] = take(old) }
        return result
    }
}
