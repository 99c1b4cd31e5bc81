public import VMCore
public import VMJSON

/// `getfd`: gives the descriptor that travels with the command a name. The name must not begin with a digit.
public struct GetFD: QMPAction {
    public static let name = "getfd"
    public var fdName: String
    public init(_ fdName: String) { self.fdName = fdName }
    public var arguments: JSONObject { ["fdname": .string(fdName)] }
}

/// `closefd`.
public struct CloseFD: QMPAction {
    public static let name = "closefd"
    public var fdName: String
    public init(_ fdName: String) { self.fdName = fdName }
    public var arguments: JSONObject { ["fdname": .string(fdName)] }
}

/// `add-fd`: puts the descriptor that travels with the command into a set, usable as `/dev/fdset/N`.
public struct AddFD: QMPCommand {
    public struct Reply: Sendable, Hashable {
        public var setID: Int
        /// The number inside QEMU.
        public var descriptor: Int
    }
    public static let name = "add-fd"
    /// A new set when nil.
    public var setID: Int?
    public var opaque: String?
    public init(setID: Int? = nil, opaque: String? = nil) {
        self.setID = setID
        self.opaque = opaque
    }
    public var arguments: JSONObject { MonitorJSON.arguments().with("fdset-id", setID).with("opaque", opaque).object }
    public static func decode(_ value: JSONValue) throws(VMError) -> Reply {
        let fields = try Fields(value, of: name)
        return Reply(setID: try fields.int("fdset-id"), descriptor: try fields.int("fd"))
    }
}

/// `remove-fd`: takes one descriptor, or all, out of a set.
public struct RemoveFD: QMPAction {
    public static let name = "remove-fd"
    public var setID: Int
    public var descriptor: Int?
    public init(setID: Int, descriptor: Int? = nil) {
        self.setID = setID
        self.descriptor = descriptor
    }
    public var arguments: JSONObject { MonitorJSON.arguments().with("fdset-id", setID).with("fd", descriptor).object }
}

/// `query-fdsets`.
public struct QueryFDSets: QMPCommand {
    public struct FDSet: Sendable, Hashable {
        public var id: Int
        /// The numbers inside QEMU with what was said about each.
        public var descriptors: [Descriptor]
    }
    public struct Descriptor: Sendable, Hashable {
        public var number: Int
        public var opaque: String?
    }
    public static let name = "query-fdsets"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> [FDSet] {
        var sets: [FDSet] = []
        for fields in try Fields.list(value, of: name) {
            var descriptors: [Descriptor] = []
            for entry in try Fields.list(fields["fds"] ?? .null, of: name) {
                descriptors.append(Descriptor(number: try entry.int("fd"), opaque: entry["opaque"]?.string))
            }
            sets.append(FDSet(id: try fields.int("fdset-id"), descriptors: descriptors))
        }
        return sets
    }
}

/// `add_client`: hands a connected socket (named by ``GetFD`` before) to the VNC or SPICE server.
public struct AddClient: QMPAction {
    public static let name = "add_client"
    /// `vnc`, `spice`, `@dbus-display` or the id of a character device.
    public var displayProtocol: String
    public var fdName: String
    public var skipsAuthentication: Bool?
    public init(_ displayProtocol: String, fdName: String, skipsAuthentication: Bool? = nil) {
        self.displayProtocol = displayProtocol
        self.fdName = fdName
        self.skipsAuthentication = skipsAuthentication
    }
    public var arguments: JSONObject {
        MonitorJSON.arguments().with("protocol", displayProtocol).with("fdname", fdName)
            .with("skipauth", skipsAuthentication).object
    }
}
