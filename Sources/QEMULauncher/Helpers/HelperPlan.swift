public import VMJSON

/// A program that works beside QEMU for one of its devices: everything about its start, as data.
public struct HelperPlan: Sendable, Hashable {
    /// Who binds the socket over which QEMU reaches the program.
    public enum Listening: String, Sendable, Hashable {
        /// Whoever starts it, who hands the socket over as ``socketDescriptor``: QEMU can connect at once.
        case inherited
        /// The program itself, some time after it was started.
        case own
    }

    /// A command that has to succeed before the program is started.
    public struct Preparation: Sendable, Hashable {
        /// When it is run.
        public enum Condition: String, Sendable, Hashable {
            /// Only while ``result`` isn't there yet.
            case missing
            /// Only if ``result`` was there before.
            case present
        }

        public var executable: String
        public var arguments: [String]
        public var condition: Condition
        /// The file or folder that tells whether the command is needed.
        public var result: String
        /// Where the command makes it, to be renamed when it is whole; nil when it needs no such care.
        public var draft: String?
        /// Whether ``draft`` is a folder, which is made for the command.
        public var isFolder = false

        public init(
            executable: String, arguments: [String], condition: Condition, result: String, draft: String? = nil,
            isFolder: Bool = false
        ) {
            self.executable = executable
            self.arguments = arguments
            self.condition = condition
            self.result = result
            self.draft = draft
            self.isFolder = isFolder
        }
    }

    /// The number under which a helper finds a socket that was bound for it.
    public static let socketDescriptor: Int32 = 3

    /// What the program is called, `swtpm`.
    public var program: String
    /// The alias of the device it works for.
    public var device: String
    public var executable: String
    public var arguments: [String]
    public var socket: String
    public var listening: Listening
    public var preparations: [Preparation]
    /// Where its output goes.
    public var log: String
    /// What it keeps for the machine beyond a run, to be removed with a machine that has no definition; nil for nothing.
    public var transientState: String?

    public init(
        program: String, device: String, executable: String, arguments: [String], socket: String,
        listening: Listening = .inherited, preparations: [Preparation] = [], log: String,
        transientState: String? = nil
    ) {
        self.program = program
        self.device = device
        self.executable = executable
        self.arguments = arguments
        self.socket = socket
        self.listening = listening
        self.preparations = preparations
        self.log = log
        self.transientState = transientState
    }
}

extension HelperPlan {
    public var json: JSONValue {
        var object: JSONObject = [
            "program": .string(program), "device": .string(device), "executable": .string(executable),
            "arguments": .array(arguments.map { .string($0) }), "socket": .string(socket),
            "listening": .string(listening.rawValue), "log": .string(log),
        ]
        if !preparations.isEmpty { object["preparations"] = .array(preparations.map(\.json)) }
        object["transientState"] = transientState.map { .string($0) }
        return .object(object)
    }

    /// Reads what ``json`` wrote; nil when something is missing.
    public init?(json: JSONValue) {
        guard let program = json["program"]?.string, let device = json["device"]?.string,
            let executable = json["executable"]?.string, let socket = json["socket"]?.string,
            let listening = (json["listening"]?.string).flatMap({ Listening(rawValue: $0) }),
            let log = json["log"]?.string
        else { return nil }
        self.init(
            program: program, device: device, executable: executable,
            arguments: (json["arguments"]?.array ?? []).compactMap(\.string), socket: socket, listening: listening,
            preparations: (json["preparations"]?.array ?? []).compactMap { Preparation(json: $0) }, log: log,
            transientState: json["transientState"]?.string)
    }
}

extension HelperPlan.Preparation {
    var json: JSONValue {
        var object: JSONObject = [
            "executable": .string(executable), "arguments": .array(arguments.map { .string($0) }),
            "condition": .string(condition.rawValue), "result": .string(result), "folder": .bool(isFolder),
        ]
        object["draft"] = draft.map { .string($0) }
        return .object(object)
    }

    init?(json: JSONValue) {
        guard let executable = json["executable"]?.string, let result = json["result"]?.string,
            let condition = (json["condition"]?.string).flatMap({ Condition(rawValue: $0) })
        else { return nil }
        self.init(
            executable: executable, arguments: (json["arguments"]?.array ?? []).compactMap(\.string),
            condition: condition, result: result, draft: json["draft"]?.string,
            isFolder: json["folder"]?.bool ?? false)
    }
}
