internal import VMCore
internal import VMJSON

/// The QMP messages that the supervisor writes itself.
enum HubMessages {
    static func error(_ text: String, class name: String = "GenericError", id: JSONValue?) -> [UInt8] {
        message(["error": ["class": .string(name), "desc": .string(text)]], id: id)
    }

    static func result(_ value: JSONValue, id: JSONValue?) -> [UInt8] { message(["return": value], id: id) }

    /// One object on a line of its own.
    static func message(_ object: JSONObject, id: JSONValue? = nil) -> [UInt8] {
        var object = object
        if let id { object["id"] = id }
        var writer = JSONWriter(layout: .init(escapesNonASCII: true))
        writer.append(object)
        return writer.bytes + [0x0d, 0x0a]
    }
}
