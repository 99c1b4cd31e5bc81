internal import Glibc
package import VMCore

/// A pool that is a folder: its files are the volumes.
package struct FolderPool: Sendable {
    package let pool: StoragePool
    package let name: String
    package let uuid: UUID
    /// The folder.
    package let path: String

    /// - Throws: `unsupported` for pools of types that aren't served.
    init(_ pool: StoragePool, _ name: String, _ uuid: UUID) throws(VMError) {
        guard pool.type.isFolder else {
            throw .unsupported(
                pool.type, "being built or started here",
                remedy: "make a pool of type 'dir' over a folder, or name devices in the domain's <disk type='block'>")
        }
        self.pool = pool
        self.name = name
        self.uuid = uuid
        path = pool.target.path ?? ""
    }

    // MARK: Life

    /// What a new folder is allowed to whom.
    private static let mode: UInt32 = 0o711

    /// Makes the folder and those above it. One that is there gets only the rights that the document names.
    func build() throws(VMError) {
        guard !pool.type.isMounted else {
            throw .unsupportedSettings(
                "a pool of type '\(pool.type.rawValue)' is served where its file system is mounted already",
                remedy: "make and mount it yourself on '\(path)'")
        }
        try requireWholePath()
        let isNew = !Files.exists(path)
        do throws(VMError) {
            if isNew { try Folders.make(Files.folder(of: path), mode: 0o755) }
            try Folders.make(path, mode: Self.mode)
            let wanted = pool.target.permissions
            let mode = wanted?.mode?.bits ?? (isNew ? Self.mode : nil)
            let owners = wanted?.owners(for: geteuid())
            try Folders.setRights(path, mode: mode, owner: owners?.owner, group: owners?.group)
        } catch {
            throw .storageFailure("cannot create path '\(path)'\(Self.reason(error))")
        }
    }

    /// Checks that the folder is there, and is what it has to be.
    package func checkStart() throws(VMError) {
        try requireWholePath()
        do throws(VMError) {
            _ = try Folders.entries(path) { _ in false }
        } catch {
            throw VMError(
                .io, error.message,
                remedy: pool.type.isMounted ? nil : "make it with \(command: "pool-build", name)",
                libvirt: LibvirtError(.systemError, in: .none))
        }
        if pool.type.isMounted, !MountPoints.contains(path) {
            throw .unsupportedSettings(
                "nothing is mounted on '\(path)', and a pool of type '\(pool.type.rawValue)' is served only where its "
                    + "file system is mounted already",
                remedy: "mount \(mountedSource) on '\(path)' yourself, then start the pool")
        }
    }

    private var mountedSource: String {
        if pool.type == .netfs, let host = pool.source.hosts.first?.name {
            return "'\(host):\(pool.source.dir?.path ?? "")'"
        }
        return pool.source.devices.first?.path.map { "'\($0)'" } ?? "its file system"
    }

    private func requireWholePath() throws(VMError) {
        if path.utf8.first == UInt8(ascii: "/") { return }
        throw .storageFailure("cannot open directory '\(path)': the path isn't absolute")
    }

    /// Removes the folder. libvirt removes it alone, and so fails when something is in it.
    func deleteFolder() throws(VMError) {
        guard !pool.type.isMounted else { throw .unsupported(pool.type, "pool deletion") }
        try requireWholePath()
        removeLeftovers()
        if rmdir(path) != 0 { throw .storageFailure("failed to remove pool '\(path)': \(errnoText(errno))") }
    }

    /// Removes what was left of volumes whose making was interrupted.
    package func removeLeftovers() { Staging.removeLeftovers(in: path) }

    /// The end of a sentence about an error.
    static func reason(_ error: VMError) -> String {
        guard let colon = error.message.lastIndex(of: ":") else { return ": " + error.message }
        return String(error.message[colon...])
    }

    // MARK: Figures

    /// `virStoragePoolState` and the sizes of the file system.
    package var space: FileSystemSpace? { Files.exists(path) ? FileSystemSpace(path) : nil }

    // MARK: Volumes

    /// The volumes by name. Nothing is opened.
    package func volumes() throws(VMError) -> [VolumeEntry] {
        let entries: [FolderEntry]
        do throws(VMError) {
            entries = try Folders.entries(path, accepting: VolumeName.isListed)
        } catch {
            throw .storageFailure(error.message)
        }
        let found = entries.compactMap { VolumeEntry($0, in: self) }
        return found.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// The volume of that name.
    package func volume(named name: String) throws(VMError) -> VolumeEntry {
        guard let found = find(name) else { throw .noVolume(named: name, in: self.name) }
        return found
    }

    /// The same; nil when there is none.
    package func find(_ name: String) -> VolumeEntry? {
        guard !name.isEmpty, name != ".", name != "..", !name.utf8.contains(UInt8(ascii: "/")),
            VolumeName.isListed(name)
        else { return nil }
        let path = path(of: name)
        guard let facts = FileFacts(path) else { return nil }
        let entry = FolderEntry(name: name, isLink: Files.linkTarget(path) != nil, facts: facts)
        return VolumeEntry(entry, in: self)
    }

    /// Where a volume of that name is.
    package func path(of name: String) -> String { path == "/" ? "/" + name : "\(path)/\(name)" }
}

/// Where file systems are mounted.
enum MountPoints {
    static func contains(_ path: String) -> Bool {
        guard let real = Files.resolved(path) else { return false }
        return Mount.all().contains { $0.path == real }
    }
}
