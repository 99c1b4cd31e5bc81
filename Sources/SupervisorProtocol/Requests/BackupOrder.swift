package import VMCore
package import VMJSON

/// A backup of a running machine that somebody wants to be begun: a job of its supervisor's.
package struct BackupOrder: Sendable, Hashable {
    package struct Disk: Sendable, Hashable {
        /// Its target.
        package var target: String
        /// The image that is written; absolute.
        package var path: String
        package var isBlockDevice = false
        /// `qcow2` or `raw`.
        package var format: String
        /// The checkpoint since which what was written is wanted; nil is everything.
        package var incremental: String?
        /// pull: the export, and the bitmap of what was written.
        package var exportName: String
        package var bitmap: String

        package init(target: String, path: String, format: String) {
            self.target = target
            self.path = path
            self.format = format
            exportName = target
            bitmap = "backup-\(target)"
        }
    }

    /// Where clients of NBD connect to.
    package enum Server: Sendable, Hashable {
        case unix(String)
        case tcp(host: String, port: UInt16)
    }

    /// Tells the job from others.
    package var id: String
    /// The document, complete.
    package var xml: String
    package var disks: [Disk] = []
    /// The images are there already.
    package var reusesFiles = false
    /// Pulled from there; nil: pushed.
    package var server: Server?
    /// The checkpoint that is made at the same moment, and its disks.
    package var checkpoint: String?
    package var checkpointDisks: [String] = []
    /// What is copied at the same moment.
    package var copies: [SnapshotOrder.Copy] = []

    package init(id: String, xml: String) {
        self.id = id
        self.xml = xml
    }

    package var json: JSONObject {
        var object: JSONObject = [
            "id": .string(id), "xml": .string(xml), "disks": .array(disks.map { .object($0.json) }),
            "reuse": .bool(reusesFiles), "checkpointDisks": .array(checkpointDisks.map { .string($0) }),
            "copies": copies.json,
        ]
        object["checkpoint"] = checkpoint.map { .string($0) }
        switch server {
        case .unix(let path): object["socket"] = .string(path)
        case .tcp(let host, let port):
            object["host"] = .string(host)
            object["port"] = JSONValue(UInt64(port))
        case nil: break
        }
        return object
    }

    package init(json: JSONObject) throws(VMError) {
        let fields = RequestFields(json, what: "the request 'backup'")
        self.init(id: try fields.string("id"), xml: try fields.string("xml"))
        for entry in json["disks"]?.array ?? [] {
            disks.append(try Disk(RequestFields(entry.object ?? [:], what: "a disk of a backup")))
        }
        guard !disks.isEmpty else { throw fields.odd("disks") }
        copies = try [SnapshotOrder.Copy](json["copies"])
        reusesFiles = fields.flag("reuse")
        checkpoint = json["checkpoint"]?.string
        checkpointDisks = (json["checkpointDisks"]?.array ?? []).compactMap(\.string)
        if json["socket"] != nil {
            server = .unix(try fields.absolutePath("socket"))
        } else if let host = json["host"]?.string {
            guard let port = json["port"]?.uint64.flatMap({ UInt16(exactly: $0) }) else { throw fields.odd("port") }
            server = .tcp(host: host, port: port)
        }
    }
}

extension BackupOrder.Disk {
    fileprivate var json: JSONObject {
        var object: JSONObject = [
            "target": .string(target), "path": .string(path), "block": .bool(isBlockDevice),
            "format": .string(format), "export": .string(exportName), "bitmap": .string(bitmap),
        ]
        object["incremental"] = incremental.map { .string($0) }
        return object
    }

    fileprivate init(_ fields: RequestFields) throws(VMError) {
        let format = try fields.string("format")
        guard format == "qcow2" || format == "raw" else { throw fields.odd("format") }
        self.init(target: try fields.string("target"), path: try fields.absolutePath("path"), format: format)
        isBlockDevice = fields.flag("block")
        exportName = try fields.string("export")
        bitmap = try fields.string("bitmap")
        incremental = fields.json["incremental"]?.string
    }
}

/// What is wanted of the bitmaps of a running machine's checkpoints.
package struct CheckpointOrder: Sendable, Hashable {
    package enum Action: String, Sendable {
        /// Begin to note what is written, on all disks at the same moment.
        case create
        /// Forget what was noted.
        case delete
        /// How many bytes of each disk were written since: an object by targets, null for a disk of which that isn't known.
        case measure
    }

    package var action: Action
    package var name: String
    /// The disks, by their targets.
    package var disks: [String]
    /// Have the guest's file systems write everything and stand still meanwhile.
    package var quiesces = false

    package init(_ action: Action, _ name: String, disks: [String]) {
        self.action = action
        self.name = name
        self.disks = disks
    }

    package var json: JSONObject {
        [
            "action": .string(action.rawValue), "name": .string(name), "disks": .array(disks.map { .string($0) }),
            "quiesce": .bool(quiesces),
        ]
    }

    package init(json: JSONObject) throws(VMError) {
        let fields = RequestFields(json, what: "the request 'checkpoint'")
        guard let action = Action(rawValue: try fields.string("action")) else { throw fields.odd("action") }
        self.init(
            action, try fields.string("name"), disks: (json["disks"]?.array ?? []).compactMap(\.string))
        quiesces = fields.flag("quiesce")
    }
}
