public import VMCore
public import VMJSON

/// The last failure of a machine: a start that came to nothing, or an end that nobody wanted.
public struct FailureReport: Sendable {
    public enum Kind: String, Sendable {
        case start, crash
    }

    public var kind: Kind
    /// `2026-05-17T09:30:00Z`.
    public var time: String
    /// What happened, then what it came from.
    public var causes: [String]
    public var remedy: Remedy?
    /// The command line as a shell takes it; nil when there was none yet.
    public var commandLine: String?
    /// What QEMU printed in that run, its last lines.
    public var output: [String]
    /// `exit status 1`, `signal 9 (SIGKILL)`; nil when QEMU wasn't there or nobody saw it end.
    public var exit: String?
    /// The last lines of the log.
    public var log: [String]
    public var logPath: String

    /// The same for programs.
    public var json: JSONObject {
        func list(_ words: [String]) -> JSONValue { .array(words.map { .string($0) }) }
        return [
            "kind": .string(kind.rawValue), "time": .string(time), "causes": list(causes),
            "remedy": remedy.map { .string($0.text) } ?? .null, "commandLine": commandLine.map { .string($0) } ?? .null,
            "stderr": list(output), "exit": exit.map { .string($0) } ?? .null, "log": list(log),
            "logFile": .string(logPath),
        ]
    }
}
