internal import VMCore
internal import VMXML

/// Something that is known of a domain at a moment of its life: a snapshot, a checkpoint.
public protocol MomentRecord: Sendable {
    var name: String { get }
    /// The one that it was made after.
    var parent: String? { get }
}

/// How a domain's snapshots, or its checkpoints, follow from each other.
public struct MomentTree<Record: MomentRecord>: Sendable {
    public let records: [Record]
    private let places: [String: Int]
    private let below: [String: [String]]

    public init(_ records: [Record]) {
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

    public subscript(name: String) -> Record? { places[name].map { records[$0] } }

    public func children(of name: String) -> [Record] { (below[name] ?? []).compactMap { self[$0] } }

    func isLeaf(_ name: String) -> Bool { (below[name] ?? []).isEmpty }

    /// Those that have no parent, or one that isn't there.
    public var roots: [Record] {
        records.filter { record in record.parent.map { places[$0] == nil || $0 == record.name } ?? true }
    }

    /// All below one, parents before their children. Documents that name each other as parents end nothing in a circle.
    public func descendants(of name: String) -> [Record] {
        var seen: Set<String> = [name]
        var result: [Record] = []
        var open = children(of: name)[...]
        while let record = open.popFirst() {
            guard seen.insert(record.name).inserted else { continue }
            result.append(record)
            open += children(of: record.name)
        }
        return result
    }

    /// One and those that it follows from, itself first.
    public func ancestors(of name: String) -> [Record] {
        var result: [Record] = []
        var next = self[name]
        var seen: Set<String> = []
        while let record = next, seen.insert(record.name).inserted {
            result.append(record)
            next = record.parent.flatMap { self[$0] }
        }
        return result
    }

    /// Whether one would follow from itself if it followed from that one.
    public func wouldLoop(_ name: String, below parent: String) -> Bool {
        ancestors(of: parent).contains { $0.name == name }
    }

    /// All that pass, in the order that lists have.
    ///
    /// - Parameters:
    ///   - name: only those below this one: its children, or all that follow from it.
    ///   - isDeep: of the whole tree the roots alone, of one its descendants.
    ///   - isTopological: parents before their children, rather than by name.
    func select(
        from name: String?, isDeep: Bool, isTopological: Bool, _ accepts: (Record, Bool) -> Bool
    ) -> [Record] {
        var found: [Record]
        if let name {
            found = isDeep ? descendants(of: name) : children(of: name)
        } else {
            found = isDeep ? roots : records
            if isTopological, !isDeep { found = roots.flatMap { [$0] + descendants(of: $0.name) } }
        }
        if !isTopological { found.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) } }
        return found.filter { accepts($0, isLeaf($0.name)) }
    }
}

/// What is wrong with a document, as libvirt's error.
enum MomentFindings {
    /// The rules that are checked here, whose words are libvirt's.
    private static let own = [
        "invalid-name", "missing-attribute", "missing-element", "relative-path", "unusable-source",
        "unusable-attribute",
        "unusable-server", "unusable-file",
    ]

    /// - Throws: `invalid-xml` with all findings, if there are some.
    static func refuse(_ diagnostics: [Diagnostic], in domain: LibvirtError.Domain) throws(VMError) {
        let findings = diagnostics.filter { $0.severity == .error }
        guard let first = findings.first else { return }
        let isOurs = own.contains(first.rule)
        throw VMError(
            .invalidXML, isOurs ? "XML error: " + first.message : Diagnostic.summary(of: findings),
            remedy: first.suggestion.map { Remedy("did you mean '\($0)'?") }, diagnostics: findings,
            libvirt: first.rule == "invalid-name"
                ? LibvirtError(.xmlDetail) : LibvirtError(.xmlError, in: isOurs ? domain : .xml))
    }
}
