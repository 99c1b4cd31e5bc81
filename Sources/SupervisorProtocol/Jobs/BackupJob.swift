internal import VMCore
internal import VMJSON

/// What a backup of a running machine is: which disks are copied, or served, as they were at one moment.
///
/// Each disk gets a filter that keeps what the guest is about to overwrite in an image of its own, so that nobody has to hurry: a
/// node above it shows the disk as it was. Where that image can't take any more the backup is broken, and the guest goes on.
public struct BackupJob: Sendable, Hashable {
    /// Served to clients of NBD until the job is ended; else written into files.
    public var isPull = false
    public var disks: [Disk] = []
    /// The socket that clients connect to, where that is a file.
    package var socket: String?
    /// Whether that was made.
    package var hasSocket = false
    /// The checkpoint that was made at the same moment.
    package var checkpoint: String?
    /// Whether disks may have their filters; else nothing has been taken up.
    package var hasBegun = false
    /// What it has come to: nil while it goes on.
    package var outcome: Outcome?

    package init() {}

    package enum Outcome: String, Sendable, Hashable { case completed, failed, cancelled }

    /// A disk's part.
    public struct Disk: Sendable, Hashable {
        /// The disk's target.
        public var target: String
        /// The image that is written: the copy, or what the guest overwrites.
        public var path: String
        /// Only what was written since the checkpoint is copied, or told to clients.
        public var isIncremental = false
        /// The checkpoint that was asked for.
        public var incremental: String?
        /// Why everything is copied though a checkpoint was named.
        public var whyWhole: String?
        /// The number of the image's node.
        public var index: UInt32?

        /// Where the front end is, and the node that it uses otherwise.
        package var frontEnd = ""
        package var root = ""
        /// The nodes of the image that is written, the topmost first.
        package var nodes: [String] = []
        /// The node of the disk's own topmost image.
        package var source = ""
        package var exportName = ""
        package var bitmap = ""
        /// Whether the image is made for it.
        package var isMade = true
        package var ownFile: BlockJob.FileMark?
        /// The job's id in QEMU.
        package var job = ""
        /// What QEMU said when it failed.
        package var failure: String?

        package init(target: String, path: String) {
            self.target = target
            self.path = path
        }

        /// The filter above the disk's images.
        package var filter: String { "backup-\(target)-filter" }
        /// The disk as it was.
        package var view: String { "backup-\(target)-view" }
        /// Looks whether that can be read: a job, and a node.
        package var probe: String { "backup-\(target)-probe" }
    }
}

extension BackupJob {
    var json: JSONObject {
        var object: JSONObject = [
            "pull": .bool(isPull), "disks": .array(disks.map { .object($0.json) }), "begun": .bool(hasBegun),
        ]
        object["socket"] = socket.map { .string($0) }
        object["hasSocket"] = .bool(hasSocket)
        object["checkpoint"] = checkpoint.map { .string($0) }
        object["outcome"] = outcome.map { .string($0.rawValue) }
        return object
    }

    init?(json: JSONValue) {
        let disks = (json["disks"]?.array ?? []).map { Disk(json: $0) }
        // Of what can't be read nothing may be left out.
        guard disks.allSatisfy({ $0 != nil }) else { return nil }
        self.init()
        self.disks = disks.compactMap(\.self)
        isPull = json["pull"]?.bool ?? false
        hasBegun = json["begun"]?.bool ?? false
        socket = json["socket"]?.string
        hasSocket = json["hasSocket"]?.bool ?? false
        checkpoint = json["checkpoint"]?.string
        outcome = (json["outcome"]?.string).flatMap { Outcome(rawValue: $0) }
    }
}

extension BackupJob.Disk {
    fileprivate var json: JSONObject {
        var object: JSONObject = [
            "target": .string(target), "path": .string(path), "isIncremental": .bool(isIncremental),
            "frontEnd": .string(frontEnd), "root": .string(root), "source": .string(source),
            "nodes": .array(nodes.map { .string($0) }), "export": .string(exportName), "bitmap": .string(bitmap),
            "made": .bool(isMade), "job": .string(job),
        ]
        object["incremental"] = incremental.map { .string($0) }
        object["whyWhole"] = whyWhole.map { .string($0) }
        object["index"] = index.map { JSONValue(UInt64($0)) }
        object["ownFile"] = ownFile.map { .object($0.json) }
        object["failure"] = failure.map { .string($0) }
        return object
    }

    fileprivate init?(json: JSONValue) {
        guard let target = json["target"]?.string, let path = json["path"]?.string else { return nil }
        self.init(target: target, path: path)
        isIncremental = json["isIncremental"]?.bool ?? false
        incremental = json["incremental"]?.string
        whyWhole = json["whyWhole"]?.string
        index = json["index"]?.uint64.flatMap { UInt32(exactly: $0) }
        frontEnd = json["frontEnd"]?.string ?? ""
        root = json["root"]?.string ?? ""
        source = json["source"]?.string ?? ""
        nodes = (json["nodes"]?.array ?? []).compactMap(\.string)
        exportName = json["export"]?.string ?? ""
        bitmap = json["bitmap"]?.string ?? ""
        isMade = json["made"]?.bool ?? false
        ownFile = json["ownFile"].flatMap { BlockJob.FileMark(json: $0) }
        job = json["job"]?.string ?? ""
        failure = json["failure"]?.string
    }
}
