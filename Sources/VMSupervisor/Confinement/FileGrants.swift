internal import Glibc
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// Rights on files that root gives to the user whose QEMU a machine runs, for as long as the machine runs.
///
/// They are entries of access control lists: owner and mode of a file stay. What is given is written down before it is
/// given, in a place that outlives the host's boot, so that it is taken back whatever happens in between.
struct FileGrants {
    /// A right that a machine's QEMU has on one file.
    struct Grant: Hashable {
        var path: String
        var identity: FileIdentity
        /// Read 4, write 2, search 1.
        var rights: UInt16
        /// What the user's own entry said before; nil when there was none.
        var before: UInt16?
    }

    let paths: UserPaths
    let runtime: RuntimeFolder

    init(_ plan: SupervisorPlan) { self.init(plan.paths, plan.folder) }

    init(_ paths: UserPaths, _ runtime: RuntimeFolder) {
        self.paths = paths
        self.runtime = runtime
    }

    private var folder: String { paths.state + "/grants" }
    private var lockPath: String { folder + "/lock" }

    /// Whether another machine's supervisor is at it.
    var areBusy: Bool { FileLock.isHeld(lockPath) }
    private func record(of uuid: UUID) -> String { "\(folder)/\(uuid).json" }

    // MARK: Giving

    /// Gives a user what it needs to use these files, beyond what everybody or its groups may.
    ///
    /// - Throws: `launch-failed` when a file system keeps no access lists.
    func give(_ files: [FileAccess], to user: HostUser) throws(VMError) {
        try Folders.make(folder)
        let lock = try takeLock()
        defer { withExtendedLifetime(lock) {} }
        takeBackOfEnded()
        var mine = read(runtime.uuid).grants
        let others = othersGrants(user.id)
        var wanted: [Grant] = []
        for file in files {
            try collect(file, user, others) { wanted.append($0) }
        }
        for grant in wanted {
            if let index = mine.firstIndex(where: { $0.identity == grant.identity }) {
                mine[index].rights |= grant.rights
            } else {
                mine.append(grant)
            }
        }
        guard !wanted.isEmpty else { return }
        try write(mine, user.id)
        for grant in wanted { try add(grant, user) }
    }

    /// What the user lacks on a file, and on the folders above it.
    private func collect(
        _ file: FileAccess, _ user: HostUser, _ others: [Grant], _ note: (Grant) -> Void
    ) throws(VMError) {
        guard let real = try LinkOwners.resolve(file.path) else { return }
        try FilePlace.walk(to: real) { (path, place, isLast) throws(VMError) in
            let needed: UInt16 = isLast ? Self.rights(file.kind, place.isFolder) : 1
            try check(path, place, needed, user, others, note)
        }
    }

    private static func rights(_ kind: FileAccess.Kind, _ isFolder: Bool) -> UInt16 {
        switch kind {
        case .read: isFolder ? 5 : 4
        case .write: isFolder ? 7 : 6
        case .create: 3
        }
    }

    private func check(
        _ path: String, _ place: borrowing FilePlace, _ needed: UInt16, _ user: HostUser, _ others: [Grant],
        _ note: (Grant) -> Void
    ) throws(VMError) {
        let list = try AccessList(of: place)
        let has = list.rights(of: user, owner: place.owner, group: place.group)
        let identity = place.identity
        if let other = others.first(where: { $0.identity == identity }) {
            // What another machine's QEMU was given goes with that one, and isn't what was there before.
            return note(Grant(path: path, identity: identity, rights: needed, before: other.before))
        }
        guard has & needed != needed else { return }
        note(Grant(path: path, identity: identity, rights: has | needed, before: list.rights(of: user.id)))
    }

    private func add(_ grant: Grant, _ user: HostUser) throws(VMError) {
        do throws(VMError) {
            try change(grant) { $0.set(($0.rights(of: user.id) ?? 0) | grant.rights, of: user.id) }
        } catch {
            throw VMError(
                .launchFailed, "QEMU runs as user '\(user.name)', who can't be given the use of '\(grant.path)'",
                remedy: "give that user the right itself, keep the file elsewhere, or name another user in qemu.conf",
                cause: error)
        }
    }

