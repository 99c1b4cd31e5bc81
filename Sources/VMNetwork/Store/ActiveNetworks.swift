internal import Glibc
package import VMCore
internal import VMXML

/// A network that was started.
package struct ActiveNetwork: Sendable {
    package var network: Network
    package var name: String
    package var uuid: UUID
    /// Names this run of it.
    package var session: UUID
    /// When it was started, in nanoseconds since 1970.
    package var since: Int64
}

/// The networks that were started: a file for each, named by its UUID, and beside it a folder for the process that is the
/// network. A bridge of the host's needs no process.
package struct ActiveNetworks: Sendable {
    package let folder: String

    private static let head = "<!-- vmctl: active since "

    package func path(of uuid: UUID) -> String { "\(folder)/\(uuid).xml" }

    /// The folder of a network's process.
    package func holder(of uuid: UUID) -> HolderFolder { HolderFolder(path: "\(folder)/\(uuid)") }

    /// All that were started and not stopped in this boot; a file that can't be read is as good as none.
    package func all() throws(VMError) -> [ActiveNetwork] {
        guard Files.exists(folder) else { return [] }
        try OwnFolders.check(folder)
        return try Folders.list(folder).compactMap { file in
            guard file.hasSuffix(".xml"), let uuid = UUID(file.dropLast(4)) else { return nil }
            return read(uuid)
        }.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    package func read(_ uuid: UUID) -> ActiveNetwork? {
        guard let bytes = try? OwnFiles.read(path(of: uuid)), let end = bytes.firstIndex(of: 0x0a) else { return nil }
        let words = String(decoding: bytes[..<end], as: UTF8.self).split(separator: " ")
        guard String(decoding: bytes[..<end], as: UTF8.self).hasPrefix(Self.head), words.count == 10,
            let since = Int64(words[4].dropLast()), words[6].dropLast() == HostBoot.id,
            let session = UUID(String(words[8])),
            let network = try? Network.checked(Array(bytes[(end + 1)...]), options: .lenient),
            let name = network.name, network.uuid == uuid
        else { return nil }
        return ActiveNetwork(network: network, name: name, uuid: uuid, session: session, since: since)
    }

    /// What stands in a network's file.
    package static func text(_ network: Network, session: UUID) -> String {
        "\(head)\(WallClock.now), boot \(HostBoot.id), session \(session) -->\n" + network.xml
    }

    package func write(_ text: String, of uuid: UUID) throws(VMError) {
        try Folders.make(folder)
        try Files.write(Array(text.utf8), to: path(of: uuid), durable: false)
        Failpoint.reached("network.active")
    }

    /// Forgets that a network was started. The turn is held.
    package func remove(_ uuid: UUID) throws(VMError) {
        if Files.exists(path(of: uuid)) { try Files.remove(path(of: uuid)) }
        Failpoint.reached("network.inactive")
    }

    /// Whether a network is what it was when it was started: its process is there, where it needs one.
    package func isAlive(_ network: ActiveNetwork) -> Bool {
        !network.network.isServed || holder(of: network.uuid).isHeld
    }
}

extension Network {
    /// The document in the text of an active network's file.
    static func ofActive(_ text: String) -> Network? {
        let bytes = Array(text.utf8)
        guard let end = bytes.firstIndex(of: 0x0a) else { return nil }
        return try? Network.checked(Array(bytes[(end + 1)...]), options: .lenient)
    }
}

/// What a network's process keeps: its lock, its socket, its own record, and what dnsmasq reads and writes.
package struct HolderFolder: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    package var lock: String { path + "/lock" }
    package var socket: String { path + "/socket" }
    package var record: String { path + "/holder.json" }
    package var configuration: String { path + "/dnsmasq.conf" }
    package var leases: String { path + "/leases" }
    /// slirp4netns' own, for ports of the host.
    package var uplinkSocket: String { path + "/uplink" }

    package var isHeld: Bool { Files.exists(lock) && FileLock.isHeld(lock) }
}
