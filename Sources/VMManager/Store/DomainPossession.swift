public import VMCore

/// A file or folder that belongs to a domain beside its definition, and what undefining does with it.
public struct DomainPossession: Sendable, Hashable {
    public enum Kind: String, Sendable {
        case nvram, tpm
        case managedSave = "managed-save"
        case disk, log
        /// A file that keeps a snapshot's state: an image, memory, firmware variables.
        case snapshot
        /// What is known of its checkpoints.
        case checkpoint
    }

    public var kind: Kind
    /// A disk's target.
    public var device: String?
    public var path: String
    /// Why it stays; nil when it is removed.
    public var reasonToStay: String?

    public var isRemoved: Bool { reasonToStay == nil }
}

/// What to remove with a definition.
public struct UndefineRequest: Sendable {
    /// What is to become of state that a machine has beside its disks.
    public enum Fate: Sendable { case unsaid, remove, keep }

    /// Which disk images go: files only, and never those that other domains use.
    public enum Storage: Sendable, Hashable {
        case none, all
        /// By target or by path.
        case named([String])
    }

    public var nvram = Fate.unsaid
    public var tpm = Fate.unsaid
    public var removesManagedSave = false
    /// Forget the domain's snapshots; their files stay.
    public var forgetsSnapshots = false
    /// Forget the domain's checkpoints; their bitmaps stay in the images.
    public var forgetsCheckpoints = false
    public var storage = Storage.none

    public init() {}

    /// Whether it asks for more than the definition.
    public var losesData: Bool {
        nvram == .remove || tpm == .remove || removesManagedSave || forgetsSnapshots || forgetsCheckpoints
            || storage != .none
    }
}

/// What undefining a domain will do.
public struct UndefinePlan: Sendable {
    public var machine: Machine
    public var isRunning: Bool
    public var possessions: [DomainPossession]
    /// What was asked for.
    var request = UndefineRequest()
}

/// What `undefine` did.
public struct UndefineResult: Sendable {
    public var machine: Machine
    /// The machine runs on, and will be gone when it ends.
    public var isStillRunning: Bool
    /// Whether ``VMManager/takeBack(_:)`` brings the definition back.
    public var isInTrash: Bool
    public var removed: [DomainPossession] = []
    public var kept: [DomainPossession] = []
    /// What should have been removed and wasn't.
    public var failures: [VMError] = []
}
