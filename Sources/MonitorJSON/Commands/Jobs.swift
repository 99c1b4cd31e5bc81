public import VMCore
public import VMJSON

/// `query-jobs` (since 3.0): everything that runs in the background.
public struct QueryJobs: QMPCommand {
    public struct Job: Sendable, Hashable {
        public var id: String
        /// `commit`, `stream`, `mirror`, `backup`, `create`, `amend`, `snapshot-save` …
        public var type: String
        /// QAPI's `JobStatus`: `created`, `running`, `ready`, `concluded` …
        public var status: String
        public var progress: Int64
        public var total: Int64
        /// Why it failed; nil while it has not.
        public var error: String?
    }
    public static let name = "query-jobs"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> [Job] {
        var jobs: [Job] = []
        for fields in try Fields.list(value, of: name) {
            jobs.append(
                Job(
                    id: try fields.string("id"), type: try fields.string("type"), status: try fields.string("status"),
                    progress: try fields.int64("current-progress"), total: try fields.int64("total-progress"),
                    error: fields["error"]?.string))
        }
        return jobs
    }
}

/// What a job can be told, all since 3.0: `job-cancel`, `job-complete`, `job-finalize`, `job-dismiss`, `job-pause`,
/// `job-resume`.
public struct JobControl: QMPAction {
    public enum Verb: String, Sendable { case cancel, complete, finalize, dismiss, pause, resume }

    public static let name = "job-cancel"
    public var verb: Verb
    public var id: String
    public init(_ verb: Verb, _ id: String) {
        self.verb = verb
        self.id = id
    }
    public var arguments: JSONObject { ["id": .string(id)] }
    public func request(for schema: Schema?) -> QMPRequest { QMPRequest("job-" + verb.rawValue, arguments) }
}

/// `block-commit`: writes a layer down into the one below it.
public struct BlockCommit: QMPAction {
    public static let name = "block-commit"
    public var jobID: String
    /// The node at the top of the chain.
    public var device: String
    public var topNode: String?
    public var baseNode: String?
    public var backingFile: String?
    /// Whether an image whose format is that of its storage is noted as raw (since 9.0).
    public var masksProtocol: Bool?
    public var speed: Int64?
    /// Whether the job changes the chain by itself when its work is done, or waits for `job-finalize`.
    public var autoFinalize: Bool?
    /// Whether the job stays listed until it is dismissed; so that its error can be read.
    public var autoDismiss: Bool?
    public init(
        jobID: String, device: String, topNode: String? = nil, baseNode: String? = nil, backingFile: String? = nil,
        masksProtocol: Bool? = nil, speed: Int64? = nil, autoFinalize: Bool? = nil, autoDismiss: Bool? = nil
    ) {
        self.autoFinalize = autoFinalize
        self.masksProtocol = masksProtocol
        self.jobID = jobID
        self.device = device
        self.topNode = topNode
        self.baseNode = baseNode
        self.backingFile = backingFile
        self.speed = speed
        self.autoDismiss = autoDismiss
    }
    public var arguments: JSONObject {
        MonitorJSON.arguments().with("job-id", jobID).with("device", device).with("top-node", topNode)
            .with("base-node", baseNode).with("backing-file", backingFile)
            .with("backing-mask-protocol", masksProtocol).with("speed", speed).with("auto-finalize", autoFinalize)
            .with("auto-dismiss", autoDismiss).object
    }
}

/// `block-stream`: copies a backing layer up into the one above it.
public struct BlockStream: QMPAction {
    public static let name = "block-stream"
    public var jobID: String
    public var device: String
    public var baseNode: String?
    public var backingFile: String?
    /// Whether an image whose format is that of its storage is noted as raw (since 9.0).
    public var masksProtocol: Bool?
    public var speed: Int64?
    /// Whether the job changes the chain by itself when its work is done, or waits for `job-finalize`.
    public var autoFinalize: Bool?
    public var autoDismiss: Bool?
    public init(
        jobID: String, device: String, baseNode: String? = nil, backingFile: String? = nil,
        masksProtocol: Bool? = nil, speed: Int64? = nil, autoFinalize: Bool? = nil, autoDismiss: Bool? = nil
    ) {
        self.autoFinalize = autoFinalize
        self.masksProtocol = masksProtocol
        self.jobID = jobID
        self.device = device
        self.baseNode = baseNode
        self.backingFile = backingFile
        self.speed = speed
        self.autoDismiss = autoDismiss
    }
    public var arguments: JSONObject {
        MonitorJSON.arguments().with("job-id", jobID).with("device", device).with("base-node", baseNode)
            .with("backing-file", backingFile).with("backing-mask-protocol", masksProtocol).with("speed", speed)
            .with("auto-finalize", autoFinalize).with("auto-dismiss", autoDismiss).object
    }
}

