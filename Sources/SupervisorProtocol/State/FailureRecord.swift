package import VMCore
package import VMJSON

/// The last failure of a machine, in a file of its own in the state folder: a start that came to nothing, or an end that
/// nobody wanted. Written by whoever saw it: the client before there is a supervisor, the supervisor from then on.
package struct FailureRecord: Sendable {
    package enum Kind: String, Sendable {
        case start, crash
    }

    package var kind: Kind
    /// `2026-05-17T09:30:00Z`.
    package var time: String
    package var error: VMError
    /// The command line as a shell takes it; nil when there was none yet.
    package var commandLine: String?
    /// The last lines that QEMU printed in that run.
    package var output: [String]
    /// `exit status 1`, `signal 9 (SIGKILL)`; nil when nobody saw QEMU end.
    package var exit: String?

    package init(
        kind: Kind, time: String, error: VMError, commandLine: String?, output: [String] = [], exit: String? = nil
    ) {
        self.kind = kind
        self.time = time
        self.error = error
        self.commandLine = commandLine
        self.output = output
        self.exit = exit
    }

    package init?(_ json: JSONValue) {
        guard let time = json["time"]?.string, let error = json["error"]?.object else { return nil }
        self.init(
            kind: (json["kind"]?.string).flatMap { Kind(rawValue: $0) } ?? .start, time: time,
            error: VMError(json: error), commandLine: json["commandLine"]?.string,
            output: (json["output"]?.array ?? []).compactMap(\.string), exit: json["exit"]?.string)
    }

    package var json: JSONObject {
        var object: JSONObject = [
            "kind": .string(kind.rawValue), "time": .string(time), "error": .object(error.json),
            "output": .array(output.map { .string($0) }),
        ]
        object["commandLine"] = commandLine.map { .string($0) }
        object["exit"] = exit.map { .string($0) }
        return object
    }

    // MARK: The file

    package func write(to path: String) throws(VMError) {
        try Folders.make(Files.folder(of: path))
        try Files.write(Array(json.description.utf8), to: path, durable: false)
    }

    /// Nil when there is none, or none that can be read.
    package static func read(_ path: String) -> FailureRecord? {
        guard let bytes = try? OwnFiles.read(path, limit: 1 << 20), let json = try? JSONParser.parse(bytes) else {
            return nil
        }
        return FailureRecord(json)
    }
}
