public import VMCore
public import VMJSON

/// `query-version`.
public struct QueryVersion: QMPCommand {
    public static let name = "query-version"
    public init() {}

    public static func decode(_ value: JSONValue) throws(VMError) -> QEMUVersion {
        guard let version = QEMUVersion(value) else {
            throw VMError(.protocolViolation, "the answer to 'query-version' holds no version")
        }
        return version
    }
}

/// `query-name`: the name given with `-name`, if any.
public struct QueryName: QMPCommand {
    public static let name = "query-name"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> String? {
        try Fields(value, of: name)["name"]?.string
    }
}

/// `query-uuid`: all zero when none was given.
public struct QueryUUID: QMPCommand {
    public static let name = "query-uuid"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> UUID {
        let text = try Fields(value, of: name).string("UUID")
        guard let uuid = UUID(text) else { throw VMError(.protocolViolation, "'\(text)' is no UUID") }
        return uuid
    }
}

/// `query-target`: the architecture that is emulated, such as `x86_64`.
public struct QueryTarget: QMPCommand {
    public static let name = "query-target"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> String {
        try Fields(value, of: name).string("arch")
    }
}

/// `query-kvm`: whether KVM is in use and whether this QEMU could use it.
public struct QueryKVM: QMPCommand {
    public struct Reply: Sendable, Hashable {
        public var isEnabled: Bool
        public var isPresent: Bool
    }
    public static let name = "query-kvm"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> Reply {
        let fields = try Fields(value, of: name)
        return Reply(isEnabled: try fields.bool("enabled"), isPresent: try fields.bool("present"))
    }
}

/// `query-machines`: the machine types.
public struct QueryMachines: QMPCommand {
    public struct Machine: Sendable, Hashable {
        public var name: String
        /// The versioned name's short form, such as `q35`.
        public var alias: String?
        public var isDefault: Bool
        public var cpuMax: Int
        public var canHotplugCPUs: Bool
        public var isDeprecated: Bool
        /// The type of CPU used when none is named, such as `qemu64-x86_64-cpu`.
        public var defaultCPUType: String?
        public var defaultRAMID: String?
        public var acceptsNUMA: Bool
        public var hasACPI: Bool?
    }
    public static let name = "query-machines"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> [Machine] {
        var machines: [Machine] = []
        for fields in try Fields.list(value, of: name) {
            machines.append(
                Machine(
                    name: try fields.string("name"), alias: fields["alias"]?.string,
                    isDefault: fields["is-default"]?.bool ?? false, cpuMax: try fields.int("cpu-max"),
                    canHotplugCPUs: fields["hotpluggable-cpus"]?.bool ?? false,
                    isDeprecated: fields["deprecated"]?.bool ?? false,
                    defaultCPUType: fields["default-cpu-type"]?.string, defaultRAMID: fields["default-ram-id"]?.string,
                    acceptsNUMA: fields["numa-mem-supported"]?.bool ?? false, hasACPI: fields["acpi"]?.bool))
        }
        return machines
    }
}

/// `query-iothreads`.
public struct QueryIOThreads: QMPCommand {
    public struct IOThread: Sendable, Hashable {
        public var id: String
        public var threadID: Int
        /// Nanoseconds.
        public var pollMax: Int64?
    }
    public static let name = "query-iothreads"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> [IOThread] {
        var threads: [IOThread] = []
        for fields in try Fields.list(value, of: name) {
            threads.append(
                IOThread(
                    id: try fields.string("id"), threadID: try fields.int("thread-id"),
                    pollMax: fields["poll-max-ns"]?.int64))
        }
        return threads
    }
}

/// `human-monitor-command`: a line for QEMU's human monitor, whose text comes back. For people only: its form changes,
/// and its errors are plain text too.
public struct HumanMonitorCommand: QMPCommand {
    public static let name = "human-monitor-command"
    public var line: String
    public var cpuIndex: Int?
    public init(_ line: String, cpuIndex: Int? = nil) {
        self.line = line
        self.cpuIndex = cpuIndex
    }
    public var arguments: JSONObject {
        MonitorJSON.arguments().with("command-line", line).with("cpu-index", cpuIndex).object
    }
    /// The text with newlines instead of QEMU's CR LF.
    public static func decode(_ value: JSONValue) throws(VMError) -> String {
        guard case .string(let text) = value else {
            throw VMError(.protocolViolation, "the answer to '\(name)' is \(value.kind), no string")
        }
        return String(decoding: text.utf8.filter { $0 != 0x0d }, as: UTF8.self)
    }
}

/// `query-commands`: the names of the commands.
public struct QueryCommands: QMPCommand {
    public static let name = "query-commands"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> [String] {
        var names: [String] = []
        for fields in try Fields.list(value, of: name) { names.append(try fields.string("name")) }
        return names
    }
}

/// `query-qmp-schema` (since 2.5): everything that can be said to this QEMU.
public struct QuerySchema: QMPCommand {
    public static let name = "query-qmp-schema"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> Schema { try Schema(value) }
}

/// `query-command-line-options`: the options of QEMU's command line as far as QEMU tells them, with their parameters.
public struct QueryCommandLineOptions: QMPCommand {
    public struct Option: Sendable, Hashable {
        public var name: String
        public var parameters: [String]
    }
    public static let name = "query-command-line-options"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> [Option] {
        var options: [Option] = []
        for fields in try Fields.list(value, of: name) {
            let parameters = fields["parameters"]?.array ?? []
            options.append(
                Option(name: try fields.string("option"), parameters: parameters.compactMap { $0["name"]?.string }))
        }
        return options
    }
}
