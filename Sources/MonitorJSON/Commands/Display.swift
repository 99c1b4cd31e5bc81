public import VMCore
public import VMJSON

/// `query-vnc`: the VNC server and who looks at it.
public struct QueryVNC: QMPCommand {
    public struct Reply: Sendable, Hashable {
        public var isEnabled: Bool
        public var host: String?
        /// The port as QEMU prints it, or a socket's path.
        public var service: String?
        /// `ipv4`, `ipv6`, `unix`.
        public var family: String?
        /// `none`, `vnc` …
        public var auth: String?
        public var clientCount: Int
    }
    public static let name = "query-vnc"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> Reply {
        let fields = try Fields(value, of: name)
        return Reply(
            isEnabled: try fields.bool("enabled"), host: fields["host"]?.string, service: fields["service"]?.string,
            family: fields["family"]?.string, auth: fields["auth"]?.string,
            clientCount: fields["clients"]?.array?.count ?? 0)
    }
}

/// `query-spice`: the SPICE server. Not there in builds without SPICE.
public struct QuerySpice: QMPCommand {
    public struct Reply: Sendable, Hashable {
        public var isEnabled: Bool
        public var host: String?
        public var port: Int?
        public var tlsPort: Int?
        public var auth: String?
        public var channelCount: Int
    }
    public static let name = "query-spice"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> Reply {
        let fields = try Fields(value, of: name)
        return Reply(
            isEnabled: try fields.bool("enabled"), host: fields["host"]?.string, port: fields["port"]?.int,
            tlsPort: fields["tls-port"]?.int, auth: fields["auth"]?.string,
            channelCount: fields["channels"]?.array?.count ?? 0)
    }
}

/// `set_password`: for VNC or SPICE. Never to be logged.
public struct SetPassword: QMPAction {
    public static let name = "set_password"
    /// `vnc` or `spice`.
    public var displayProtocol: String
    public var password: String
    /// What happens to those connected: `keep`, `fail` or `disconnect`.
    public var connected: String?
    public init(_ displayProtocol: String, password: String, connected: String? = nil) {
        self.displayProtocol = displayProtocol
        self.password = password
        self.connected = connected
    }
    public var arguments: JSONObject {
        MonitorJSON.arguments().with("protocol", displayProtocol).with("password", password)
            .with("connected", connected).object
    }
}

/// `expire_password`.
public struct ExpirePassword: QMPAction {
    public static let name = "expire_password"
    public var displayProtocol: String
    /// `now`, `never`, `+SECONDS` or seconds since 1970.
    public var time: String
    public init(_ displayProtocol: String, time: String) {
        self.displayProtocol = displayProtocol
        self.time = time
    }
    public var arguments: JSONObject { ["protocol": .string(displayProtocol), "time": .string(time)] }
}

/// `screendump`: a picture of a display in a file, PPM unless `format` says `png` (since 7.1).
public struct Screendump: QMPAction {
    public static let name = "screendump"
    public var filename: String
    public var device: String?
    public var head: Int?
    public var format: String?
    public init(filename: String, device: String? = nil, head: Int? = nil, format: String? = nil) {
        self.filename = filename
        self.device = device
        self.head = head
        self.format = format
    }
    public var arguments: JSONObject {
        MonitorJSON.arguments().with("filename", filename).with("device", device).with("head", head)
            .with("format", format).object
    }
}

/// `send-key`: keys pressed together and let go.
public struct SendKey: QMPAction {
    public static let name = "send-key"
    /// QAPI's `QKeyCode`, such as `ctrl`, `alt`, `delete`.
    public var keys: [String]
    /// Milliseconds.
    public var holdTime: Int?
    public init(_ keys: [String], holdTime: Int? = nil) {
        self.keys = keys
        self.holdTime = holdTime
    }
    public var arguments: JSONObject {
        let list = keys.map { key -> JSONValue in ["type": "qcode", "data": .string(key)] }
        return MonitorJSON.arguments().with("keys", json: .array(list)).with("hold-time", holdTime).object
    }
}

/// `input-send-event`: raw events as QAPI's `InputEvent`.
public struct InputSendEvent: QMPAction {
    public static let name = "input-send-event"
    public var events: [JSONObject]
    public var device: String?
    public init(_ events: [JSONObject], device: String? = nil) {
        self.events = events
        self.device = device
    }
    public var arguments: JSONObject {
        MonitorJSON.arguments().with("device", device).with("events", json: .array(events.map { .object($0) })).object
    }
}

/// `query-mice`.
public struct QueryMice: QMPCommand {
    public struct Mouse: Sendable, Hashable {
        public var name: String
        public var index: Int
        public var isCurrent: Bool
        public var isAbsolute: Bool
    }
    public static let name = "query-mice"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> [Mouse] {
        var mice: [Mouse] = []
        for fields in try Fields.list(value, of: name) {
            mice.append(
                Mouse(
                    name: try fields.string("name"), index: try fields.int("index"),
                    isCurrent: try fields.bool("current"), isAbsolute: try fields.bool("absolute")))
        }
        return mice
    }
}
