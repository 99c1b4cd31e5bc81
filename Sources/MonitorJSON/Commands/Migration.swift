public import VMCore
public import VMJSON

/// `migrate`: sends the machine's state; MIGRATION events and ``QueryMigrate`` tell how it goes.
public struct Migrate: QMPAction {
    public static let name = "migrate"
    /// `tcp:HOST:PORT`, `unix:PATH`, `fd:NAME`, `file:PATH` (since 8.2).
    public var uri: String
    /// Goes on with a post-copy migration that broke off.
    public var resumes: Bool?
    public init(uri: String, resumes: Bool? = nil) {
        self.uri = uri
        self.resumes = resumes
    }
    public var arguments: JSONObject { MonitorJSON.arguments().with("uri", uri).with("resume", resumes).object }
}

/// `migrate-incoming`: where a QEMU started with `-incoming defer` awaits the state.
public struct MigrateIncoming: QMPAction {
    public static let name = "migrate-incoming"
    public var uri: String
    public init(uri: String) { self.uri = uri }
    public var arguments: JSONObject { ["uri": .string(uri)] }
}

/// `migrate_cancel`.
public struct MigrateCancel: QMPAction {
    public static let name = "migrate_cancel"
    public init() {}
}

/// `migrate-continue`: goes on from a state in which migration waits, such as `pre-switchover`.
public struct MigrateContinue: QMPAction {
    public static let name = "migrate-continue"
    public var state: String
    public init(state: String) { self.state = state }
    public var arguments: JSONObject { ["state": .string(state)] }
}

/// `migrate-start-postcopy`.
public struct MigrateStartPostcopy: QMPAction {
    public static let name = "migrate-start-postcopy"
    public init() {}
}

/// `migrate-set-capabilities`.
public struct MigrateSetCapabilities: QMPAction {
    public static let name = "migrate-set-capabilities"
    public var capabilities: [String: Bool]
    public init(_ capabilities: [String: Bool]) { self.capabilities = capabilities }
    public var arguments: JSONObject {
        let list = capabilities.sorted { $0.key < $1.key }.map { name, isOn -> JSONValue in
            ["capability": .string(name), "state": .bool(isOn)]
        }
        return ["capabilities": .array(list)]
    }
}

/// `query-migrate-capabilities`.
public struct QueryMigrateCapabilities: QMPCommand {
    public static let name = "query-migrate-capabilities"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> [String: Bool] {
        var capabilities: [String: Bool] = [:]
        for fields in try Fields.list(value, of: name) {
            capabilities[try fields.string("capability")] = try fields.bool("state")
        }
        return capabilities
    }
}

/// `migrate-set-parameters`; the members are QAPI's `MigrateSetParameters`.
public struct MigrateSetParameters: QMPAction {
    public static let name = "migrate-set-parameters"
    public var parameters: JSONObject
    public init(_ parameters: JSONObject) { self.parameters = parameters }
    public var arguments: JSONObject { parameters }
}

/// `query-migrate-parameters`.
public struct QueryMigrateParameters: QMPCommand {
    public static let name = "query-migrate-parameters"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> JSONObject { try Fields(value, of: name).object }
}

/// `query-migrate`: how the last or current migration goes.
public struct QueryMigrate: QMPCommand {
    public struct Reply: Sendable, Hashable {
        /// QAPI's `MigrationStatus`; nil when there has been none.
        public var status: String?
        public var error: String?
        /// Milliseconds since the start.
        public var totalTime: Int64?
        public var expectedDowntime: Int64?
        public var downtime: Int64?
        public var ram: Memory?
        public var blockedReasons: [String]
    }
    public struct Memory: Sendable, Hashable {
        public var transferred: Int64
        public var remaining: Int64
        public var total: Int64
        public var dirtySyncCount: Int64?
    }
    public static let name = "query-migrate"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> Reply {
        let fields = try Fields(value, of: name)
        var memory: Memory?
        if let ram = fields["ram"] {
            let ram = try Fields(ram, of: name)
            memory = Memory(
                transferred: try ram.int64("transferred"), remaining: try ram.int64("remaining"),
                total: try ram.int64("total"), dirtySyncCount: ram["dirty-sync-count"]?.int64)
        }
        return Reply(
            status: fields["status"]?.string, error: fields["error-desc"]?.string,
            totalTime: fields["total-time"]?.int64, expectedDowntime: fields["expected-downtime"]?.int64,
            downtime: fields["downtime"]?.int64, ram: memory,
            blockedReasons: fields["blocked-reasons"]?.array?.compactMap(\.string) ?? [])
    }
}

/// `dump-guest-memory`: a core dump of the guest.
public struct DumpGuestMemory: QMPAction {
    public static let name = "dump-guest-memory"
    /// `file:PATH` or `fd:NAME`.
    public var destination: String
    /// Whether the guest's page tables are walked; slow, and the guest must be trusted.
    public var paging: Bool
    /// Answers at once and sends DUMP_COMPLETED when done.
    public var detach: Bool?
    /// `elf`, `kdump-zlib`, `kdump-lzo`, `kdump-snappy`, `win-dmp` …
    public var format: String?
    public init(destination: String, paging: Bool = false, detach: Bool? = nil, format: String? = nil) {
        self.destination = destination
        self.paging = paging
        self.detach = detach
        self.format = format
    }
    public var arguments: JSONObject {
        MonitorJSON.arguments().with("paging", paging).with("protocol", destination).with("detach", detach)
            .with("format", format).object
    }
}

/// `query-dump`.
public struct QueryDump: QMPCommand {
    public struct Reply: Sendable, Hashable {
        /// `none`, `active`, `completed` or `failed`.
        public var status: String
        /// Bytes.
        public var completed: Int64
        public var total: Int64
    }
    public static let name = "query-dump"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> Reply {
        let fields = try Fields(value, of: name)
        return Reply(
            status: try fields.string("status"), completed: try fields.int64("completed"),
            total: try fields.int64("total"))
    }
}
