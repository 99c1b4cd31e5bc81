internal import SupervisorProtocol
internal import VMCore

/// How a snapshot is made: the numbers are those of `virDomainSnapshotCreateFlags`.
public struct SnapshotCreation: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Store a document that was dumped before; no image is touched.
    public static let redefine = Self(rawValue: 1 << 0)
    /// With ``redefine``: make it the current one.
    public static let current = Self(rawValue: 1 << 1)
    /// Make it, and keep no document of it.
    public static let noMetadata = Self(rawValue: 1 << 2)
    /// End the machine when it is made.
    public static let halt = Self(rawValue: 1 << 3)
    /// The disks alone, in new images.
    public static let diskOnly = Self(rawValue: 1 << 4)
    /// The new images are there already.
    public static let reuseExternal = Self(rawValue: 1 << 5)
    /// Have the guest's file systems write everything and stand still meanwhile.
    public static let quiesce = Self(rawValue: 1 << 6)
    /// All or nothing, which all of them are.
    public static let atomic = Self(rawValue: 1 << 7)
    /// Let the guest run while its memory is written into a file.
    public static let live = Self(rawValue: 1 << 8)
    /// Hold the document against the schema, which is always done.
    public static let validate = Self(rawValue: 1 << 9)

    public static let known = Self(rawValue: 0x3ff)
}

/// `virDomainSnapshotRevertFlags`.
public struct SnapshotReversion: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Run afterwards, whatever the state was.
    public static let running = Self(rawValue: 1 << 0)
    /// Be paused afterwards.
    public static let paused = Self(rawValue: 1 << 1)
    /// Although a managed save is lost.
    public static let force = Self(rawValue: 1 << 2)
    /// Make the file of firmware variables anew from its template.
    public static let resetNVRAM = Self(rawValue: 1 << 3)

    public static let known = Self(rawValue: 0xf)
}

/// `virDomainSnapshotDeleteFlags`.
public struct SnapshotDeletion: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// With all that follow from it.
    public static let children = Self(rawValue: 1 << 0)
    /// Forget it, and leave all files as they are.
    public static let metadataOnly = Self(rawValue: 1 << 1)
    /// Only those that follow from it.
    public static let childrenOnly = Self(rawValue: 1 << 2)

    public static let known = Self(rawValue: 0x7)
}

/// What going back to a snapshot, or deleting one, does to files.
public struct SnapshotPlan: Sendable, Hashable {
    public enum Change: String, Sendable {
        /// A new image.
        case make
        /// An image takes in what the one above it holds.
        case merge
        /// An image is brought back to what it was, or gives up what it holds of a snapshot.
        case change
        /// A file goes: an image to the trash.
        case unlink
        /// A file stays, for those who use it.
        case keep
    }

    public struct Step: Sendable, Hashable {
        public var change: Change
        public var path: String
        /// What is done, or why it stays, as a phrase.
        public var detail: String
    }

    public var snapshots: [String] = []
    public var steps: [Step] = []
    /// Whether the machine is ended for it, and what it is afterwards.
    public var endsMachine = false
    public var stateAfter: String?
    /// What has become of images that went: their numbers in the trash, by the paths that they had.
    public var trash: [String: String] = [:]

    mutating func add(_ change: Change, _ path: String, _ detail: String) {
        let step = Step(change: change, path: path, detail: detail)
        if !steps.contains(step) { steps.append(step) }
    }

    /// Images that went since then, and those that should have gone and are there: by a program that has them open, or on a disk
    /// that is full.
    mutating func note(_ images: [DiscardedImage], since time: Int64) {
        for image in images where image.id >= time && steps.contains(where: { $0.path == image.path }) {
            trash[image.path] = "\(image.id)"
        }
        for index in steps.indices where steps[index].change == .unlink && Files.exists(steps[index].path) {
            steps[index].change = .keep
            steps[index].detail = "it could not be moved to the trash"
        }
    }
}
