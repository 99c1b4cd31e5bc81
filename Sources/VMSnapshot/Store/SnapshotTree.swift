/// Which snapshots a list has: the numbers are those of `virDomainSnapshotListFlags`.
public struct SnapshotFilter: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Of a domain's snapshots those without parents; of a snapshot's children all below them, too.
    public static let roots = Self(rawValue: 1 << 0)
    public static let descendants = Self(rawValue: 1 << 0)
    public static let metadata = Self(rawValue: 1 << 1)
    public static let leaves = Self(rawValue: 1 << 2)
    public static let noLeaves = Self(rawValue: 1 << 3)
    public static let noMetadata = Self(rawValue: 1 << 4)
    public static let inactive = Self(rawValue: 1 << 5)
    public static let active = Self(rawValue: 1 << 6)
    public static let diskOnly = Self(rawValue: 1 << 7)
    public static let `internal` = Self(rawValue: 1 << 8)
    public static let external = Self(rawValue: 1 << 9)
    /// Parents before their children.
    public static let topological = Self(rawValue: 1 << 10)

    /// All flags that libvirt has.
    public static let known = Self(rawValue: 0x7ff)

    private func passes(_ group: Self, _ own: Self?) -> Bool {
        let wanted = intersection(group)
        return wanted.isEmpty || own.map { wanted.contains($0) } ?? false
    }

    func accepts(_ record: SnapshotRecord, isLeaf: Bool) -> Bool {
        let snapshot = record.snapshot
        let state: Self =
            switch snapshot.state {
            case .diskSnapshot: .diskOnly
            case .shutoff: .inactive
            default: .active
            }
        let place: Self? = snapshot.isExternal ? .external : snapshot.isInternal ? .internal : nil
        // All that are known have their metadata here.
        return passes([.metadata, .noMetadata], .metadata)
            && passes([.leaves, .noLeaves], isLeaf ? .leaves : .noLeaves)
            && passes([.inactive, .active, .diskOnly], state) && passes([.internal, .external], place)
    }
}

/// How a domain's snapshots follow from each other.
public typealias SnapshotTree = MomentTree<SnapshotRecord>

extension MomentTree<SnapshotRecord> {
    /// All that pass a filter, or those below one snapshot.
    public func list(_ filter: SnapshotFilter, from name: String? = nil) -> [SnapshotRecord] {
        select(from: name, isDeep: filter.contains(.descendants), isTopological: filter.contains(.topological)) {
            filter.accepts($0, isLeaf: $1)
        }
    }
}
