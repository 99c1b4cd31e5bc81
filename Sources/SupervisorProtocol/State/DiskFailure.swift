package import VMJSON

/// An error of a disk that has paused a machine.
public struct DiskFailure: Sendable, Hashable {
    /// The disk's name in the domain's XML, `<target dev>`: `vda`. Nil as long as only QEMU's name is known.
    public var target: String?
    /// The file behind the disk; nil when it is none, such as a block device or a server's image.
    public var file: String?
    /// `no space left`, or QEMU's own words.
    public var error: String
    /// Whether the host's file system was full, so that the disk may go on when it isn't any more.
    public var isNoSpace: Bool
    /// When the supervisor heard of it, in nanoseconds since 1970.
    public var since: Int64
    /// QEMU's name for the disk: the block node or device that its event told; empty when it told none.
    package var node: String

    package init(target: String? = nil, file: String? = nil, error: String, isNoSpace: Bool, since: Int64, node: String)
    {
        self.target = target
        self.file = file
        self.error = error
        self.isNoSpace = isNoSpace
        self.since = since
        self.node = node
    }

    /// What ENOSPC is called here.
    package static let noSpace = "no space left"

    /// What the disk is called: by the domain's XML when that is known.
    public var disk: String { target ?? (node.isEmpty ? "a disk" : node) }

    /// `vda: no space left`.
    public var text: String { "\(disk): \(error)" }
}

extension DiskFailure {
    package var json: JSONValue {
        var object: JSONObject = ["error": .string(error), "noSpace": .bool(isNoSpace), "since": .integer(since)]
        object["target"] = target.map { .string($0) }
        object["file"] = file.map { .string($0) }
        if !node.isEmpty { object["node"] = .string(node) }
        return .object(object)
    }

    /// Reads what ``json`` wrote; nil when something essential is missing.
    package init?(json: JSONValue) {
        guard let error = json["error"]?.string, let since = json["since"]?.int64 else { return nil }
        self.init(
            target: json["target"]?.string, file: json["file"]?.string, error: error,
            isNoSpace: json["noSpace"]?.bool ?? false, since: since, node: json["node"]?.string ?? "")
    }
}
