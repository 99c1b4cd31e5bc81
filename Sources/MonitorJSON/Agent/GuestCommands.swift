public import VMCore
public import VMJSON

/// `guest-ping`.
public struct GuestPing: GuestCommand, QMPAction {
    public static let name = "guest-ping"
    public init() {}
}

/// `guest-info`: the agent's version and the commands it knows.
public struct GuestInfo: GuestCommand {
    public struct Reply: Sendable, Hashable {
        public var version: String
        /// Of its commands, those that the guest's administrator allows.
        public var commands: Set<String>
    }
    public static let name = "guest-info"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> Reply {
        let fields = try Fields(value, of: name)
        var commands: Set<String> = []
        for command in try Fields.list(fields["supported_commands"] ?? [], of: name)
        where command["enabled"]?.bool == true {
            commands.insert(try command.string("name"))
        }
        return Reply(version: try fields.string("version"), commands: commands)
    }
}

/// `guest-get-osinfo`: what the guest's `os-release` and kernel say.
public struct GuestGetOSInfo: GuestCommand {
    public static let name = "guest-get-osinfo"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> [String: String] {
        var result: [String: String] = [:]
        for member in try Fields(value, of: name).object { result[member.key] = member.value.string }
        return result
    }
}

/// `guest-get-host-name`.
public struct GuestGetHostName: GuestCommand {
    public static let name = "guest-get-host-name"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> String {
        try Fields(value, of: name).string("host-name")
    }
}

/// `guest-get-timezone`.
public struct GuestGetTimezone: GuestCommand {
    public struct Reply: Sendable, Hashable {
        public var zone: String?
        /// Seconds east of Greenwich.
        public var offset: Int
    }
    public static let name = "guest-get-timezone"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> Reply {
        let fields = try Fields(value, of: name)
        return Reply(zone: fields["zone"]?.string, offset: try fields.int("offset"))
    }
}

/// `guest-get-users`: who is logged in.
public struct GuestGetUsers: GuestCommand {
    public struct User: Sendable, Hashable {
        public var name: String
        public var domain: String?
        /// Seconds since 1970.
        public var loginTime: Double?
    }
    public static let name = "guest-get-users"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> [User] {
        var users: [User] = []
        for fields in try Fields.list(value, of: name) {
            users.append(
                User(
                    name: try fields.string("user"), domain: fields["domain"]?.string,
                    loginTime: fields["login-time"]?.double))
        }
        return users
    }
}

/// `guest-get-fsinfo`: the mounted file systems.
public struct GuestGetFSInfo: GuestCommand {
    public struct FileSystem: Sendable, Hashable {
        public var name: String
        public var mountPoint: String
        public var type: String
        public var usedBytes: UInt64?
        public var totalBytes: UInt64?
        /// The guest's device nodes under it, as far as the agent knows.
        public var devices: [String]
    }
    public static let name = "guest-get-fsinfo"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> [FileSystem] {
        var systems: [FileSystem] = []
        for fields in try Fields.list(value, of: name) {
            systems.append(
                FileSystem(
                    name: try fields.string("name"), mountPoint: try fields.string("mountpoint"),
                    type: try fields.string("type"), usedBytes: fields["used-bytes"]?.uint64,
                    totalBytes: fields["total-bytes"]?.uint64,
                    devices: (fields["disk"]?.array ?? []).compactMap { $0["dev"]?.string }))
        }
        return systems
    }
}

/// `guest-network-get-interfaces`.
public struct GuestNetworkGetInterfaces: GuestCommand {
    public struct Address: Sendable, Hashable {
        /// `ipv4`, `ipv6`.
        public var type: String
        public var address: String
        public var prefix: Int
    }
    public struct Interface: Sendable, Hashable {
        public var name: String
        public var hardwareAddress: String?
        public var addresses: [Address]
    }
    public static let name = "guest-network-get-interfaces"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> [Interface] {
        var interfaces: [Interface] = []
        for fields in try Fields.list(value, of: name) {
            var addresses: [Address] = []
            for address in try Fields.list(fields["ip-addresses"] ?? [], of: name) {
                addresses.append(
                    Address(
                        type: try address.string("ip-address-type"), address: try address.string("ip-address"),
                        prefix: try address.int("prefix")))
            }
            interfaces.append(
                Interface(
                    name: try fields.string("name"), hardwareAddress: fields["hardware-address"]?.string,
                    addresses: addresses))
        }
        return interfaces
    }
}

/// `guest-fsfreeze-freeze`: how many file systems were frozen.
public struct GuestFSFreeze: GuestCommand {
    public static let name = "guest-fsfreeze-freeze"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> Int { try count(value, name) }
}

/// `guest-fsfreeze-thaw`: how many file systems were thawed.
public struct GuestFSThaw: GuestCommand {
    public static let name = "guest-fsfreeze-thaw"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> Int { try count(value, name) }
}

/// `guest-shutdown`. Done without an answer.
public struct GuestShutdown: GuestCommand, QMPAction {
    public enum Mode: String, Sendable, Hashable { case powerdown, halt, reboot }

    public static let name = "guest-shutdown"
    public static let isSilentOnSuccess = true
    public var mode: Mode
    public var arguments: JSONObject { ["mode": .string(mode.rawValue)] }

    public init(_ mode: Mode = .powerdown) { self.mode = mode }
}

func count(_ value: JSONValue, _ name: String) throws(VMError) -> Int {
    guard let count = value.int else {
        throw VMError(.protocolViolation, "the answer to '\(name)' is \(value.kind), no number")
    }
    return count
}
