package import VMCore
internal import VMDomain
package import VMStore
internal import VMXML

/// A checkpoint that is stored.
public struct CheckpointRecord: MomentRecord {
    public var name: String
    public var checkpoint: DomainCheckpoint
    /// The checkpoint that it was made after.
    public var parent: String?
    public var isCurrent: Bool

    public init(name: String, checkpoint: DomainCheckpoint, parent: String?, isCurrent: Bool) {
        self.name = name
        self.checkpoint = checkpoint
        self.parent = parent
        self.isCurrent = isCurrent
    }
}

/// Which checkpoints a list has: the numbers are those of `virDomainCheckpointListFlags`.
public struct CheckpointFilter: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Of a domain's checkpoints those without parents; of a checkpoint's children all below them, too.
    public static let roots = Self(rawValue: 1 << 0)
    public static let descendants = Self(rawValue: 1 << 0)
    /// Parents before their children.
    public static let topological = Self(rawValue: 1 << 1)
    public static let leaves = Self(rawValue: 1 << 2)
    public static let noLeaves = Self(rawValue: 1 << 3)

    /// All flags that libvirt has.
    public static let known = Self(rawValue: 0xf)

    func accepts(isLeaf: Bool) -> Bool {
        let wanted = intersection([.leaves, .noLeaves])
        return wanted.isEmpty || wanted.contains(isLeaf ? .leaves : .noLeaves)
    }
}

/// How a domain's checkpoints follow from each other.
public typealias CheckpointTree = MomentTree<CheckpointRecord>

extension MomentTree<CheckpointRecord> {
    /// All that pass a filter, or those below one checkpoint.
    public func list(_ filter: CheckpointFilter, from name: String? = nil) -> [CheckpointRecord] {
        select(from: name, isDeep: filter.contains(.descendants), isTopological: filter.contains(.topological)) {
            filter.accepts(isLeaf: $1)
        }
    }
}

extension DocumentKind {
    /// Checkpoints of one domain. They have no UUIDs; the store gets one that follows from the name.
    package static let checkpoint = DocumentKind(
        word: "domain checkpoint", missing: { key, remedy in .noCheckpoint(key, remedy: remedy) }
    ) { (bytes, path) throws(VMError) in
        let checkpoint = try DomainCheckpoint.read(bytes, file: path, options: .lenient).checked()
        return Identity(name: checkpoint.name, uuid: checkpoint.name.map(SnapshotStore.uuid))
    }
}

/// The checkpoints of one domain.
package struct CheckpointStore: MomentFolder {
    package static var kind: DocumentKind { .checkpoint }
    package static var word: String { "checkpoint" }

    package let folder: String
    package init(_ paths: UserPaths, _ domain: UUID) { folder = "\(paths.state)/checkpoints/\(domain)" }

    // MARK: Reading

    /// All checkpoints, by name. One whose document can't be used is left out.
    package func all() throws(VMError) -> [CheckpointRecord] {
        guard isThere else { return [] }
        let current = current
        return try documents.names().compactMap { name in try? read(name, current: current) }
    }

    package func get(_ name: String) throws(VMError) -> CheckpointRecord {
        guard contains(name) else {
            let names = isThere ? (try? documents.names()) ?? [] : []
            throw .noCheckpoint(name, remedy: NearMatch.best(for: name, among: names).map { "did you mean '\($0)'?" })
        }
        return try read(name, current: current)
    }

    private func read(_ name: String, current: String?) throws(VMError) -> CheckpointRecord {
        let stored = try documents.read(name)
        let checkpoint = try DomainCheckpoint.read(
            stored.xml, file: documents.path(of: name), options: .lenient
        ).checked()
        return CheckpointRecord(
            name: name, checkpoint: checkpoint, parent: checkpoint.parent?.name, isCurrent: name == current)
    }

    // MARK: Changing, by who holds the lock

    /// Writes a checkpoint, new or in the place of an older document of its name.
    package func put(_ checkpoint: DomainCheckpoint) throws(VMError) {
        let name = checkpoint.name ?? ""
        try Folders.make(folder)
        _ = try documents.define(name, uuid: SnapshotStore.uuid(of: name)) { _ throws(VMError) in
            Array(checkpoint.xml.utf8)
        }
        Failpoint.reached("checkpoint.stored")
    }

    /// Takes a document out of the tree: those that follow from it follow from its parent then.
    package func forget(_ name: String) throws(VMError) {
        guard contains(name) else { return }
        let record = try get(name)
        for child in try all() where child.parent == name && child.name != name {
            var checkpoint = child.checkpoint
            checkpoint.parent = record.parent.map { SnapshotParent($0) }
            try put(checkpoint)
        }
        if current == name { try setCurrent(record.parent.flatMap { contains($0) ? $0 : nil }) }
        try remove(name)
    }
}
