public import VMCore
package import VMStore
internal import VMXML

/// A network that is known: stored, active, or both.
public struct NetworkRecord: Sendable {
    public var name: String
    public var uuid: UUID
    /// The document as of its start, with what has been changed since; nil when it isn't active.
    public var live: Network?
    /// The stored document; nil for a transient network, and for one whose file can't be used.
    public var stored: Network?
    public var isPersistent: Bool
    public var isAutostarted: Bool
    /// Why the stored document can't be used, or that the network's process has ended.
    public var problem: String?
    /// Names this run of the network; nil when it isn't active.
    public var session: UUID?

    public var isActive: Bool { live != nil }
    /// The document that counts now.
    public var network: Network? { live ?? stored }
}

/// The networks of one user: their definitions, and which of them are active.
///
/// Whoever asks reads files and takes no lock; whoever changes the state of a network holds the lock of all.
package struct NetworkStore: Sendable {
    package let definitions: DocumentStore
    package let active: ActiveNetworks

    package init(_ paths: UserPaths) {
        definitions = DocumentStore(folder: paths.networks, kind: .network)
        active = ActiveNetworks(folder: paths.runtime + "/networks")
    }

    // MARK: Reading

    /// All networks by name.
    package func all() throws(VMError) -> [NetworkRecord] {
        let live = try active.all()
        var records: [NetworkRecord] = []
        var seen = Set<UUID>()
        for name in try definitions.names() {
            guard let record = try? stored(name, among: live) else { continue }
            records.append(record)
            seen.insert(record.uuid)
        }
        for network in live where !seen.contains(network.uuid) { records.append(transient(network)) }
        return records.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// The network that a user means: the one of that UUID, or else of that name.
    package func find(_ key: String) throws(VMError) -> NetworkRecord {
        if let uuid = UUID(key), let found = try find(uuid: uuid) { return found }
        guard let found = try find(named: key) else { throw .noNetwork(named: key) }
        return found
    }

    package func get(_ uuid: UUID) throws(VMError) -> NetworkRecord {
        guard let found = try find(uuid: uuid) else { throw .noNetwork(uuid) }
        return found
    }

    package func find(uuid: UUID) throws(VMError) -> NetworkRecord? {
        let live = active.read(uuid)
        if let name = try definitions.name(of: uuid) { return try stored(name, among: [live].compactMap(\.self)) }
        return live.map(transient)
    }

    package func find(named name: String) throws(VMError) -> NetworkRecord? {
        let live = try active.all()
        if definitions.contains(name) { return try stored(name, among: live) }
        return live.first { $0.name == name }.map(transient)
    }

    private static let lost = "the process of the network has ended: nobody serves it any more"

    private func fill(_ record: inout NetworkRecord, _ network: ActiveNetwork?) {
        guard let network else { return }
        guard active.isAlive(network) else {
            record.problem = record.problem ?? Self.lost
            return
        }
        record.live = network.network
        record.session = network.session
    }

    private func transient(_ network: ActiveNetwork) -> NetworkRecord {
        var record = NetworkRecord(
            name: network.name, uuid: network.uuid, live: nil, stored: nil, isPersistent: false, isAutostarted: false)
        fill(&record, network)
        return record
    }

    private func stored(_ name: String, among live: [ActiveNetwork]) throws(VMError) -> NetworkRecord {
        let document = try definitions.read(name)
        var record = NetworkRecord(
            name: name, uuid: document.uuid, live: nil, stored: nil, isPersistent: true,
            isAutostarted: definitions.isAutostarted(name, document.uuid))
        do throws(VMError) {
            record.stored = try Network.checked(
                document.xml, file: definitions.path(of: name), options: .lenient)
        } catch {
            record.problem = error.description
        }
        fill(&record, live.first { $0.uuid == document.uuid })
        return record
    }

    // MARK: Locks

    /// Takes the right to change which networks there are or are active.
    package func takeTurn(until deadline: Deadline) throws(VMError) -> FileLock {
        try Folders.make(active.folder)
        guard let lock = try FileLock.take(active.folder + "/.lock", until: deadline) else {
            throw VMError(.busy, "another command is changing networks", remedy: "try it again")
        }
        return lock
    }
}

extension DocumentKind {
    /// Virtual networks, in libvirt's format.
    static let network = DocumentKind(
        word: "network", missing: { key, _ in .noNetwork(named: key) },
        identifyRemedy: { path in "define it with \(command: "net-define", path)" }
    ) { (bytes, path) throws(VMError) in
        let network = try Network.checked(bytes, file: path, options: .lenient)
        return Identity(name: network.name, uuid: network.uuid)
    }
}
