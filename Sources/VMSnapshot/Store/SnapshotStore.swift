package import VMCore
internal import VMDomain
package import VMStore
internal import VMXML

/// A snapshot that is stored.
public struct SnapshotRecord: MomentRecord {
    public var name: String
    public var snapshot: DomainSnapshot
    /// The snapshot that it was made after.
    public var parent: String?
    public var isCurrent: Bool
    /// Counts the changes of the document.
    public var generation: UInt64

    public init(
        name: String, snapshot: DomainSnapshot, parent: String?, isCurrent: Bool, generation: UInt64
    ) {
        self.name = name
        self.snapshot = snapshot
        self.parent = parent
        self.isCurrent = isCurrent
        self.generation = generation
    }
}

extension DocumentKind {
    /// Snapshots of one domain. They have no UUIDs; the store gets one that follows from the name.
    package static let snapshot = DocumentKind(
        word: "domain snapshot", missing: { key, remedy in .noSnapshot(key, remedy: remedy) }
    ) { (bytes, path) throws(VMError) in
        let snapshot = try DomainSnapshot.read(bytes, file: path, options: .lenient).checked()
        return Identity(name: snapshot.name, uuid: snapshot.name.map(SnapshotStore.uuid))
    }
}

/// The snapshots of one domain, with the files that belong to them (``files``).
package struct SnapshotStore: MomentFolder {
    package static var kind: DocumentKind { .snapshot }
    package static var word: String { "snapshot" }

    package let folder: String
    /// Copies of firmware variables, and of what TPMs keep.
    package var files: String { folder + "/files" }

    package init(_ paths: UserPaths, _ domain: UUID) { folder = "\(paths.state)/snapshots/\(domain)" }

    /// The domains that may have snapshots.
    package static func domains(_ paths: UserPaths) -> [UUID] {
        ((try? Folders.list(paths.state + "/snapshots")) ?? []).compactMap { UUID($0) }
    }

    static func uuid(of name: String) -> UUID {
        let bytes = Array(name.utf8)
        let high = Checksum.fnv1a(bytes)
        let low = Checksum.fnv1a(Array("snapshot/".utf8) + bytes)
        return UUID(high: high, low: low)
    }

    /// The file of a snapshot's copied firmware variables.
    package func variables(of name: String) -> String { "\(files)/\(DocumentName.fileName(name)).nvram" }

    /// The copy of what a snapshot's TPM kept.
    package func tpm(of name: String) -> String { "\(files)/\(DocumentName.fileName(name)).tpm" }

    /// Whether a path is that of a file among those, which documents from elsewhere may only pretend.
    package func owns(_ path: String) -> Bool {
        guard path.hasPrefix(files + "/") else { return false }
        let name = path.utf8.dropFirst(files.utf8.count + 1)
        return !name.isEmpty && !name.contains(UInt8(ascii: "/")) && !name.elementsEqual("..".utf8)
            && !name.elementsEqual(".".utf8)
    }

    // MARK: Reading

    /// All snapshots, by name. One whose document can't be used is left out; ``broken`` has them.
    package func all() throws(VMError) -> [SnapshotRecord] {
        guard isThere else { return [] }
        let current = current
        return try documents.names().compactMap { name in try? read(name, current: current) }
    }

    /// The names of those whose documents can't be used.
    package func broken() throws(VMError) -> [String] {
        guard isThere else { return [] }
        return try documents.names().filter { (try? read($0, current: nil)) == nil }
    }

    package func get(_ name: String) throws(VMError) -> SnapshotRecord {
        guard isThere, documents.contains(name) else {
            let names = isThere ? (try? documents.names()) ?? [] : []
            throw .noSnapshot(name, remedy: NearMatch.best(for: name, among: names).map { "did you mean '\($0)'?" })
        }
        return try read(name, current: current)
    }

    private func read(_ name: String, current: String?) throws(VMError) -> SnapshotRecord {
        let stored = try documents.read(name)
        let snapshot = try DomainSnapshot.read(stored.xml, file: documents.path(of: name), options: .lenient).checked()
        return SnapshotRecord(
            name: name, snapshot: snapshot, parent: snapshot.parent?.name, isCurrent: name == current,
            generation: stored.generation)
    }

    // MARK: Changing, by who holds the lock

    /// Writes a snapshot, new or in the place of an older document of its name.
    package func put(_ snapshot: DomainSnapshot) throws(VMError) {
        let name = snapshot.name ?? ""
        try Folders.make(folder)
        _ = try documents.define(name, uuid: Self.uuid(of: name)) { _ throws(VMError) in Array(snapshot.xml.utf8) }
        Failpoint.reached("snapshot.stored")
    }
}
