public import VMJSON

/// An event as it came over the wire.
public struct QMPEvent: Sendable, Hashable {
    /// In capitals, for example `SHUTDOWN`.
    public var name: String
    public var data: JSONObject
    /// Host time when QEMU sent it; -1 when QEMU could not tell.
    public var seconds: Int64
    /// The part of a second; -1 when QEMU could not tell.
    public var microseconds: Int64

    public init(_ name: String, data: JSONObject = [:], seconds: Int64 = -1, microseconds: Int64 = -1) {
        self.name = name
        self.data = data
        self.seconds = seconds
        self.microseconds = microseconds
    }

    /// Reads a message that has a member `event`; nil when it isn't one.
    public init?(_ message: JSONObject) {
        guard let name = message["event"]?.string else { return nil }
        let time = message["timestamp"]
        self.init(
            name, data: message["data"]?.object ?? [:], seconds: time?["seconds"]?.int64 ?? -1,
            microseconds: time?["microseconds"]?.int64 ?? -1)
    }

    /// The time since 1970; nil when QEMU could not tell.
    public var time: Duration? {
        guard seconds >= 0, (0..<1_000_000).contains(microseconds) else { return nil }
        return .seconds(seconds) + .microseconds(microseconds)
    }

    /// The whole message.
    public var json: JSONObject {
        var message: JSONObject = [
            "timestamp": ["seconds": JSONValue(seconds), "microseconds": JSONValue(microseconds)],
            "event": .string(name),
        ]
        if !data.isEmpty { message["data"] = .object(data) }
        return message
    }
}
