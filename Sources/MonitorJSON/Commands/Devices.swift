public import VMCore
public import VMJSON

/// `device_add`: the same keys that `-device` takes, `driver` among them.
public struct DeviceAdd: QMPAction {
    public static let name = "device_add"
    public var options: JSONObject
    public init(_ options: JSONObject) { self.options = options }
    public var arguments: JSONObject { options }
}

/// `device_del`: asks the guest to let go of a device. The answer means only that it was asked: DEVICE_DELETED tells that
/// the device is gone, DEVICE_UNPLUG_GUEST_ERROR that the guest refused.
public struct DeviceDel: QMPAction {
    public static let name = "device_del"
    /// The id or the QOM path.
    public var id: String
    public init(_ id: String) { self.id = id }
    public var arguments: JSONObject { ["id": .string(id)] }
}

/// `device-list-properties`: what a device type takes.
public struct DeviceListProperties: QMPCommand {
    public static let name = "device-list-properties"
    public var typeName: String
    public init(_ typeName: String) { self.typeName = typeName }
    public var arguments: JSONObject { ["typename": .string(typeName)] }
    public static func decode(_ value: JSONValue) throws(VMError) -> [ObjectProperty] {
        try ObjectProperty.list(value, name)
    }
}

/// QAPI's `ObjectPropertyInfo`.
public struct ObjectProperty: Sendable, Hashable {
    public var name: String
    /// `bool`, `str`, `uint32`, `child<…>`, `link<…>` …
    public var type: String
    public var summary: String?
    public var defaultValue: JSONValue?

    static func list(_ value: JSONValue, _ command: String) throws(VMError) -> [ObjectProperty] {
        var properties: [ObjectProperty] = []
        for fields in try Fields.list(value, of: command) {
            properties.append(
                ObjectProperty(
                    name: try fields.string("name"), type: try fields.string("type"),
                    summary: fields["description"]?.string, defaultValue: fields["default-value"]))
        }
        return properties
    }
}

/// `qom-list`: the properties of an object.
public struct QOMList: QMPCommand {
    public static let name = "qom-list"
    public var path: String
    public init(_ path: String) { self.path = path }
    public var arguments: JSONObject { ["path": .string(path)] }
    public static func decode(_ value: JSONValue) throws(VMError) -> [ObjectProperty] {
        try ObjectProperty.list(value, name)
    }
}

/// `qom-list-properties`: what an object type has.
public struct QOMListProperties: QMPCommand {
    public static let name = "qom-list-properties"
    public var typeName: String
    public init(_ typeName: String) { self.typeName = typeName }
    public var arguments: JSONObject { ["typename": .string(typeName)] }
    public static func decode(_ value: JSONValue) throws(VMError) -> [ObjectProperty] {
        try ObjectProperty.list(value, name)
    }
}

/// `qom-list-types`: the names of object types.
public struct QOMListTypes: QMPCommand {
    public static let name = "qom-list-types"
    public var implements: String?
    public var includesAbstract: Bool?
    public init(implements: String? = nil, includesAbstract: Bool? = nil) {
        self.implements = implements
        self.includesAbstract = includesAbstract
    }
    public var arguments: JSONObject {
        MonitorJSON.arguments().with("implements", implements).with("abstract", includesAbstract).object
    }
    public static func decode(_ value: JSONValue) throws(VMError) -> [String] {
        var names: [String] = []
        for fields in try Fields.list(value, of: name) { names.append(try fields.string("name")) }
        return names
    }
}

/// `qom-get`.
public struct QOMGet: QMPCommand {
    public typealias Reply = JSONValue
    public static let name = "qom-get"
    public var path: String
    public var property: String
    public init(_ path: String, _ property: String) {
        self.path = path
        self.property = property
    }
    public var arguments: JSONObject { ["path": .string(path), "property": .string(property)] }
}

