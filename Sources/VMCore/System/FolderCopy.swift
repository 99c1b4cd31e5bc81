internal import Glibc

/// Copies what a program keeps in a folder of small files, or in one such file: the state of an emulated TPM.
package enum FolderCopy {
    /// A TPM keeps some tens of KiB.
    private static let fileLimit = 16 << 20
    private static let countLimit = 256
    private static let depthLimit = 4

    /// Copies files and folders, nothing else, and no locks; links inside are left out. The copy is on the disk, and whole, when it
    /// gets its name, and takes the place of what was there.
    package static func copy(_ source: String, to target: String) throws(VMError) {
        // Hidden, and a name that nobody gives to anything of his own.
        let fresh = Self.unfinished(target)
        Folders.removeTree(fresh)
        var count = 0
        do throws(VMError) {
            try Folders.make(Files.folder(of: target))
            try copy(source, to: fresh, depth: 0, &count)
        } catch {
            Folders.removeTree(fresh)
            throw error
        }
        Failpoint.reached("folder-copy.whole")
        giveOwner(of: target, to: fresh)
        do throws(VMError) { try replace(target, with: fresh) } catch {
            Folders.removeTree(fresh)
            throw error
        }
        try Files.syncFolder(of: target)
        Folders.removeTree(fresh)
    }

    /// In one step; what can't be replaced, a mount point for one, stays as it is. Where a file system can't swap names, what was
    /// there is put aside for a moment: whoever is killed then leaves the whole copy, which is made again by the next one.
    private static func replace(_ target: String, with fresh: String) throws(VMError) {
        if Files.exchange(fresh, target) || !Files.exists(target) && rename(fresh, target) == 0 { return }
        let code = errno
        guard code == EINVAL || code == ENOSYS || code == EOPNOTSUPP else {
            throw .system("cannot write '\(target)'", errno: code)
        }
        let aside = fresh + ".old"
        Folders.removeTree(aside)
        guard rename(target, aside) == 0, rename(fresh, target) == 0 else {
            let code = errno
            _ = rename(aside, target)
            throw .system("cannot write '\(target)'", errno: code)
        }
        Folders.removeTree(aside)
    }

    /// What takes the place of something belongs to whom that belonged, whose program reads it.
    private static func giveOwner(of old: String, to new: String) {
        var status = stat()
        guard geteuid() == 0, lstat(old, &status) == 0, status.st_uid != 0 else { return }
        Folders.give(new, to: HostUser(name: "\(status.st_uid)", id: status.st_uid, group: status.st_gid))
    }

    /// Removes such a copy, with what is left of one that was interrupted.
    package static func remove(_ path: String) {
        for name in [path, unfinished(path), unfinished(path) + ".old"] { Folders.removeTree(name) }
    }

    /// Where a copy is made until it is whole.
    private static func unfinished(_ target: String) -> String {
        let name = target.split(separator: "/").last.map(String.init) ?? ""
        return "\(Files.folder(of: target))/.vmctl-copy-\(name)"
    }

    private static func copy(_ source: String, to target: String, depth: Int, _ count: inout Int) throws(VMError) {
        guard Files.isFolder(source) else {
            let file = try FileDescriptor.open(source, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW)
            return try Files.write(try file.readToEnd(source, limit: fileLimit), to: target, durable: true)
        }
        guard depth < depthLimit else { throw VMError(.io, "'\(source)' lies too deep to be copied") }
        try Folders.make(target)
        for name in try Folders.list(source) where name != ".lock" {
            count += 1
            guard count <= countLimit else { throw VMError(.io, "too many files are in '\(source)' and around it") }
            let from = source + "/" + name
            guard Files.linkTarget(from) == nil, Files.isFolder(from) || Files.oddKind(from) == nil else { continue }
            try copy(from, to: target + "/" + name, depth: depth + 1, &count)
        }
    }
}
