public import VMCore
internal import VMJSON

/// Somebody who answers QMP commands: a QEMU, or the record of one.
protocol QMPConversation {
    /// The value of `return`; nil when the command was refused or, in a record, not asked.
    mutating func ask(_ command: String, _ arguments: JSONObject) throws(VMError) -> JSONValue?
}

extension QMPConversation {
    mutating func ask(_ command: String) throws(VMError) -> JSONValue? { try ask(command, [:]) }
}

/// Conversations that were recorded: JSON objects one after the other, each command followed by its reply.
///
/// The sessions, each begun by `qmp_capabilities`, are one for each accelerator. Replies are found by command and
/// arguments, so that the order of questions may change; of equal questions the last one counts.
public struct RecordedConversation: Sendable {
    fileprivate struct Question: Hashable {
        var command: String
        var arguments: JSONObject
    }

    struct Session: QMPConversation, Sendable {
        fileprivate var answers: [Question: JSONValue] = [:]

        func ask(_ command: String, _ arguments: JSONObject) -> JSONValue? {
            answers[Question(command: command, arguments: arguments)]
        }

        /// The types whose properties the record holds, whichever they are.
        fileprivate(set) var listedTypes: Set<String> = []
    }

    private(set) var sessions: [Session] = []

    /// Reads a record.
    ///
    /// - Throws: `invalidArgument` for text that isn't JSON, a reply without command or a command without reply.
    public init(_ bytes: [UInt8]) throws(VMError) {
        var position = 0
        var pending: (question: Question, id: JSONValue?)?
        while let value = try JSONParser.parseNext(bytes.span, from: &position) {
            if let command = value["execute"]?.string {
                if let pending { throw Self.unanswered(pending.question.command) }
                if command == "qmp_capabilities" { sessions.append(Session()) }
                pending = (Question(command: command, arguments: value["arguments"]?.object ?? [:]), value["id"])
            } else if value["return"] != nil || value["error"] != nil {
                guard let (question, id) = pending, !sessions.isEmpty, value["id"] == id else {
                    throw VMError(.invalidArgument, "the record has a reply at byte \(position) that answers nothing")
                }
                store(question, value["return"])
                pending = nil
            } else if value["QMP"] == nil, value["event"] == nil {
                throw VMError(
                    .invalidArgument, "the record has an object that is no QMP message before byte \(position)")
            }
        }
        if let pending { throw Self.unanswered(pending.question.command) }
        if sessions.isEmpty { throw VMError(.invalidArgument, "the record holds no QMP session") }
    }

    private mutating func store(_ question: Question, _ reply: JSONValue?) {
        let last = sessions.count - 1
        sessions[last].answers[question] = reply
        if reply != nil, question.command.hasSuffix("-list-properties"),
            let type = question.arguments["typename"]?.string
        {
            sessions[last].listedTypes.insert(type)
        }
    }

    private static func unanswered(_ command: String) -> VMError {
        VMError(.invalidArgument, "the record has no reply to '\(command)'")
    }
}
