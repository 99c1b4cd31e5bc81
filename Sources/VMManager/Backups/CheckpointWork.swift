internal import VMCore
internal import VMJSON
internal import VMSnapshot

/// What is being done to a domain's checkpoints, written down before it is begun: should this process be killed, whoever comes
/// next brings it to its end or takes it back.
struct CheckpointWork: Sendable {
    enum Operation: String, Sendable { case create, delete }

    var operation: Operation
    var name: String
    /// create: the document.
    var document: String?
    /// Whether a machine that runs does it.
    var isLive = false
    /// The backup that the checkpoint is made with.
    var job: String?
    /// The disks with bitmaps, by their targets.
    var disks: [String] = []
    /// Their images, of a machine that doesn't run.
    var images: [String] = []
    /// delete: whether the bitmaps go, too.
    var removesBitmaps = true

    init(_ operation: Operation, _ name: String) {
        self.operation = operation
        self.name = name
    }

    func write(to store: CheckpointStore) throws(VMError) { try store.writeWork(json) }

    static func read(_ store: CheckpointStore) throws(VMError) -> CheckpointWork? {
        try store.readWork { CheckpointWork(json: $0) }
    }

    static func end(_ store: CheckpointStore) throws(VMError) { try store.endWork() }

    private var json: JSONObject {
        var object: JSONObject = [
            "operation": .string(operation.rawValue), "name": .string(name), "live": .bool(isLive),
            "disks": .array(disks.map { .string($0) }), "images": .array(images.map { .string($0) }),
            "bitmaps": .bool(removesBitmaps),
        ]
        object["document"] = document.map { .string($0) }
        object["job"] = job.map { .string($0) }
        return object
    }

    private init?(json: JSONValue) {
        guard let operation = (json["operation"]?.string).flatMap({ Operation(rawValue: $0) }),
            let name = json["name"]?.string
        else { return nil }
        self.init(operation, name)
        isLive = json["live"]?.bool ?? false
        disks = (json["disks"]?.array ?? []).compactMap(\.string)
        images = (json["images"]?.array ?? []).compactMap(\.string)
        removesBitmaps = json["bitmaps"]?.bool ?? true
        document = json["document"]?.string
        job = json["job"]?.string
    }
}

/// How a checkpoint is made: the numbers are those of `virDomainCheckpointCreateFlags`.
public struct CheckpointCreation: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Store a document that was dumped before; no image is touched.
    public static let redefine = Self(rawValue: 1 << 0)
    /// Have the guest's file systems write everything and stand still meanwhile.
    public static let quiesce = Self(rawValue: 1 << 1)
    /// With ``redefine``: only if the disks have the bitmaps.
    public static let validate = Self(rawValue: 1 << 2)

    public static let known = Self(rawValue: 0x7)
}

/// `virDomainCheckpointDeleteFlags`.
public struct CheckpointDeletion: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// With all that follow from it.
    public static let children = Self(rawValue: 1 << 0)
    /// Forget it, and leave the bitmaps as they are.
    public static let metadataOnly = Self(rawValue: 1 << 1)
    /// Only those that follow from it.
    public static let childrenOnly = Self(rawValue: 1 << 2)

    public static let known = Self(rawValue: 0x7)
}

/// What a checkpoint's document has: the numbers are those of `virDomainCheckpointXMLFlags`.
public struct CheckpointDetail: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Passwords.
    public static let secrets = Self(rawValue: 1 << 0)
    /// No definition of the domain.
    public static let noDomain = Self(rawValue: 1 << 1)
    /// How much was written since, which takes a machine that runs.
    public static let size = Self(rawValue: 1 << 2)

    public static let known = Self(rawValue: 0x7)
}
