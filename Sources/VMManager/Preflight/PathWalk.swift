internal import Glibc
internal import VMCore

/// Explains why a path can't be used by naming the component that is in the way.
enum PathWalk {
    /// The problem with opening a file; nil when there is none.
    static func problem(_ path: String, writing: Bool, what: String) -> VMError? {
        guard path.hasPrefix("/") else {
            return VMError(
                .io, "Cannot access \(what) '\(path)': it is not an absolute path", remedy: "write the whole path")
        }
        guard let code = Files.obstacle(path, writing: writing) else { return nil }
        let isDisk = what == disk
        return .system("Cannot access \(what) '\(path)'", errno: code, remedy: remedy(path, writing, isDisk: isDisk))
    }

    /// What a disk's image is called: the one kind of file that may be marked read-only.
    static let disk = "storage file"

    /// The problem with making a file in a folder; nil when there is none.
    static func problem(_ path: String, inFolder folder: String, what: String) -> VMError? {
        guard access(folder, W_OK | X_OK) != 0 else { return nil }
        let code = errno
        let remedy =
            Files.exists(folder)
            ? "give yourself the right to write in '\(folder)'; it has \(ownership(folder))"
            : remedy(path, true, isDisk: false)
        return .system("Cannot make \(what) '\(path)'", errno: code, remedy: remedy)
    }

    private static func remedy(_ path: String, _ writing: Bool, isDisk: Bool) -> Remedy {
        var folder = ""
        let components = path.split(separator: "/")
        for component in components.dropLast() {
            let next = folder + "/" + component
            if !Files.exists(next) {
                // What a folder that can't be entered holds isn't to be seen either.
                return Files.obstacle(folder + "/.", writing: false) == nil
                    ? "the folder '\(next)' does not exist"
                    : "the folder '\(folder)' is closed to you: \(ownership(folder))"
            }
            folder = next
        }
        if !Files.exists(path) {
            let place = folder.isEmpty ? "/" : folder
            if Files.obstacle(place + "/.", writing: false) != nil {
                return "the folder '\(place)' is closed to you: \(ownership(place))"
            }
            let near = NearMatch.best(
                for: String(components.last ?? ""), among: (try? Folders.list(place)) ?? [])
            return near.map { "did you mean '\(folder)/\($0)'?" } ?? "there is no such file in '\(place)'"
        }
        let rights = ownership(path)
        if writing, isDisk {
            return "give yourself the right to write it, or mark the disk <readonly/>; it has \(rights)"
        }
        return writing
            ? "give yourself the right to write it; it has \(rights)"
            : "give yourself the right to read it; it has \(rights)"
    }

    /// `mode 0700, owner root`.
    static func ownership(_ path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else { return "its mode can't be seen" }
        let mode = String(status.st_mode & 0o7777, radix: 8)
        let padded = String(repeating: "0", count: max(0, 4 - mode.utf8.count)) + mode
        return "mode \(padded), owner \(userName(status.st_uid))"
    }

    /// From the local file alone: a static program asks no directory service.
    private static func userName(_ id: uid_t) -> String {
        let text = (try? Files.read("/etc/passwd", limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            if fields.count > 2, fields[2] == String(id) { return String(fields[0]) }
        }
        return String(id)
    }
}
