internal import Glibc
internal import VMCore

/// A hidden folder in a pool's folder in which a volume is made under its own name, until it is whole and gets its place by
/// one rename that never replaces anything.
///
/// What is in it is no volume. The folder's name says which process it belongs to, so that one whose process was killed is
/// known as a leftover and removed by whoever starts or refreshes the pool, or makes a volume in it.
struct Staging: ~Copyable {
    static let prefix = ".vmctl-new-"
    /// How old the folder of another host or of an earlier boot has to be until it counts as a leftover.
    private static let strangersAge = Int64(86_400) * 1_000_000_000

    let folder: String
    private let target: String

    /// - Parameters:
    ///   - pool: the pool's folder.
    ///   - name: the volume's name.
    init(in pool: String, for name: String) throws(VMError) {
        let me = ProcessIdentity.current
        let number = String(UInt32.random(in: 0...(.max)), radix: 36)
        folder = "\(pool)/\(Self.prefix)\(HostBoot.place)-\(me.pid)-\(me.startTime)-\(number)"
        target = "\(pool)/\(name)"
        file = "\(folder)/\(name)"
        try Folders.make(folder)
        // Who may write in the pool's folder could have been there first.
        try Folders.requirePrivate(folder)
        Failpoint.reached("volume.staged")
    }

    deinit { Folders.removeTree(folder) }

    /// Where the volume is made.
    let file: String

    /// Gives the volume its place; false when something is there already.
    func publish() throws(VMError) -> Bool {
        Failpoint.reached("volume.made")
        guard try Files.renameNew(file, to: target) else { return false }
        Failpoint.reached("volume.published")
        try? Files.syncFolder(of: target)
        return true
    }

    /// Removes what killed processes have left in a pool's folder.
    static func removeLeftovers(in pool: String) {
        guard let entries = try? Folders.entries(pool, accepting: { $0.hasPrefix(prefix) }) else { return }
        for entry in entries where entry.facts.kind == .folder && !entry.isLink && isLeftover(entry) {
            Folders.removeTree("\(pool)/\(entry.name)")
        }
    }

    private static func isLeftover(_ entry: FolderEntry) -> Bool {
        guard entry.facts.owner == hostUserID() else { return false }
        let parts = entry.name.dropFirst(prefix.count).split(separator: "-")
        guard parts.count == 4, let pid = Int32(parts[1]), let start = UInt64(parts[2]) else { return false }
        guard parts[0] == HostBoot.place else { return entry.facts.modified < WallClock.now - strangersAge }
        return !ProcessIdentity(pid: pid, startTime: start).isAlive
    }
}
