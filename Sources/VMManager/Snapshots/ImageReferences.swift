internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMImage
internal import VMSnapshot
internal import VMStorage
internal import VMXML

/// Who uses which image files on this host: definitions, running machines, snapshots, and images that build on others.
///
/// It is asked of the images, not of what somebody believes about them: each chain is walked as it is on the disk.
struct ImageReferences {
    enum User: Hashable {
        /// A domain's stored definition, or a running machine's live one.
        case definition(domain: UUID, name: String)
        case running(domain: UUID, name: String)
        /// A snapshot, for the state that it keeps.
        case snapshot(domain: UUID, name: String)
        /// A domain's managed save, which goes on with the disks that the machine had.
        case save(domain: UUID, name: String)
        /// A document that can't be read, and in which the file's name stands.
        case unreadable(String)
        /// An image that builds directly on it.
        case image(String)

        /// The domain whose it is; nil for what belongs to none, or nobody knows to which.
        var domain: UUID? {
            switch self {
            case .definition(let domain, _), .running(let domain, _), .snapshot(let domain, _), .save(let domain, _):
                domain
            case .unreadable, .image: nil
            }
        }

        var text: String {
            switch self {
            case .definition(_, let name): "domain '\(name)'"
            case .running(_, let name): "running domain '\(name)'"
            case .snapshot(_, let name): "snapshot '\(name)'"
            case .save(_, let name): "the managed save of domain '\(name)'"
            case .unreadable(let path): "'\(path)', which can't be read and names it,"
            case .image(let path): "image '\(path)'"
            }
        }
    }

    private struct Claim {
        var user: User
        /// Whether the file itself is named, rather than being below one that is.
        var isTop: Bool
    }

    /// The most files of one folder that are looked at.
    private static let folderLimit = 16_384

    private var claims: [FileIdentity: [Claim]] = [:]
    /// Files that don't exist are known by their names.
    private var missing: [String: [Claim]] = [:]
    /// Documents that can't be read; who knows what they need.
    private var unreadable: [String] = []
    private var chains: [String: [String]] = [:]
    private var folders: Set<String> = []
    private let manager: VMManager
    private let ignoresCommitted: Bool

    /// - Parameters:
    ///   - folders: those whose images are looked at for what they build on.
    ///   - ignoresCommitted: whether images that were written down into others, and are in nobody's way since, count for nothing.
    init(_ manager: VMManager, folders: Set<String>, ignoresCommitted: Bool = false) {
        self.manager = manager
        self.ignoresCommitted = ignoresCommitted
        for name in (try? manager.store.names()) ?? [] {
            guard let stored = try? manager.store.read(name),
                let domain = try? Domain.read(stored.xml, options: .lenient).checked()
            else {
                unreadable.append(manager.store.path(of: name))
                continue
            }
            add(domain, .definition(domain: stored.uuid, name: name))
            addSave(stored.uuid, name)
        }
        for state in (try? manager.activeStates()) ?? [] {
            guard let domain = try? manager.liveDomain(of: state) else {
                unreadable.append(manager.folder(state.uuid).domain)
                continue
            }
            add(domain, .running(domain: state.uuid, name: state.name))
        }
        for uuid in SnapshotStore.domains(manager.paths) {
            let store = SnapshotStore(manager.paths, uuid)
            for record in (try? store.all()) ?? [] { add(record, uuid) }
            unreadable += ((try? store.broken()) ?? []).map { store.documents.path(of: $0) }
        }
        guard !folders.isEmpty else { return }
        let pools = ((try? manager.storage.pools(.active)) ?? []).compactMap { $0.pool?.target.path }
        for folder in folders.union(pools) { add(imagesIn: folder) }
    }

    private mutating func addSave(_ uuid: UUID, _ name: String) {
        let path = manager.managedSavePath(uuid)
        guard Files.exists(path), let image = try? SaveImage.read(path),
            let domain = try? Domain.read(image.xml, options: .lenient).checked()
        else { return }
        add(domain, .save(domain: uuid, name: name))
    }

    private mutating func add(_ record: SnapshotRecord, _ uuid: UUID) {
        let user = User.snapshot(domain: uuid, name: record.name)
        // Files that keep its state: what the disks were, not where they went on.
        if let domain = record.snapshot.domain { add(domain, user) }
        if let domain = record.snapshot.inactiveDomain { add(domain, user) }
        for path in [record.snapshot.memory?.file, record.snapshot.nvram?.file, record.snapshot.tpm?.file] {
            if let path { claim(path, user, isTop: true) }
        }
    }

    private mutating func add(_ domain: Domain, _ user: User) {
        for disk in domain.devices.disks {
            guard let path = manager.storage.path(of: disk.source), path.hasPrefix("/") else { continue }
            claim(path, user, isTop: true)
            for image in chain(path) { claim(image, user, isTop: false) }
        }
        if let path = domain.os.nvram?.file { claim(path, user, isTop: true) }
    }

    private mutating func chain(_ path: String) -> [String] {
        if let known = chains[path] { return known }
        let images = BackingChain(walking: path, reach: .anywhere).images
        chains[path] = images
        return images
    }

    private mutating func claim(_ path: String, _ user: User, isTop: Bool) {
        let claim = Claim(user: user, isTop: isTop)
        if let identity = Files.identity(path) {
            claims[identity, default: []].append(claim)
        } else {
            missing[path, default: []].append(claim)
        }
    }

    private mutating func add(imagesIn folder: String) {
        guard folders.insert(folder).inserted else { return }
        let committed = CommittedImages(manager.paths)
        for entry in ((try? Folders.list(folder)) ?? []).prefix(Self.folderLimit) {
            let path = folder + "/" + entry
            guard Files.oddKind(path) == nil, let below = SnapshotImages.backing(of: path),
                !(ignoresCommitted && committed.contains(path))
            else { continue }
            claim(below, .image(path), isTop: false)
        }
    }

    // MARK: Answers

    private func claims(on path: String) -> [Claim] {
        Files.identity(path).map { claims[$0] ?? [] } ?? missing[path] ?? []
    }

    /// Everybody who needs a file.
    func users(of path: String) -> [User] {
        let unknown = unreadable.filter { OwnFiles.mentions($0, path) }.map { User.unreadable($0) }
        return unique(claims(on: path).map(\.user) + unknown)
    }

    /// Those that name the file itself.
    func owners(of path: String) -> [User] { unique(claims(on: path).filter(\.isTop).map(\.user)) }

    /// The images that build directly on a file.
    func images(on path: String) -> [String] {
        users(of: path).compactMap { if case .image(let image) = $0 { image } else { nil } }
    }

    private func unique(_ users: [User]) -> [User] {
        var seen: Set<User> = []
        return users.filter { seen.insert($0).inserted }
    }
}
