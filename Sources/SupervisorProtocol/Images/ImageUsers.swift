package import VMCore
internal import VMDomain
internal import VMImage
internal import VMSnapshot
internal import VMStore
internal import VMXML

/// Finds out who else would notice if images of a disk were written or removed: machines that run, definitions, snapshots, and
/// images that build on them. Images are asked themselves, since nobody else knows all of them: those in the folders in question
/// and in all active pools.
package struct ImageUsers {
    private let paths: UserPaths
    /// The machine and the disk whose images they are.
    private let machine: UUID
    private let target: String
    /// Of the disk itself: what builds on another one of these is meant to.
    private let own: Set<FileIdentity>
    private let sources: SourcePaths
    private let committed: CommittedImages

    /// - Parameter chain: the images that the disk consists of.
    package init(_ paths: UserPaths, machine: UUID, target: String, chain: [String]) {
        self.paths = paths
        committed = CommittedImages(paths)
        self.machine = machine
        self.target = target
        own = Set(chain.compactMap { Files.identity($0) })
        sources = SourcePaths(paths)
    }

    /// Who uses one of these images; nil when nobody else does.
    package func user(of images: [String]) -> String? { find(images)?.text }

    private func find(_ images: [String]) -> (text: String, remedy: Remedy)? {
        let identities = Set(images.compactMap { Files.identity($0) })
        if identities.isEmpty { return nil }
        if let name = snapshot(identities) {
            return ("the snapshot '\(name)'", "delete that one first with \(command: "snapshot-delete")")
        }
        guard
            let text = runningMachine(identities, images) ?? definition(identities, images) ?? image(identities, images)
        else {
            return nil
        }
        let way = "have that one hold everything itself first, with 'qemu-img rebase -b \"\"' or "
        return (text, "\(way)\(command: "blockpull")")
    }

    /// Refuses to do something to images that somebody else uses.
    ///
    /// - Parameter what: what would be done, `committing into`.
    package func check(_ images: [String], _ what: String) throws(VMError) {
        for path in images {
            guard let user = find([path]) else { continue }
            throw VMError(
                .busy, "\(what) '\(path)' would ruin \(user.text)", remedy: user.remedy,
                libvirt: LibvirtError(.operationUnsupported))
        }
    }

    // MARK: Machines

    private func runningMachine(_ images: Set<FileIdentity>, _ names: [String]) -> String? {
        for entry in (try? Folders.list(paths.runtime)) ?? [] {
            guard let uuid = UUID(entry) else { continue }
            let folder = RuntimeFolder(base: paths.runtime, uuid: uuid)
            guard let state = try? folder.readState(), state.state.isActive else { continue }
            guard let text = try? OwnFiles.read(folder.domain),
                let domain = try? Domain.read(text, file: folder.domain, options: .lenient).checked()
            else {
                if uuid != machine, names.contains(where: { OwnFiles.mentions(folder.domain, $0) }) {
                    return "the running domain '\(state.name)', whose definition can't be read"
                }
                continue
            }
            if uses(domain, images, isOwn: uuid == machine) { return "the running domain '\(state.name)'" }
        }
        return nil
    }

    private func definition(_ images: Set<FileIdentity>, _ names: [String]) -> String? {
        let store = DefinitionStore(folder: paths.domains, kind: .domain)
        for name in (try? store.names()) ?? [] {
            guard let stored = try? store.read(name),
                let domain = try? Domain.read(stored.xml, options: .lenient).checked()
            else {
                let file = store.path(of: name)
                if names.contains(where: { OwnFiles.mentions(file, $0) }) { return "'\(file)', which can't be read" }
                continue
            }
            if uses(domain, images, isOwn: stored.uuid == machine) { return "the domain '\(name)'" }
        }
        return nil
    }

    /// The name of a snapshot, of this machine or another one, that keeps what one of its disks was in them.
    private func snapshot(_ images: Set<FileIdentity>) -> String? {
        for domain in SnapshotStore.domains(paths) {
            for record in (try? SnapshotStore(paths, domain).all()) ?? [] {
                let kept = record.snapshot.keptDisks
                let files = [record.snapshot.memory?.file, record.snapshot.nvram?.file]
                if kept.contains(where: { uses($0, images) }) || files.contains(where: { isAmong($0, images) }) {
                    return record.name
                }
            }
        }
        return nil
    }

    private func uses(_ domain: Domain, _ images: Set<FileIdentity>, isOwn: Bool) -> Bool {
        let disks = domain.devices.disks.filter { !isOwn || $0.target?.dev != target }
        if disks.contains(where: { uses($0, images) }) { return true }
        return [domain.os.nvram?.file, domain.os.loader?.path].contains { isAmong($0, images) }
    }

    private func uses(_ disk: Disk, _ images: Set<FileIdentity>) -> Bool {
        var named = disk.chain.map { sources.path(of: $0.source) }
        named.append(disk.source.dataStore.flatMap { $0.source.file ?? $0.source.dev })
        if named.contains(where: { isAmong($0, images) }) { return true }
        guard let last = named.compactMap({ $0 }).last, Files.exists(last) else { return false }
        return BackingChain(last, obstacle: { _, _ in nil }).images.contains { isAmong($0, images) }
    }

    private func isAmong(_ path: String?, _ images: Set<FileIdentity>) -> Bool {
        path.flatMap { Files.identity($0) }.map { images.contains($0) } == true
    }

    // MARK: Images

    /// An image that builds on one of them, directly or not, and isn't the disk's own.
    private func image(_ images: Set<FileIdentity>, _ paths: [String]) -> String? {
        var folders: [String] = []
        for folder in paths.map({ Files.folder(of: $0) }) + sources.pools.map(\.folder) where !folders.contains(folder)
        {
            folders.append(folder)
        }
        for folder in folders where folder != "/dev" {
            for entry in ((try? Folders.list(folder)) ?? []).sorted() {
                let path = folder + "/" + entry
                guard let identity = Files.identity(path), !own.contains(identity), Files.kind(path) == .file,
                    Self.hasBacking(path), !committed.contains(path),
                    BackingChain(path, obstacle: { _, _ in nil }).images.contains(where: { isAmong($0, images) })
                else { continue }
                return "the image '\(path)', which builds on it"
            }
        }
        return nil
    }

    /// Whether a file is an image that builds on another one.
    private static func hasBacking(_ path: String) -> Bool {
        (try? ImageHeader(ImageFile(path), as: nil))?.backing != nil
    }
}

extension DomainSnapshot {
    /// The disks whose contents it keeps, as they were.
    fileprivate var keptDisks: [Disk] {
        let names = disks.filter { $0.snapshot == .internal || $0.snapshot == .external }.compactMap(\.name)
        return [domain, inactiveDomain].compactMap(\.self).flatMap(\.devices.disks).filter { disk in
            disk.target?.dev.map(names.contains) == true
        }
    }
}
