public import VMCore
public import VMJSON

/// `query-block`: the devices that have block back ends.
public struct QueryBlock: QMPCommand {
    /// QAPI's `BlockInfo`.
    public struct Device: Sendable, Hashable {
        /// The drive's name; empty for `-blockdev`.
        public var device: String
        /// The QOM path or id of the front end.
        public var qdev: String?
        public var isRemovable: Bool
        /// The guest holds the tray shut.
        public var isLocked: Bool
        /// Nil for devices without a tray.
        public var isTrayOpen: Bool?
        public var ioStatus: String?
        public var medium: Medium?
    }

    /// QAPI's `BlockDeviceInfo`: what is in the device.
    public struct Medium: Sendable, Hashable {
        public var nodeName: String?
        public var file: String
        public var driver: String
        public var isReadOnly: Bool
        /// The backing file, as its image names it.
        public var backingFile: String?
        /// Bytes that the guest sees.
        public var virtualSize: UInt64?
        /// Bytes on disk.
        public var actualSize: UInt64?

        init(_ fields: Fields) throws(VMError) {
            nodeName = fields["node-name"]?.string
            file = try fields.string("file")
            driver = try fields.string("drv")
            isReadOnly = try fields.bool("ro")
            backingFile = fields["backing_file"]?.string
            virtualSize = fields["image"]?["virtual-size"]?.uint64
            actualSize = fields["image"]?["actual-size"]?.uint64
        }
    }

    public static let name = "query-block"
    public init() {}

    public static func decode(_ value: JSONValue) throws(VMError) -> [Device] {
        var devices: [Device] = []
        for fields in try Fields.list(value, of: name) {
            var medium: Medium?
            if let inserted = fields["inserted"] { medium = try Medium(try Fields(inserted, of: name)) }
            devices.append(
                Device(
                    device: try fields.string("device"), qdev: fields["qdev"]?.string,
                    isRemovable: try fields.bool("removable"), isLocked: try fields.bool("locked"),
                    isTrayOpen: fields["tray_open"]?.bool, ioStatus: fields["io-status"]?.string, medium: medium))
        }
        return devices
    }
}

/// `query-named-block-nodes`.
public struct QueryNamedBlockNodes: QMPCommand {
    public static let name = "query-named-block-nodes"
    /// Without the images' backing chains (since 5.0).
    public var isFlat: Bool?
    public init(isFlat: Bool? = nil) { self.isFlat = isFlat }
    public var arguments: JSONObject { MonitorJSON.arguments().with("flat", isFlat).object }
    public func request(for schema: Schema?) -> QMPRequest {
        let takesFlat = schema?.accepts(command: Self.name, argument: "flat") ?? true
        return QMPRequest(Self.name, takesFlat ? arguments : [:])
    }
    public static func decode(_ value: JSONValue) throws(VMError) -> [QueryBlock.Medium] {
        var nodes: [QueryBlock.Medium] = []
        for fields in try Fields.list(value, of: name) { nodes.append(try QueryBlock.Medium(fields)) }
        return nodes
    }
}

/// `query-blockstats`: counters since QEMU's start.
public struct QueryBlockStats: QMPCommand {
    public struct Counters: Sendable, Hashable {
        public var device: String?
        public var nodeName: String?
        public var qdev: String?
        public var readBytes: Int64
        public var readOperations: Int64
        /// Nanoseconds.
        public var readTime: Int64
        public var writtenBytes: Int64
        public var writeOperations: Int64
        public var writeTime: Int64
        public var flushOperations: Int64
        public var flushTime: Int64
        /// The highest byte written.
        public var highestOffset: Int64?
    }
    public static let name = "query-blockstats"
    public var byNode: Bool?
    public init(byNode: Bool? = nil) { self.byNode = byNode }
    public var arguments: JSONObject { MonitorJSON.arguments().with("query-nodes", byNode).object }
    public static func decode(_ value: JSONValue) throws(VMError) -> [Counters] {
        var result: [Counters] = []
        for fields in try Fields.list(value, of: name) {
            let stats = try Fields(fields["stats"] ?? .null, of: name)
            result.append(
                Counters(
                    device: fields["device"]?.string, nodeName: fields["node-name"]?.string,
                    qdev: fields["qdev"]?.string, readBytes: try stats.int64("rd_bytes"),
                    readOperations: try stats.int64("rd_operations"), readTime: try stats.int64("rd_total_time_ns"),
                    writtenBytes: try stats.int64("wr_bytes"), writeOperations: try stats.int64("wr_operations"),
                    writeTime: try stats.int64("wr_total_time_ns"),
                    flushOperations: try stats.int64("flush_operations"),
                    flushTime: try stats.int64("flush_total_time_ns"), highestOffset: stats["wr_highest_offset"]?.int64)
            )
        }
        return result
    }
}

/// `blockdev-add`: a block node from the same keys that `-blockdev` takes.
public struct BlockdevAdd: QMPAction {
    public static let name = "blockdev-add"
    public var options: JSONObject
    public init(_ options: JSONObject) { self.options = options }
    public var arguments: JSONObject { options }
}

/// `blockdev-del`; the node must not be in use.
public struct BlockdevDel: QMPAction {
    public static let name = "blockdev-del"
    public var nodeName: String
    public init(_ nodeName: String) { self.nodeName = nodeName }
    public var arguments: JSONObject { ["node-name": .string(nodeName)] }
}

/// `blockdev-reopen` (since 6.1): changes nodes' options in place.
public struct BlockdevReopen: QMPAction {
    public static let name = "blockdev-reopen"
    public var options: [JSONObject]
    public init(_ options: [JSONObject]) { self.options = options }
    public var arguments: JSONObject { ["options": .array(options.map { .object($0) })] }
}

/// `block_resize`.
public struct BlockResize: QMPAction {
    public static let name = "block_resize"
    public var nodeName: String
    /// Bytes.
    public var size: UInt64
    public init(nodeName: String, size: UInt64) {
        self.nodeName = nodeName
        self.size = size
    }
    public var arguments: JSONObject { ["node-name": .string(nodeName), "size": JSONValue(size)] }
}

/// `block_set_io_throttle`: limits for one device; the members are QAPI's `BlockIOThrottle` without the device.
public struct BlockSetIOThrottle: QMPAction {
    public static let name = "block_set_io_throttle"
    public var device: MediaDevice
    public var limits: JSONObject
    public init(_ device: MediaDevice, limits: JSONObject) {
        self.device = device
        self.limits = limits
    }
    public var arguments: JSONObject { request(for: nil).arguments }
    public func request(for schema: Schema?) -> QMPRequest {
        QMPRequest(Self.name, device.arguments(Self.name, schema).object.merging(limits))
    }
}
