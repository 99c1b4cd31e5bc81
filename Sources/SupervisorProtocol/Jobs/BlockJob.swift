public import VMCore
package import VMJSON

/// What a job of a disk is: which of its images are merged, or where it is copied to.
public struct BlockJob: Sendable, Hashable {
    /// libvirt's `virDomainBlockJobType`.
    public enum Kind: String, Sendable, CaseIterable {
        case pull, copy, commit
        case activeCommit = "active-commit"

        /// `virDomainBlockJobType`.
        public var libvirtType: Int32 {
            switch self {
            case .pull: 1
            case .copy: 2
            case .commit: 3
            case .activeCommit: 4
            }
        }

        /// Whether it runs on until it is told to end, since it keeps two images alike.
        public var staysReady: Bool { self == .copy || self == .activeCommit }
    }

    public var kind: Kind
    /// Its id in QEMU.
    public var qemuID: String
    /// Bytes a second at most; 0 is as fast as it goes.
    public var bandwidth: UInt64 = 0
    /// The disk's image is the same in both by now, and stays so.
    public var isReady = false

    /// The uppermost image that takes part, by its node and its path.
    package var top = Image()
    /// The image that the others are merged into, or down to which they are pulled; of a copy its target.
    package var base: Image?
    /// `<disk>` with the image in it that it has after a pivot.
    package var outcome: String?
    /// Nodes that were made for it, the topmost first.
    package var nodes: [String] = []
    /// The nodes of the images that the disk had when it began, the topmost first.
    package var images: [String] = []
    /// All nodes of these images that were made by name, in the order in which they can be taken away.
    package var imageNodes: [String] = []
    /// A file that was made for it.
    package var ownFile: FileMark?
    /// The files of the images that are written down into another one, the topmost first.
    package var merged: [FileMark] = []
    /// Whether they are removed when it is completed.
    package var removesMerged = false
    /// How it was told to end.
    package var ending: BlockJobEnd?
    /// Whether QEMU was seen to have it.
    package var hasBegun = false
    /// What QEMU said when it failed.
    package var failure: String?
    /// Whether it is forgotten should QEMU end; a copy's definition is none that could be started.
    package var isTransient = false

    package init(kind: Kind, qemuID: String) {
        self.kind = kind
        self.qemuID = qemuID
    }

    /// An image of a disk's chain.
    package struct Image: Sendable, Hashable {
        package var node = ""
        package var path: String?

        package init(node: String = "", path: String? = nil) {
            self.node = node
            self.path = path
        }

        var json: JSONObject {
            var object: JSONObject = ["node": .string(node)]
            object["path"] = path.map { .string($0) }
            return object
        }

        init(json: JSONValue) { self.init(node: json["node"]?.string ?? "", path: json["path"]?.string) }
    }

    /// A file as it was when it was looked at: another one of its name isn't touched.
    package struct FileMark: Sendable, Hashable {
        package var path: String
        package var device: UInt64
        package var inode: UInt64

        package init?(_ path: String) {
            guard let identity = Files.identity(path) else { return nil }
            self.path = path
            device = UInt64(truncatingIfNeeded: identity.device)
            inode = UInt64(truncatingIfNeeded: identity.inode)
        }

        init?(json: JSONValue) {
            guard let path = json["path"]?.string, let device = json["device"]?.uint64,
                let inode = json["inode"]?.uint64
            else { return nil }
            (self.path, self.device, self.inode) = (path, device, inode)
        }

        package var json: JSONObject {
            ["path": .string(path), "device": JSONValue(device), "inode": JSONValue(inode)]
        }

        /// Whether the file of that name is still this one.
        package var isThere: Bool { FileMark(path) == self }

        /// Whether the file is there under another name.
        package func isThere(as name: String) -> Bool {
            var mark = self
            mark.path = name
            return mark.isThere
        }
    }

    var json: JSONObject {
        var object: JSONObject = [
            "kind": .string(kind.rawValue), "qemuID": .string(qemuID), "bandwidth": JSONValue(bandwidth),
            "ready": .bool(isReady), "begun": .bool(hasBegun), "top": .object(top.json),
            "nodes": .array(nodes.map { .string($0) }),
            "images": .array(images.map { .string($0) }), "imageNodes": .array(imageNodes.map { .string($0) }),
            "merged": .array(merged.map { .object($0.json) }), "removesMerged": .bool(removesMerged),
            "transient": .bool(isTransient),
        ]
        object["base"] = base.map { .object($0.json) }
        object["failure"] = failure.map { .string($0) }
        object["outcome"] = outcome.map { .string($0) }
        object["ownFile"] = ownFile.map { .object($0.json) }
        object["ending"] = ending.map { .string($0.rawValue) }
        return object
    }

