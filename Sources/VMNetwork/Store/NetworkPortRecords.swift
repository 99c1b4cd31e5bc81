package import VMCore
internal import VMXML

/// The ports of a network that somebody has asked for by name, for a device of their own: a file each, which counts as long as
/// the network's run goes on in which it was made. Those of running machines are none of them.
package struct NetworkPortRecords: Sendable {
    /// How many a network has at most.
    private static let limit = 4096

    private let folder: String

    package init(_ active: ActiveNetworks, _ network: UUID, session: UUID) {
        folder = active.portFolder(of: network) + "/\(session)"
    }

    private func path(_ id: UUID) -> String { "\(folder)/\(id).xml" }

    /// All of them, by their UUIDs.
    package func all() -> [NetworkPortDocument] {
        guard Files.exists(folder), (try? OwnFolders.check(folder)) != nil else { return [] }
        let ids = ((try? Folders.list(folder)) ?? []).filter { $0.hasSuffix(".xml") }.compactMap {
            UUID($0.dropLast(4))
        }
        return ids.sorted { $0.description < $1.description }.prefix(Self.limit).compactMap { read($0) }
    }

    package func read(_ id: UUID) -> NetworkPortDocument? {
        guard Files.exists(path(id)), let bytes = try? OwnFiles.read(path(id)),
            let port = try? NetworkPortDocument.checked(bytes, options: .lenient), port.uuid == id
        else { return nil }
        return port
    }

    /// Writes a port down. The networks' turn is held.
    package func write(_ port: NetworkPortDocument) throws(VMError) {
        guard let id = port.uuid else { return }
        if read(id) == nil, all().count >= Self.limit {
            throw .networkUnsupported("a network has \(Self.limit) ports at most that were asked for")
        }
        try Folders.make(folder)
        try Files.write(Array(port.xml.utf8), to: path(id), durable: false)
        Failpoint.reached("port.written")
    }

    /// Forgets a port. The networks' turn is held.
    package func remove(_ id: UUID) throws(VMError) {
        if Files.exists(path(id)) { try Files.remove(path(id)) }
    }
}

extension ActiveNetworks {
    /// Where the ports are that somebody has asked for.
    func portFolder(of network: UUID) -> String { "\(folder)/\(network).ports" }

    /// Forgets the ports of all runs of a network.
    package func removePorts(of network: UUID) {
        if Files.exists(portFolder(of: network)) { Folders.removeTree(portFolder(of: network)) }
    }
}
