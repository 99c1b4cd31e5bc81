internal import Glibc
internal import VMCore

/// Copies a folder of small files: the state of an emulated TPM.
enum FolderCopy {
    /// A TPM keeps some tens of KiB.
    private static let fileLimit = 16 << 20
    private static let countLimit = 256
    private static let depthLimit = 4

    /// Copies files and folders, nothing else, and no locks. The copy is whole when it gets its name, and takes the place of
    /// what was there.
    static func copy(_ source: String, to target: String) throws(VMError) {
        let fresh = target + ".new"
        Folders.removeTree(fresh)
        var count = 0
        do throws(VMError) {
            try copy(source, to: fresh, depth: 0, &count)
        } catch {
            Folders.removeTree(fresh)
            throw error
        }
        Failpoint.reached("folder-copy.whole")
        Folders.removeTree(target)
        guard rename(fresh, target) == 0 else { throw .system("cannot make folder '\(target)'", errno: errno) }
        try Files.syncFolder(of: target)
    }

    private static func copy(_ source: String, to target: String, depth: Int, _ count: inout Int) throws(VMError) {
        guard depth < depthLimit else { throw VMError(.io, "'\(source)' lies too deep to be copied") }
        try Folders.make(target)
        for name in try Folders.list(source) where name != ".lock" {
            count += 1
            guard count <= countLimit else { throw VMError(.io, "too many files are in '\(source)' and around it") }
            let (from, to) = (source + "/" + name, target + "/" + name)
            guard Files.linkTarget(from) == nil else { continue }
            if Files.isFolder(from) {
                try copy(from, to: to, depth: depth + 1, &count)
            } else if Files.oddKind(from) == nil {
                try Files.write(try Files.read(from, limit: fileLimit), to: to)
            }
        }
    }
}
