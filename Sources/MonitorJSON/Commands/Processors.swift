public import VMCore
public import VMJSON

/// `query-cpus-fast` (since 2.12; `query-cpus` before, which interrupts the guest).
public struct QueryCPUs: QMPCommand {
    public struct CPU: Sendable, Hashable {
        public var index: Int
        /// The thread of QEMU that runs it.
        public var threadID: Int
        public var path: String
        /// Where it sits: `socket-id`, `die-id`, `core-id`, `thread-id`, `node-id`.
        public var properties: JSONObject
    }
    public static let name = "query-cpus-fast"
    public init() {}
    public func request(for schema: Schema?) -> QMPRequest {
        QMPRequest(schema.map { $0.firstCommand(Self.name, "query-cpus") } ?? Self.name)
    }
    public static func decode(_ value: JSONValue) throws(VMError) -> [CPU] {
        var processors: [CPU] = []
        for fields in try Fields.list(value, of: name) {
            let isOld = fields["CPU"] != nil
            processors.append(
                CPU(
                    index: try fields.int(isOld ? "CPU" : "cpu-index"),
                    threadID: try fields.int(isOld ? "thread_id" : "thread-id"),
                    path: fields[isOld ? "qom_path" : "qom-path"]?.string ?? "",
                    properties: fields["props"]?.object ?? [:]))
        }
        return processors
    }
}

/// `query-hotpluggable-cpus`: the places for processors, taken and free.
public struct QueryHotpluggableCPUs: QMPCommand {
    public struct Place: Sendable, Hashable {
        public var type: String
        public var count: Int
        /// The keys that `device_add` needs.
        public var properties: JSONObject
        /// The object there; nil when the place is free.
        public var path: String?
    }
    public static let name = "query-hotpluggable-cpus"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> [Place] {
        var places: [Place] = []
        for fields in try Fields.list(value, of: name) {
            places.append(
                Place(
                    type: try fields.string("type"), count: try fields.int("vcpus-count"),
                    properties: fields["props"]?.object ?? [:], path: fields["qom-path"]?.string))
        }
        return places
    }
}

/// `query-cpu-definitions`: the CPU models.
public struct QueryCPUDefinitions: QMPCommand {
    public struct Model: Sendable, Hashable {
        public var name: String
        public var typeName: String?
        /// What keeps it from running here; nil when QEMU can't tell.
        public var unavailableFeatures: [String]?
        public var isDeprecated: Bool
        /// The versioned name an unversioned one stands for with the machine at hand.
        public var aliasOf: String?
    }
    public static let name = "query-cpu-definitions"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> [Model] {
        var models: [Model] = []
        for fields in try Fields.list(value, of: name) {
            models.append(
                Model(
                    name: try fields.string("name"), typeName: fields["typename"]?.string,
                    unavailableFeatures: fields["unavailable-features"]?.array?.compactMap(\.string),
                    isDeprecated: fields["deprecated"]?.bool ?? false, aliasOf: fields["alias-of"]?.string))
        }
        return models
    }
}

/// `query-cpu-model-expansion`: a model spelt out as features.
public struct QueryCPUModelExpansion: QMPCommand {
    public struct Reply: Sendable, Hashable {
        public var name: String
        public var properties: JSONObject
    }
    public static let name = "query-cpu-model-expansion"
    /// `static` or `full`.
    public var type: String
    public var model: String
    public var properties: JSONObject
    public init(_ type: String, model: String, properties: JSONObject = [:]) {
        self.type = type
        self.model = model
        self.properties = properties
    }
    public var arguments: JSONObject {
        var model: JSONObject = ["name": .string(model)]
        if !properties.isEmpty { model["props"] = .object(properties) }
        return ["type": .string(type), "model": .object(model)]
    }
    public static func decode(_ value: JSONValue) throws(VMError) -> Reply {
        let fields = try Fields(try Fields(value, of: name)["model"] ?? .null, of: name)
        return Reply(name: try fields.string("name"), properties: fields["props"]?.object ?? [:])
    }
}