    /// Changes the list of a file that is still the one that was looked at.
    private func change(_ grant: Grant, _ body: (inout AccessList) -> Void) throws(VMError) {
        try FilePlace.walk(to: grant.path) { (_, place, isLast) throws(VMError) in
            guard isLast, place.identity == grant.identity else { return }
            var list = try AccessList(of: place)
            let before = list
            body(&list)
            if list != before { try list.apply(to: place) }
        }
    }

    // MARK: Taking back

    /// Takes back all that the machine's QEMU was given.
    func takeBack() {
        // Where another supervisor holds the lock for long, stopped perhaps, the next machine that is given something takes
        // this back: what ends must not wait for it.
        guard Files.exists(record(of: runtime.uuid)), let lock = try? takeLock(within: .milliseconds(500)) else {
            return
        }
        takeBack(runtime.uuid)
        _ = consume lock
    }

    private func takeBack(_ uuid: UUID) {
        let (user, grants) = read(uuid)
        let others = othersGrants(user, than: uuid)
        for grant in grants {
            let left = others.filter { $0.identity == grant.identity }.reduce(UInt16(0)) { $0 | $1.rights }
            let rights = left == 0 ? grant.before : (grant.before ?? 0) | left
            try? change(grant) { $0.set(rights, of: user) }
        }
        unlink(record(of: uuid))
    }

    /// Machines that ended with the host, or whose every process was killed.
    private func takeBackOfEnded() {
        for uuid in recorded where uuid != runtime.uuid {
            let other = RuntimeFolder(base: runtime.base, uuid: uuid)
            if !FileLock.isHeld(other.machineLock), !FileLock.isHeld(other.supervisorLock) { takeBack(uuid) }
        }
    }

    // MARK: Records

    private var recorded: [UUID] {
        ((try? Folders.list(folder)) ?? []).compactMap { name in
            name.hasSuffix(".json") ? UUID(String(name.dropLast(5))) : nil
        }
    }

    private func othersGrants(_ user: UInt32, than uuid: UUID? = nil) -> [Grant] {
        recorded.filter { $0 != uuid ?? runtime.uuid }.map(read).filter { $0.user == user }.flatMap(\.grants)
    }

    private func takeLock(within patience: Duration = .seconds(5)) throws(VMError) -> FileLock {
        guard let lock = try FileLock.take(lockPath, until: .after(patience)) else { throw busy }
        return lock
    }

    var busy: VMError { VMError(.busy, "the rights of files can't be changed: '\(lockPath)' is held") }

    private func write(_ grants: [Grant], _ user: UInt32) throws(VMError) {
        let list = grants.map { grant in
            var object: JSONObject = [
                "path": .string(grant.path), "device": JSONValue(grant.identity.device),
                "inode": JSONValue(grant.identity.inode), "rights": .integer(Int64(grant.rights)),
            ]
            object["before"] = grant.before.map { .integer(Int64($0)) }
            return JSONValue.object(object)
        }
        let text: JSONObject = ["user": .integer(Int64(user)), "files": .array(list)]
        try Files.write(Array(text.description.utf8), to: record(of: runtime.uuid))
    }

    private func read(_ uuid: UUID) -> (user: UInt32, grants: [Grant]) {
        guard let bytes = try? OwnFiles.read(record(of: uuid)), let value = try? JSONParser.parse(bytes),
            let user = value["user"]?.int.flatMap({ UInt32(exactly: $0) })
        else { return (0, []) }
        let grants = (value["files"]?.array ?? []).compactMap { entry -> Grant? in
            guard let path = entry["path"]?.string, path.hasPrefix("/"), let device = entry["device"]?.uint64,
                let inode = entry["inode"]?.uint64, let rights = entry["rights"]?.int
            else { return nil }
            let before = entry["before"]?.int.flatMap { UInt16(exactly: $0) }
            return Grant(
                path: path, identity: FileIdentity(device: device, inode: inode),
                rights: UInt16(truncatingIfNeeded: rights) & 7, before: before.map { $0 & 7 })
        }
        return (user, grants)
    }
}
