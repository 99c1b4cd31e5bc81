internal import Glibc
internal import VMCore

/// Where an image's own header may lead.
///
/// A header is written by whoever may write the image: another user, or a guest that has broken out of its QEMU. An
/// ordinary user's QEMU is no danger to anybody else then. Root opens files for a QEMU that could not, and so must not be
/// told by a header which.
package enum BackingReach: Sendable {
    case anywhere
    /// Only files that lie in the folder of the image that names them or below it, and those that everybody may read.
    case nearby

    /// As it is for this process.
    package static var own: BackingReach { hostUserID() == 0 ? .nearby : .anywhere }

    func allows(_ path: String, namedBy image: String) -> Bool {
        guard self == .nearby else { return true }
        // Where links and `..` lead is what counts.
        guard let real = Files.resolved(path) else { return false }
        let folders = [Files.resolved(Files.folder(of: image)), Files.resolved(image).map { Files.folder(of: $0) }]
        return folders.contains { $0.map { Self.lies(real, below: $0) } ?? false } || Self.isPublic(real)
    }

    /// What is hidden there, such as a user's keys, belongs to no image.
    private static func lies(_ path: String, below folder: String) -> Bool {
        let start = folder == "/" ? "/" : folder + "/"
        return path.hasPrefix(start) && !("/" + path.dropFirst(start.count)).contains("/.")
    }

    /// Whether everybody may read a file, and pass through the folders above it.
    private static func isPublic(_ path: String) -> Bool {
        var place = ""
        let parts = path.split(separator: "/")
        for (index, part) in parts.enumerated() {
            place += "/" + part
            let needed = index == parts.count - 1 ? S_IROTH : S_IXOTH
            var status = stat()
            guard stat(place, &status) == 0, status.st_mode & needed == needed else { return false }
        }
        return true
    }
}
