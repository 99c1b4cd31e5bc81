internal import VMCore
internal import VMJSON
internal import VMSnapshot

/// What is being done to a domain's snapshots, written down before it is begun: should this process be killed, whoever
/// comes next brings it to its end or takes it back.
struct SnapshotWork: Sendable {
    enum Operation: String, Sendable { case create, revert, delete }

    /// A new image on top of another one.
    struct Overlay: Sendable, Hashable {
        var target: String
        var path: String
        var base: String
        var baseFormat: String
        /// Whether we make it; one that was there stays whatever happens.
        var isMade: Bool
        var size: UInt64
        var clusterSize: UInt64?
    }

    /// An image that takes in the one above it.
    struct Merge: Sendable, Hashable {
        var top: String
        var base: String
        var baseFormat: String
        /// Images that build on the upper one, and then on the lower.
        var rebased: [String]
        /// The job by which the machine that runs does it; nil where it hasn't got these images open.
        var job: Job?
        /// Whether the lower image may have been written to.
        var isBegun = false
        /// Whether the lower image holds everything, so that the upper one isn't looked at again.
        var isDone = false

        /// A job of a disk.
        struct Job: Sendable, Hashable {
            /// By its target.
            var disk: String
            var id: String
            /// The disk's image that builds on the upper one; nil when the disk itself is in that.
            var above: String?
        }
    }

    var operation: Operation
    var name: String
    /// Whether a machine that runs does it, and the job by which.
    var isLive = false
    var job: String?
    /// create: the document.
    var document: String?
    var keepsDocument = true
    /// revert: the machine's managed save goes with what it was.
    var removesSave = false
    /// revert: what is done of it, and isn't done again over what somebody has changed since: the images that have gone back,
    /// and whether the variables, the TPM and the definition have.
    var doneImages: [String] = []
    var isStored = false
    var overlays: [Overlay] = []
    /// Images that have the snapshot inside, qcow2 all of them.
    var images: [String] = []
    /// create: whether the first of them has the guest's memory.
    var hasMemory = false
    /// Files that belong to it: the memory's, the variables' copy.
    var files: [String] = []
    /// revert: the definition afterwards.
    var definition: String?
    /// revert: firmware variables that come back.
    var variables: (from: String, to: String)?
    /// revert: what the TPM keeps, which comes back.
    var tpm: (from: String, to: String)?
    /// Files that go at the end, as far as nobody uses them.
    var discarded: [String] = []
    var merges: [Merge] = []
    /// delete: whether the snapshot could not be gone back to before, since it was deleted in part.
    var wasRuined = false
    /// How far it is: a step that isn't repeated.
    var isApplied = false

    init(_ operation: Operation, _ name: String) {
        self.operation = operation
        self.name = name
    }

    func write(to store: SnapshotStore) throws(VMError) { try store.writeWork(json) }

    static func read(_ store: SnapshotStore) throws(VMError) -> SnapshotWork? {
        try store.readWork { SnapshotWork(json: $0) }
    }

    static func end(_ store: SnapshotStore) throws(VMError) { try store.endWork() }

    // MARK: As a file

    private var json: JSONObject {
        var object: JSONObject = [
            "operation": .string(operation.rawValue), "name": .string(name), "live": .bool(isLive),
            "keepsDocument": .bool(keepsDocument), "images": .array(images.map { .string($0) }),
            "memory": .bool(hasMemory), "files": .array(files.map { .string($0) }),
            "discarded": .array(discarded.map { .string($0) }), "applied": .bool(isApplied),
            "overlays": .array(overlays.map(\.json)), "merges": .array(merges.map(\.json)), "ruined": .bool(wasRuined),
        ]
        object["job"] = job.map { .string($0) }
        if removesSave { object["removesSave"] = true }
        if !doneImages.isEmpty { object["doneImages"] = .array(doneImages.map { .string($0) }) }
        if isStored { object["stored"] = true }
        object["document"] = document.map { .string($0) }
        object["definition"] = definition.map { .string($0) }
        object["variables"] = variables.map { ["from": .string($0.from), "to": .string($0.to)] }
        object["tpm"] = tpm.map { ["from": .string($0.from), "to": .string($0.to)] }
        return object
    }

