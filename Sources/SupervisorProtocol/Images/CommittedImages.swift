internal import Glibc
package import VMCore

/// Images that a commit has written down into the one below them and that nobody has touched since: what they hold is in
/// there, and as images they are of no use any more. Of everything else that builds on an image it has to be taken that
/// somebody needs it.
package struct CommittedImages {
    private let folder: String

    package init(_ paths: UserPaths) { folder = paths.state + "/committed" }

    private func entry(_ identity: FileIdentity) -> String { "\(folder)/\(identity.device)-\(identity.inode)" }

    /// What tells a file from what it becomes when somebody writes to it, or from another one in its place.
    private static func mark(_ path: String) -> String? {
        Files.stamp(path).map { "\($0.size) \($0.modified) \(path)" }
    }

    /// Notes an image when QEMU has closed it.
    package func note(_ path: String) throws(VMError) {
        guard let identity = Files.identity(path), let mark = Self.mark(path) else { return }
        try Folders.make(folder)
        forgetLost()
        try Files.write(Array(mark.utf8), to: entry(identity), durable: true)
    }

    /// Whether an image was committed, and is as it was then.
    package func contains(_ path: String) -> Bool {
        guard let identity = Files.identity(path), let mark = Self.mark(path),
            let noted = try? OwnFiles.read(entry(identity), limit: 8192)
        else { return false }
        // However the path is spelled: the entry is that very file's.
        func facts(_ text: String) -> [Substring] { Array(text.split(separator: " ", maxSplits: 2).prefix(2)) }
        return facts(String(decoding: noted, as: UTF8.self)) == facts(mark)
    }

    /// Notes of files that aren't there any more, or aren't the same.
    private func forgetLost() {
        for name in (try? Folders.list(folder)) ?? [] {
            let file = folder + "/" + name
            guard let bytes = try? OwnFiles.read(file, limit: 8192) else { continue }
            let words = String(decoding: bytes, as: UTF8.self).split(separator: " ", maxSplits: 2)
            if words.count == 3, contains(String(words[2])) { continue }
            unlink(file)
        }
    }
}