/// `qom-set`.
public struct QOMSet: QMPAction {
    public static let name = "qom-set"
    public var path: String
    public var property: String
    public var value: JSONValue
    public init(_ path: String, _ property: String, _ value: JSONValue) {
        self.path = path
        self.property = property
        self.value = value
    }
    public var arguments: JSONObject {
        ["path": .string(path), "property": .string(property), "value": value]
    }
}

/// `object-add`: the same keys that `-object` takes. Before 6.0 the properties stood in an object `props`.
public struct ObjectAdd: QMPAction {
    public static let name = "object-add"
    public var type: String
    public var id: String
    public var properties: JSONObject
    public init(_ type: String, id: String, _ properties: JSONObject = [:]) {
        self.type = type
        self.id = id
        self.properties = properties
    }
    public var arguments: JSONObject {
        (["qom-type": .string(type), "id": .string(id)] as JSONObject).merging(properties)
    }
    public func request(for schema: Schema?) -> QMPRequest {
        guard let schema, schema.accepts(command: Self.name, argument: "props"), !properties.isEmpty else {
            return QMPRequest(Self.name, arguments)
        }
        return QMPRequest(
            Self.name, ["qom-type": .string(type), "id": .string(id), "props": .object(properties)])
    }
}

/// `object-del`.
public struct ObjectDel: QMPAction {
    public static let name = "object-del"
    public var id: String
    public init(_ id: String) { self.id = id }
    public var arguments: JSONObject { ["id": .string(id)] }
}

/// `netdev_add`: the same keys that `-netdev` takes.
public struct NetdevAdd: QMPAction {
    public static let name = "netdev_add"
    public var options: JSONObject
    public init(_ options: JSONObject) { self.options = options }
    public var arguments: JSONObject { options }
}

/// `netdev_del`.
public struct NetdevDel: QMPAction {
    public static let name = "netdev_del"
    public var id: String
    public init(_ id: String) { self.id = id }
    public var arguments: JSONObject { ["id": .string(id)] }
}

/// `set_link`: plugs a network cable in or out.
public struct SetLink: QMPAction {
    public static let name = "set_link"
    public var id: String
    public var isUp: Bool
    public init(_ id: String, isUp: Bool) {
        self.id = id
        self.isUp = isUp
    }
    public var arguments: JSONObject { ["name": .string(id), "up": .bool(isUp)] }
}

/// `query-chardev`: the character devices and where each leads, such as `pty:/dev/pts/3`.
public struct QueryChardev: QMPCommand {
    public struct Chardev: Sendable, Hashable {
        public var id: String
        public var filename: String
        public var isFrontendOpen: Bool
        /// The terminal's path when it is a pty.
        public var terminal: String? { filename.hasPrefix("pty:") ? String(filename.dropFirst(4)) : nil }
    }
    public static let name = "query-chardev"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> [Chardev] {
        var devices: [Chardev] = []
        for fields in try Fields.list(value, of: name) {
            devices.append(
                Chardev(
                    id: try fields.string("label"), filename: try fields.string("filename"),
                    isFrontendOpen: fields["frontend-open"]?.bool ?? true))
        }
        return devices
    }
}

/// `chardev-add`: a back end as QAPI's `ChardevBackend`. The answer names the terminal when a pty was made.
public struct ChardevAdd: QMPCommand {
    public static let name = "chardev-add"
    public var id: String
    public var backend: JSONObject
    public init(_ id: String, backend: JSONObject) {
        self.id = id
        self.backend = backend
    }
    public var arguments: JSONObject { ["id": .string(id), "backend": .object(backend)] }
    public static func decode(_ value: JSONValue) throws(VMError) -> String? { value["pty"]?.string }
}

/// `chardev-remove`.
public struct ChardevRemove: QMPAction {
    public static let name = "chardev-remove"
    public var id: String
    public init(_ id: String) { self.id = id }
    public var arguments: JSONObject { ["id": .string(id)] }
}
