public import VMCore
public import VMJSON

/// `query-block-jobs`: the jobs that work on block devices.
public struct QueryBlockJobs: QMPCommand {
    public struct Job: Sendable, Hashable {
        /// The job's id.
        public var id: String
        /// `commit`, `stream`, `mirror`, `backup`.
        public var type: String
        /// Bytes that are done; of a mirror that has caught up it is ``length`` and grows with it.
        public var offset: UInt64
        public var length: UInt64
        /// Bytes a second at most; 0 is as fast as it goes.
        public var speed: UInt64
        public var isBusy: Bool
        public var isPaused: Bool
        /// A mirror has caught up, and can be completed.
        public var isReady: Bool
        /// QAPI's `JobStatus`.
        public var status: String
        public var error: String?
    }
    public static let name = "query-block-jobs"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> [Job] {
        var jobs: [Job] = []
        for fields in try Fields.list(value, of: name) {
            jobs.append(
                Job(
                    id: try fields.string("device"), type: try fields.string("type"),
                    offset: try fields.uint64("offset"), length: try fields.uint64("len"),
                    speed: try fields.uint64("speed"), isBusy: try fields.bool("busy"),
                    isPaused: try fields.bool("paused"), isReady: try fields.bool("ready"),
                    status: fields["status"]?.string ?? "", error: fields["error"]?.string))
        }
        return jobs
    }
}

/// `block-job-set-speed`: bytes a second at most; 0 is as fast as it goes.
public struct BlockJobSetSpeed: QMPAction {
    public static let name = "block-job-set-speed"
    public var id: String
    public var speed: UInt64
    public init(_ id: String, speed: UInt64) {
        self.id = id
        self.speed = speed
    }
    public var arguments: JSONObject { ["device": .string(id), "speed": JSONValue(speed)] }
}

/// `block-job-cancel`: ends a job. A mirror that has caught up is completed without a pivot, unless it is by force.
public struct BlockJobCancel: QMPAction {
    public static let name = "block-job-cancel"
    public var id: String
    public var force: Bool?
    public init(_ id: String, force: Bool? = nil) {
        self.id = id
        self.force = force
    }
    public var arguments: JSONObject {
        MonitorJSON.arguments().with("device", id).with("force", force).object
    }
}

/// `blockdev-create` (since 3.0): makes an image on a node that is there, as a job that has to be dismissed.
public struct BlockdevCreate: QMPAction {
    public static let name = "blockdev-create"
    public var jobID: String
    /// QAPI's `BlockdevCreateOptions`.
    public var options: JSONObject
    public init(jobID: String, options: JSONObject) {
        self.jobID = jobID
        self.options = options
    }
    public var arguments: JSONObject { ["job-id": .string(jobID), "options": .object(options)] }
}

/// `blockdev-set-active` (since 10.0): gives nodes up, so that what they hold is in their images, or takes them back.
public struct BlockdevSetActive: QMPAction {
    public static let name = "blockdev-set-active"
    /// Nil is all of them.
    public var nodeName: String?
    public var isActive: Bool
    public init(nodeName: String? = nil, isActive: Bool) {
        self.nodeName = nodeName
        self.isActive = isActive
    }
    public var arguments: JSONObject {
        MonitorJSON.arguments().with("node-name", nodeName).with("active", isActive).object
    }
}

/// `block-dirty-bitmap-add`, `-remove`, `-clear`, `-enable`, `-disable`: what notes which blocks are written.
public struct DirtyBitmap: QMPAction {
    public enum Verb: String, Sendable { case add, remove, clear, enable, disable }

    public static let name = "block-dirty-bitmap-add"
    public var verb: Verb
    public var node: String
    public var bitmap: String
    /// Only when it is added: bytes for each bit.
    public var granularity: UInt32?
    /// Only when it is added: whether it is kept in the image.
    public var isPersistent: Bool?
    /// Only when it is added: whether it notes nothing yet.
    public var isDisabled: Bool?
    public init(
        _ verb: Verb, node: String, bitmap: String, granularity: UInt32? = nil, isPersistent: Bool? = nil,
        isDisabled: Bool? = nil
    ) {
        self.verb = verb
        self.node = node
        self.bitmap = bitmap
        self.granularity = granularity
        self.isPersistent = isPersistent
        self.isDisabled = isDisabled
    }
    public var arguments: JSONObject {
        MonitorJSON.arguments().with("node", node).with("name", bitmap)
            .with("granularity", granularity.map { Int64($0) }).with("persistent", isPersistent)
            .with("disabled", isDisabled).object
    }
    public func request(for schema: Schema?) -> QMPRequest {
        QMPRequest("block-dirty-bitmap-" + verb.rawValue, arguments)
    }
}

