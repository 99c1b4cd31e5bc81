internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// The QMP messages that the supervisor writes itself.
enum HubMessages {
    static func error(_ text: String, class name: String = "GenericError", id: JSONValue?) -> [UInt8] {
        message(["error": ["class": .string(name), "desc": .string(text)]], id: id)
    }

    static func result(_ value: JSONValue, id: JSONValue?) -> [UInt8] { message(["return": value], id: id) }

    /// What clients are greeted with: QMP's greeting, and which requests the supervisor takes.
    ///
    /// - Parameter greeting: the value of `QMP`.
    static func greeting(_ greeting: JSONValue) -> [UInt8] {
        message(["QMP": greeting, "vmctl": ["protocol": JSONValue(SupervisorProtocolVersion.current)]])
    }

    /// One object on a line of its own.
    static func message(_ object: JSONObject, id: JSONValue? = nil) -> [UInt8] {
        var object = object
        if let id { object["id"] = id }
        var writer = JSONWriter(layout: .init(escapesNonASCII: true))
        writer.append(object)
        return writer.bytes + [0x0d, 0x0a]
    }
}
