public import VMCore
public import VMJSON

/// `guest-suspend-ram`, `guest-suspend-disk`, `guest-suspend-hybrid`. Done without an answer.
public struct GuestSuspend: Sendable {
    /// Where the guest keeps its state meanwhile; `hybrid` is both.
    public enum Target: String, Sendable, Hashable, CaseIterable {
        case memory = "mem"
        case disk, hybrid
    }

    public struct Memory: GuestCommand, QMPAction {
        public static let name = "guest-suspend-ram"
        public static let isSilentOnSuccess = true
        public init() {}
    }

    public struct Disk: GuestCommand, QMPAction {
        public static let name = "guest-suspend-disk"
        public static let isSilentOnSuccess = true
        public init() {}
    }

    public struct Hybrid: GuestCommand, QMPAction {
        public static let name = "guest-suspend-hybrid"
        public static let isSilentOnSuccess = true
        public init() {}
    }
}

/// `guest-get-vcpus`: the guest's processors as its own kernel has them.
public struct GuestGetVCPUs: GuestCommand {
    /// One processor.
    public struct Processor: Sendable, Hashable {
        public var number: Int
        public var isOnline: Bool
        /// Whether the guest can do without it.
        public var canBeOffline: Bool
    }

    public static let name = "guest-get-vcpus"
    public init() {}

    public static func decode(_ value: JSONValue) throws(VMError) -> [Processor] {
        var processors: [Processor] = []
        for fields in try Fields.list(value, of: name) {
            processors.append(
                Processor(
                    number: try fields.int("logical-id"), isOnline: try fields.bool("online"),
                    canBeOffline: fields["can-offline"]?.bool ?? false))
        }
        return processors
    }
}

/// `guest-set-vcpus`: brings processors on line or takes them off; how many of them, in order, that was done to.
public struct GuestSetVCPUs: GuestCommand {
    public static let name = "guest-set-vcpus"
    public var numbers: [Int]
    public var isOnline: Bool
    public var arguments: JSONObject {
        ["vcpus": .array(numbers.map { ["logical-id": JSONValue($0), "online": .bool(isOnline)] })]
    }

    public init(_ numbers: [Int], online: Bool) {
        self.numbers = numbers
        isOnline = online
    }

    public static func decode(_ value: JSONValue) throws(VMError) -> Int { try count(value, name) }
}

/// `guest-ssh-get-authorized-keys`: the lines of a user's `authorized_keys`.
public struct GuestSSHGetAuthorizedKeys: GuestCommand {
    public static let name = "guest-ssh-get-authorized-keys"
    public var user: String
    public var arguments: JSONObject { ["username": .string(user)] }

    public init(user: String) { self.user = user }

    public static func decode(_ value: JSONValue) throws(VMError) -> [String] {
        guard let keys = value["keys"]?.array else {
            throw VMError(.protocolViolation, "the answer to '\(name)' has no list of keys")
        }
        return keys.compactMap(\.string)
    }
}

/// `guest-ssh-add-authorized-keys`: adds lines to a user's `authorized_keys`, or replaces it.
public struct GuestSSHAddAuthorizedKeys: GuestCommand, QMPAction {
    public static let name = "guest-ssh-add-authorized-keys"
    public var user: String
    public var keys: [String]
    /// Whether all others go.
    public var replacesAll: Bool
    public var arguments: JSONObject {
        ["username": .string(user), "keys": .array(keys.map { .string($0) }), "reset": .bool(replacesAll)]
    }

    public init(user: String, _ keys: [String], replacingAll: Bool = false) {
        self.user = user
        self.keys = keys
        replacesAll = replacingAll
    }
}

/// `guest-ssh-remove-authorized-keys`: takes lines out of a user's `authorized_keys`.
public struct GuestSSHRemoveAuthorizedKeys: GuestCommand, QMPAction {
    public static let name = "guest-ssh-remove-authorized-keys"
    public var user: String
    public var keys: [String]
    public var arguments: JSONObject { ["username": .string(user), "keys": .array(keys.map { .string($0) })] }

    public init(user: String, _ keys: [String]) {
        self.user = user
        self.keys = keys
    }
}
