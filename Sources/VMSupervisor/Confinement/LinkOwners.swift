internal import Glibc
internal import VMCore

/// Whose links lead to a file.
enum LinkOwners {
    /// The path with its links followed; nil when nothing is there.
    ///
    /// - Throws: `io` for a link of somebody who is neither this user nor root nor the owner of what it leads to: nobody
    ///   can have a file opened for QEMU that isn't theirs.
    static func resolve(_ path: String) throws(VMError) -> String? {
        guard let real = Files.resolved(path) else { return nil }
        var end = stat()
        guard real != path, stat(real, &end) == 0 else { return real }
        var at = ""
        for part in path.split(separator: "/") {
            var status = stat()
            guard lstat(at + "/" + part, &status) == 0 else { return real }
            at += "/" + part
            guard status.st_mode & S_IFMT == S_IFLNK else { continue }
            guard [0, geteuid(), end.st_uid].contains(status.st_uid) else {
                throw VMError(
                    .io, "cannot use '\(path)': '\(at)' is a link of user \(status.st_uid) to a file that isn't theirs",
                    remedy: "name the file itself")
            }
            at = Files.resolved(at) ?? at
        }
        return real
    }
}
