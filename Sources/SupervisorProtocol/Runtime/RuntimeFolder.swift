public import VMCore
internal import Glibc
internal import VMJSON

/// The files of one running machine: a folder named by its UUID, so that no name can exceed a socket path's length.
public struct RuntimeFolder: Sendable, Hashable {
    /// The folder of all machines.
    public let base: String
    public let uuid: UUID

    public init(base: String, uuid: UUID) {
        self.base = base
        self.uuid = uuid
    }

    public var path: String { "\(base)/\(uuid)" }
    /// Held by the supervisor as long as it lives; by a starter before that.
    package var supervisorLock: String { path + "/supervisor.lock" }
    /// Held by QEMU, which inherits it, as long as it lives, whatever becomes of the supervisor.
    package var machineLock: String { path + "/qemu.lock" }
    /// Held by a command that creates the machine, until it runs.
    package var reservation: String { path + "/create.lock" }
    /// The published state.
    public var state: String { path + "/state.json" }
    /// What the supervisor was told, for the one that takes over.
    package var plan: String { path + "/plan.json" }
    /// QEMU's greeting, for the clients of a supervisor that took over and has none yet.
    package var greeting: String { path + "/greeting.json" }
    /// What QEMU read by `-readconfig`.
    public var configuration: String { path + "/qemu-qmp.conf" }
    /// QEMU's own monitor: one client, the supervisor.
    package var qemuMonitor: String { path + "/monitor.sock" }
    /// The supervisor's: any number of clients.
    public var monitor: String { path + "/qmp.sock" }
    /// The live definition.
    public var domain: String { path + "/domain.xml" }
    /// A change of the machine's devices that is under way.
    package var change: String { path + "/change.json" }
    /// The last change of the machine that was completed, with its id.
    package var lastChange: String { path + "/change-done.json" }
    /// There while the medium of a drive is being changed.
    package var mediaMark: String { path + "/media.change" }
    /// Devices that the guest has been asked to release, with what is to be cleared away then.
    package var removals: String { path + "/removals.json" }
    /// There while the guest's file systems stand still for something that is short.
    package var freezeMark: String { path + "/frozen" }
    /// There when the machine's end was asked for beside its supervisor, which didn't answer.
    package var destroyMark: String { path + "/destroy.asked" }
    /// What the guest has printed on its consoles, a file for each.
    package var consoles: String { path + "/console" }
    /// How much of that is kept of each console, in bytes.
    package static var consoleHistory: Int64 { 64 << 10 }
    /// How many processors have left the machine since it was started.
    package var processorsLeft: String { path + "/processors.left" }
    /// The last thing that took long: what it is, how far it is, and how it ended.
    public var job: String { path + "/job.json" }
    /// What QEMU counted when it was asked last, for the time when it doesn't answer.
    package var statistics: String { path + "/statistics.json" }
    /// Whether the next start will differ, as a link that holds what it was worked out from.
    package var pending: String { path + "/pending" }

    /// Where the machine's control group is.
    package var controlGroup: String { path + "/control-group.json" }

    /// The devices that the machine has taken from the host's drivers.
    package var hostDevices: String { path + "/host-devices.json" }

    /// The one folder of a machine in which its QEMU makes and removes files: the sockets of its channels and displays.
    package var sockets: String { path + "/" + RuntimeFolder.socketsName }

    package static let socketsName = "qemu"

    /// Makes the folder, private to this user.
    package func make() throws(VMError) {
        try OwnFolders.check(base)
        try Folders.make(base)
        try Folders.requirePrivate(base)
        try Folders.make(path)
    }

    /// Removes the folder of a machine that doesn't run, with all that is in it.
    package func remove() throws(VMError) {
        for folder in [sockets, consoles] { Folders.removeTree(folder) }
        try Folders.remove(path)
    }

    /// The published state; nil when the machine has never run.
    ///
    /// - Throws: `io` when the file is there but damaged.
    public func readState() throws(VMError) -> PublishedState? { try RuntimeFolder.readState(at: state) }

    package static func readState(at path: String) throws(VMError) -> PublishedState? {
        let bytes: [UInt8]
        do {
            bytes = try OwnFiles.read(path, limit: 1 << 20)
        } catch {
            if !Files.exists(path) { return nil }
            throw error
        }
        guard let value = try? JSONParser.parse(bytes), let state = PublishedState(json: value) else {
            throw VMError(.io, "the published state '\(path)' is damaged", remedy: "remove the file")
        }
        return state
    }

    /// Removes everything that only a running machine needs; its last state stays, and its plan until ``removePlan()``.
    package func removeLeftovers() {
        removeSockets()
        MacVTap.removeAll(of: uuid)
        for file in [configuration, domain, pending, change, lastChange, removals, mediaMark, destroyMark, freezeMark] {
            unlink(file)
        }
    }

    /// Whether a machine has no stored definition, so that nothing of it stays when it has ended. Where the folder of definitions
    /// itself can't be found, nobody knows.
    package func isTransient(_ definition: String) -> Bool {
        var status = stat()
        return lstat(definition, &status) != 0 && errno == ENOENT && Files.isFolder(Files.folder(of: definition))
    }