/// `block-dirty-bitmap-merge` (since 4.0): adds what other bitmaps noted to one.
public struct DirtyBitmapMerge: QMPAction {
    /// A bitmap of a node.
    public struct Source: Sendable, Hashable {
        public var node: String
        public var bitmap: String
        public init(node: String, bitmap: String) {
            self.node = node
            self.bitmap = bitmap
        }
    }

    public static let name = "block-dirty-bitmap-merge"
    public var node: String
    public var target: String
    public var sources: [Source]
    public init(node: String, target: String, sources: [Source]) {
        self.node = node
        self.target = target
        self.sources = sources
    }
    public var arguments: JSONObject {
        let list = sources.map { source -> JSONValue in
            ["node": .string(source.node), "name": .string(source.bitmap)]
        }
        return ["node": .string(node), "target": .string(target), "bitmaps": .array(list)]
    }
}

/// `nbd-server-start`: serves block nodes; QEMU has one server at most.
public struct NBDServerStart: QMPAction {
    public static let name = "nbd-server-start"
    /// QAPI's `SocketAddressLegacy`.
    public var address: JSONObject
    public var tlsCredentials: String?
    public var maxConnections: UInt32?
    public init(address: JSONObject, tlsCredentials: String? = nil, maxConnections: UInt32? = nil) {
        self.address = address
        self.tlsCredentials = tlsCredentials
        self.maxConnections = maxConnections
    }

    /// On a socket of this host.
    public static func unix(_ path: String) -> NBDServerStart {
        NBDServerStart(address: ["type": "unix", "data": ["path": .string(path)]])
    }

    /// On a port.
    public static func tcp(host: String, port: UInt16) -> NBDServerStart {
        NBDServerStart(
            address: ["type": "inet", "data": ["host": .string(host), "port": .string(String(port))]])
    }

    public var arguments: JSONObject {
        MonitorJSON.arguments().with("addr", address).with("tls-creds", tlsCredentials)
            .with("max-connections", maxConnections.map { Int64($0) }).object
    }
}

/// `nbd-server-stop`.
public struct NBDServerStop: QMPAction {
    public static let name = "nbd-server-stop"
    public init() {}
}

/// `block-export-add` (since 5.2): lets clients of the server have a node.
public struct BlockExportAdd: QMPAction {
    public static let name = "block-export-add"
    public var id: String
    public var nodeName: String
    /// `nbd`.
    public var type: String
    /// What clients call it; the node's name when it isn't given.
    public var exportName: String?
    public var isWritable: Bool?
    /// Bitmaps that clients may ask for.
    public var bitmaps: [String]?
    public init(
        id: String, nodeName: String, type: String = "nbd", exportName: String? = nil, isWritable: Bool? = nil,
        bitmaps: [String]? = nil
    ) {
        self.id = id
        self.nodeName = nodeName
        self.type = type
        self.exportName = exportName
        self.isWritable = isWritable
        self.bitmaps = bitmaps
    }
    public var arguments: JSONObject {
        MonitorJSON.arguments().with("type", type).with("id", id).with("node-name", nodeName)
            .with("name", exportName).with("writable", isWritable).with("bitmaps", bitmaps).object
    }
}

/// `block-export-del` (since 5.2).
public struct BlockExportDel: QMPAction {
    public static let name = "block-export-del"
    public var id: String
    /// `safe` fails while clients are there, `hard` sends them away.
    public var mode: String?
    public init(_ id: String, mode: String? = nil) {
        self.id = id
        self.mode = mode
    }
    public var arguments: JSONObject { MonitorJSON.arguments().with("id", id).with("mode", mode).object }
}

/// `query-block-exports` (since 5.2).
public struct QueryBlockExports: QMPCommand {
    public struct Export: Sendable, Hashable {
        public var id: String
        public var type: String
        public var nodeName: String
        public var isShuttingDown: Bool
    }
    public static let name = "query-block-exports"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> [Export] {
        var exports: [Export] = []
        for fields in try Fields.list(value, of: name) {
            exports.append(
                Export(
                    id: try fields.string("id"), type: try fields.string("type"),
                    nodeName: try fields.string("node-name"), isShuttingDown: try fields.bool("shutting-down")))
        }
        return exports
    }
}
