internal import VMDomain
public import VMCore
public import VMSnapshot
internal import VMStore
internal import VMXML

/// Snapshots of domains: looking, and keeping their documents.
extension VMManager {
    func snapshotStore(_ machine: Machine) -> SnapshotStore { SnapshotStore(paths, machine.uuid) }

    /// The snapshots of a domain as a tree.
    public func snapshots(_ key: String) throws(VMError) -> SnapshotTree {
        SnapshotTree(try snapshotStore(try find(key)).all())
    }

    public func snapshot(_ key: String, _ name: String) throws(VMError) -> SnapshotRecord {
        try snapshotStore(try find(key)).get(name)
    }

    /// The snapshot that the domain goes on from.
    ///
    /// - Throws: `not-found` when there is none.
    public func currentSnapshot(_ key: String) throws(VMError) -> SnapshotRecord {
        let store = snapshotStore(try find(key))
        guard let name = store.current else { throw .noCurrentSnapshot }
        return try store.get(name)
    }

    public func hasCurrentSnapshot(_ key: String) throws(VMError) -> Bool {
        snapshotStore(try find(key)).current != nil
    }

    /// The snapshot that another one was made after.
    public func parentSnapshot(_ key: String, of name: String) throws(VMError) -> SnapshotRecord {
        let store = snapshotStore(try find(key))
        guard let parent = try store.get(name).parent else { throw .noParent(of: name) }
        return try store.get(parent)
    }

    /// A snapshot's document.
    ///
    /// - Parameter secrets: with the passwords in it.
    public func snapshotXML(_ key: String, _ name: String, secrets: Bool = true) throws(VMError) -> String {
        let snapshot = try snapshot(key, name).snapshot
        return secrets ? snapshot.xml : snapshot.withoutSecrets.xml
    }

    /// Whether a domain of a list has snapshots.
    public func hasSnapshots(_ domain: DomainSummary) -> Bool {
        domain.uuid.map { !SnapshotStore(paths, $0).isEmpty } ?? false
    }

    /// Makes a snapshot's document the current one's, without touching anything else.
    public func setCurrentSnapshot(_ key: String, _ name: String) throws(VMError) {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.withSnapshots(machine) { (store) async throws(VMError) in
                _ = try store.get(name)
                try store.setCurrent(name)
            }
        }
    }

    // MARK: Locks

    /// Does something that changes a domain's snapshots, in turn with all who do, when nothing is left of what somebody was
    /// killed in the middle of.
    func withSnapshots<Success>(
        _ machine: Machine, _ body: (SnapshotStore) async throws(VMError) -> Success
    ) async throws(VMError) -> Success {
        let store = snapshotStore(machine)
        try Folders.make(store.folder)
        let lock = try await takeMomentLock(store.lock, "snapshots", machine)
        defer { withExtendedLifetime(lock) {} }
        try await mend(machine)
        try await settle(store, machine)
        return try await body(store)
    }

    /// A lock that is held until the last reference to it is gone.
    private final class HeldLock {
        private let lock: FileLock
        init(_ lock: consuming FileLock) { self.lock = lock }
    }

    /// Takes the lock of a domain's snapshots, or of its checkpoints.
    func takeMomentLock(_ path: String, _ what: String, _ machine: Machine) async throws(VMError) -> AnyObject {
        let deadline = Deadline.after(VMManager.patience)
        while true {
            if let lock = try FileLock.take(path) { return HeldLock(lock) }
            guard !deadline.hasPassed else {
                throw VMError(
                    .busy, "another program is changing the \(what) of domain '\(machine.name)'",
                    remedy: "try again when it is done")
            }
            try await pause(.milliseconds(20))
        }
    }

    /// Keeps a machine from being started, for as long as its images are changed.
    ///
    /// - Throws: `wrong-state` when it runs.
    func whileShutOff<Success>(
        _ machine: Machine, _ what: String, _ body: () async throws(VMError) -> Success
    ) async throws(VMError) -> Success {
        func active() -> VMError {
            .snapshotInvalid(
                "\(what) while domain '\(machine.name)' is running",
                remedy: "shut it down first, with \(command: "shutdown", machine.name)")
        }
        if observe(machine).state.isActive { throw active() }
        try machine.runtime.make()
        let deadline = Deadline.after(.seconds(2))
        var held: HeldLock?
        while held == nil {
            if let lock = try FileLock.take(machine.runtime.supervisorLock) {
                held = HeldLock(lock)
            } else if deadline.hasPassed {
                throw active()
            } else {
                try await pause(.milliseconds(5))
            }
        }
        defer {
            if !Files.exists(machine.runtime.state) { try? machine.runtime.remove() }
            withExtendedLifetime(held) {}
        }
        if observe(machine).state.isActive { throw active() }
        return try await body()
    }

    // MARK: Before a start

    /// Refuses to start a machine that would write to an image that keeps a snapshot: by a definition, or a saved state, of
    /// before the snapshot was made.
    func checkKeptImages(_ domain: Domain) throws(VMError) {
        let owners = SnapshotStore.domains(paths)
        guard !owners.isEmpty else { return }
        let written = domain.devices.disks.filter { !$0.readonly && $0.device ?? .disk == .disk }
            .compactMap { storage.path(of: $0.source) }
        for owner in owners {
            for record in (try? SnapshotStore(paths, owner).all()) ?? [] {
                for entry in record.snapshot.disks(.external) {
                    let disk = record.snapshot.domain?.devices.disks.first { $0.target?.dev == entry.name }
                    guard let kept = disk.flatMap({ storage.path(of: $0.source) }),
                        written.contains(where: { isSame($0, kept) })
                    else { continue }
                    let name = (try? store.name(of: owner)) ?? nil
                    throw .snapshotInvalid(
                        "image '\(kept)' keeps snapshot '\(record.name)' of domain '\(name ?? "\(owner)")', which would "
                            + "be ruined if something wrote to it",
                        remedy:
                            "go back to the snapshot with \(command: "snapshot-revert", name ?? "", record.name), which "
                            + "makes a new image")
                }
            }
        }
    }

    /// Finishes what was interrupted of a machine's snapshots before something else is done with its images.
    func settleSnapshots(_ machine: Machine) async throws(VMError) {
        let store = snapshotStore(machine)
        guard Files.exists(store.work) else { return }
        try await withSnapshots(machine) { (_) async throws(VMError) in }
    }
}
