public import MonitorJSON
public import VMJSON

/// One step of a conversation with a client.
///
/// Steps are taken in order. Where one waits for the client and the client does something else, the conversation ends
/// and ``FakeQEMU/problems`` says what was wrong.
public enum FakeStep: Sendable {
    /// Send the greeting.
    case greet(Greeting)
    /// Wait for `qmp_capabilities` and accept whatever it enables.
    case negotiate
    /// Wait for a command of this name (with exactly these arguments, if given); ``reply(_:)`` and ``refuse(_:)`` answer
    /// the one that has waited longest.
    case expect(String, JSONObject? = nil)
    /// Answer the oldest command that was expected and not answered yet.
    case reply(JSONValue)
    /// Answer it with an error.
    case refuse(QMPError)
    /// Answer the newest command that was expected and not answered yet, as out-of-band execution does.
    case replyToLast(JSONValue)
    /// Answer with an error that has no id, as QEMU does to what it can't read.
    case refuseWithoutID(QMPError)
    case event(QMPEvent)
    /// Send an event that many times, with a member `number` counting from 0.
    case flood(String, count: Int)
    /// Answer every command with `body(command, arguments)` until the client closes.
    case serve(@Sendable (String, JSONObject) -> FakeAnswer)
    /// Send these bytes as they are.
    case raw([UInt8])
    case delay(Duration)
    /// From here on write that many bytes at a time, with a pause between, so that the client reads them apart.
    case chunk(Int)
    /// From here on print objects over several lines, as `pretty=on` does.
    case pretty
    /// Close the connection.
    case close
    /// Close it without reading what the client sent, so that the client sees a reset.
    case reset
    /// Wait until the client closes; what it sends is recorded.
    case awaitEnd

    /// A command that must come and its answer.
    public static func answer(_ command: String, _ arguments: JSONObject? = nil, with value: JSONValue) -> [FakeStep] {
        [.expect(command, arguments), .reply(value)]
    }

    /// Greeting and negotiation as QEMU 7.2 does them.
    public static let opening: [FakeStep] = [.greet(.qemu72), .negotiate]
}

/// What the fake answers to a command.
public enum FakeAnswer: Sendable {
    case value(JSONValue)
    case refused(QMPError)
    /// Nothing at all.
    case silence
}

extension Greeting {
    /// The greeting of Debian 12's QEMU.
    public static let qemu72 = Greeting(
        version: QEMUVersion(major: 7, minor: 2, micro: 22, package: "Debian 1:7.2+dfsg-7+deb12u18"),
        capabilities: ["oob"])
}