/// `blockdev-mirror`: copies a device to another node and keeps both alike.
public struct BlockdevMirror: QMPAction {
    public static let name = "blockdev-mirror"
    public var jobID: String
    public var device: String
    public var target: String
    /// `top`, `full`, `none`.
    public var sync: String
    public var speed: Int64?
    /// Bytes that are looked at together.
    public var granularity: UInt32?
    /// Bytes that are on their way at most.
    public var bufferSize: Int64?
    /// `background`, or `write-blocking`, in which the guest's writes wait for the copy.
    public var copyMode: String?
    public var autoDismiss: Bool?
    public init(
        jobID: String, device: String, target: String, sync: String = "full", speed: Int64? = nil,
        granularity: UInt32? = nil, bufferSize: Int64? = nil, copyMode: String? = nil, autoDismiss: Bool? = nil
    ) {
        self.granularity = granularity
        self.bufferSize = bufferSize
        self.copyMode = copyMode
        self.jobID = jobID
        self.device = device
        self.target = target
        self.sync = sync
        self.speed = speed
        self.autoDismiss = autoDismiss
    }
    public var arguments: JSONObject {
        MonitorJSON.arguments().with("job-id", jobID).with("device", device).with("target", target).with("sync", sync)
            .with("speed", speed).with("granularity", granularity.map { Int64($0) }).with("buf-size", bufferSize)
            .with("copy-mode", copyMode).with("auto-dismiss", autoDismiss).object
    }
}

/// `blockdev-backup`: copies a device as it was at the job's start.
public struct BlockdevBackup: QMPAction {
    public static let name = "blockdev-backup"
    public var jobID: String
    public var device: String
    public var target: String
    /// `full`, `top`, `none`, `incremental`.
    public var sync: String
    public var speed: Int64?
    /// What is copied, for `incremental`.
    public var bitmap: String?
    public var autoDismiss: Bool?
    public init(
        jobID: String, device: String, target: String, sync: String = "full", speed: Int64? = nil,
        bitmap: String? = nil, autoDismiss: Bool? = nil
    ) {
        self.bitmap = bitmap
        self.autoDismiss = autoDismiss
        self.jobID = jobID
        self.device = device
        self.target = target
        self.sync = sync
        self.speed = speed
    }
    public var arguments: JSONObject {
        MonitorJSON.arguments().with("job-id", jobID).with("device", device).with("target", target).with("sync", sync)
            .with("speed", speed).with("bitmap", bitmap).with("auto-dismiss", autoDismiss).object
    }
}

/// `blockdev-snapshot`: puts an overlay that has been added already on top of a node.
public struct BlockdevSnapshot: QMPAction {
    public static let name = "blockdev-snapshot"
    public var node: String
    public var overlay: String
    public init(node: String, overlay: String) {
        self.node = node
        self.overlay = overlay
    }
    public var arguments: JSONObject { ["node": .string(node), "overlay": .string(overlay)] }
}

/// `transaction`: several block actions that happen all or not at all.
public struct Transaction: QMPAction {
    public static let name = "transaction"
    public var actions: [QMPRequest]
    public init(_ actions: [QMPRequest]) { self.actions = actions }
    public var arguments: JSONObject {
        let list = actions.map { action -> JSONValue in
            ["type": .string(action.command), "data": .object(action.arguments)]
        }
        return ["actions": .array(list)]
    }
}

/// `snapshot-save`, `snapshot-load` and `snapshot-delete` (since 6.0): a machine's state inside its images, as a job.
public struct Snapshot: QMPAction {
    public enum Verb: String, Sendable { case save, load, delete }

    public static let name = "snapshot-save"
    public var verb: Verb
    public var jobID: String
    /// The snapshot's name.
    public var tag: String
    /// The nodes whose images take part.
    public var devices: [String]
    /// The node whose image holds the machine's state; not for deletion.
    public var vmstate: String?
    public init(_ verb: Verb, jobID: String, tag: String, devices: [String], vmstate: String?) {
        self.verb = verb
        self.jobID = jobID
        self.tag = tag
        self.devices = devices
        self.vmstate = vmstate
    }
    public var arguments: JSONObject {
        MonitorJSON.arguments().with("job-id", jobID).with("tag", tag).with("devices", devices)
            .with("vmstate", verb == .delete ? nil : vmstate).object
    }
    public func request(for schema: Schema?) -> QMPRequest { QMPRequest("snapshot-" + verb.rawValue, arguments) }
}
