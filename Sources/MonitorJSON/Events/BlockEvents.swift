public import VMJSON

/// DEVICE_TRAY_MOVED.
public struct TrayMovedEvent: TypedEvent, Hashable {
    public static let name = "DEVICE_TRAY_MOVED"
    /// The drive's name; empty for `-blockdev`.
    public var device: String
    /// The front end's id or path.
    public var id: String
    public var isOpen: Bool
    public init?(_ data: JSONObject) {
        guard let isOpen = data["tray-open"]?.bool else { return nil }
        self.isOpen = isOpen
        device = data["device"]?.string ?? ""
        id = data["id"]?.string ?? ""
    }
}

/// BLOCK_IO_ERROR.
public struct BlockIOErrorEvent: TypedEvent, Hashable {
    public static let name = "BLOCK_IO_ERROR"
    public var device: String
    public var nodeName: String?
    /// The front end's path; since 9.2.
    public var path: String?
    /// `read` or `write`.
    public var operation: String
    /// `ignore`, `report` or `stop`.
    public var action: String
    /// The disk is full.
    public var isNoSpace: Bool
    /// For people.
    public var reason: String
    public init?(_ data: JSONObject) {
        guard let operation = data["operation"]?.string, let action = data["action"]?.string else { return nil }
        self.operation = operation
        self.action = action
        device = data["device"]?.string ?? ""
        nodeName = data["node-name"]?.string
        path = data["qom-path"]?.string
        isNoSpace = data["nospace"]?.bool ?? false
        reason = data["reason"]?.string ?? ""
    }
}

/// BLOCK_JOB_COMPLETED, BLOCK_JOB_CANCELLED and BLOCK_JOB_READY: what the end and the ready state of a block job have in
/// common.
public struct BlockJobProgress: Sendable, Hashable {
    /// The job's id.
    public var device: String
    public var type: String
    public var offset: Int64
    public var length: Int64
    /// Why the job failed; only in BLOCK_JOB_COMPLETED.
    public var error: String?

    init?(_ data: JSONObject) {
        guard let device = data["device"]?.string else { return nil }
        self.device = device
        type = data["type"]?.string ?? ""
        offset = data["offset"]?.int64 ?? 0
        length = data["len"]?.int64 ?? 0
        error = data["error"]?.string
    }
}

/// BLOCK_JOB_COMPLETED.
public struct BlockJobCompletedEvent: TypedEvent, Hashable {
    public static let name = "BLOCK_JOB_COMPLETED"
    public var job: BlockJobProgress
    public init?(_ data: JSONObject) {
        guard let job = BlockJobProgress(data) else { return nil }
        self.job = job
    }
}

/// BLOCK_JOB_READY: a mirror has caught up.
public struct BlockJobReadyEvent: TypedEvent, Hashable {
    public static let name = "BLOCK_JOB_READY"
    public var job: BlockJobProgress
    public init?(_ data: JSONObject) {
        guard let job = BlockJobProgress(data) else { return nil }
        self.job = job
    }
}

/// BLOCK_JOB_CANCELLED.
public struct BlockJobCancelledEvent: TypedEvent, Hashable {
    public static let name = "BLOCK_JOB_CANCELLED"
    public var job: BlockJobProgress
    public init?(_ data: JSONObject) {
        guard let job = BlockJobProgress(data) else { return nil }
        self.job = job
    }
}

/// JOB_STATUS_CHANGE (since 3.0): every step of every job.
public struct JobStatusEvent: TypedEvent, Hashable {
    public static let name = "JOB_STATUS_CHANGE"
    public var id: String
    /// QAPI's `JobStatus`.
    public var status: String
    public init?(_ data: JSONObject) {
        guard let id = data["id"]?.string, let status = data["status"]?.string else { return nil }
        self.id = id
        self.status = status
    }
}
