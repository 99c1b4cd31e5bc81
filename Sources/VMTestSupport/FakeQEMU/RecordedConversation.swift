internal import MonitorJSON
internal import Synchronization
public import VMCore
public import VMJSON

/// A recorded conversation: commands, each followed by its reply, as plain JSON objects one after the other. libvirt's
/// `.replies` files have this form.
public final class RecordedConversation: Sendable {
    private struct Key: Hashable {
        let command: String
        let arguments: JSONObject
    }

    private let answers: Mutex<[Key: [FakeAnswer]]>

    /// How many replies the record holds.
    public let count: Int

    /// Reads a record. Ids are dropped; a reply belongs to the command before it.
    public init(_ bytes: [UInt8]) throws(VMError) {
        var table: [Key: [FakeAnswer]] = [:]
        var command: Key?
        var position = 0
        var count = 0
        while let value = try JSONParser.parseNext(bytes.span, from: &position) {
            if let name = value["execute"]?.string {
                command = Key(command: name, arguments: value["arguments"]?.object ?? [:])
            } else if let key = command, let answer = Self.answer(value) {
                table[key, default: []].append(answer)
                command = nil
                count += 1
            }
        }
        self.count = count
        answers = Mutex(table)
    }

    private static func answer(_ message: JSONValue) -> FakeAnswer? {
        if let value = message["return"] { return .value(value) }
        return message["error"].flatMap(QMPError.init).map { .refused($0) }
    }

    /// The next reply to this command with these arguments. The last one is repeated; a command that was never recorded
    /// is answered as QEMU answers an unknown one.
    public func answer(_ command: String, _ arguments: JSONObject) -> FakeAnswer {
        answers.withLock { table in
            let key = Key(command: command, arguments: arguments)
            guard var list = table[key], let first = list.first else {
                return .refused(QMPError(.commandNotFound, "The command \(command) has not been found"))
            }
            if list.count > 1 {
                list.removeFirst()
                table[key] = list
            }
            return first
        }
    }

    /// The steps of a fake that plays the record: greeting, negotiation, then answers until the client closes.
    public var script: [FakeStep] {
        FakeStep.opening + [.serve { command, arguments in self.answer(command, arguments) }]
    }
}