    /// Notes that all is cleared away which a machine had that has ended.
    package func removePlan() { unlink(plan) }

    /// Whether whoever cleared a machine away that has ended, was killed at it: nobody has its lock, and the plan is still there.
    package var hasLeftovers: Bool { Files.exists(plan) && !FileLock.isHeld(supervisorLock) }

    /// Removes what an earlier run may have left that could be taken for this one's.
    package func removeSockets() {
        for file in [qemuMonitor, monitor, greeting, processorsLeft] { unlink(file) }
        for folder in ["names", "active"] { unlink("\(base)/\(folder)/.new-\(uuid)") }
        Folders.removeTree(consoles)
        Folders.removeTree(sockets)
    }

    // MARK: Ways to find it

    /// The link by which a machine is found from its name.
    package static func nameLink(_ base: String, _ name: String) -> String {
        "\(base)/names/\(DomainName.fileName(name))"
    }

    /// The link by which a running machine is found from its id; the folder lists what runs.
    package static func activeLink(_ base: String, _ id: Int) -> String { "\(base)/active/\(id)" }

    package func link(name: String, id: Int) throws(VMError) {
        try linkName(name)
        try Folders.make(base + "/active")
        try setLink(RuntimeFolder.activeLink(base, id))
    }

    package func linkName(_ name: String) throws(VMError) {
        try Folders.make(base + "/names")
        try setLink(RuntimeFolder.nameLink(base, name))
    }

    package func unlinkName(_ name: String) { unlink(RuntimeFolder.nameLink(base, name)) }

    /// Takes the machine's id back, unless that is another one's by now.
    package func unlinkActive(id: Int?) {
        guard let id else { return }
        let link = RuntimeFolder.activeLink(base, id)
        if RuntimeFolder.follow(link, base: base) == self { unlink(link) }
    }

    /// Makes a link to this folder, in place of another machine's. A process that is killed here leaves at most one
    /// link, which the machine's next takes away.
    private func setLink(_ path: String) throws(VMError) {
        let target = "../\(uuid)"
        if symlink(target, path) == 0 || Files.linkTarget(path) == target { return }
        let temporary = "\(Files.folder(of: path))/.new-\(uuid)"
        unlink(temporary)
        guard symlink(target, temporary) == 0, rename(temporary, path) == 0 else {
            throw .system("cannot write '\(path)'", errno: errno)
        }
    }

    /// Where a link of ``nameLink(_:_:)`` or ``activeLink(_:_:)`` leads.
    package static func follow(_ link: String, base: String) -> RuntimeFolder? {
        var room = [CChar](repeating: 0, count: 64)
        let count = readlink(link, &room, room.count)
        guard count > 3, count < room.count else { return nil }
        let text = String(decoding: room[3..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return UUID(text).map { RuntimeFolder(base: base, uuid: $0) }
    }

    /// The next machine id: a counter that lives as long as the runtime folder.
    package static func allocateID(_ base: String, deadline: Deadline = .after(.seconds(5))) throws(VMError) -> Int {
        try Folders.make(base)
        guard let lock = try FileLock.take(base + "/id.lock", until: deadline) else {
            throw VMError(.busy, "cannot number the machine: '\(base)/id.lock' is held")
        }
        let path = base + "/next-id"
        let text = (try? OwnFiles.read(path, limit: 32)).map { String(decoding: $0, as: UTF8.self) }
        var id = max(text.flatMap { Int($0) } ?? greatestID(base) &+ 1, 1)
        // An id never names two machines at once, whatever has become of the counter.
        while id < .max, Files.linkTarget(activeLink(base, id)) != nil { id += 1 }
        // Who is killed here leaves a file that the next one, which has the lock then, replaces.
        let fresh = path + ".new"
        try Files.stage(Array(String(id == .max ? 1 : id + 1).utf8), at: fresh, for: path, durable: false)
        guard Files.replace(path, with: fresh) else { throw .system("cannot write '\(path)'", errno: errno) }
        _ = consume lock
        return id
    }

    /// The greatest id that a machine of the folder has, for a counter that was lost.
    private static func greatestID(_ base: String) -> Int {
        let folders = ((try? Folders.list(base)) ?? []).compactMap { UUID($0) }.map {
            RuntimeFolder(base: base, uuid: $0)
        }
        return folders.compactMap { ((try? $0.readState()) ?? nil)?.id }.max() ?? 0
    }
}

extension RuntimeFolder {
    /// Replaces the published state. The folder may have been wiped, or another folder may stand in the file's place: then
    /// it is made again first.
    package func publish(_ state: [UInt8]) throws(VMError) {
        do throws(VMError) {
            try Files.write(state, to: self.state, durable: false)
        } catch {
            Folders.removeFolder(self.state)
            try make()
            try Files.write(state, to: self.state, durable: false)
        }
    }
}
