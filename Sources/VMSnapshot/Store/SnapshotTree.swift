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
public struct SnapshotTree: Sendable {
    public let records: [SnapshotRecord]
    private let places: [String: Int]
    private let below: [String: [String]]

    public init(_ records: [SnapshotRecord]) {
        self.records = records
        var places: [String: Int] = [:]
        var below: [String: [String]] = [:]
        for (index, record) in records.enumerated() { places[record.name] = index }
        for record in records {
            guard let parent = record.parent, places[parent] != nil, parent != record.name else { continue }
            below[parent, default: []].append(record.name)
        }
        self.places = places
        self.below = below
    }

    public subscript(name: String) -> SnapshotRecord? { places[name].map { records[$0] } }

    public func children(of name: String) -> [SnapshotRecord] { (below[name] ?? []).compactMap { self[$0] } }

    /// Those that have no parent, or one that isn't there.
    public var roots: [SnapshotRecord] {
        records.filter { record in record.parent.map { places[$0] == nil || $0 == record.name } ?? true }
    }

    /// All below a snapshot, parents before their children. Documents that name each other as parents end nothing in a
    /// circle.
    public func descendants(of name: String) -> [SnapshotRecord] {
        var seen: Set<String> = [name]
        var result: [SnapshotRecord] = []
        var open = children(of: name)[...]
        while let record = open.popFirst() {
            guard seen.insert(record.name).inserted else { continue }
            result.append(record)
            open += children(of: record.name)
        }
        return result
    }

    /// A snapshot and those that it follows from, itself first.
    public func ancestors(of name: String) -> [SnapshotRecord] {
        var result: [SnapshotRecord] = []
        var next = self[name]
        var seen: Set<String> = []
        while let record = next, seen.insert(record.name).inserted {
            result.append(record)
            next = record.parent.flatMap { self[$0] }
        }
        return result
    }

    /// Whether a snapshot would follow from itself if it followed from that one.
    public func wouldLoop(_ name: String, below parent: String) -> Bool {
        ancestors(of: parent).contains { $0.name == name }
    }

    /// All that pass a filter, or those below one snapshot.
    public func list(_ filter: SnapshotFilter, from name: String? = nil) -> [SnapshotRecord] {
        var found: [SnapshotRecord]
        if let name {
            found = filter.contains(.descendants) ? descendants(of: name) : children(of: name)
        } else {
            found = filter.contains(.roots) ? roots : records
            if filter.contains(.topological), !filter.contains(.roots) {
                found = roots.flatMap { [$0] + descendants(of: $0.name) }
            }
        }
        if !filter.contains(.topological) {
            found.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        }
        return found.filter { filter.accepts($0, isLeaf: (below[$0.name] ?? []).isEmpty) }
    }
}