    private init?(json: JSONValue) {
        guard let operation = (json["operation"]?.string).flatMap({ Operation(rawValue: $0) }),
            let name = json["name"]?.string
        else { return nil }
        self.init(operation, name)
        isLive = json["live"]?.bool ?? false
        keepsDocument = json["keepsDocument"]?.bool ?? true
        removesSave = json["removesSave"]?.bool ?? false
        doneImages = (json["doneImages"]?.array ?? []).compactMap(\.string)
        isStored = json["stored"]?.bool ?? false
        images = (json["images"]?.array ?? []).compactMap(\.string)
        hasMemory = json["memory"]?.bool ?? false
        files = (json["files"]?.array ?? []).compactMap(\.string)
        discarded = (json["discarded"]?.array ?? []).compactMap(\.string)
        isApplied = json["applied"]?.bool ?? false
        wasRuined = json["ruined"]?.bool ?? false
        let overlays = (json["overlays"]?.array ?? []).map { Overlay(json: $0) }
        let merges = (json["merges"]?.array ?? []).map { Merge(json: $0) }
        // Of what can't be read nothing may be left out.
        guard overlays.allSatisfy({ $0 != nil }), merges.allSatisfy({ $0 != nil }) else { return nil }
        self.overlays = overlays.compactMap(\.self)
        self.merges = merges.compactMap(\.self)
        job = json["job"]?.string
        document = json["document"]?.string
        definition = json["definition"]?.string
        if let from = json["variables"]?["from"]?.string, let to = json["variables"]?["to"]?.string {
            variables = (from, to)
        }
        if let from = json["tpm"]?["from"]?.string, let to = json["tpm"]?["to"]?.string { tpm = (from, to) }
    }
}

extension SnapshotWork.Overlay {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "target": .string(target), "path": .string(path), "base": .string(base), "format": .string(baseFormat),
            "made": .bool(isMade), "size": JSONValue(size),
        ]
        object["cluster"] = clusterSize.map { JSONValue($0) }
        return .object(object)
    }

    fileprivate init?(json: JSONValue) {
        guard let target = json["target"]?.string, let path = json["path"]?.string, let base = json["base"]?.string,
            let format = json["format"]?.string, let isMade = json["made"]?.bool, let size = json["size"]?.uint64
        else { return nil }
        self.init(
            target: target, path: path, base: base, baseFormat: format, isMade: isMade, size: size,
            clusterSize: json["cluster"]?.uint64)
    }
}

extension SnapshotWork.Merge {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "top": .string(top), "base": .string(base), "format": .string(baseFormat),
            "rebased": .array(rebased.map { .string($0) }), "begun": .bool(isBegun), "done": .bool(isDone),
        ]
        object["job"] = job.map { job in
            var object: JSONObject = ["disk": .string(job.disk), "id": .string(job.id)]
            object["above"] = job.above.map { .string($0) }
            return .object(object)
        }
        return .object(object)
    }

    fileprivate init?(json: JSONValue) {
        guard let top = json["top"]?.string, let base = json["base"]?.string, let format = json["format"]?.string
        else { return nil }
        self.init(
            top: top, base: base, baseFormat: format, rebased: (json["rebased"]?.array ?? []).compactMap(\.string))
        isBegun = json["begun"]?.bool ?? false
        isDone = json["done"]?.bool ?? false
        if let value = json["job"] {
            // Without it the images would be merged behind the machine's back.
            guard let disk = value["disk"]?.string, let id = value["id"]?.string else { return nil }
            job = Job(disk: disk, id: id, above: value["above"]?.string)
        }
    }
}
