internal import Glibc
public import VMCore

/// A volume in a folder: what its place in the file system says, without having been opened.
public struct VolumeEntry: Sendable, Hashable {
    public var pool: String
    public var name: String
    public var path: String
    public var facts: FileFacts
    /// Whether the name is a link's; the facts are of what that leads to.
    public var isLink: Bool
    public var kind: StorageVolume.Kind

    /// Nil for what is no volume: FIFOs, sockets, and folders that can't be read.
    init?(_ entry: FolderEntry, in pool: FolderPool) {
        path = pool.path(of: entry.name)
        switch entry.facts.kind {
        case .file: kind = .file
        case .blockDevice, .characterDevice: kind = .block
        case .folder:
            guard access(path, R_OK) == 0 else { return nil }
            kind = .dir
        case .fifo, .socket, .other: return nil
        }
        self.pool = pool.name
        name = entry.name
        facts = entry.facts
        isLink = entry.isLink
    }

    /// `virStorageVolType`.
    public var number: UInt8 {
        switch kind {
        case .file: 0
        case .block: 1
        case .dir: 2
        case .network: 3
        case .netdir: 4
        case .ploop: 5
        }
    }
}