    init?(json: JSONValue) {
        guard let kind = (json["kind"]?.string).flatMap({ Kind(rawValue: $0) }), let id = json["qemuID"]?.string
        else { return nil }
        self.init(kind: kind, qemuID: id)
        bandwidth = json["bandwidth"]?.uint64 ?? 0
        isReady = json["ready"]?.bool ?? false
        hasBegun = json["begun"]?.bool ?? false
        top = json["top"].map { Image(json: $0) } ?? Image()
        base = json["base"].map { Image(json: $0) }
        failure = json["failure"]?.string
        outcome = json["outcome"]?.string
        nodes = (json["nodes"]?.array ?? []).compactMap(\.string)
        images = (json["images"]?.array ?? []).compactMap(\.string)
        imageNodes = (json["imageNodes"]?.array ?? []).compactMap(\.string)
        ownFile = json["ownFile"].flatMap { FileMark(json: $0) }
        merged = (json["merged"]?.array ?? []).compactMap { FileMark(json: $0) }
        removesMerged = json["removesMerged"]?.bool ?? false
        ending = (json["ending"]?.string).flatMap { BlockJobEnd(rawValue: $0) }
        isTransient = json["transient"]?.bool ?? false
    }
}

/// How a job of a disk is told to end.
package enum BlockJobEnd: String, Sendable, Hashable {
    /// The disk is in the other image from then on.
    case pivot
    /// The disk stays where it is. A copy that had caught up is a whole one.
    case abort
}

/// A job of a disk that somebody wants to be begun.
public struct BlockJobOrder: Sendable, Hashable {
    /// Write images down into one below them, `virDomainBlockCommit`.
    public struct Commit: Sendable, Hashable {
        /// The image that they are written into, by its path or as `vda[3]`; nil is the lowest one.
        public var base: String?
        /// The uppermost that is; nil is the disk's own image.
        public var top: String?
        /// Into the image below the top.
        public var isShallow = false
        /// The disk's own image may be the top; the job then runs until it is told to end.
        public var isActive = false
        /// Remove the files of what was written down.
        public var deletes = false

        public init() {}
    }

    /// Copy what is below into the disk's own image, `virDomainBlockPull` and `virDomainBlockRebase`.
    public struct Pull: Sendable, Hashable {
        /// The image that stays below it; nil leaves none.
        public var base: String?

        public init() {}
    }

    /// Copy the disk, `virDomainBlockCopy`.
    public struct Copy: Sendable, Hashable {
        /// `<disk>` with the source and the format of the copy.
        public var destination: String
        /// Only the disk's own image; what is below stays below both.
        public var isShallow = false
        /// The copy's image is there already.
        public var reusesFile = false
        /// The job doesn't outlive QEMU, which a machine with a definition has to agree to.
        public var isTransient = false
        /// The guest's writes wait until they are in both.
        public var writesSynchronously = false
        /// Bytes.
        public var granularity: UInt32?
        /// Bytes.
        public var bufferSize: UInt64?

        public init(destination: String) { self.destination = destination }
    }

    public enum Work: Sendable, Hashable {
        case commit(Commit)
        case pull(Pull)
        case copy(Copy)
    }

    /// By its target, its path or its alias.
    public var disk: String
    public var work: Work
    /// Bytes a second at most; 0 is as fast as it goes.
    public var bandwidth: UInt64 = 0
    /// Images go on naming what is below them by names that are relative to them.
    public var keepsRelative = false
    /// Tells the job from others.
    package var id: String

    public init(_ disk: String, _ work: Work) {
        self.disk = disk
        self.work = work
        id = String(UInt64.random(in: 0...(.max)), radix: 36)
    }
}

extension LibvirtError.Number {
    /// A disk has a job already, or one that isn't as far as it would have to be.
    public static let blockCopyActive = LibvirtError.Number(rawValue: 83)
}
