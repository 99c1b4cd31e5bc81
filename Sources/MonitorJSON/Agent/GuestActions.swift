public import VMCore
public import VMJSON

/// `guest-fsfreeze-freeze-list`: freezes the file systems mounted there; how many were frozen.
public struct GuestFSFreezeList: GuestCommand {
    public static let name = "guest-fsfreeze-freeze-list"
    public var mountPoints: [String]
    public var arguments: JSONObject {
        ["mountpoints": .array(mountPoints.map { .string($0) })]
    }

    public init(_ mountPoints: [String]) { self.mountPoints = mountPoints }

    public static func decode(_ value: JSONValue) throws(VMError) -> Int { try count(value, name) }
}

/// `guest-fstrim`: tells the disks of the guest's file systems which blocks are free.
public struct GuestFSTrim: GuestCommand {
    /// What became of a mounted file system.
    public struct Trimmed: Sendable, Hashable {
        public var path: String
        /// Bytes given back; nil where it failed.
        public var bytes: UInt64?
        public var error: String?
    }

    public static let name = "guest-fstrim"
    /// Bytes: shorter free stretches are passed over.
    public var minimum: UInt64?
    public var arguments: JSONObject { minimum.map { ["minimum": JSONValue($0)] } ?? [:] }

    public init(minimum: UInt64? = nil) { self.minimum = minimum }

    public static func decode(_ value: JSONValue) throws(VMError) -> [Trimmed] {
        // Older agents answer with nothing.
        var trimmed: [Trimmed] = []
        for fields in try Fields.list(value["paths"] ?? [], of: name) {
            trimmed.append(
                Trimmed(
                    path: try fields.string("path"), bytes: fields["trimmed"]?.uint64, error: fields["error"]?.string))
        }
        return trimmed
    }
}

/// `guest-get-time`: nanoseconds since 1970 by the guest's clock.
public struct GuestGetTime: GuestCommand {
    public static let name = "guest-get-time"
    public init() {}

    public static func decode(_ value: JSONValue) throws(VMError) -> Int64 {
        guard let time = value.int64 else {
            throw VMError(.protocolViolation, "the answer to '\(name)' is \(value.kind), no number")
        }
        return time
    }
}

/// `guest-set-time`: sets the guest's clock.
public struct GuestSetTime: GuestCommand, QMPAction {
    public static let name = "guest-set-time"
    /// Nanoseconds since 1970; nil takes the time of the guest's hardware clock.
    public var time: Int64?
    public var arguments: JSONObject { time.map { ["time": .integer($0)] } ?? [:] }

    public init(_ time: Int64?) { self.time = time }
}

/// `guest-set-user-password`.
public struct GuestSetUserPassword: GuestCommand, QMPAction {
    public static let name = "guest-set-user-password"
    public var user: String
    public var password: String
    /// The password is already in the form of the guest's `crypt`.
    public var isCrypted: Bool
    public var arguments: JSONObject {
        [
            "username": .string(user), "password": .string(Base64.encode(Array(password.utf8))),
            "crypted": .bool(isCrypted),
        ]
    }

    public init(user: String, password: String, isCrypted: Bool = false) {
        self.user = user
        self.password = password
        self.isCrypted = isCrypted
    }
}
